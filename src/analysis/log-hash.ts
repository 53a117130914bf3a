import { createHash } from 'node:crypto';

import type { LogLevel } from '#domain/evidence.ts';

import { createBoundedTable } from './bounded-table.ts';
import { isError } from './levels.ts';

/** Names the trouble that lines tell of: the same for two incidents of one service that log the same errors. */
export interface LogHash {
  /** One line as its program wrote it, redacted; only errors count, or warnings when there is no error. */
  add(text: string, level: LogLevel | undefined): void;
  /** `lh1:` and 32 hexadecimal digits; undefined when nothing counts. */
  value(): string | undefined;
}

const MAX_LINE_CHARS = 4_096;
const MAX_TEMPLATES = 10_000;
const TOP = 20;

// eslint-disable-next-line no-control-regex -- terminal colours are control characters
const ANSI = /\u001B\[[0-9;]{0,32}[A-Za-z]/g;

/** What varies, in this order; the order and the names are part of the format. */
const masks: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b/gi, '<traceparent>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b/g, '<date>'],
  [/\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}\b/g, '<email>'],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>]{1,2000}/gi, '<url>'],
  [/(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\w.]*\d)/g, '<ip>'],
  [/\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b/gi, '<hash>'],
  [/(?<![\w.])\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d)\b/g, '<duration>'],
  [/\b0x[0-9a-f]{1,32}\b|\b(?=[a-f]{0,63}\d)[0-9a-f]{8,64}\b/gi, '<hex>'],
  [/(?<![\w.])[-+]?\d+\.\d+(?![\w.])/g, '<float>'],
  [/(?<![\w.])[-+]?\d+(?!\w)/g, '<int>'],
  [/(?<==)(?:"[^"]{0,1000}"|'[^']{0,1000}')/g, '<quoted>'],
  [/(?<==)(?:true|false)\b/gi, '<bool>'],
];

interface Counted {
  readonly text: string;
  readonly count: number;
}

/** Makes the hash of a service's lines; the order in which they come does not matter. */
export function createLogHash(service: string): LogHash {
  const errors = createBoundedTable<Counted>(MAX_TEMPLATES);
  const warnings = createBoundedTable<Counted>(MAX_TEMPLATES);
  return {
    add(line, level) {
      const table = isError(level) ? errors : level === 'warn' ? warnings : undefined;
      if (table === undefined) return;
      const text = toTemplate(line);
      table.add(
        text,
        () => text,
        (row) => ({ text, count: (row?.count ?? 0) + 1 }),
      );
    },
    value() {
      const found = errors.values();
      const counted = found.length > 0 ? found : warnings.values();
      if (counted.length === 0) return undefined;
      const top = counted.toSorted((a, b) => b.count - a.count || compareTexts(a.text, b.text)).slice(0, TOP);
      const texts = top.map(({ text }) => text).toSorted(compareTexts);
      const hash = createHash('sha256').update(['lh1', `service=${service}`, ...texts].join('\n'));
      return `lh1:${hash.digest('hex').slice(0, 32)}`;
    },
  };
}

function toTemplate(line: string): string {
  let text = line.slice(0, MAX_LINE_CHARS).replaceAll(ANSI, '');
  for (const [pattern, name] of masks) text = text.replace(pattern, name);
  return text.replaceAll(/\s+/g, ' ').trim().toLowerCase();
}

/** By code units, whatever the locale. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

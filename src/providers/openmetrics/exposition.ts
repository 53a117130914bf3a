import { epochToMs } from '#domain/time.ts';

/** One line of an exposition: a sample, or a word about a metric family. */
export type Exposed =
  | {
      readonly kind: 'sample';
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly value: number;
      /** Milliseconds since the epoch; absent when the sample carries no time. */
      readonly at?: number;
    }
  | { readonly kind: 'type' | 'help' | 'unit'; readonly name: string; readonly text: string };

const NAME = /^([A-Za-z_:][\w:.]*)\s*/;
const LABEL = /\s*([A-Za-z_][\w.]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?\s*/y;
const REST = /^\s*(\S+)(?:\s+(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?))?\s*(?:#.*)?$/i;

/**
 * Reads a line of OpenMetrics or of the Prometheus text format; undefined for comments and what is neither.
 * Sample times are seconds in the one and milliseconds in the other, told apart by magnitude.
 */
export function parseExposition(line: string): Exposed | undefined {
  if (line.startsWith('#')) return parseFamily(line);
  const name = NAME.exec(line)?.[1];
  if (name === undefined) return undefined;
  const labels: Record<string, string> = {};
  let end = NAME.exec(line)?.[0].length ?? 0;
  if (line[end] === '{') {
    LABEL.lastIndex = ++end;
    for (let match = LABEL.exec(line); match !== null; match = LABEL.exec(line)) {
      if (match[1] !== undefined && match[2] !== undefined) labels[match[1]] = unescape(match[2]);
      end = LABEL.lastIndex;
    }
    if (line[end] !== '}') return undefined;
    end++;
  }
  const rest = REST.exec(line.slice(end));
  const value = toNumber(rest?.[1]);
  if (rest === null || value === undefined) return undefined;
  return { kind: 'sample', name, labels, value, ...(rest[2] !== undefined && { at: epochToMs(Number(rest[2])) }) };
}

function parseFamily(line: string): Exposed | undefined {
  const match = /^# (TYPE|HELP|UNIT) (\S+) (.*)$/.exec(line);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return undefined;
  return { kind: match[1].toLowerCase() as 'type' | 'help' | 'unit', name: match[2], text: unescape(match[3]) };
}

function toNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function unescape(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\(["\\n])/g, (_, char: string) => (char === 'n' ? '\n' : char)) : text;
}

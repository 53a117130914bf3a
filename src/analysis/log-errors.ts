import { createHash } from 'node:crypto';

import type { LogEntry } from '#domain/evidence.ts';

import { createBoundedTable } from './bounded-table.ts';
import { isError } from './levels.ts';
import { isEarlier } from './log-patterns.ts';
import { maskMessage } from './mask.ts';
import type { StackFrame } from './stack-frames.ts';
import { inProjectFrames } from './stack-frames.ts';

/** Errors of one cause: the same exception thrown in the same place. Text is untrusted. */
export interface ErrorGroup {
  /** 12 hexadecimal digits; line numbers do not matter to it. */
  readonly fingerprint: string;
  /** Such as `TypeError`; empty when the error names none. */
  readonly type: string;
  /** Masked. */
  readonly message: string;
  readonly count: number;
  readonly first?: number;
  readonly last?: number;
  /** In-project frames of the earliest event, innermost first. */
  readonly frames: readonly StackFrame[];
  /** The earliest event. */
  readonly sample: LogEntry;
}

/** Groups errors as they stream by, in bounded memory; the result does not depend on their order. */
export interface ErrorGrouper {
  /** Ignores what is no error. */
  add(entry: LogEntry): void;
  /** Most frequent first. */
  groups(): readonly ErrorGroup[];
}

const MAX_GROUPS = 1_000;
const FINGERPRINT_FRAMES = 3;
const MAX_TEXT_CHARS = 64 * 1024;

/** Makes a grouper that keeps at most `maxGroups` groups. */
export function createErrorGrouper(maxGroups: number = MAX_GROUPS): ErrorGrouper {
  const rows = createBoundedTable<ErrorGroup>(maxGroups);
  return {
    add(entry) {
      const group = toGroup(entry);
      if (group === undefined) return;
      rows.add(
        group.fingerprint,
        () => group.fingerprint,
        (row) => (row === undefined ? group : merge(row, group)),
      );
    },
    groups: () => rows.values().toSorted((a, b) => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1)),
  };
}

function toGroup(entry: LogEntry): ErrorGroup | undefined {
  const thrown = findException(entry.raw.slice(0, MAX_TEXT_CHARS)) ?? findException(entry.message);
  const frames = inProjectFrames(entry.raw);
  if (!isError(entry.level) && (thrown === undefined || frames.length === 0)) return undefined;
  const message = maskMessage(thrown?.message ?? entry.message);
  const type = thrown?.type ?? '';
  const place = frames.slice(0, FINGERPRINT_FRAMES).map((frame) => `${frame.function ?? ''} ${frame.file}`);
  const identity = [type, ...(place.length > 0 ? place : [message])].join('\n');
  return {
    fingerprint: createHash('sha256').update(identity).digest('hex').slice(0, 12),
    type,
    message,
    count: 1,
    ...(entry.at !== undefined && { first: entry.at, last: entry.at }),
    frames,
    sample: entry,
  };
}

function merge(row: ErrorGroup, { sample, message, frames }: ErrorGroup): ErrorGroup {
  const { at } = sample;
  return {
    ...row,
    ...(isEarlier(sample, row.sample) && { sample, message, frames }),
    count: row.count + 1,
    ...(at !== undefined && { first: Math.min(at, row.first ?? at), last: Math.max(at, row.last ?? at) }),
  };
}

const TYPE = String.raw`((?:[\w$]{1,100}\.){0,12}[A-Z][\w$]{0,100}(?:Error|Exception|Throwable|Failure|Fault))`;
const AT_START = new RegExp(
  String.raw`^(?:Caused by: |Exception in thread "[^"]{0,100}" |Uncaught |Unhandled exception\. )?${TYPE}(?:: (.*)| \[.*)?$`,
);
const WITHIN = new RegExp(String.raw`(?:^|[\s:"(\]])${TYPE}: ([^"\\\n]*)`);

/** The exception that a text names: the innermost cause of a trace, else the first one that is mentioned. */
function findException(text: string): { readonly type: string; readonly message: string } | undefined {
  const heads = text
    .split('\n', 500)
    .map((line) => AT_START.exec(line.slice(0, 1_000)))
    .filter((match) => match !== null);
  const cause =
    heads.findLast(([whole]) => whole.startsWith('Caused by: ')) ??
    (text.includes('Traceback (') ? heads.at(-1) : heads[0]);
  const panic = /^(?:panic|fatal error): (.*)/m.exec(text);
  const match = cause ?? (panic === null ? WITHIN.exec(text) : undefined);
  if (match?.[1] !== undefined) return { type: match[1].split('.').at(-1) ?? match[1], message: match[2] ?? '' };
  return panic === null ? undefined : { type: 'panic', message: panic[1] ?? '' };
}

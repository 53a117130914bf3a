import { createHash } from 'node:crypto';

import type { LogEntry } from '#domain/evidence.ts';

import { createBoundedTable } from './bounded-table.ts';
import { isEarlier } from './event-order.ts';
import { identityOf } from './frame-identity.ts';
import type { StackFrame } from './frame-readers.ts';
import { isError } from './levels.ts';
import { maskMessage } from './mask.ts';
import { toSample } from './sample.ts';
import type { Trace } from './stack-trace.ts';
import { readTrace } from './stack-trace.ts';
import { withoutHost } from './syslog-host.ts';

/** Errors of one cause: the same exception thrown in the same place. Text is untrusted. */
export interface ErrorGroup {
  /** 12 hexadecimal digits of type and place in the project; releases, line numbers and generated names do not matter to it. */
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
const MAX_FRAMES = 5;
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
  const trace = traceOf(entry);
  const frames = [trace.cause, ...trace.others]
    .flatMap((thrown) => thrown?.frames ?? [])
    .filter(({ inProject }) => inProject)
    .slice(0, MAX_FRAMES);
  if (!isError(entry.level) && (trace.cause === undefined || frames.length === 0)) return undefined;
  const type = trace.cause?.type ?? '';
  const said = trace.cause?.message ?? '';
  const message = maskMessage(said === '' ? withoutHost(entry) : said);
  const places = frames.slice(0, FINGERPRINT_FRAMES).map(identityOf);
  const identity = [type, ...(places.length > 0 ? places : [message])].join('\n');
  return {
    fingerprint: createHash('sha256').update(identity).digest('hex').slice(0, 12),
    type,
    message,
    count: 1,
    ...(entry.at !== undefined && { first: entry.at, last: entry.at }),
    frames,
    sample: toSample(entry),
  };
}

/** The exception that an event tells of, with its innermost cause. */
function traceOf(entry: LogEntry): Trace {
  const trace = readTrace(entry.raw.slice(0, MAX_TEXT_CHARS));
  return trace.cause === undefined || trace.cause.type === '' ? withName(trace, readTrace(entry.message)) : trace;
}

/** Back ends may keep the message apart from the trace. */
function withName({ cause, others }: Trace, { cause: named }: Trace): Trace {
  if (named === undefined) return { cause, others };
  return { cause: { ...named, frames: cause?.frames ?? [] }, others };
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

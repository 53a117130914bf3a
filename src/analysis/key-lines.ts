import type { LogEntry } from '#domain/evidence.ts';

/** What stands for a line of a private key. */
export const MASKED_KEY_LINE = '[masked:private-key]';

/** Finds the lines of private keys whose lines are events of their own, in the order of one writer. */
export interface KeyLines {
  /** The part of a message that is a line of a key; undefined for every other message. */
  find(message: string): string | undefined;
}

/** It ends the message: a sentence that names it begins no key. */
const BEGIN = /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----["']?$/;
const END = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY/;
/** A line of 64 or 76 characters, as encoders write them; some write shorter ones. */
const MIN_LINE_CHARS = 40;
/** The last line of a key, which follows a whole one, or the checksum after it. */
const REST = /^(?:[A-Za-z0-9+/]{2,76}={0,2}|=[A-Za-z0-9+/]{4})$/;
const WHOLE = /^[A-Za-z0-9+/]{2,512}={0,2}$/;
/** Hashes are written like this too. */
const HEX = /^(?:[0-9a-f]+|[0-9A-F]+)$/;
/** The largest keys in use have about 250 lines. */
const MAX_LINES = 300;
/** Events of others between two lines of a key. */
const MAX_BETWEEN = 20;

interface OpenKey {
  lines: number;
  between: number;
  /** What stood before the last line, when that was the event just before. */
  prefix: string | undefined;
}

/** Makes the look-out for one stream of events. */
export function createKeyLines(): KeyLines {
  let open: OpenKey | undefined;
  return {
    find(message) {
      if (message.includes('-----')) {
        if (BEGIN.test(message)) open = { lines: 0, between: 0, prefix: undefined };
        else if (END.test(message)) open = undefined;
        return undefined;
      }
      if (open === undefined) return undefined;
      const start = message.lastIndexOf(' ') + 1;
      const text = message.slice(start);
      const prefix = message.slice(0, start);
      const isWhole = text.length >= MIN_LINE_CHARS && WHOLE.test(text) && !HEX.test(text);
      if (!isWhole && !(open.prefix === prefix && REST.test(text))) {
        open.prefix = undefined;
        if (++open.between > MAX_BETWEEN) open = undefined;
        return undefined;
      }
      open.between = 0;
      open.prefix = isWhole ? prefix : undefined;
      if (++open.lines >= MAX_LINES) open = undefined;
      return text;
    },
  };
}

/** Masks the lines of private keys in events that were read together, whatever their order; those of several streams may be mixed. */
export function maskKeyLines(entries: readonly LogEntry[]): readonly LogEntry[] {
  if (!entries.some(({ message }) => message.includes('-----BEGIN '))) return entries;
  // Which of one time came first only the order tells in which they were sent, and that may be either.
  const found = new Map([...findIn(entries), ...findIn(entries.toReversed())]);
  return entries.map((entry) => {
    const key = found.get(entry);
    if (key === undefined) return entry;
    const mask = (text: string) => text.replaceAll(key, MASKED_KEY_LINE);
    return { ...entry, message: mask(entry.message), raw: mask(entry.raw) };
  });
}

function findIn(entries: readonly LogEntry[]): ReadonlyMap<LogEntry, string> {
  const keys = createKeyLines();
  const found = new Map<LogEntry, string>();
  for (const entry of entries.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
    const key = keys.find(entry.message);
    if (key !== undefined) found.set(entry, key);
  }
  return found;
}

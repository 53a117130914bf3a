import type { LogEntry } from '#domain/evidence.ts';

/** Characters of a sample's text that are kept from its beginning, and from its end, where the causes of traces stand. */
const HEAD = 1_024;
const TAIL = 3_072;

/** An event with the middle of a long text left out: samples of all patterns are in memory at once. */
export function toSample(entry: LogEntry): LogEntry {
  const { raw } = entry;
  if (raw.length <= HEAD + TAIL + 3) return entry;
  return { ...entry, raw: copy(`${raw.slice(0, HEAD)}\n…\n${raw.slice(-TAIL)}`) };
}

/** A slice would keep the whole text in memory. */
function copy(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

import { fieldsOf } from '#analysis/fields.ts';
import { serviceOf } from '#analysis/service-name.ts';
import { severityOf } from '#analysis/severity.ts';
import type { LogLevel } from '#domain/evidence.ts';

import type { ParsedLine } from './parse-line.ts';

/** In microseconds. */
const TIME = '__REALTIME_TIMESTAMP';

type JournalRecord = Readonly<Record<string, unknown>>;

/** True for a record that `journalctl` printed. */
export function isJournal(record: JournalRecord): boolean {
  return Object.hasOwn(record, TIME);
}

/** Reads a record of the journal: its time and unit, and what the program's own line in `MESSAGE` says. */
export function readJournal(record: JournalRecord, parse: (message: string) => ParsedLine): ParsedLine {
  const get = fieldsOf(record);
  const micros = Number(record[TIME]);
  const message = toMessage(record.MESSAGE);
  const inner = parse(message);
  const level = levelOf(severityOf(get), inner.level);
  const service = inner.service ?? serviceOf(get);
  return {
    ...inner,
    ...(micros > 0 && { at: Math.floor(micros / 1_000) }),
    ...(level !== undefined && { level }),
    ...(service !== undefined && { service }),
    form: 'json',
  };
}

/** Services that write to their output all have the priority of notices; then their own line knows better. */
function levelOf(priority: LogLevel | undefined, own: LogLevel | undefined): LogLevel | undefined {
  return priority === undefined || priority === 'info' ? (own ?? priority) : priority;
}

/** Text that is not UTF-8 comes as an array of bytes, a field that occurs twice as an array of values. */
function toMessage(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  if (value.every((byte) => typeof byte === 'number')) return Buffer.from(value).toString('utf8');
  return value.map(toMessage).join('\n');
}

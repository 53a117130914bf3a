import type { LogEntry } from '#domain/evidence.ts';
import type { Redact } from '#engine/redact.ts';
import { stripInvisible } from '#engine/redact.ts';

/** Makes the `redactEntry` for many events: of those that differ in digits alone most need one look. */
export function createEntryRedactor(redact: Redact): (entry: LogEntry) => LogEntry {
  return (entry) => {
    const { alike, raw, message } = entry;
    if (alike === undefined) return redactEntry(entry, redact);
    alike.isClean ??= redact.leavesAlike?.(raw) === true && (raw.includes(message) || redact.leavesAlike(message));
    return alike.isClean ? entry : redactEntry(entry, redact);
  };
}

/** Redacts an event before anything counts, masks, cuts or hashes it: after that a secret could no longer be told by its shape. */
export function redactEntry(entry: LogEntry, redact: Redact): LogEntry {
  const { raw, message } = entry;
  const clean = redact(raw);
  // Hidden characters alone are left: they are a sign of an attempt to steer, and the exit takes them out.
  if (clean === raw || clean === stripInvisible(raw)) return raw.includes('\\') ? redactMessage(entry, redact) : entry;
  return { ...withoutAlike(entry), raw: clean, message: message === raw ? clean : redact(message) };
}

/** What JSON escapes in the text may be a secret in the message. */
function redactMessage(entry: LogEntry, redact: Redact): LogEntry {
  const { message } = entry;
  const clean = redact(message);
  return clean === message || clean === stripInvisible(message) ? entry : { ...withoutAlike(entry), message: clean };
}

/** What was masked may differ in more than digits. */
function withoutAlike(entry: LogEntry): LogEntry {
  const { alike: _, ...rest } = entry;
  return rest;
}

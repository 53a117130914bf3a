import type { LogEntry } from '#domain/evidence.ts';
import type { Redact } from '#engine/redact.ts';
import { stripInvisible } from '#engine/redact.ts';

/** Redacts an event before anything counts, masks, cuts or hashes it: after that a secret could no longer be told by its shape. */
export function redactEntry(entry: LogEntry, redact: Redact): LogEntry {
  const { raw, message } = entry;
  const clean = redact(raw);
  // Hidden characters alone are left: they are a sign of an attempt to steer, and the exit takes them out.
  if (clean === raw || clean === stripInvisible(raw)) return raw.includes('\\') ? redactMessage(entry, redact) : entry;
  return { ...entry, raw: clean, message: message === raw ? clean : redact(message) };
}

/** What JSON escapes in the text may be a secret in the message. */
function redactMessage(entry: LogEntry, redact: Redact): LogEntry {
  const { message } = entry;
  const clean = redact(message);
  return clean === message || clean === stripInvisible(message) ? entry : { ...entry, message: clean };
}

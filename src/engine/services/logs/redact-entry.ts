import type { LogEntry } from '#domain/evidence.ts';
import { stripInvisible } from '#engine/redact.ts';

/**
 * What a secret needs to be one: a word that names it, an address with a password, or a long run with digits, `_` or `-` that is no plain
 * hexadecimal id. Lines without any of these, most of all, need no closer look.
 */
const SUSPECT = new RegExp(
  [
    String.raw`pass|pwd|secret|token|key|auth|cred|cookie|bearer|session|-----`,
    String.raw`:\/\/[^\s/]{0,128}@`,
    String.raw`(?<![\w+=-])(?![0-9a-f-]{8,64}(?![\w+=-]))(?=[\w+=-]{0,512}[\d_-])[\w+=-]{16}`,
    'AIza|AKIA|ASIA|MI[IHG]|MC4CAQAw|b3BlbnNz',
    String.raw`[^\t\n\x20-\x7e]`,
  ].join('|'),
  'i',
);

/** Whether a text may hold a secret, and so has to be looked at closely; never false for one that does. */
export function mayHoldSecret(text: string): boolean {
  return SUSPECT.test(text);
}

/** Cleans one text for the outside, and tells whether it holds a secret of this server. */
export interface EntryRedaction {
  readonly redact: (text: string) => string;
  readonly holdsOwn: (text: string) => boolean;
}

/** Redacts an event before anything counts, masks, cuts or hashes it: after that a secret could no longer be told by its shape. */
export function redactEntry(entry: LogEntry, { redact, holdsOwn }: EntryRedaction): LogEntry {
  const { raw, message } = entry;
  if (!mayHoldSecret(raw) && !holdsOwn(raw)) return entry;
  const clean = redact(raw);
  // Hidden characters alone are left: they are a sign of an attempt to steer, and the exit takes them out.
  if (clean === raw || clean === stripInvisible(raw)) return entry;
  return { ...entry, raw: clean, message: message === raw ? clean : redact(message) };
}

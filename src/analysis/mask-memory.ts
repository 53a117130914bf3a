import type { LogEntry } from '#domain/evidence.ts';

import { createDigitForms } from './digit-forms.ts';
import { maskMessage, MAX_TEMPLATE_CHARS } from './mask.ts';

const MAX_TEMPLATES = 65_536;
const DIGIT_BEFORE_X = /\d[xX]/;
const NEWLINE = '\n';
const SPACE = 0x20;

interface Masked {
  /** Null for messages that are looked at one by one. */
  template: string | null | undefined;
}

/**
 * Makes a `maskMessage` for the messages of many events. Digits decide by their number and place alone what a message is masked to, so
 * messages that differ in nothing else have one template, which is found once.
 */
export function createMasker(): (entry: Pick<LogEntry, 'message' | 'alike'>) => string {
  const forms = createDigitForms<Masked>(() => ({ template: undefined }));
  const known = new Map<string, string>();
  // Bytes are cheaper to reach than characters.
  const bytes = new Uint8Array(MAX_TEMPLATE_CHARS);
  const encoder = new TextEncoder();

  function maskOnce(message: string): string {
    const newline = message.indexOf(NEWLINE);
    const end = newline === -1 ? message.length : newline;
    // White space before the text may hold line ends.
    if (end > MAX_TEMPLATE_CHARS || message.charCodeAt(0) <= SPACE) return maskMessage(message);
    const { written } = encoder.encodeInto(end === message.length ? message : message.slice(0, end), bytes);
    const form = written === end ? forms.of(bytes, 0, end) : undefined;
    if (form === undefined) return maskMessage(message);
    // The zero of `0x` is the one digit whose value tells what the word is.
    form.template ??= DIGIT_BEFORE_X.test(message) ? null : once(maskMessage(message));
    return form.template ?? maskMessage(message);
  }

  /** The same text as one string, so that whoever looks it up need not compare it. */
  function once(template: string): string {
    const same = known.get(template);
    if (same !== undefined) return same;
    if (known.size === MAX_TEMPLATES) known.clear();
    known.set(template, template);
    return template;
  }

  return ({ message, alike }) =>
    alike === undefined ? maskOnce(message) : (alike.template ??= once(maskOnce(message)));
}

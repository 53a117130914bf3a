import { maskMessage, MAX_TEMPLATE_CHARS } from './mask.ts';

/** Forms of messages that are remembered, and bytes for all of them; then it begins anew. */
const MAX_FORMS = 65_536;
const MAX_BYTES = 8 * 1024 * 1024;
/** More places than forms, so that a search for a free one is short. */
const SLOTS = MAX_FORMS * 4;
/** Places that are tried for one message: a log can be written so that all its messages have the same. */
const MAX_PROBES = 32;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
/** Stands for the zero of `0x`, the one digit whose value tells what the word is. */
const ZERO_OF_HEX = 0x01;
const LETTER_X = 0x78;

/**
 * Makes a `maskMessage` for many messages. Digits decide by their number and place alone what a message is masked to, so messages that
 * differ in nothing else have one template, which is found once.
 */
export function createMasker(): (message: string) => string {
  /** The number of a form plus one; 0 is free. */
  const slots = new Uint32Array(SLOTS);
  const hashes = new Int32Array(MAX_FORMS);
  /** Where each form begins; it ends where the next one begins. */
  const starts = new Uint32Array(MAX_FORMS + 1);
  const bytes = new Uint8Array(MAX_BYTES);
  const templates: string[] = [];
  /** Each template once, so that whoever looks it up need not compare it. */
  const known = new Map<string, string>();
  /** The form of the message that is asked about, and its hash. */
  const form = new Uint8Array(MAX_TEMPLATE_CHARS);
  let hash = 0;
  const encoder = new TextEncoder();

  /** Finds the form of a message and its length; -1 for what has none. Bytes are cheaper to reach than characters. */
  function look(message: string): number {
    // White space before the text may hold line ends.
    if (message.length > MAX_TEMPLATE_CHARS || message.charCodeAt(0) <= SPACE) return -1;
    const { read, written } = encoder.encodeInto(message, form);
    if (read !== message.length || written !== read) return -1;
    let before = 0;
    hash = 0;
    for (let at = 0; at < written; at++) {
      const code = form[at] ?? 0;
      if (code === NEWLINE) return at;
      if (code <= ZERO_OF_HEX) return -1;
      if ((code | 0x20) === LETTER_X && before === ZERO) form[at - 1] = ZERO_OF_HEX;
      const kept = code >= ZERO && code <= NINE ? ZERO : code;
      form[at] = kept;
      hash = Math.imul(hash ^ kept, 0x01000193);
      before = code;
    }
    return written;
  }

  function isSame(index: number, length: number): boolean {
    const start = starts[index] ?? 0;
    if (hashes[index] !== hash || (starts[index + 1] ?? 0) - start !== length) return false;
    for (let at = 0; at < length; at++) if (bytes[start + at] !== form[at]) return false;
    return true;
  }

  function learn(message: string, length: number, slot: number): string {
    const masked = maskMessage(message);
    const template = known.get(masked) ?? masked;
    known.set(template, template);
    const index = templates.push(template) - 1;
    const start = starts[index] ?? 0;
    bytes.set(form.subarray(0, length), start);
    starts[index + 1] = start + length;
    hashes[index] = hash;
    slots[slot] = index + 1;
    return template;
  }

  return (message) => {
    const length = look(message);
    if (length === -1) return maskMessage(message);
    if (templates.length === MAX_FORMS || (starts[templates.length] ?? 0) > MAX_BYTES - MAX_TEMPLATE_CHARS) {
      slots.fill(0);
      templates.length = 0;
      known.clear();
    }
    const first = hash ^ (hash >>> 15);
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (first + probe) & (SLOTS - 1);
      const index = slots[slot] ?? 0;
      if (index === 0) return learn(message, length, slot);
      if (isSame(index - 1, length)) return templates[index - 1] ?? '';
    }
    return maskMessage(message);
  };
}

import { markIds } from './hex-ids.ts';
import { maskMessage, MAX_TEMPLATE_CHARS } from './mask.ts';

/** Forms of messages that are remembered, and room for all of them, four bytes each; then it begins anew. */
const MAX_FORMS = 65_536;
const MAX_WORDS = 2 * 1024 * 1024;
/** More places than forms, so that a search for a free one is short. */
const SLOTS = MAX_FORMS * 2;
/** Places that are tried for one message: a log can be written so that all its messages have the same. */
const MAX_PROBES = 32;
/** Bits of a form's head that hold its length; the number of its template is above them. */
const LENGTH_BITS = 10;
const LENGTH_MASK = (1 << LENGTH_BITS) - 1;

const SPACE = 0x20;
const ZERO = 0x30;
const LETTER_X = 0x78;
/** Added to the x of `0x`: the zero before it is the one digit whose value tells what the word is. No ASCII has it. */
const OF_HEX = 0x80;

/** The same in each of four bytes. */
const four = (byte: number) => (byte * 0x01010101) | 0;
const [ONES, TOPS] = [four(0x01), four(0x80)];
const [ZEROS, LOWER, NEWLINES, LETTERS_X] = [four(ZERO), four(0x20), four(0x0a), four(LETTER_X)];
/** With these added, bytes of ten and more, from `a` on, and beyond `f` have their highest bit set. */
const [ABOVE_NINE, FROM_A, ABOVE_F] = [four(0x80 - 10), four(0x80 - 0x61), four(0x80 - 0x67)];

/**
 * Makes a `maskMessage` for many messages. Digits decide by their number and place alone what a message is masked to, so messages that
 * differ in nothing else have one template, which is found once. Forms are looked at and kept four bytes at a time.
 */
export function createMasker(): (message: string) => string {
  /** Where the head of a form stands; 0 is free. */
  const slots = new Uint32Array(SLOTS);
  /** Each form after its head. */
  const memory = new Int32Array(MAX_WORDS);
  const templates: string[] = [];
  /** Each template once, so that whoever looks it up need not compare it. */
  const known = new Map<string, number>();
  let forms = 0;
  let end = 1;
  /** The message that is asked about, its form, and the hash of that. */
  const words = new Int32Array(MAX_TEMPLATE_CHARS / 4 + 1);
  const bytes = new Uint8Array(words.buffer);
  const form = new Int32Array(words.length);
  const formBytes = new Uint8Array(form.buffer);
  let hash = 0;
  const encoder = new TextEncoder();

  /** Finds the form of a message and its length; -1 for what has none. */
  function look(message: string): number {
    // White space before the text may hold line ends.
    if (message.length > MAX_TEMPLATE_CHARS || message.charCodeAt(0) <= SPACE) return -1;
    const { read, written } = encoder.encodeInto(message, bytes);
    if (read !== message.length || written !== read) return -1;
    bytes[written] = bytes[written + 1] = bytes[written + 2] = 0;
    let firstId = -1;
    for (let at = 0; at * 4 < written; at++) {
      const word = words[at] ?? 0;
      if (hasZeroByte(word ^ NEWLINES)) return look(message.slice(0, message.indexOf('\n')));
      const digits = ~((word ^ ZEROS) + ABOVE_NINE) & TOPS;
      // The lower four bits of a digit are its value.
      form[at] = word & ~((digits >>> 3) - (digits >>> 7));
      if (hasZeroByte((word | LOWER) ^ LETTERS_X)) markHex(at * 4);
      const hexLetters = (word + FROM_A) & ~(word + ABOVE_F) & TOPS;
      // A digit beside such a letter: few ids have none of them within four bytes.
      if (firstId === -1 && (digits & ((hexLetters >>> 8) | (hexLetters << 8))) !== 0) firstId = at * 4;
    }
    if (firstId !== -1) markIds(bytes, formBytes, firstId, written);
    hash = hashOf(written);
    return written;
  }

  function hashOf(length: number): number {
    let mixed = length;
    for (let at = 0; at * 4 < length; at++) {
      mixed = Math.imul(mixed ^ (form[at] ?? 0), 0x9e3779b1);
      mixed ^= mixed >>> 15;
    }
    return mixed;
  }

  function markHex(start: number): void {
    for (let at = start; at < start + 4; at++) {
      const code = bytes[at] ?? 0;
      if (at > 0 && (code | 0x20) === LETTER_X && bytes[at - 1] === ZERO) formBytes[at] = code | OF_HEX;
    }
  }

  function isSame(start: number, length: number): boolean {
    if (((memory[start] ?? 0) & LENGTH_MASK) !== length) return false;
    for (let at = 0; at * 4 < length; at++) if (memory[start + 1 + at] !== form[at]) return false;
    return true;
  }

  function templateAt(start: number): string {
    return templates[(memory[start] ?? 0) >>> LENGTH_BITS] ?? '';
  }

  function learn(message: string, length: number, slot: number): string {
    const masked = maskMessage(message);
    let number = known.get(masked);
    if (number === undefined) known.set(masked, (number = templates.push(masked) - 1));
    const size = Math.ceil(length / 4);
    memory[end] = (number << LENGTH_BITS) | length;
    memory.set(form.subarray(0, size), end + 1);
    slots[slot] = end;
    end += size + 1;
    forms++;
    return templates[number] ?? '';
  }

  function forget(): void {
    slots.fill(0);
    templates.length = 0;
    known.clear();
    forms = 0;
    end = 1;
  }

  return (message) => {
    const length = look(message);
    if (length === -1) return maskMessage(message);
    if (forms === MAX_FORMS || end + form.length >= MAX_WORDS) forget();
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1);
      const start = slots[slot] ?? 0;
      if (start === 0) return learn(message, length, slot);
      if (isSame(start, length)) return templateAt(start);
    }
    return maskMessage(message);
  };
}

function hasZeroByte(word: number): boolean {
  return ((word - ONES) & ~word & TOPS) !== 0;
}

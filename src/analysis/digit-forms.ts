/** Tells which texts differ from one before them in digits alone, four bytes at a time. */
export interface DigitForms<T extends object> {
  /**
   * What such texts share; undefined for what is left out: texts of over 1,024 bytes, or with characters beyond printable ASCII and
   * tab. The first of them is left out too while most texts are like none before them.
   */
  of(bytes: Uint8Array, start: number, end: number): T | undefined;
}

const MAX_TEXT_BYTES = 1_024;
const WORD_BYTES = 4;
/** Texts that are remembered, and words of four bytes for all of them; then it begins anew. */
const MAX_FORMS = 65_536;
const MAX_WORDS = 2 * 1024 * 1024;
const FIRST_FORMS = 256;
const FIRST_WORDS = 16_384;
/** More places than forms, so that a search for a free one is short. */
const SLOTS_PER_FORM = 2;
/** What is known of a form lies in one place: its hash, its number plus one (0 is free), where its words begin, how many there are. */
const SLOT_FIELDS = 4;
const [HASH, NUMBER, START, LENGTH] = [0, 1, 2, 3];
/** Texts that tell whether most were met before. */
const MAX_BALANCE = 1_024;
/** Of Fowler, Noll and Vo. */
const PRIME = 0x01000193;

/** Four bytes are looked at as one number: each of these repeats a byte for each of them. */
const ZEROS = 0x30303030;
const LOW_SEVEN = 0x7f7f7f7f;
/** Lifts what is over nine above 127. */
const OVER_NINE = 0x76767676;
const HIGH_BITS = 0x80808080 | 0;
const DIGIT_BITS = 0x0f0f0f0f;
const BLANKS = 0x20202020;

const TAB = 0x09;
const BLANK = 0x20;
const LAST_PRINTABLE = 0x7e;

/** Makes a memory that grows with the texts it meets; `create` makes what texts share, to be filled in by whoever asks. */
export function createDigitForms<T extends object>(create: () => T): DigitForms<T> {
  let slots = new Int32Array(FIRST_FORMS * SLOTS_PER_FORM * SLOT_FIELDS);
  let words = new Int32Array(FIRST_WORDS);
  let usedWords = 0;
  /** Of each form what is shared, once it is met again; null for one that is left out. */
  let forms: (T | null | undefined)[] = [];
  let count = 0;
  /** Above zero when most of the last texts were met before. */
  let balance = 0;
  /** The text that is asked about, with zeros for digits, and its hash. */
  const text = new Int32Array(MAX_TEXT_BYTES / WORD_BYTES);
  let hash = 0;
  /** The bytes that were looked at last. */
  let view: DataView = new DataView(new ArrayBuffer(0));
  let viewed: Uint8Array | undefined;

  /** Answers the length in words. The hash begins with the number of bytes, so texts that differ in blanks at their end have two. */
  function look(bytes: Uint8Array, start: number, end: number): number {
    if (viewed !== bytes) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      viewed = bytes;
    }
    const [from, into] = [view, text];
    const whole = end - ((end - start) % WORD_BYTES);
    let length = 0;
    let sum = end - start;
    for (let at = start; at < whole; at += WORD_BYTES) {
      const word = withZeros(from.getInt32(at, true));
      into[length++] = word;
      sum = Math.imul(sum ^ word, PRIME);
      sum ^= sum >>> 15;
    }
    if (whole < end) {
      const word = withZeros(lastWord(bytes, whole, end));
      into[length++] = word;
      sum = Math.imul(sum ^ word, PRIME);
      sum ^= sum >>> 15;
    }
    hash = sum;
    return length;
  }

  function isSame(slot: number, length: number): boolean {
    if (slots[slot + HASH] !== hash || slots[slot + LENGTH] !== length) return false;
    const start = slots[slot + START] ?? 0;
    const [known, asked] = [words, text];
    for (let at = 0; at < length; at++) if (known[start + at] !== asked[at]) return false;
    return true;
  }

  function add(length: number): void {
    if (count === MAX_FORMS || usedWords + length > MAX_WORDS) forget();
    if ((count + 1) * SLOTS_PER_FORM * SLOT_FIELDS > slots.length) growSlots();
    if (usedWords + length > words.length) words = copyOf(words, new Int32Array(words.length * 2));
    words.set(text.subarray(0, length), usedWords);
    const slot = freeSlot(slots, hash);
    slots[slot + HASH] = hash;
    slots[slot + NUMBER] = ++count;
    slots[slot + START] = usedWords;
    slots[slot + LENGTH] = length;
    usedWords += length;
  }

  function growSlots(): void {
    const larger = new Int32Array(slots.length * 2);
    for (let slot = 0; slot < slots.length; slot += SLOT_FIELDS)
      if (slots[slot + NUMBER] !== 0)
        larger.set(slots.subarray(slot, slot + SLOT_FIELDS), freeSlot(larger, slots[slot + HASH] ?? 0));
    slots = larger;
  }

  function forget(): void {
    slots.fill(0);
    forms = [];
    count = 0;
    usedWords = 0;
  }

  /** Which characters a text has is the same for all of its form. */
  function shared(index: number, bytes: Uint8Array, start: number, end: number): T | null {
    return (forms[index] ??= isPlain(bytes, start, end) ? create() : null);
  }

  return {
    of(bytes, start, end) {
      if (end - start > MAX_TEXT_BYTES || end <= start) return undefined;
      const length = look(bytes, start, end);
      const mask = slots.length - 1;
      for (let slot = firstSlot(hash, mask); slots[slot + NUMBER] !== 0; slot = (slot + SLOT_FIELDS) & mask) {
        if (!isSame(slot, length)) continue;
        balance = Math.min(balance + 1, MAX_BALANCE);
        const index = (slots[slot + NUMBER] ?? 0) - 1;
        return forms[index] ?? shared(index, bytes, start, end) ?? undefined;
      }
      add(length);
      balance = Math.max(balance - 1, -MAX_BALANCE);
      return balance > 0 ? (shared(count - 1, bytes, start, end) ?? undefined) : undefined;
    },
  };
}

function firstSlot(hash: number, mask: number): number {
  return Math.imul(hash, SLOT_FIELDS) & mask;
}

function freeSlot(slots: Int32Array, hash: number): number {
  const mask = slots.length - 1;
  let slot = firstSlot(hash, mask);
  while (slots[slot + NUMBER] !== 0) slot = (slot + SLOT_FIELDS) & mask;
  return slot;
}

/** The same four bytes with zeros for digits. */
function withZeros(word: number): number {
  const digit = word ^ ZEROS;
  const digits = ~(((digit & LOW_SEVEN) + OVER_NINE) | digit) & HIGH_BITS;
  return word & ~((digits - (digits >>> 7)) & DIGIT_BITS);
}

/** Fewer than four bytes, with blanks behind them. */
function lastWord(bytes: Uint8Array, start: number, end: number): number {
  let word = 0;
  for (let at = end - 1; at >= start; at--) word = (word << 8) | (bytes[at] ?? 0);
  return word | (BLANKS << ((end - start) * 8));
}

function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = bytes[at] ?? 0;
    if ((code < BLANK && code !== TAB) || code > LAST_PRINTABLE) return false;
  }
  return true;
}

function copyOf(from: Int32Array<ArrayBuffer>, to: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  to.set(from);
  return to;
}

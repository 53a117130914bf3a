import { kinds } from './mask.ts';

/** Stands in a form for each character of an id that is masked by its length alone; no ASCII has it. */
const OF_ID = 0xff;
const MIN_ID_CHARS = 8;
const UUID_CHARS = 36;
const UUID_DASHES: ReadonlySet<number> = new Set([8, 13, 18, 23]);
/** Where the dashes of a UUID stand behind its first part. */
const DASHES_BEHIND = [0, 5, 10, 15];

const DASH = 0x2d;

/** Bits of the letters and digits of ASCII; `d` is a unit, too, and `e` makes an exponent. */
const [DIGIT, D_OR_E, HEX_LETTER, OTHER_LETTER] = [1, 2, 4, 8];
const letters = new Uint8Array(256);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZghijklmnopqrstuvwxyz') letters[char.charCodeAt(0)] = OTHER_LETTER;
for (const char of '0123456789') letters[char.charCodeAt(0)] = DIGIT;
for (const char of 'abcf') letters[char.charCodeAt(0)] = HEX_LETTER;
for (const char of 'de') letters[char.charCodeAt(0)] = D_OR_E;

/** Bits of what words are made of. */
const [PLAIN, IN_PATH, IN_NAME] = [1, 2, 4];
const signs = Uint8Array.from(kinds, (kind) => (kind === 0 ? 0 : PLAIN));
for (const char of '/\\') signs[char.charCodeAt(0)] = IN_PATH;
for (const char of ':.') signs[char.charCodeAt(0)] = IN_NAME;

/**
 * Marks in the form of a message the hexadecimal ids and UUIDs of which `maskMessage` tells nothing but the length, as `1f2e3d4c` and
 * `9a8b7c6d`. `bytes` are the message, `length` of them, in ASCII; the word at `from` is the first that is looked at. What is doubtful
 * keeps its characters.
 */
export function markIds(bytes: Uint8Array, form: Uint8Array, from: number, length: number): void {
  let start = from;
  while (start > 0 && signs[bytes[start - 1] ?? 0] !== 0) start--;
  while (start < length) {
    let seen = 0;
    let end = start;
    for (let bits = signs[bytes[end] ?? 0]; end < length && bits; bits = signs[bytes[++end] ?? 0]) seen |= bits;
    // How an address begins and a file's name ends is looked at closely.
    const isDoubtful = (seen & IN_PATH) !== 0 && (seen & IN_NAME) !== 0;
    if (end - start >= MIN_ID_CHARS && !isDoubtful) markWord(bytes, form, start, end);
    start = end + 1;
  }
}

function markWord(bytes: Uint8Array, form: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end) {
    let seen = 0;
    let to = at;
    for (let bits = letters[bytes[to] ?? 0]; to < end && bits; bits = letters[bytes[++to] ?? 0]) seen |= bits;
    if (to - at === MIN_ID_CHARS && isUuid(bytes, at, end)) {
      for (const stop = at + UUID_CHARS; at < stop; at++) if (bytes[at] !== DASH) form[at] = OF_ID;
      continue;
    }
    // In a longer run the mask finds the UUID, and looks closely at what is left of the run.
    if (to - at >= MIN_ID_CHARS && DASHES_BEHIND.every((behind) => bytes[to + behind] === DASH)) return;
    const isId = (seen & DIGIT) !== 0 && (seen & HEX_LETTER) !== 0 && (seen & OTHER_LETTER) === 0;
    if (isId && to - at >= MIN_ID_CHARS) form.fill(OF_ID, at, to);
    at = to + 1;
  }
}

/** Of digits alone it would be a number, and of letters alone a word. */
function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < UUID_CHARS || (end - start > UUID_CHARS && letters[bytes[start + UUID_CHARS] ?? 0] !== 0))
    return false;
  let seen = 0;
  for (let at = 0; at < UUID_CHARS; at++) {
    const code = bytes[start + at] ?? 0;
    if (UUID_DASHES.has(at) !== (code === DASH)) return false;
    const bits = letters[code] ?? 0;
    if (code !== DASH && (bits === 0 || bits === OTHER_LETTER)) return false;
    seen |= bits;
  }
  return (seen & DIGIT) !== 0 && seen !== DIGIT;
}

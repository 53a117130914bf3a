/** Tells in one pass which of many literals a text holds: the bits of all that occur. */
export type LiteralScan = (text: string) => number;

/** A literal, in whatever case it stands, and the bits that it sets. */
export interface Literal {
  readonly text: string;
  readonly bits: number;
}

/** Printable ASCII in one case, tab and line feed have a class each; everything else shares `OTHER`. */
const CLASS_BITS = 7;
const OTHER = 127;
const classes = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code >= 0x41 && code <= 0x5a) return code | 0x20;
  return (code >= 0x20 && code < 0x7f) || code === 0x09 || code === 0x0a ? code : OTHER;
});
const classAt = (text: string, at: number): number => classes[text.charCodeAt(at)] ?? OTHER;

interface State {
  readonly next: Map<number, number>;
  bits: number;
}

/** Shorter texts are looked through as they are; to copy them costs more. */
const MIN_COPIED_CHARS = 32;
/** Longer texts are rare. */
const MAX_COPIED_CHARS = 32 * 1024;
/** Parts of a text that are looked through side by side: each step waits for the one before it, not for those of other parts. */
const LANES = 4;
const MIN_LANES_CHARS = 96;

/** Makes the scan (Aho and Corasick 1975): one look-up for each character, whatever the number of literals. */
export function createLiteralScan(literals: readonly Literal[]): LiteralScan {
  const { next, bits } = toTables(toTrie(literals));
  /** What stands in one part alone, begins within so many characters before its end. */
  const overlap = literals.reduce((most, { text }) => Math.max(most, text.length - 1), 0);
  // Characters of a text cost more to reach than bytes.
  const bytes = new Uint8Array(MAX_COPIED_CHARS);
  const encoder = new TextEncoder();

  function inText(text: string): number {
    let state = 0;
    let found = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      state = next[(state << CLASS_BITS) | (code < 128 ? code : OTHER)] ?? 0;
      found |= bits[state] ?? 0;
    }
    return found;
  }

  function inBytes(length: number): number {
    let state = 0;
    let found = 0;
    for (let at = 0; at < length; at++) {
      state = next[(state << CLASS_BITS) | (bytes[at] ?? 0)] ?? 0;
      found |= bits[state] ?? 0;
    }
    return found;
  }

  function inLanes(length: number): number {
    const lane = Math.ceil((length + (LANES - 1) * overlap) / LANES);
    const [second, third, fourth] = [lane - overlap, 2 * (lane - overlap), length - lane];
    let [a, b, c, d, found] = [0, 0, 0, 0, 0];
    for (let at = 0; at < lane; at++) {
      a = next[(a << CLASS_BITS) | (bytes[at] ?? 0)] ?? 0;
      b = next[(b << CLASS_BITS) | (bytes[second + at] ?? 0)] ?? 0;
      c = next[(c << CLASS_BITS) | (bytes[third + at] ?? 0)] ?? 0;
      d = next[(d << CLASS_BITS) | (bytes[fourth + at] ?? 0)] ?? 0;
      found |= (bits[a] ?? 0) | (bits[b] ?? 0) | (bits[c] ?? 0) | (bits[d] ?? 0);
    }
    return found;
  }

  return (text) => {
    const { length } = text;
    if (length < MIN_COPIED_CHARS || length > MAX_COPIED_CHARS) return inText(text);
    const { read, written } = encoder.encodeInto(text, bytes);
    // Only of ASCII is every character one byte.
    if (read !== length || written !== length) return inText(text);
    return length < MIN_LANES_CHARS || overlap * LANES > length ? inBytes(length) : inLanes(length);
  };
}

/** A literal of one character that is none of printable ASCII, tab and line feed stands for all such characters. */
function toTrie(literals: readonly Literal[]): readonly State[] {
  const states: State[] = [{ next: new Map(), bits: 0 }];
  for (const { text, bits } of literals) {
    let at = 0;
    for (let index = 0; index < text.length; index++) {
      const kind = classAt(text, index);
      const known = states[at]?.next.get(kind);
      if (known === undefined) states[at]?.next.set(kind, states.push({ next: new Map(), bits: 0 }) - 1);
      at = known ?? states.length - 1;
    }
    const last = states[at];
    if (last !== undefined) last.bits |= bits;
  }
  return states;
}

/** Every step of every state, by the code of the character, so that the scan never goes back. */
function toTables(states: readonly State[]) {
  const Table = states.length > 0xffff ? Uint32Array : Uint16Array;
  const next = new Table(states.length << CLASS_BITS);
  const bits = Int32Array.from(states, (state) => state.bits);
  /** Where the longest end of a state's text that begins a literal leads. */
  const fallback = new Table(states.length);
  const queue = [0];
  for (const state of queue) {
    const back = fallback[state] ?? 0;
    bits[state] = (bits[state] ?? 0) | (bits[back] ?? 0);
    const own = states[state]?.next;
    for (let kind = 0; kind <= OTHER; kind++) {
      const behind = state === 0 ? 0 : (next[(back << CLASS_BITS) | kind] ?? 0);
      const child = own?.get(kind);
      next[(state << CLASS_BITS) | kind] = child ?? behind;
      if (child === undefined) continue;
      fallback[child] = behind;
      queue.push(child);
    }
    // Characters that share a class lead to the same.
    for (let code = 0; code < OTHER; code++) {
      const kind = classes[code] ?? OTHER;
      if (kind !== code) next[(state << CLASS_BITS) | code] = next[(state << CLASS_BITS) | kind] ?? 0;
    }
  }
  return { next, bits };
}

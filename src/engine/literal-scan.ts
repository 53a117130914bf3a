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

/** Makes the scan (Aho and Corasick 1975): one look-up for each character, whatever the number of literals. */
export function createLiteralScan(literals: readonly Literal[]): LiteralScan {
  const states = toTrie(literals);
  const { next, bits } = toTables(states);
  return (text) => {
    let state = 0;
    let found = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      state = next[(state << CLASS_BITS) | (code < 128 ? (classes[code] ?? OTHER) : OTHER)] ?? 0;
      found |= bits[state] ?? 0;
    }
    return found;
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

/** Every step of every state, so that the scan never goes back. */
function toTables(states: readonly State[]) {
  const Table = states.length > 0xffff ? Uint32Array : Uint16Array;
  const next = new Table(states.length << CLASS_BITS);
  const bits = Uint32Array.from(states, (state) => state.bits);
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
  }
  return { next, bits };
}

import type { Get } from './record.ts';

/** Reads JSON lines that are written as one before them was, in one pass; every other line is left to a parser. */
export interface KnownShapes<S> {
  /** The fields of a line, and what was learned with its shape; undefined for what needs a parser. Valid until the next call. */
  read(text: string): { readonly get: Get; readonly about: S } | undefined;
  /** Remembers how a line with these keys is written. */
  learn(text: string, keys: readonly string[], about: S): void;
}

interface Known<S> {
  /** What stands before each value, the key included. */
  readonly pieces: readonly string[];
  readonly answer: { readonly get: Get; readonly about: S };
}

const MAX_SHAPES = 4;
/** Keys of a line; more are not worth it. */
const MAX_KEYS = 64;
const CONTROL = /[\u0000-\u001f]/;
/** What JSON lets stand in a string with escapes. */
const ESCAPED = /^(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*$/;
/** The first that JSON lets stand in a string as it is. */
const FIRST_ALLOWED = 0x20;
/** Bytes of a line that is looked at byte by byte. */
const MAX_LOOKED_AT = 8_192;
const SCALAR = /^(?:-?(?:0|[1-9]\d{0,20})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?|true|false|null)$/;
/** What encoders put after a comma and after a colon. */
const GAPS = ['', ' '];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const CLOSING = 0x7d;

/** Makes a memory of a few shapes, the last one that was met first. */
export function createKnownShapes<S>(): KnownShapes<S> {
  const shapes: Known<S>[] = [];
  /** Where the values of the last line begin and end; a text without its quotes. */
  const starts = new Int32Array(MAX_KEYS);
  const ends = new Int32Array(MAX_KEYS);
  const hasControls = createControlLook();
  let line = '';
  const valueAt = (place: number | undefined) => {
    if (place === undefined) return undefined;
    const start = starts[place] ?? 0;
    const value = line.slice(start, ends[place]);
    if (line.charCodeAt(start - 1) !== QUOTE) return JSON.parse(value) as unknown;
    return value.includes('\\') ? (JSON.parse(`"${value}"`) as string) : value;
  };

  function fits(text: string, pieces: readonly string[]): boolean {
    let at = 0;
    for (let place = 0; place < pieces.length; place++) {
      const piece = pieces[place] ?? '';
      if (!text.startsWith(piece, at)) return false;
      at += piece.length;
      const isText = text.charCodeAt(at) === QUOTE;
      const start = isText ? at + 1 : at;
      const end = isText ? endOfText(text, start) : endOfScalar(text, start);
      if (end === -1) return false;
      starts[place] = start;
      ends[place] = end;
      at = isText ? end + 1 : end;
    }
    return at === text.length - 1 && text.charCodeAt(at) === CLOSING;
  }

  return {
    read(text) {
      if (shapes.length === 0 || hasControls(text)) return undefined;
      const index = shapes.findIndex(({ pieces }) => fits(text, pieces));
      const shape = shapes[index];
      if (shape === undefined) return undefined;
      if (index > 0) shapes.unshift(...shapes.splice(index, 1));
      line = text;
      return shape.answer;
    },
    learn(text, keys, about) {
      if (keys.length === 0 || keys.length > MAX_KEYS || hasControls(text)) return;
      const pieces = GAPS.map((gap) => piecesOf(keys, gap)).find((each) => fits(text, each));
      if (pieces === undefined) return;
      const places = new Map(keys.map((key, place) => [key, place]));
      shapes.unshift({ pieces, answer: { get: (name) => valueAt(places.get(name)), about } });
      shapes.length = Math.min(shapes.length, MAX_SHAPES);
    },
  };
}

/** Makes the look for characters that JSON lets stand in no string. */
function createControlLook(): (text: string) => boolean {
  const bytes = new Uint8Array(MAX_LOOKED_AT);
  const encoder = new TextEncoder();
  return (text) => {
    const { read, written } = encoder.encodeInto(text, bytes);
    if (read !== text.length) return CONTROL.test(text);
    let below = 0;
    for (let at = 0; at < written; at++) below |= (bytes[at] ?? 0) - FIRST_ALLOWED;
    return below < 0;
  };
}

function piecesOf(keys: readonly string[], gap: string): readonly string[] {
  return keys.map((key, index) => `${index === 0 ? '{' : `,${gap}`}${JSON.stringify(key)}:${gap}`);
}

/** Where a string ends, at its closing quote; -1 when it is none. */
function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start);
  if (end === -1 || text.indexOf('\\', start) === -1) return end;
  while (end !== -1 && isEscaped(text, start, end)) end = text.indexOf('"', end + 1);
  return end !== -1 && ESCAPED.test(text.slice(start, end)) ? end : -1;
}

/** An odd number of backslashes stands before it. */
function isEscaped(text: string, start: number, at: number): boolean {
  let first = at;
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}

/** Where a number or a word ends; -1 when it is none. */
function endOfScalar(text: string, start: number): number {
  let end = start;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === COMMA || code === CLOSING) break;
  }
  return end - start <= 48 && SCALAR.test(text.slice(start, end)) ? end : -1;
}

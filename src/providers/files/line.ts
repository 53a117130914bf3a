import type { Block } from '#analysis/trace-shape.ts';
import type { AlikeEvents, LogLevel } from '#domain/evidence.ts';

/** Bytes of one line that are kept; the rest is counted and dropped, so that memory stays constant. */
export const MAX_LINE_BYTES = 64 * 1024;

/** A line without its line end. */
export interface Line {
  readonly text: string;
  /** Where it begins, in bytes of the unpacked file. */
  readonly number: number;
}

/** A line of ASCII whose text is made when it is asked for: its bytes are there until the next ones are read. */
export class ByteLine implements Line {
  readonly number: number;
  readonly kind: LineKind;
  private readonly bytes: Buffer;
  private readonly start: number;
  private readonly end: number;
  private held: string | undefined;

  constructor(bytes: Buffer, { start, end }: Span, number: number, kind: LineKind) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.number = number;
    this.kind = kind;
    this.held = undefined;
  }

  get text(): string {
    return (this.held ??= this.bytes.toString('latin1', this.start, this.end));
  }

  /** A part of it. */
  slice(start: number, end: number): string {
    if (this.held !== undefined) return this.held.slice(start, end);
    return this.bytes.toString('latin1', this.start + start, Math.min(this.end, this.start + end));
  }

  /** The code of one of its characters. */
  codeAt(at: number): number | undefined {
    return this.held === undefined ? this.bytes[this.start + at] : this.held.charCodeAt(at);
  }
}

/** Lines that were read together, and how far the file was read. */
export interface LineBatch {
  readonly lines: readonly Line[];
  /** Bytes, after unpacking. */
  readonly bytes: number;
}

/** A part of a line's text: characters from `start` up to `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a line says what, when no escape stands in it. */
export interface LinePlaces {
  /** Of a JSON line without its quotes; absent in lines that carry no time. */
  readonly time?: Span;
  readonly message: Span;
  /** Digits in them decide the level, the service or the environment. */
  readonly exact: readonly Span[];
  /** First digits of JSON numbers that have several: with a zero there they would be none. */
  readonly numbers: readonly number[];
}

/** How lines that differ in digits alone are read; flat, since many kinds take turns in a file. */
export interface LineKind extends AlikeEvents {
  /** `odd` are read one by one. */
  form: 'unknown' | 'odd' | 'json' | 'plain';
  /** Characters; negative where no time stands. */
  timeStart: number;
  timeEnd: number;
  /** Texts with digits that decide the level, the service or the environment; `next` has others. */
  exact: readonly ExactText[];
  numbers: readonly number[];
  block: Block;
  /** As the first line of a private key has them. */
  hasDashes: boolean;
  level: LogLevel | undefined;
  service: string | undefined;
  env: string | undefined;
  next: LineKind | undefined;
  messageStart: number;
  messageEnd: number;
  /** The message has escapes of JSON. */
  isEscaped: boolean;
}

/** A text, and where it stands. */
export interface ExactText {
  readonly at: number;
  readonly text: string;
}

import type { Block } from '#analysis/trace-shape.ts';
import type { AlikeEvents, LogLevel } from '#domain/evidence.ts';

/** Bytes of one line that are kept; the rest is counted and dropped, so that memory stays constant. */
export const MAX_LINE_BYTES = 64 * 1024;

/** A line without its line end. */
export interface Line {
  readonly text: string;
  /** Where it begins, in bytes of the unpacked file. */
  readonly number: number;
  /** What it shares with lines that differ from it in digits alone; absent for the first of them, and where nothing is. */
  readonly kind?: LineKind;
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
  messageStart: number;
  messageEnd: number;
  /** The message has escapes of JSON. */
  isEscaped: boolean;
  /** Texts with digits that decide the level, the service or the environment; `next` has others. */
  exact: readonly ExactText[];
  numbers: readonly number[];
  level: LogLevel | undefined;
  service: string | undefined;
  env: string | undefined;
  block: Block;
  next: LineKind | undefined;
}

/** A text, and where it stands. */
export interface ExactText {
  readonly at: number;
  readonly text: string;
}

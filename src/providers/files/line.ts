/** Bytes of one line that are kept; the rest is counted and dropped, so that memory stays constant. */
export const MAX_LINE_BYTES = 64 * 1024;

/** A line without its line end. */
export interface Line {
  readonly text: string;
  /** Where it begins, in bytes of the unpacked file. */
  readonly number: number;
}

/** Lines that were read together, and how far the file was read. */
export interface LineBatch {
  readonly lines: readonly Line[];
  /** Bytes, after unpacking. */
  readonly bytes: number;
}

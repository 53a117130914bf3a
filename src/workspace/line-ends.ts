const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Lines of a content whose ends are LF, CRLF or CR alone; a last line without an end counts. */
export function lineCount(content: Buffer): number {
  let count = 0;
  let start = 0;
  for (let end = content.indexOf(LINE_FEED); end >= 0; end = content.indexOf(LINE_FEED, start)) {
    count += 1 + returnsWithin(content, start, end);
    start = end + 1;
  }
  return start < content.length ? count + 1 + returnsWithin(content, start, content.length) : count;
}

/** Line ends by a CR alone between two offsets, the second of which is the end of a line as git sees it: one right before it belongs to that. */
export function returnsWithin(content: Buffer, start: number, end: number): number {
  const line = content.subarray(start, Math.max(start, end - 1));
  let count = 0;
  for (let at = line.indexOf(CARRIAGE_RETURN); at >= 0; at = line.indexOf(CARRIAGE_RETURN, at + 1)) count += 1;
  return count;
}

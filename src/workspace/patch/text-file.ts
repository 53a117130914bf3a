import { isAscii, isUtf8 } from 'node:buffer';

import type { Eol } from './model.ts';

/** A file as lines, each with its own ending; only the last may have none. */
export interface TextFile {
  readonly bom: boolean;
  /** All lines with their endings, without the byte order mark. */
  readonly source: string;
  /** The bytes of a part of `source`. */
  readonly bytes: (start: number, end: number) => Buffer;
  readonly texts: readonly string[];
  readonly eols: readonly Eol[];
}

/** Splits UTF-8 text; undefined when the bytes are something else. With `literalBom` a byte order mark stays in the first line. */
export function decodeText(content: Buffer, literalBom = false): TextFile | undefined {
  const text = decodeUtf8(content);
  if (text === undefined || text.includes('\0')) return undefined;
  const bom = !literalBom && text.startsWith('\uFEFF');
  const source = bom ? text.slice(1) : text;
  const isPlain = source.length === content.length;
  const bytes = (start: number, end: number) =>
    isPlain ? content.subarray(start, end) : Buffer.from(source.slice(start, end));
  return { bom, source, bytes, ...splitLines(source) };
}

/** Lines of a file of any content, counted as git counts them. */
export function countLines(content: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, at + 1)) count += 1;
  return content.length > 0 && content.at(-1) !== 10 ? count + 1 : count;
}

function decodeUtf8(content: Buffer): string | undefined {
  if (isAscii(content)) return content.toString('latin1');
  return isUtf8(content) ? content.toString('utf8') : undefined;
}

/** Splits text into lines with their endings. */
export function splitLines(text: string): { texts: string[]; eols: Eol[] } {
  const texts: string[] = [];
  const eols: Eol[] = [];
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const crlf = end > start && text[end - 1] === '\r';
    texts.push(end < 0 ? text.slice(start) : text.slice(start, crlf ? end - 1 : end));
    eols.push(end < 0 ? '' : crlf ? '\r\n' : '\n');
    start = end < 0 ? text.length : end + 1;
  }
  return { texts, eols };
}

import { cutOffFailure } from './failure.ts';
import type { Eol } from './model.ts';

/** One line of patch text; `no` is 1-based. */
export interface PatchLine {
  readonly text: string;
  readonly eol: Eol;
  readonly no: number;
}

/** The lines of a patch without byte order mark, heredoc or surrounding code fence. */
export function readPatchLines(text: string): PatchLine[] {
  const lines = split(text.startsWith('\uFEFF') ? text.slice(1) : text);
  // A command may stand in a fence, and hold a fence.
  return withoutFence(withoutHeredoc(withoutFence(lines)));
}

/** Whether the line opens or closes a code fence. */
export function isFence(text: string): boolean {
  return /^(?:`{3,}|~{3,})[\w+-]*\s*$/u.test(text);
}

// When every line ends in CRLF the transport put it there, and it says nothing of the file.
function split(text: string): PatchLine[] {
  const raw = text.split('\n');
  if (raw.at(-1) === '') raw.pop();
  const allCrlf = raw.every((line, i) => line.endsWith('\r') || (i === raw.length - 1 && !text.endsWith('\n')));
  const lines: PatchLine[] = [];
  for (const [i, line] of raw.entries()) {
    const crlf = line.endsWith('\r');
    lines.push({ text: crlf ? line.slice(0, -1) : line, eol: crlf && !allCrlf ? '\r\n' : '\n', no: i + 1 });
  }
  return lines;
}

function withoutHeredoc(lines: PatchLine[]): PatchLine[] {
  const start = lines.findIndex((line) => line.text.trim() !== '');
  const opening = lines[start];
  if (!opening || opening.text.length > 256) return lines;
  const word = /^[^<]*<<-?\s*(["']?)(\w+)\1\s*$/u.exec(opening.text)?.[2];
  if (word === undefined) return lines;
  const end = lines.findLastIndex((line) => line.text.trim() === word);
  const last = lines.at(-1);
  if (end <= start) throw cutOffFailure(last ?? opening, `the closing ${word} of the heredoc`);
  return lines.slice(start + 1, end);
}

// Several fenced blocks, or a fence below prose, are left to the parsers, which know where content may hold a fence.
function withoutFence(lines: PatchLine[]): PatchLine[] {
  const start = lines.findIndex((line) => line.text.trim() !== '');
  const opening = lines[start];
  if (!opening || !isFence(opening.text)) return lines;
  const fences = [...lines.keys()].filter((at) => isFence(lines[at]?.text ?? ''));
  if (fences.length === 1) {
    const last = lines.at(-1) ?? opening;
    throw cutOffFailure(last, `the end of the code fence that was opened at line ${opening.no}`);
  }
  const end = fences[1] ?? 0;
  const alone = fences.length === 2 && lines.slice(end + 1).every((line) => line.text.trim() === '');
  return alone ? lines.slice(start + 1, end) : lines;
}

import { cutOffFailure, parseFailure, toPatchError } from './failure.ts';
import type { FilePatch, Hunk } from './model.ts';
import { isFence } from './patch-lines.ts';
import type { PatchLine } from './patch-lines.ts';
import { emptyHeaders, readExtendedHeader } from './unified-header.ts';
import type { SectionHeaders } from './unified-header.ts';
import { isFileHeader, isSignature, missingPrefix, readHunk } from './unified-hunk.ts';
import { toFilePatch } from './unified-section.ts';

interface Section {
  readonly headers: SectionHeaders;
  readonly hunks: Hunk[];
}

interface Reader {
  readonly lines: readonly PatchLine[];
  at: number;
  fenced: boolean;
  /** The first line after a hunk that is neither header nor hunk; edits below it would be lost. */
  stray: PatchLine | undefined;
}

/** Parses git-style and plain unified diffs; text before, between and after sections is skipped as git does. */
export function parseUnified(lines: readonly PatchLine[]): FilePatch[] {
  const reader: Reader = { lines, at: 0, fenced: false, stray: undefined };
  const sections: Section[] = [];
  while (reader.at < lines.length) step(reader, sections);
  const last = lines.at(-1);
  if (reader.fenced && last) throw cutOffFailure(last, 'the end of the code fence');
  return sections.map((section) => toFilePatch(section.headers, section.hunks));
}

function step(reader: Reader, sections: Section[]): void {
  const { lines } = reader;
  const line = lines[reader.at] as PatchLine;
  refuseUnsupported(line);
  if (line.text.startsWith('diff --git ')) sections.push(readGitSection(reader));
  else if (isFileHeader(lines, reader.at)) sections.push(readPlainSection(reader));
  else if (line.text.startsWith('@@')) readHunks(reader, sections.at(-1));
  else skip(reader, sections.at(-1));
}

function readGitSection(reader: Reader): Section {
  const headers = emptyHeaders(reader.lines[reader.at] as PatchLine);
  headers.git = headers.line;
  reader.stray = undefined;
  reader.at += 1;
  while (reader.at < reader.lines.length && readExtendedHeader(headers, reader.lines[reader.at] as PatchLine)) {
    reader.at += 1;
  }
  if (isFileHeader(reader.lines, reader.at)) readFileHeader(reader, headers);
  return { headers, hunks: [] };
}

function readPlainSection(reader: Reader): Section {
  const headers = emptyHeaders(reader.lines[reader.at] as PatchLine);
  reader.stray = undefined;
  readFileHeader(reader, headers);
  const next = reader.lines[reader.at];
  if (!next?.text.startsWith('@@')) {
    throw parseFailure(
      next?.no ?? headers.line.no + 2,
      'a hunk header such as @@ -1,3 +1,4 @@',
      next?.text ?? 'the end',
    );
  }
  return { headers, hunks: [] };
}

function readFileHeader(reader: Reader, headers: SectionHeaders): void {
  headers.old = reader.lines[reader.at];
  headers.new = reader.lines[reader.at + 1];
  reader.at += 2;
}

function readHunks(reader: Reader, section: Section | undefined): void {
  const line = reader.lines[reader.at] as PatchLine;
  if (!section)
    throw parseFailure(line.no, 'a file header (--- a/PATH and +++ b/PATH) before the first hunk', line.text);
  const adds = isAddition(section.headers);
  const { hunk, next } = readHunk({ lines: reader.lines, fenced: reader.fenced, adds }, reader.at);
  section.hunks.push(hunk);
  reader.at = next;
  reader.stray = undefined;
}

function isAddition(headers: SectionHeaders): boolean {
  return headers.added !== undefined || /^--- \/dev\/null(?:\s|$)/u.test(headers.old?.text ?? '');
}

function skip(reader: Reader, section: Section | undefined): void {
  const line = reader.lines[reader.at] as PatchLine;
  reader.at += 1;
  if (isFence(line.text)) reader.fenced = !reader.fenced;
  if (!section) return;
  if (isSignature(reader.lines, reader.at - 1)) {
    reader.at = endOfMail(reader);
    return;
  }
  const edit = /^[-+]/u.test(line.text);
  if (edit && section.hunks.length === 0)
    throw parseFailure(line.no, 'a hunk header such as @@ -1,3 +1,4 @@', line.text);
  if (edit) throw missingPrefix(reader.stray ?? line);
  if (line.text !== '') reader.stray ??= line;
}

// Below a mailed patch only another mail may follow, whose message may hold lists and a diffstat.
function endOfMail(reader: Reader): number {
  const next = reader.lines.findIndex((line, i) => i > reader.at && /^diff --git |^--- (?=\S)/u.test(line.text));
  return next < 0 ? reader.lines.length : next;
}

function refuseUnsupported(line: PatchLine): void {
  if (/^diff --(?:cc|combined) /u.test(line.text)) {
    throw parseFailure(line.no, 'a diff against one parent (diff --git)', line.text);
  }
  if (!/^(?:GIT binary patch|Binary files .* differ$)/u.test(line.text)) return;
  throw toPatchError([
    {
      code: 'binary',
      patchLine: line.no,
      message: `Patch line ${line.no} starts a binary change; only text files can be patched.`,
      fix: 'Resend the patch without the binary file.',
    },
  ]);
}

import { cutOffFailure, parseFailure } from './failure.ts';
import { assertChange } from './hunk.ts';
import { patchLimits } from './model.ts';
import type { FilePatch, Hunk, HunkLine } from './model.ts';
import type { PatchLine } from './patch-lines.ts';
import { checkPatchPath } from './patch-path.ts';
import { missingPrefix } from './unified-hunk.ts';

interface Reader {
  readonly lines: readonly PatchLine[];
  at: number;
}

const sectionStart = /^\*\*\* (Add|Update|Delete) File: *(.*)$/u;

/** Parses the `*** Begin Patch` form; text outside the envelope is skipped. */
export function parseBeginPatch(all: readonly PatchLine[]): FilePatch[] {
  const reader: Reader = { lines: inEnvelope(all), at: 0 };
  const files: FilePatch[] = [];
  for (let line = current(reader); line; line = current(reader)) {
    if (line.text.trim() === '') reader.at += 1;
    else files.push(readSection(reader, line));
  }
  if (files.length > 0) return files;
  throw parseFailure(all[0]?.no ?? 1, '*** Add File:, *** Update File: or *** Delete File:', all[0]?.text ?? '');
}

function inEnvelope(all: readonly PatchLine[]): readonly PatchLine[] {
  const begin = findMarker(all, '*** Begin Patch');
  const end = findMarker(all, '*** End Patch');
  if (begin < 0) return end < 0 ? fromFirstSection(all) : fromFirstSection(all.slice(0, end));
  const last = all.at(-1);
  if (end < begin && last) throw cutOffFailure(last, '*** End Patch');
  const second = all.find((line, at) => at > end && line.text.startsWith('*** '));
  if (second) throw parseFailure(second.no, 'nothing after *** End Patch', second.text);
  return all.slice(begin + 1, end);
}

// Some senders indent the envelope; where it also stands unindented, the indented one is content.
function findMarker(lines: readonly PatchLine[], marker: string): number {
  const at = lines.findIndex((line) => line.text.trimEnd() === marker);
  return at >= 0 ? at : lines.findIndex((line) => line.text.trim() === marker);
}

function fromFirstSection(lines: readonly PatchLine[]): readonly PatchLine[] {
  return lines.slice(lines.findIndex((line) => sectionStart.test(line.text)));
}

function current(reader: Reader): PatchLine | undefined {
  return reader.lines[reader.at];
}

function readSection(reader: Reader, line: PatchLine): FilePatch {
  // Only content may be indented, and none can stand here.
  const [, verb, name = ''] = sectionStart.exec(line.text.trimStart()) ?? [];
  reader.at += 1;
  if (verb === undefined) {
    throw parseFailure(line.no, '*** Add File:, *** Update File:, *** Delete File: or *** End Patch', line.text);
  }
  const path = checkPatchPath(name.trim(), line.no);
  const common = { patchLine: line.no, ordered: true };
  if (verb === 'Add') return { ...common, kind: 'add', paths: [{ newPath: path }], hunks: readAddition(reader, line) };
  if (verb === 'Delete') return { ...common, kind: 'delete', paths: [{ oldPath: path }], hunks: [], wholeFile: true };
  const target = readMove(reader);
  const hunks = readHunks(reader);
  if (hunks.length === 0 && target === undefined) {
    throw parseFailure(line.no + 1, '@@ and changed lines', current(reader)?.text ?? 'the end of the patch');
  }
  const moves = target !== undefined && target !== path;
  return { ...common, kind: moves ? 'rename' : 'modify', paths: [{ oldPath: path, newPath: target ?? path }], hunks };
}

function readMove(reader: Reader): string | undefined {
  const line = current(reader);
  const target = /^\*\*\* Move to: *(.*)$/u.exec(line?.text ?? '')?.[1];
  if (target === undefined || !line) return undefined;
  reader.at += 1;
  return checkPatchPath(target.trim(), line.no);
}

function isMarker(line: PatchLine): boolean {
  return line.text.startsWith('*** ');
}

function readAddition(reader: Reader, header: PatchLine): Hunk[] {
  const lines: HunkLine[] = [];
  let blanks: HunkLine[] = [];
  for (let line = current(reader); line && !isMarker(line); line = current(reader)) {
    const added: HunkLine = { op: '+', text: line.text.slice(1), eol: line.eol, patchLine: line.no };
    if (line.text === '') blanks.push(added);
    else if (line.text.startsWith('+')) {
      lines.push(...blanks.splice(0), added);
      blanks = [];
    } else throw missingPrefix(line);
    reader.at += 1;
  }
  return lines.length === 0 ? [] : [{ patchLine: header.no, anchors: [], atEof: false, lines }];
}

function readHunks(reader: Reader): Hunk[] {
  const hunks: Hunk[] = [];
  for (let line = current(reader); line && !isMarker(line); line = current(reader)) {
    if (line.text === '' && hunks.length > 0) reader.at += 1;
    else hunks.push(readHunk(reader, line));
  }
  return hunks;
}

function readHunk(reader: Reader, first: PatchLine): Hunk {
  const anchors: string[] = [];
  for (let line = current(reader); line?.text.startsWith('@@'); line = current(reader)) {
    const anchor = toAnchor(line.text);
    if (anchor !== undefined) anchors.push(anchor);
    if (anchors.length > patchLimits.anchors)
      throw parseFailure(line.no, 'changed lines below the @@ lines', line.text);
    reader.at += 1;
  }
  const lines = readBody(reader);
  const atEof = current(reader)?.text.trimEnd() === '*** End of File';
  if (atEof) reader.at += 1;
  const end = current(reader);
  if (lines.length === 0) throw parseFailure(end?.no ?? first.no, 'changed lines below @@', end?.text ?? 'the end');
  return assertChange({ patchLine: first.no, anchors, atEof, lines });
}

// Line numbers and ellipses that leak in from other forms name no line of the file.
function toAnchor(text: string): string | undefined {
  const anchor = text.slice(2).trim().replace(/ @@$/u, '').trim();
  const empty =
    anchor === '' || anchor === '@@' || /^(?:\.{3}|…)$/u.test(anchor) || /^-\d+(?:,\d+)? \+\d+/u.test(anchor);
  return empty ? undefined : anchor;
}

function readBody(reader: Reader): HunkLine[] {
  const lines: HunkLine[] = [];
  let blanks: HunkLine[] = [];
  for (let line = current(reader); line && !isMarker(line) && !line.text.startsWith('@@'); line = current(reader)) {
    const op = line.text === '' ? ' ' : line.text[0];
    if (op !== ' ' && op !== '-' && op !== '+') throw missingPrefix(line);
    const read: HunkLine = { op, text: line.text.slice(1), eol: line.eol, patchLine: line.no };
    if (line.text === '') blanks.push(read);
    else {
      lines.push(...blanks, read);
      blanks = [];
    }
    reader.at += 1;
  }
  return lines;
}

import { createHash } from 'node:crypto';

/** One hunk of a true diff, as git prints it; lines keep their first character. */
export interface DiffHunk {
  readonly oldStart: number;
  readonly newStart: number;
  readonly lines: readonly string[];
}

/** A file at two releases, and the diff between them. */
export interface Edit {
  readonly before: string;
  readonly after: string;
  readonly hunks: readonly DiffHunk[];
}

/** A patch as somebody might send it, the file that it meets, and what may come of it: nothing where it must be refused. */
export interface Trial {
  readonly patch: string;
  readonly file: string;
  readonly expected: string | undefined;
  /** What the spoilt patch says when it is read word for word, where that is something else. */
  readonly literal?: string;
}

/** How a true edit is spoilt or written otherwise; undefined where the edit has nothing to spoil in that way. */
export type Mutation = (edit: Edit) => Trial | undefined;

/** Name of the file in every patch. */
export const PATH = 'src/file.js';

/** Reads the hunks of a diff of one file. */
export function readHunks(diff: string): readonly DiffHunk[] {
  const hunks: { oldStart: number; newStart: number; lines: string[] }[] = [];
  for (const line of diff.split('\n').slice(0, -1)) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (header) hunks.push({ oldStart: Number(header[1]), newStart: Number(header[2]), lines: [] });
    else hunks.at(-1)?.lines.push(line);
  }
  return hunks;
}

/** Git's name of a text. */
export function blobId(text: string): string {
  const bytes = Buffer.from(text);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

const isKept = (line: string) => line.startsWith(' ');
const isOld = (line: string) => /^[ -]/.test(line);
const isNew = (line: string) => /^[ +]/.test(line);
const count = (lines: readonly string[], is: (line: string) => boolean) => lines.filter(is).length;

interface Numbers {
  readonly shift?: number;
  readonly miscount?: number;
  readonly none?: boolean;
}

function unified(hunks: readonly DiffHunk[], { shift = 0, miscount = 0, none = false }: Numbers = {}): string {
  const rows = hunks.flatMap(({ oldStart, newStart, lines }) => {
    const range = (start: number, length: number) => `${Math.max(1, start + shift)},${length + miscount}`;
    const [removed, added] = [range(oldStart, count(lines, isOld)), range(newStart, count(lines, isNew))];
    return [none ? '@@' : `@@ -${removed} +${added} @@`, ...lines];
  });
  return [`--- a/${PATH}`, `+++ b/${PATH}`, ...rows, ''].join('\n');
}

/** The same edit on the same file, with every hunk rewritten. */
function rewritten(edit: Edit, rewrite: (hunk: DiffHunk) => DiffHunk, numbers?: Numbers): Trial {
  return { patch: unified(edit.hunks.map(rewrite), numbers), file: edit.before, expected: edit.after };
}

function eachLine(edit: Edit, rewrite: (line: string) => string): Trial | undefined {
  const changed = edit.hunks.some(({ lines }) => lines.some((line) => rewrite(line) !== line));
  return changed ? rewritten(edit, (hunk) => ({ ...hunk, lines: hunk.lines.map(rewrite) })) : undefined;
}

/** The diff on another file. */
function elsewhere(edit: Edit, change: (text: string) => string, numbers?: Numbers): Trial {
  return { patch: unified(edit.hunks, numbers), file: change(edit.before), expected: change(edit.after) };
}

/** The first hunk with its lines replaced; the numbers of the header follow. */
function firstHunk(edit: Edit, change: (lines: readonly string[]) => readonly string[] | undefined): Trial | undefined {
  const [first, ...rest] = edit.hunks;
  const lines = first && change(first.lines);
  return lines && { patch: unified([{ ...first, lines }, ...rest]), file: edit.before, expected: edit.after };
}

/** The old lines of each hunk, where they stand once and whole, replaced by the new ones. */
function readLiterally({ before, after }: Edit, hunks: readonly (readonly string[])[]): string | undefined {
  // A missing last line end is no line of a hunk.
  let result: string | undefined = before.endsWith('\n') ? before : `${before}\n`;
  for (const lines of hunks) result = result && replaceBlock(result, lines);
  return result?.replace(/\n$/, after.endsWith('\n') ? '\n' : '');
}

function replaceBlock(before: string, lines: readonly string[]): string | undefined {
  const text = (is: (line: string) => boolean) =>
    lines
      .filter(is)
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const parts = `\n${before}`.split(`\n${text(isOld)}`);
  return parts.length === 2 ? parts.join(`\n${text(isNew)}`).slice(1) : undefined;
}

/** Position of a kept line between two others that is not blank. */
function innerContext(lines: readonly string[]): number {
  return lines.findIndex((line, at) => at > 0 && at < lines.length - 1 && isKept(line) && line.trim() !== '');
}

function oneContextLine({ lines, ...hunk }: DiffHunk): DiffHunk {
  const changes = lines.flatMap((line, at) => (isKept(line) ? [] : [at]));
  const from = Math.max(0, (changes[0] ?? 0) - 1);
  const to = Math.min(lines.length, (changes.at(-1) ?? 0) + 2);
  return { ...hunk, lines: lines.slice(from, to) };
}

function outdented(edit: Edit): Trial | undefined {
  const [hunk] = edit.hunks;
  if (!hunk || edit.hunks.length > 1) return undefined;
  const indents = hunk.lines
    .filter((line) => line.slice(1).trim() !== '')
    .map((line) => /^.( *)/.exec(line)?.[1] ?? '');
  const least = Math.min(...indents.map(({ length }) => length));
  if (least < 2) return undefined;
  return eachLine(edit, (line) => (line.slice(1).trim() === '' ? line : line.slice(0, 1) + line.slice(1 + least)));
}

const endsInNewline = ({ before, after, hunks }: Edit) =>
  before.endsWith('\n') &&
  after.endsWith('\n') &&
  !hunks.some(({ lines }) => lines.some((line) => line.startsWith('\\')));

/** The nearest line above that is indented less than everything the hunk touches. */
function enclosingLine(text: string, { oldStart, lines }: DiffHunk): string | undefined {
  const indentOf = (line: string) => /^\s*/.exec(line)?.[0].length ?? 0;
  const touched = lines.filter(isOld).map((line) => line.slice(1));
  const least = Math.min(...touched.filter((line) => line.trim() !== '').map(indentOf));
  const above = text.split('\n').slice(0, oldStart - 1);
  return above.findLast((line) => line.trim() !== '' && indentOf(line) < least)?.trim();
}

/** Other forms have no mark for a missing last line end. */
function envelope(edit: Edit, anchored: boolean): Trial | undefined {
  if (!endsInNewline(edit)) return undefined;
  const rows = edit.hunks.flatMap((hunk) => {
    const anchor = anchored ? enclosingLine(edit.before, hunk) : undefined;
    return [anchor === undefined ? '@@' : `@@ ${anchor}`, ...hunk.lines];
  });
  const patch = ['*** Begin Patch', `*** Update File: ${PATH}`, ...rows, '*** End Patch', ''].join('\n');
  return { patch, file: edit.before, expected: edit.after };
}

function blocks(edit: Edit): Trial | undefined {
  if (!endsInNewline(edit)) return undefined;
  const side = (lines: readonly string[], is: (line: string) => boolean) =>
    lines.filter(is).map((line) => line.slice(1));
  const rows = edit.hunks.flatMap(({ lines }) => [
    '<<<<<<< SEARCH',
    ...side(lines, isOld),
    '=======',
    ...side(lines, isNew),
    '>>>>>>> REPLACE',
  ]);
  return { patch: [PATH, ...rows, ''].join('\n'), file: edit.before, expected: edit.after };
}

const crlf = (text: string) => text.replaceAll('\n', '\r\n');

/** Every way in which agents were seen to spoil a patch. */
export const mutations: Readonly<Record<string, Mutation>> = {
  'nothing spoilt, as git prints it': (edit) => ({
    patch: `diff --git a/${PATH} b/${PATH}\nindex ${blobId(edit.before)}..${blobId(edit.after)} 100644\n${unified(edit.hunks)}`,
    file: edit.before,
    expected: edit.after,
  }),
  'nothing spoilt': (edit) => rewritten(edit, (hunk) => hunk),
  'wrong line numbers': (edit) => rewritten(edit, (hunk) => hunk, { shift: edit.before.length % 2 ? 40 : -40 }),
  'a header without numbers': (edit) => rewritten(edit, (hunk) => hunk, { none: true }),
  'wrong counts': (edit) => rewritten(edit, (hunk) => hunk, { miscount: 2 }),
  'wrong numbers and counts': (edit) => rewritten(edit, (hunk) => hunk, { shift: 40, miscount: 3 }),
  'blank context lines stripped': (edit) => eachLine(edit, (line) => (line === ' ' ? '' : line)),
  'white space behind context': (edit) => eachLine(edit, (line) => (isKept(line) ? `${line}  ` : line)),
  'one context line, wrong numbers': (edit) => rewritten(edit, oneContextLine, { shift: 40 }),
  'a file with CRLF': (edit) => (edit.before.includes('\r') ? undefined : elsewhere(edit, crlf)),
  'tabs written as spaces': (edit) =>
    // Where the edit itself turns spaces into tabs, the spoilt patch says nothing of it.
    edit.hunks.some(({ lines }) => lines.some((line) => /^.\t* /.test(line)))
      ? undefined
      : eachLine(
          edit,
          (line) => line.slice(0, 1) + line.slice(1).replace(/^\t+/, (tabs) => '    '.repeat(tabs.length)),
        ),
  'a context line dropped': (edit) => {
    const dropped = (lines: readonly string[]) => {
      const at = innerContext(lines);
      return at < 0 ? undefined : lines.toSpliced(at, 1);
    };
    const trial = firstHunk(edit, dropped);
    const [first, ...rest] = edit.hunks.map(({ lines }) => lines);
    const literal = readLiterally(edit, [dropped(first ?? []) ?? [], ...rest]);
    return trial && { ...trial, ...(literal !== undefined && { literal }) };
  },
  'an invented context line': (edit) => {
    const trial = firstHunk(edit, (lines) => {
      const at = innerContext(lines);
      return at < 0 ? undefined : lines.toSpliced(at, 0, '   this line was never in any file;');
    });
    return trial && { ...trial, expected: undefined };
  },
  'a context line without its first space': (edit) =>
    firstHunk(edit, (lines) => {
      const at = innerContext(lines);
      return at < 0 ? undefined : lines.with(at, lines[at]?.slice(1) ?? '');
    }),
  'a hunk moved to the left': outdented,
  'a file with seven more lines on top': (edit) =>
    elsewhere(edit, (text) => Array.from({ length: 7 }, (_, n) => `// drift ${n}\n`).join('') + text),
  'a file that holds everything twice': (edit) =>
    endsInNewline(edit) && edit.hunks.every(({ lines }) => lines.some(isOld))
      ? { patch: unified(edit.hunks, { shift: 7 }), file: edit.before + edit.before, expected: undefined }
      : undefined,
  'a file with a byte order mark': (edit) =>
    edit.before.startsWith('\uFEFF') ? undefined : elsewhere(edit, (text) => `\uFEFF${text}`),
  'no line end behind the patch': (edit) => {
    const trial = rewritten(edit, (hunk) => hunk);
    return { ...trial, patch: trial.patch.replace(/\n$/, '') };
  },
  'a fence around the patch': (edit) => {
    const trial = rewritten(edit, (hunk) => hunk);
    return { ...trial, patch: `\`\`\`diff\n${trial.patch}\`\`\`\n` };
  },
  'the Begin Patch form': (edit) => envelope(edit, false),
  'the Begin Patch form with anchors': (edit) => envelope(edit, true),
  'SEARCH and REPLACE': blocks,
};

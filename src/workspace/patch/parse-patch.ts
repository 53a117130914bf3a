import { parseBeginPatch } from './begin-patch.ts';
import { quoted, toPatchError } from './failure.ts';
import { patchLimits } from './model.ts';
import type { FilePatch, ParsedPatch } from './model.ts';
import { readPatchLines } from './patch-lines.ts';
import type { PatchLine } from './patch-lines.ts';
import { parseSearchReplace } from './search-replace.ts';
import { isFileHeader } from './unified-hunk.ts';
import { parseUnified } from './unified.ts';

type Form = Exclude<ParsedPatch['form'], 'edits'>;

const parsers: Readonly<Record<Form, (lines: readonly PatchLine[]) => FilePatch[]>> = {
  unified: parseUnified,
  begin_patch: parseBeginPatch,
  search_replace: parseSearchReplace,
};

/** Recognises the form of a patch text and parses it; whatever is cut off, contradictory, binary or unsafe is refused. */
export function parsePatch(text: string): ParsedPatch {
  checkText(text);
  const lines = readPatchLines(text);
  const form = detectForm(lines);
  if (!form) throw unrecognised(lines);
  const files = mergeSections(parsers[form](lines));
  const hunks = files.reduce((sum, file) => sum + file.hunks.length, 0);
  if (files.length > patchLimits.files) throw tooLarge(`${files.length} files`, `${patchLimits.files} files`);
  if (hunks > patchLimits.hunks) throw tooLarge(`${hunks} hunks`, `${patchLimits.hunks} hunks`);
  return { form, files };
}

function checkText(text: string): void {
  const { patchChars } = patchLimits;
  if (text.length > patchChars) throw tooLarge(`${text.length} characters`, `${patchChars} characters`);
  if (!text.includes('\0') && text.isWellFormed()) return;
  throw toPatchError([
    {
      code: 'binary',
      message: 'The patch holds a NUL character or half a surrogate pair; only text can be patched.',
      fix: 'Resend the patch as plain Unicode text.',
    },
  ]);
}

function tooLarge(actual: string, limit: string): Error {
  return toPatchError([
    { code: 'too_large', message: `The patch has ${actual}; the limit is ${limit}.`, fix: 'Resend a smaller patch.' },
  ]);
}

// The first header in the text decides: later ones may be content.
function detectForm(lines: readonly PatchLine[]): Form | undefined {
  for (const [at, { text }] of lines.entries()) {
    if (/^(?:\s*\*\*\* Begin Patch\s*$|\*\*\* (?:Add|Update|Delete) File:)/u.test(text)) return 'begin_patch';
    if (/^(?:<{5,9}|-{5,9}) SEARCH\b/u.test(text)) return 'search_replace';
    if (/^(?:diff --git |diff --cc |diff --combined |@@)/u.test(text) || isFileHeader(lines, at)) return 'unified';
  }
  return undefined;
}

const examples = `A unified diff:
--- a/src/a.ts
+++ b/src/a.ts
@@ -10,3 +10,3 @@
 unchanged line
-old line
+new line
The Begin Patch form:
*** Begin Patch
*** Update File: src/a.ts
@@ function enclosing() {
-old line
+new line
*** End Patch
SEARCH/REPLACE, below the path:
src/a.ts
<<<<<<< SEARCH
old line
=======
new line
>>>>>>> REPLACE`;

function unrecognised(lines: readonly PatchLine[]): Error {
  const first = lines.find((line) => line.text.trim() !== '');
  if (!first) {
    const message = 'The patch is empty, so it changes nothing.';
    return toPatchError([{ code: 'no_change', message, fix: 'Resend the patch with the change that it lacks.' }]);
  }
  return toPatchError([
    {
      code: 'unrecognised_format',
      patchLine: first.no,
      message: `The patch has none of the accepted forms; line ${first.no} is ${quoted(first.text)}.\n${examples}`,
      fix:
        fixFor(lines, first) ?? 'Resend the change in one of the three forms shown, or as old and new texts in edits.',
    },
  ]);
}

/** What keeps a patch that is one at heart from being read. */
function fixFor(lines: readonly PatchLine[], first: PatchLine): string | undefined {
  if (/\\n(?:@@|\+\+\+ |\*\*\* |<{5,9} )/u.test(first.text)) {
    return 'Resend the patch alone, with real line breaks instead of the two characters \\n.';
  }
  const [prefix = ''] = /^[>|\s]+/u.exec(first.text) ?? [];
  const bare = lines.map((line) => ({ ...line, text: line.text.slice(prefix.length) }));
  const isBefore = lines.every(({ text }) => text.startsWith(prefix) || prefix.startsWith(text));
  if (prefix === '' || !isBefore || !detectForm(bare)) return undefined;
  return `Resend the patch without ${quoted(prefix)} before each of its lines.`;
}

// Two plain sections of one file are one section whose hunks may stand in any order.
function mergeSections(files: readonly FilePatch[]): FilePatch[] {
  const merged = new Map<string, FilePatch>();
  for (const [at, file] of files.entries()) {
    const plain = file.kind === 'modify' && file.newMode === undefined;
    const key = plain ? JSON.stringify(file.paths) : String(at);
    const earlier = merged.get(key);
    merged.set(key, earlier ? { ...earlier, hunks: [...earlier.hunks, ...file.hunks], ordered: false } : file);
  }
  return [...merged.values()];
}

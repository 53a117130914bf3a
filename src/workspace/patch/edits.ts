import type { FileEdit } from '#domain/patch-request.ts';

import { quoted, toPatchError } from './failure.ts';
import { patchLimits } from './model.ts';
import type { FilePatch, ParsedPatch, Replacement } from './model.ts';
import { checkPatchPath } from './patch-path.ts';

type Ask = 'replace' | 'content' | 'delete' | 'rename';

interface Item {
  readonly number: number;
  readonly edit: FileEdit;
  readonly path: string;
  readonly ask: Ask;
}

const forms = [
  '{"path": "src/a.ts", "old_text": "lines copied from the file", "new_text": "what replaces them"}',
  '{"path": "src/b.ts", "content": "a new file"}',
  '{"path": "src/c.ts", "delete": true}',
  '{"path": "src/d.ts", "rename_to": "src/e.ts"}',
].join('\n');

/** Parses the `edits` form: every item does one thing to one file, and all of them are matched against the file as it is. */
export function parseEdits(edits: readonly FileEdit[]): ParsedPatch {
  const chars = edits.reduce((sum, edit) => sum + JSON.stringify(edit).length, 0);
  if (chars > patchLimits.patchChars) throw tooLarge(`${chars} characters`, `${patchLimits.patchChars} characters`);
  const items = edits.map((edit, i) => toItem(edit, i + 1));
  const files = items.flatMap((item) => toFilePatch(item, items) ?? []);
  if (files.length > patchLimits.files) throw tooLarge(`${files.length} files`, `${patchLimits.files} files`);
  return { form: 'edits', files };
}

function tooLarge(actual: string, limit: string): Error {
  const message = `The edits have ${actual}; the limit is ${limit}.`;
  return toPatchError([{ code: 'too_large', message, fix: 'Resend the change in several smaller calls.' }]);
}

function toItem(edit: FileEdit, number: number): Item {
  const texts = [edit.path, edit.old_text, edit.new_text, edit.content, edit.rename_to];
  if (texts.some((text) => text?.includes('\0') || text?.isWellFormed() === false)) {
    throw refused(
      number,
      'holds a NUL character or half a surrogate pair',
      'Resend it as plain Unicode text.',
      'binary',
    );
  }
  return { number, edit, path: checkPatchPath(edit.path, number, number), ask: askOf(edit, number) };
}

// Some senders fill every field: an empty one says nothing where another says something.
function askOf(edit: FileEdit, number: number): Ask {
  const asks: Ask[] = [];
  if (edit.old_text || edit.new_text) asks.push('replace');
  if (edit.delete) asks.push('delete');
  if (edit.rename_to) asks.push('rename');
  if (edit.content || (edit.content !== undefined && asks.length === 0)) asks.push('content');
  const [ask, second] = asks;
  if (ask === undefined || second !== undefined) {
    const found = ask === undefined ? 'none of them' : asks.join(' and ');
    throw refused(
      number,
      `has ${found}; an edit has exactly one of old_text with new_text, content, delete: true and rename_to`,
      'Resend every edit in one of the forms shown.',
    );
  }
  if (ask === 'replace') checkReplacement(edit, number);
  return ask;
}

function checkReplacement({ old_text = '', new_text, expected_count = 1 }: FileEdit, number: number): void {
  if (!Number.isInteger(expected_count) || expected_count < 1 || expected_count > patchLimits.count) {
    throw refused(
      number,
      `has expected_count ${expected_count}, which is no whole number from 1 to ${patchLimits.count}`,
      'Resend it with the number of places where old_text stands.',
    );
  }
  if (old_text === '') {
    throw refused(
      number,
      'has no old_text, so the place of its new_text cannot be known',
      'Put the unchanged lines beside the addition into both old_text and new_text, or use content for a new file.',
    );
  }
  if (new_text === undefined) {
    throw refused(number, 'has no new_text', 'Send new_text as well, which is empty to remove old_text.');
  }
  if (lf(old_text) !== lf(new_text)) return;
  throw refused(
    number,
    'changes nothing: old_text and new_text are the same',
    'Resend the patch without it, or with the change that it lacks.',
    'no_change',
  );
}

function refused(
  edit: number,
  what: string,
  fix: string,
  code: 'invalid_edit' | 'binary' | 'no_change' = 'invalid_edit',
) {
  const shown = code === 'invalid_edit' ? `\n${forms}` : '';
  return toPatchError([{ code, edit, message: `Edit ${edit} ${what}.${shown}`, fix }]);
}

// All replacements of a file are one section, which takes its new name with it.
function toFilePatch(item: Item, all: readonly Item[]): FilePatch | undefined {
  const { number, edit, path, ask } = item;
  const of = (what: Ask) => all.filter((other) => other.path === path && other.ask === what);
  const common = { patchLine: number, edit: number, hunks: [], ordered: false };
  switch (ask) {
    case 'delete':
      return { ...common, kind: 'delete', paths: [{ oldPath: path }], wholeFile: true };
    case 'content':
      return { ...common, ...namesOfContent(item), content: edit.content ?? '' };
    case 'rename':
      if (of('replace').length > 0 && of('rename')[0] === item) return undefined;
      return { ...common, kind: 'rename', paths: [{ oldPath: path, newPath: newNameOf(item) }] };
    case 'replace': {
      const [first] = of('replace');
      const [renaming] = of('rename');
      if (first !== item) return undefined;
      const newPath = renaming ? newNameOf(renaming) : path;
      const replacements = of('replace').map(toReplacement);
      return { ...common, kind: renaming ? 'rename' : 'modify', paths: [{ oldPath: path, newPath }], replacements };
    }
  }
}

function namesOfContent({ edit, path }: Item): Pick<FilePatch, 'kind' | 'paths'> {
  return edit.create_only === false
    ? { kind: 'modify', paths: [{ oldPath: path, newPath: path }] }
    : { kind: 'add', paths: [{ newPath: path }] };
}

function newNameOf({ edit, path, number }: Item): string {
  const name = checkPatchPath(edit.rename_to ?? '', number, number);
  if (name !== path) return name;
  throw refused(number, `gives ${quoted(path)} the name that it has`, 'Resend the patch without it.', 'no_change');
}

function toReplacement({ number, edit }: Item): Replacement {
  const { old_text = '', new_text = '', expected_count = 1 } = edit;
  return { patchLine: number, edit: number, oldText: lf(old_text), newText: lf(new_text), count: expected_count };
}

/** The file has the last word on line endings. */
function lf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

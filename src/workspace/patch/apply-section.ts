import type { GitMode } from '#domain/remediation.ts';

import { quoted } from './failure.ts';
import type { Problem } from './failure.ts';
import { createTarget } from './find-places.ts';
import type { Target } from './find-places.ts';
import { tightenHunk } from './hunk.ts';
import type { WorkBudget } from './line-index.ts';
import { patchLimits } from './model.ts';
import type { FilePatch, Hunk, Origin } from './model.ts';
import { fieldsFor, wordsFor } from './origin.ts';
import { placeContent } from './place-content.ts';
import { hunkOf, placeReplacements } from './place-edits.ts';
import { appliedAt, placeFile } from './place-file.ts';
import type { Placement } from './place-file.ts';
import { addedContent } from './resolve-section.ts';
import type { PatchTree, Section, SourceFile } from './resolve-section.ts';
import { rewriteFile } from './rewrite-file.ts';
import { countLines, decodeText } from './text-file.ts';
import type { TextFile } from './text-file.ts';

/** What a section leaves at its target path; `mode` and `content` undefined for a deletion. */
export interface Outcome {
  readonly mode?: GitMode;
  readonly content?: Buffer;
  readonly added: number;
  readonly removed: number;
}

/** The outcome of a section, or every reason why it has none. */
export interface SectionResult {
  readonly outcome?: Outcome;
  readonly problems: readonly Problem[];
  /** Problems beyond those that an error words. */
  readonly more: number;
  readonly matched: readonly string[];
}

/** What sections of one patch share. */
export interface ApplyContext {
  readonly tree: PatchTree;
  readonly work: WorkBudget;
}

function failed(...problems: Problem[]): SectionResult {
  return { problems, more: 0, matched: [] };
}

function done(outcome: Outcome, matched: readonly string[] = []): SectionResult {
  return { outcome, problems: [], more: 0, matched };
}

/** Computes what one section makes of its file, in memory. */
export function applySection(section: Section, context: ApplyContext): SectionResult {
  const { patch, source, kind } = section;
  if (!source) return addFile(section, context);
  if (patch.hunks.length > 0) return editFile(section, source, context);
  const mode = patch.newMode ?? source.file.mode;
  const { content } = source.file;
  if (kind === 'delete') return deleteFile(section, source);
  if (patch.replacements ?? patch.content !== undefined) return editFile(section, source, context);
  if (kind === 'modify' && mode === source.file.mode) {
    return failed({
      code: 'already_applied',
      path: source.path,
      ...fieldsFor(patch),
      message: `${quoted(source.path)} already has mode ${mode}.`,
      fix: `Leave out the mode change of ${source.path}, which is applied already.`,
    });
  }
  return done({ mode, content, added: 0, removed: 0 }, [`${kind === 'modify' ? 'mode' : kind} of ${source.path}`]);
}

function addFile({ patch, target = '' }: Section, { tree }: ApplyContext): SectionResult {
  const content = addedContent(patch);
  if (!Buffer.isBuffer(content)) return failed({ ...content, path: target });
  const existing = tree.files.get(target);
  if (existing?.content.equals(content)) {
    return failed({
      code: 'already_applied',
      path: target,
      ...fieldsFor(patch),
      message: `${quoted(target)} already exists with exactly this content.`,
      fix: `Leave out the new file ${target}, which is there already.`,
    });
  }
  return done({ mode: patch.newMode ?? '100644', content, added: countLines(content), removed: 0 }, [
    `new file ${target}`,
  ]);
}

function deleteFile({ patch }: Section, { path, file }: { path: string; file: SourceFile }): SectionResult {
  if (patch.wholeFile || file.content.length === 0)
    return done({ added: 0, removed: countLines(file.content) }, [`deletion of ${path}`]);
  return failed(partialDeletion(path, patch, countLines(file.content)));
}

function partialDeletion(path: string, patch: Origin, left: number): Problem {
  return {
    code: 'not_found',
    path,
    ...fieldsFor(patch),
    message: `The deletion of ${quoted(path)} (${wordsFor(patch)}) does not show its whole content; ${left} lines would be left.`,
    fix: `Resend the deletion as *** Delete File: ${path} between *** Begin Patch and *** End Patch, or with all of its lines.`,
  };
}

function editFile(section: Section, source: { path: string; file: SourceFile }, context: ApplyContext): SectionResult {
  const { patch, kind } = section;
  const { path, file } = source;
  const text = decodeText(file.content, showsBom(patch));
  if (!text) return failed(notText(path, patch));
  if (text.texts.length > patchLimits.fileLines) return failed(tooLong(path, patch));
  const { placed, ...refused } = place(section, createTarget(path, text, context.work), context.tree);
  if (refused.problems.length > 0) return refused;
  const { content, lines: left } = rewriteFile(text, placed);
  const lines = placed.flatMap(({ hunk }) => hunk.lines);
  const counts = {
    added: lines.filter((line) => line.op === '+').length,
    removed: lines.filter((line) => line.op === '-').length,
  };
  const all = placed.map(({ start, hunk }, i) => `${nameOf(hunk, i)} of ${path} (line ${start + 1})`);
  if (kind === 'delete') {
    return left === 0 ? done(counts, all) : failed(partialDeletion(path, patch, left));
  }
  const mode = patch.newMode ?? file.mode;
  if (kind === 'modify' && mode === file.mode && content.equals(file.content)) return failed(unchanged(path, patch));
  return done({ mode, content, ...counts }, all);
}

function showsBom({ hunks, replacements = [] }: FilePatch): boolean {
  return (
    hunks.some((hunk) => hunk.lines.some((line) => line.text.startsWith('\uFEFF'))) ||
    replacements.some(({ oldText, newText }) => oldText.startsWith('\uFEFF') || newText.startsWith('\uFEFF'))
  );
}

function nameOf(hunk: Hunk, i: number): string {
  return hunk.edit === undefined ? `hunk ${i + 1}` : wordsFor(hunk);
}

function place(section: Section, target: Target, tree: PatchTree): Placement {
  const { patch } = section;
  if (patch.replacements) return placeReplacements(patch, target);
  if (patch.content !== undefined) return placeContent(patch, patch.content, target);
  const tight = { ...patch, hunks: patch.hunks.map(tightenHunk) };
  return placeFile(tight, target, isProven(section, tree));
}

function isProven({ patch, source }: Section, tree: PatchTree): boolean {
  if (!source) return false;
  return (
    tree.base?.has(source.path) === true || (patch.oldOid !== undefined && source.file.oid.startsWith(patch.oldOid))
  );
}

function notText(path: string, patch: Origin): Problem {
  return {
    code: 'binary',
    path,
    ...fieldsFor(patch),
    message: `${quoted(path)} is not UTF-8 text; only text files can be patched.`,
    fix: `Resend the patch without ${path}.`,
  };
}

function tooLong(path: string, patch: Origin): Problem {
  return {
    code: 'too_large',
    path,
    ...fieldsFor(patch),
    message: `${quoted(path)} has more than ${patchLimits.fileLines} lines, which is the limit for a patched file.`,
    fix: `Resend the patch without ${path}.`,
  };
}

function unchanged(path: string, patch: Origin): Problem {
  return {
    code: 'no_change',
    path,
    ...fieldsFor(patch),
    message: `What stands at ${wordsFor(patch)} leaves ${quoted(path)} as it is, byte for byte.`,
    fix: `Resend the patch without ${path}, or with the change that it lacks.`,
  };
}

/** Whether a rename whose source is gone was made already: its target shows every hunk's new lines. */
export function isMoved(section: Pick<Section, 'patch'>, target: SourceFile, work: WorkBudget): boolean {
  const text: TextFile | undefined = decodeText(target.content);
  const { replacements = [] } = section.patch;
  const hunks = [...section.patch.hunks, ...replacements.map(hunkOf)];
  if (hunks.length === 0) return true;
  return text !== undefined && hunks.every((hunk) => appliedAt(hunk, createTarget('', text, work)) !== undefined);
}

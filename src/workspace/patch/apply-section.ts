import type { GitMode } from '#domain/remediation.ts';

import { quoted } from './failure.ts';
import type { Problem } from './failure.ts';
import { createTarget } from './find-places.ts';
import { tightenHunk } from './hunk.ts';
import type { WorkBudget } from './line-index.ts';
import { patchLimits } from './model.ts';
import { appliedAt, placeFile } from './place-file.ts';
import { addedContent } from './resolve-section.ts';
import type { PatchTree, Section, SourceFile } from './resolve-section.ts';
import { rewriteFile } from './rewrite-file.ts';
import { countLines, decodeText, encodeText } from './text-file.ts';
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
  if (kind === 'modify' && mode === source.file.mode) {
    return failed({
      code: 'already_applied',
      path: source.path,
      patchLine: patch.patchLine,
      message: `${quoted(source.path)} already has mode ${mode}.`,
      fix: `Resend the patch without the mode change of ${source.path}.`,
    });
  }
  return done({ mode, content, added: 0, removed: 0 });
}

function addFile({ patch, target = '' }: Section, { tree }: ApplyContext): SectionResult {
  const content = addedContent(patch);
  if (!Buffer.isBuffer(content)) return failed({ ...content, path: target });
  const existing = tree.files.get(target);
  if (existing?.content.equals(content)) {
    return failed({
      code: 'already_applied',
      path: target,
      patchLine: patch.patchLine,
      message: `${quoted(target)} already exists with exactly this content.`,
      fix: `Resend the patch without ${target}, or go on if nothing else is left in it.`,
    });
  }
  return done({ mode: patch.newMode ?? '100644', content, added: countLines(content), removed: 0 });
}

function deleteFile({ patch }: Section, { path, file }: { path: string; file: SourceFile }): SectionResult {
  if (patch.wholeFile || file.content.length === 0) return done({ added: 0, removed: countLines(file.content) });
  return failed(partialDeletion(path, patch.patchLine, countLines(file.content)));
}

function partialDeletion(path: string, patchLine: number, left: number): Problem {
  return {
    code: 'not_found',
    path,
    patchLine,
    message: `The deletion of ${quoted(path)} (patch line ${patchLine}) does not show its whole content; ${left} lines would be left.`,
    fix: `Resend the deletion as *** Delete File: ${path} between *** Begin Patch and *** End Patch, or with all of its lines.`,
  };
}

function editFile(section: Section, source: { path: string; file: SourceFile }, context: ApplyContext): SectionResult {
  const { patch, kind } = section;
  const { path, file } = source;
  const literalBom = patch.hunks.some((hunk) => hunk.lines.some((line) => line.text.startsWith('\uFEFF')));
  const text = decodeText(file.content, literalBom);
  if (!text) return failed(notText(path, patch.patchLine));
  if (text.texts.length > patchLimits.fileLines) return failed(tooLong(path, patch.patchLine));
  const proven = isProven(section, context.tree);
  const tight = { ...patch, hunks: patch.hunks.map(tightenHunk) };
  const { placed, ...refused } = placeFile(tight, createTarget(path, text, context.work), proven);
  if (refused.problems.length > 0) return refused;
  const result = rewriteFile(text, placed);
  const lines = placed.flatMap(({ hunk }) => hunk.lines);
  const counts = {
    added: lines.filter((line) => line.op === '+').length,
    removed: lines.filter((line) => line.op === '-').length,
  };
  const all = placed.map(({ start }, i) => `hunk ${i + 1} of ${path} (line ${start + 1})`);
  if (kind === 'delete') {
    return result.texts.length === 0
      ? done(counts, all)
      : failed(partialDeletion(path, patch.patchLine, result.texts.length));
  }
  const mode = patch.newMode ?? file.mode;
  const content = encodeText(result);
  if (kind === 'modify' && mode === file.mode && content.equals(file.content))
    return failed(unchanged(path, patch.patchLine));
  return done({ mode, content, ...counts }, all);
}

function isProven({ patch, source }: Section, tree: PatchTree): boolean {
  if (!source) return false;
  return (
    tree.base?.has(source.path) === true || (patch.oldOid !== undefined && source.file.oid.startsWith(patch.oldOid))
  );
}

function notText(path: string, patchLine: number): Problem {
  return {
    code: 'binary',
    path,
    patchLine,
    message: `${quoted(path)} is not UTF-8 text; only text files can be patched.`,
    fix: `Resend the patch without ${path}.`,
  };
}

function tooLong(path: string, patchLine: number): Problem {
  return {
    code: 'too_large',
    path,
    patchLine,
    message: `${quoted(path)} has more than ${patchLimits.fileLines} lines, which is the limit for a patched file.`,
    fix: `Resend the patch without ${path}.`,
  };
}

function unchanged(path: string, patchLine: number): Problem {
  return {
    code: 'no_change',
    path,
    patchLine,
    message: `The section at patch line ${patchLine} leaves ${quoted(path)} as it is, byte for byte.`,
    fix: `Resend the patch without ${path}, or with the change that it lacks.`,
  };
}

/** Whether a rename whose source is gone was made already: its target shows every hunk's new lines. */
export function isMoved(section: Pick<Section, 'patch'>, target: SourceFile, work: WorkBudget): boolean {
  const text: TextFile | undefined = decodeText(target.content);
  const { hunks } = section.patch;
  if (hunks.length === 0) return true;
  return text !== undefined && hunks.every((hunk) => appliedAt(hunk, createTarget('', text, work)) !== undefined);
}

import { createHash } from 'node:crypto';

import type { FileWrite } from '#domain/remediation.ts';

import { applySection, isMoved } from './apply-section.ts';
import { quoted, toPatchError } from './failure.ts';
import type { Problem } from './failure.ts';
import type { WorkBudget } from './line-index.ts';
import { patchLimits } from './model.ts';
import type { FilePatch, ParsedPatch } from './model.ts';
import { fieldsFor, wordsFor } from './origin.ts';
import { resolveSection } from './resolve-section.ts';
import type { PatchTree, Section } from './resolve-section.ts';
import { createLedger, parentsOf } from './write-ledger.ts';

/** What a patch makes of a tree. */
export interface PatchResult {
  /** Sorted by path; a rename is a deletion and an addition. */
  readonly writes: readonly FileWrite[];
  /** Sorted paths whose content ends up under another name. */
  readonly reads: readonly string[];
}

/** Every path that a patch may look at, parents of new files included: what `PatchTree.files` must hold where it exists. */
export function patchPaths(parsed: ParsedPatch): string[] {
  const paths = new Set<string>();
  for (const { oldPath, newPath } of parsed.files.flatMap((file) => file.paths)) {
    if (oldPath !== undefined) paths.add(oldPath);
    if (newPath === undefined) continue;
    paths.add(newPath);
    for (const parent of parentsOf(newPath)) paths.add(parent);
  }
  return [...paths].toSorted();
}

/** Applies a patch in memory, all of it or nothing; throws `invalid_input`, or `conflict` where the tree already is or has moved past it. */
export function applyPatch(parsed: ParsedPatch, tree: PatchTree): PatchResult {
  const work: WorkBudget = { left: patchLimits.comparisons };
  const problems: Problem[] = staleFiles(tree);
  const matched: string[] = [];
  let more = 0;
  const ledger = createLedger(tree);
  if (problems.length === 0) problems.push(...tooMuch(parsed, tree));
  for (const patch of problems.length > 0 ? [] : parsed.files) {
    const section = resolveSection(patch, tree);
    if (!('patch' in section)) {
      problems.push(movedAlready(patch, tree, work) ?? section);
      continue;
    }
    const result = applySection(section, { tree, work });
    matched.push(...result.matched);
    more += result.more;
    problems.push(...withHash(result.problems, section));
    if (result.outcome) problems.push(...ledger.enter(section, result.outcome));
  }
  problems.push(...ledger.collisions());
  const [first, ...rest] = problems;
  if (first) throw toPatchError([first, ...rest], { matched, more, files: namedFiles(parsed) });
  return { writes: ledger.writes(), reads: ledger.reads() };
}

function namedFiles({ files }: ParsedPatch): string[] {
  const names = files.flatMap(({ paths }) => paths.flatMap(({ oldPath, newPath }) => [oldPath, newPath]));
  return [...new Set(names.filter((name) => name !== undefined))];
}

function withHash(problems: readonly Problem[], { source }: Section): readonly Problem[] {
  if (!source || problems.length === 0) return problems;
  const hash = sha256(source.file.content);
  return problems.map((problem) => ({ ...problem, detail: { ...problem.detail, file_sha256: hash } }));
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function staleFiles({ base, files }: PatchTree): Problem[] {
  const stale: Problem[] = [];
  for (const [path, hash] of base ?? []) {
    const file = files.get(path);
    const actual = file && sha256(file.content);
    if (actual === hash.toLowerCase().replace(/^sha256:/u, '')) continue;
    stale.push({
      code: 'stale_base',
      path,
      message: `${quoted(path)} is not the version that the patch was made from; it ${actual ? `now has SHA-256 ${actual}` : 'does not exist'}.`,
      fix: `Read ${path} again and resend the patch made from it.`,
      detail: { file_sha256: actual ?? null },
    });
  }
  return stale;
}

function tooMuch(parsed: ParsedPatch, { files }: PatchTree): Problem[] {
  const paths = new Set(parsed.files.flatMap((file) => file.paths.map((pair) => pair.oldPath ?? '')));
  const bytes = [...paths].reduce((sum, path) => sum + (files.get(path)?.content.length ?? 0), 0);
  if (bytes <= patchLimits.totalBytes) return [];
  const message = `The files of the patch have ${bytes} bytes together; the limit is ${patchLimits.totalBytes} bytes.`;
  return [{ code: 'too_large', message, fix: 'Resend the patch in parts that touch fewer files.' }];
}

function movedAlready(patch: FilePatch, { files }: PatchTree, work: WorkBudget): Problem | undefined {
  const { oldPath = '', newPath = '' } = patch.paths[0] ?? {};
  const target = files.get(newPath);
  if (patch.kind !== 'rename' || files.has(oldPath) || !target || !isMoved({ patch }, target, work)) return undefined;
  return {
    code: 'already_applied',
    path: newPath,
    ...fieldsFor(patch),
    message: `${quoted(oldPath)} is gone and ${quoted(newPath)} exists: the rename at ${wordsFor(patch)} is already applied.`,
    fix: `Leave out the rename of ${oldPath}, which is applied already.`,
  };
}

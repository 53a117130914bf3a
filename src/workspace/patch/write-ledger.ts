import type { FileWrite } from '#domain/remediation.ts';

import type { Outcome } from './apply-section.ts';
import { quoted } from './failure.ts';
import type { Problem } from './failure.ts';
import { fieldsFor, wordsFor } from './origin.ts';
import type { PatchTree, Section } from './resolve-section.ts';
import { countLines } from './text-file.ts';

type Files = PatchTree['files'];

interface Entries {
  readonly files: Files;
  readonly written: Map<string, { readonly outcome: Outcome; readonly section: Section }>;
  readonly removed: Map<string, Section>;
}

/** What happens to each path, collected so that sections which contradict each other are found before anything is returned. */
export interface WriteLedger {
  /** Notes a section's outcome; answers why it cannot stand beside an earlier one. */
  enter(section: Section, outcome: Outcome): Problem[];
  /** New files that lie over or below existing ones. */
  collisions(): Problem[];
  /** Sorted by path. */
  writes(): FileWrite[];
  /** Sorted paths whose content ends up under another name. */
  reads(): string[];
}

/** Starts an empty ledger over the files of the tree. */
export function createLedger({ files }: PatchTree): WriteLedger {
  const entries: Entries = { files, written: new Map(), removed: new Map() };
  const { written, removed } = entries;
  const reads = new Set<string>();
  return {
    enter(section, outcome) {
      const { kind, source, target } = section;
      const leaves = kind === 'rename' || kind === 'delete' ? source?.path : undefined;
      const touched = [target, leaves].filter((path) => path !== undefined);
      const problems = touched.flatMap((path) => clash(entries, path, section) ?? []);
      if (target !== undefined) written.set(target, { outcome, section });
      if (leaves !== undefined) removed.set(leaves, section);
      if (source && target !== undefined && source.path !== target) reads.add(source.path);
      return problems;
    },
    collisions: () => [...written].flatMap(([path, { section }]) => collision(entries, path, section) ?? []),
    writes: () => [...new Set([...written.keys(), ...removed.keys()])].toSorted().map((path) => toWrite(entries, path)),
    reads: () => [...reads].toSorted(),
  };
}

/** Every folder above a path, outermost first. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

// A file may be removed and written anew by one patch (a swap of names), but not edited and anything else.
function clash({ written, removed }: Entries, path: string, section: Section): Problem | undefined {
  const other = written.get(path)?.section ?? removed.get(path);
  if (!other) return undefined;
  const edits = section.kind === 'modify' || other.kind === 'modify';
  const sameRole = section.target === path ? written.has(path) : removed.has(path);
  if (!edits && !sameRole) return undefined;
  return {
    code: 'contradiction',
    path,
    ...fieldsFor(section.patch),
    message: `What stands at ${wordsFor(other.patch)} and at ${wordsFor(section.patch)} both changes ${quoted(path)}.`,
    fix: `Resend the patch with one section for ${path}.`,
  };
}

function collision({ files, written, removed }: Entries, path: string, section: Section): Problem | undefined {
  const stays = (name: string) => files.has(name) && !removed.has(name);
  if (section.kind !== 'modify' && stays(path)) return exists(path, section, 'exists already');
  const parent = parentsOf(path).find((name) => written.has(name) || stays(name));
  return parent === undefined
    ? undefined
    : exists(path, section, `cannot lie below ${quoted(parent)}, which is a file`);
}

function exists(path: string, { patch }: Section, why: string): Problem {
  return {
    code: 'exists',
    path,
    ...fieldsFor(patch),
    message: `${quoted(path)} (${wordsFor(patch)}) ${why}.`,
    fix: `Resend the patch with the changed lines of ${path} instead of a new file, or with a path that is free.`,
  };
}

function toWrite({ files, written }: Entries, path: string): FileWrite {
  const before = files.get(path);
  const entry = written.get(path);
  const { mode, content, added, removed } = entry?.outcome ?? { added: 0, removed: 0 };
  const edited = entry?.section.kind === 'modify';
  return {
    path,
    ...(before && { before: { mode: before.mode, oid: before.oid } }),
    ...(mode && content && { after: { mode, content } }),
    added: edited ? added : content ? countLines(content) : 0,
    removed: edited ? removed : before ? countLines(before.content) : 0,
  };
}

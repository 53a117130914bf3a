import type { GitMode } from '#domain/remediation.ts';

import { quoted } from './failure.ts';
import type { Problem } from './failure.ts';
import { newLines, oldLines, patchLimits } from './model.ts';
import type { FilePatch, PatchKind, PathPair } from './model.ts';
import { fieldsFor, wordsFor } from './origin.ts';
import { printable } from './visible.ts';

/** A file that the patch may read, as the tree holds it. */
export interface SourceFile {
  readonly content: Buffer;
  readonly mode: GitMode;
  /** Git blob id of `content`. */
  readonly oid: string;
}

/** The tree that a patch is applied to; holds at least those paths of `patchPaths` and `base` that exist. */
export interface PatchTree {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Existing paths that resemble one that is missing, best first. */
  readonly suggest?: (path: string) => readonly string[];
  /** Path to SHA-256 (hexadecimal) of the content that the sender saw. */
  readonly base?: ReadonlyMap<string, string>;
}

/** A section whose names are settled against the tree. */
export interface Section {
  readonly patch: FilePatch;
  readonly kind: PatchKind;
  readonly source?: { readonly path: string; readonly file: SourceFile };
  /** Path that the result is written to; undefined for a deletion. */
  readonly target?: string;
}

/** Settles which files a section means; a name that exists in two readings is refused. */
export function resolveSection(patch: FilePatch, tree: PatchTree): Section | Problem {
  const first = patch.paths[0] as PathPair;
  if (patch.kind === 'add') return { patch, kind: 'add', target: first.newPath as string };
  const found = patch.paths.flatMap((pair) => {
    const file = tree.files.get(pair.oldPath as string);
    return file ? [{ pair, file }] : [];
  });
  const [match, second] = found;
  if (!match) return creates(patch) ? { patch, kind: 'add', target: first.newPath as string } : missing(patch, tree);
  const path = match.pair.oldPath as string;
  if (second) return twoReadings(patch, path, second.pair.oldPath as string);
  const refused = refuseSource(patch, path, match.file);
  if (refused) return refused;
  const source = { path, file: match.file };
  return patch.kind === 'delete'
    ? { patch, kind: 'delete', source }
    : { patch, kind: patch.kind, source, target: match.pair.newPath as string };
}

// A section without old lines for a file that is not there can only mean a new file.
function creates(patch: FilePatch): boolean {
  if (patch.content !== undefined) return true;
  const [hunk] = patch.hunks;
  const plain = patch.kind === 'modify' && patch.paths.length === 1;
  return plain && hunk !== undefined && patch.hunks.length === 1 && oldLines(hunk).length === 0;
}

function missing(patch: FilePatch, tree: PatchTree): Problem {
  const path = patch.paths[0]?.oldPath ?? '';
  const known = (tree.suggest?.(path) ?? []).slice(0, 3);
  const named = known.map((name) => quoted(name)).join(', ');
  const deleted = patch.kind === 'delete' ? ' If an earlier patch deleted it, nothing is left to do.' : '';
  return {
    code: 'missing_file',
    path,
    ...fieldsFor(patch),
    message: `${quoted(path)} (${wordsFor(patch)}) does not exist.${named && ` Did you mean ${named}?`}${deleted}`,
    fix:
      known[0] === undefined
        ? 'Resend the patch with the path of an existing file.'
        : `Resend the patch with the path ${printable(known[0])}.`,
    detail: { did_you_mean: known },
  };
}

function twoReadings(patch: FilePatch, a: string, b: string): Problem {
  return {
    code: 'ambiguous',
    path: a,
    ...fieldsFor(patch),
    message: `The name at patch line ${patch.patchLine} may mean ${quoted(a)} or ${quoted(b)}; both exist.`,
    fix: `Resend the patch with a diff --git line, or with a/ before the old and b/ before the new name.`,
    detail: { candidates: [a, b] },
  };
}

function refuseSource(patch: FilePatch, path: string, { mode, content }: SourceFile): Problem | undefined {
  const common = { path, ...fieldsFor(patch) };
  if (mode === '120000' || mode === '160000') {
    return {
      ...common,
      code: 'path_denied',
      message: `${quoted(path)} is a ${mode === '120000' ? 'symbolic link' : 'submodule'}; only regular files can be patched.`,
      fix: 'Resend the patch without that path.',
    };
  }
  if (content.length <= patchLimits.fileBytes) return undefined;
  return {
    ...common,
    code: 'too_large',
    message: `${quoted(path)} has ${content.length} bytes; files of up to ${patchLimits.fileBytes} bytes can be patched.`,
    fix: 'Resend the patch without that file.',
  };
}

/** The content of a new file, or why the section is not one. */
export function addedContent(patch: FilePatch): Buffer | Problem {
  if (patch.content !== undefined) return Buffer.from(patch.content);
  const [hunk, second] = patch.hunks;
  const wrong = second ?? hunk?.lines.find((line) => line.op !== '+');
  if (wrong) {
    return {
      code: 'contradiction',
      patchLine: wrong.patchLine,
      message: `The section at patch line ${patch.patchLine} makes a new file, so patch line ${wrong.patchLine} can only add lines in its one hunk.`,
      fix: 'Resend the new file as one hunk in which every line starts with +.',
    };
  }
  const lines = hunk ? newLines(hunk) : [];
  return Buffer.from(lines.map((line) => line.text + line.eol).join(''));
}

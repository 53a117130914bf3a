import { parseFailure, quoted } from './failure.ts';
import { contradiction, pathsOfModify, readGitNames, readHeaderName, sameName, stripPrefix } from './git-names.ts';
import type { FilePatch, Hunk, PatchKind, PathPair } from './model.ts';
import type { PatchLine } from './patch-lines.ts';
import { checkPatchPath } from './patch-path.ts';
import type { SectionHeaders } from './unified-header.ts';

interface Names {
  readonly kind: PatchKind;
  readonly paths: readonly PathPair[];
}

/** Judges the headers of a section together and refuses those that disagree. */
export function toFilePatch(headers: SectionHeaders, hunks: readonly Hunk[]): FilePatch {
  const { kind, paths } = readNames(headers);
  const { oldMode, newMode, oldOid } = headers;
  if (hunks.length === 0 && kind === 'modify' && newMode === undefined) {
    throw parseFailure(headers.line.no + 1, 'a hunk header such as @@ -1,3 +1,4 @@', 'a section without any change');
  }
  return {
    kind,
    patchLine: headers.line.no,
    paths: paths.map((pair) => checkPair(pair, headers.line.no)),
    hunks,
    ordered: true,
    ...(oldMode !== undefined && { oldMode }),
    ...(newMode !== undefined && { newMode }),
    ...(oldOid !== undefined && !/^0+$/u.test(oldOid) && { oldOid }),
  };
}

function checkPair({ oldPath, newPath }: PathPair, patchLine: number): PathPair {
  return {
    ...(oldPath !== undefined && { oldPath: checkPatchPath(oldPath, patchLine) }),
    ...(newPath !== undefined && { newPath: checkPatchPath(newPath, patchLine) }),
  };
}

function readNames(headers: SectionHeaders): Names {
  if (headers.renameFrom ?? headers.renameTo) return moved('rename', headers, [headers.renameFrom, headers.renameTo]);
  if (headers.copyFrom ?? headers.copyTo) return moved('copy', headers, [headers.copyFrom, headers.copyTo]);
  const { git, line } = headers;
  if (!headers.old || !headers.new) return namesOfGitLine(headers);
  const oldName = readHeaderName(headers.old.text.slice(4), headers.old).name;
  const newName = readHeaderName(headers.new.text.slice(4), headers.new).name;
  if (git) checkGitLine(git, oldName, newName);
  if (headers.added && oldName !== undefined)
    throw contradiction(headers.added, 'a new file has no --- name but /dev/null');
  if (headers.deleted && newName !== undefined)
    throw contradiction(headers.deleted, 'a deleted file has no +++ name but /dev/null');
  if (oldName !== undefined && newName !== undefined)
    return { kind: 'modify', paths: pathsOfModify(oldName, newName, line) };
  if (newName !== undefined) return { kind: 'add', paths: [{ newPath: addedPath(newName, git) }] };
  if (oldName !== undefined) return { kind: 'delete', paths: deletedPaths(oldName, git) };
  throw contradiction(line, 'both names are /dev/null');
}

function moved(
  kind: 'rename' | 'copy',
  headers: SectionHeaders,
  [from, to]: readonly [PatchLine | undefined, PatchLine | undefined],
): Names {
  const { git, line } = headers;
  if (!from || !to)
    throw parseFailure((from ?? to ?? line).no, `both ${kind} from and ${kind} to`, (from ?? to ?? line).text);
  if (headers.added ?? headers.deleted) throw contradiction(line, `a ${kind} is neither a new nor a deleted file`);
  const oldPath = movedName(from, `${kind} from `);
  const newPath = movedName(to, `${kind} to `);
  if (oldPath === newPath) throw contradiction(to, `a ${kind} needs two different names`);
  if (git && !readGitNames(git).some(([a, b]) => sameName(a, oldPath) && sameName(b, newPath))) {
    throw contradiction(git, `diff --git does not name ${quoted(oldPath)} and ${quoted(newPath)}`);
  }
  for (const [header, name] of [
    [headers.old, oldPath],
    [headers.new, newPath],
  ] as const) {
    const stated = header && readHeaderName(header.text.slice(4), header).name;
    if (header && (stated === undefined || !sameName(stated, name))) {
      throw contradiction(header, `it does not name ${quoted(name)}`);
    }
  }
  return { kind, paths: [{ oldPath, newPath }] };
}

function movedName(line: PatchLine, prefix: string): string {
  const { name } = readHeaderName(line.text.slice(prefix.length), line);
  if (name === undefined) throw contradiction(line, '/dev/null cannot be moved or copied');
  return name;
}

function checkGitLine(git: PatchLine, oldName: string | undefined, newName: string | undefined): void {
  const fits = readGitNames(git).some(([a, b]) => {
    if (oldName === undefined || newName === undefined) {
      const name = oldName ?? newName;
      return sameName(a, b) && name !== undefined && sameName(a, name) && sameName(b, name);
    }
    return sameName(a, oldName) && sameName(b, newName);
  });
  if (!fits) {
    const names = [oldName, newName].map((name) => quoted(name ?? '/dev/null')).join(' and ');
    throw contradiction(git, `diff --git names another file than the --- and +++ lines, ${names}`);
  }
}

// Without --- and +++ lines the two names must be the same one, as git requires.
function namesOfGitLine({ git, line, added, deleted }: SectionHeaders): Names {
  const pair = git && readGitNames(git).find(([a, b]) => sameName(a, b));
  if (!git || !pair) throw contradiction(line, 'its two names differ without a rename');
  const paths = pathsOfModify(pair[0], pair[1], git);
  const name = paths.at(-1)?.oldPath ?? pair[1];
  if (added) return { kind: 'add', paths: [{ newPath: name }] };
  if (deleted) return { kind: 'delete', paths: [{ oldPath: name }] };
  return { kind: 'modify', paths };
}

function gitPrefixed(git: PatchLine): boolean {
  return readGitNames(git).some(
    ([a, b]) => a[0] !== b[0] && stripPrefix(a) !== undefined && stripPrefix(a) === stripPrefix(b),
  );
}

function addedPath(name: string, git: PatchLine | undefined): string {
  const rest = stripPrefix(name);
  const prefixed = git ? gitPrefixed(git) : name.startsWith('b/');
  return rest !== undefined && prefixed ? rest : name;
}

function deletedPaths(name: string, git: PatchLine | undefined): PathPair[] {
  const rest = stripPrefix(name);
  if (rest === undefined) return [{ oldPath: name }];
  if (git && gitPrefixed(git)) return [{ oldPath: rest }];
  return [{ oldPath: rest }, { oldPath: name }];
}

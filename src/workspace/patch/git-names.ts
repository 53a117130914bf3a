import { unquotePath } from '#workspace/git-text.ts';

import { parseFailure, quoted, toPatchError } from './failure.ts';
import type { PathPair } from './model.ts';
import type { PatchLine } from './patch-lines.ts';

const knownPrefixes: ReadonlySet<string> = new Set(['a', 'b', 'i', 'w', 'c', 'o']);
const backupSuffixes = ['.orig', '.old', '.bak', '~'];
const maxHeaderChars = 16_384;

/** A name as a header spells it; undefined for `/dev/null`. */
export interface HeaderName {
  readonly name: string | undefined;
}

/** The name without its `a/`, `b/` … prefix; undefined when it has none. */
export function stripPrefix(name: string): string | undefined {
  return name[1] === '/' && name.length > 2 && knownPrefixes.has(name[0] ?? '') ? name.slice(2) : undefined;
}

/** Reads the name after `--- `, `+++ `, `rename from ` …; an epoch time stamp means that the file does not exist. */
export function readHeaderName(rest: string, line: PatchLine): HeaderName {
  checkLength(line);
  if (rest.startsWith('"')) return { name: unquote(rest, line).name };
  const tab = rest.indexOf('\t');
  const stamp = / \d{4}-\d\d-\d\d[ T]\d\d:\d\d/u.exec(rest);
  const end = tab >= 0 ? tab : (stamp?.index ?? rest.length);
  const name = rest.slice(0, end).trimEnd();
  if (name === '/dev/null' || isEpoch(rest.slice(end))) return { name: undefined };
  if (name === '') throw parseFailure(line.no, 'a file name', line.text);
  return { name };
}

function checkLength(line: PatchLine): void {
  if (line.text.length > maxHeaderChars) {
    throw parseFailure(line.no, `a header of at most ${maxHeaderChars} characters`, line.text);
  }
}

function isEpoch(stamp: string): boolean {
  const parts = /^\s+(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.0+)? ([+-]\d\d):?(\d\d)\s*$/u.exec(stamp);
  return parts !== null && Date.parse(`${parts[1]}T${parts[2]}${parts[3]}:${parts[4]}`) === 0;
}

function unquote(text: string, line: PatchLine): { name: string; rest: string } {
  const token = /^"(?:[^"\\]|\\(?:[abtnvfr"\\]|[0-3][0-7]{2}))*"/u.exec(text)?.[0];
  if (token === undefined) throw parseFailure(line.no, 'a closed C-quoted file name', line.text);
  const name = unquotePath(token);
  if (name.includes('\uFFFD')) throw parseFailure(line.no, 'a file name in UTF-8', line.text);
  return { name, rest: text.slice(token.length) };
}

/** Every way to read `diff --git OLD NEW`; names with spaces make it ambiguous. */
export function readGitNames(line: PatchLine): [string, string][] {
  checkLength(line);
  const rest = line.text.slice('diff --git '.length).trimEnd();
  if (rest.startsWith('"')) {
    const first = unquote(rest, line);
    const second = first.rest.trimStart();
    return [[first.name, second.startsWith('"') ? unquote(second, line).name : second]];
  }
  if (rest.endsWith('"')) {
    const at = rest.indexOf(' "');
    if (at > 0) return [[rest.slice(0, at), unquote(rest.slice(at + 1), line).name]];
  }
  const splits: [string, string][] = [];
  for (let at = rest.indexOf(' '); at >= 0; at = rest.indexOf(' ', at + 1)) {
    splits.push([rest.slice(0, at), rest.slice(at + 1)]);
  }
  return splits;
}

/** Whether two spellings name the same file once prefixes are set aside. */
export function sameName(a: string, b: string): boolean {
  return a === b || (stripPrefix(a) ?? a) === (stripPrefix(b) ?? b) || stripPrefix(a) === b || a === stripPrefix(b);
}

/** The possible paths of a file that keeps its name, from both headers. */
export function pathsOfModify(oldName: string, newName: string, line: PatchLine): PathPair[] {
  const names = modifyNames(oldName, newName);
  if (names.length > 0) return names.map((name) => ({ oldPath: name, newPath: name }));
  throw contradiction(
    line,
    `the old name ${quoted(oldName)} and the new name ${quoted(newName)} differ without a rename`,
  );
}

function modifyNames(oldName: string, newName: string): string[] {
  const [oldRest, newRest] = [stripPrefix(oldName), stripPrefix(newName)];
  if (oldName === newName) return oldRest === undefined ? [oldName] : [oldName, oldRest];
  if (oldRest !== undefined && oldRest === newRest) return [oldRest];
  if (oldRest === newName) return [newName];
  if (newRest === oldName) return [oldName];
  // Prefixes that were put before prefixes.
  const [oldInner, newInner] = [stripPrefix(oldRest ?? ''), stripPrefix(newRest ?? '')];
  if (oldInner !== undefined && oldInner === newInner) return [oldInner];
  const [oldTail, newTail] = [withoutFirst(oldName), withoutFirst(newName)];
  if (oldTail !== undefined && oldTail === newTail) return [oldTail];
  const [a, b] = [oldRest ?? oldName, newRest ?? newName];
  const backup = backupSuffixes.some((suffix) => a === b + suffix || b === a + suffix);
  return backup ? [a.length < b.length ? a : b] : [];
}

function withoutFirst(name: string): string | undefined {
  const at = name.indexOf('/');
  return at > 0 ? name.slice(at + 1) : undefined;
}

/** The refusal for headers that name different files. */
export function contradiction(line: PatchLine, what: string): Error {
  return toPatchError([
    {
      code: 'contradiction',
      patchLine: line.no,
      message: `The patch contradicts itself at line ${line.no}: ${what}.`,
      fix: 'Resend the patch with the same file in every header of a section, or with rename from and rename to lines.',
    },
  ]);
}

// Programs that put files somewhere else: what is below each source lands at the destination or in it.

import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, namedValue } from '#policy/command/named-options.ts';
import type { Arg } from '#policy/command/words.ts';
import { backups, rsyncFolders } from '#policy/host-backups.ts';
import type { Writes } from '#policy/host-option-writes.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { ReadCall } from '#policy/host-words.ts';
import { operandsOf, toUse } from '#policy/host-words.ts';

/** Programs that copy, and those that change their sources as well. */
export const copiers = 'cp gcp install ginstall rsync scp cpx';
export const movers = 'mv gmv ln gln link';

const REMOTE = /^(?=[^:])[\w.@-]*(?:\[[^\]/]*\])?:/;

/** They copy between computers as well. */
const CARRIERS: ReadonlySet<string> = new Set(['rsync', 'scp']);

/** Whether a call copies or moves what this computer has, and runs nothing. */
export function copiesHere({ program, args }: Pick<ReadCall, 'program' | 'args'>): boolean {
  if (!`${copiers} ${movers}`.split(' ').includes(program)) return false;
  return (
    !CARRIERS.has(program) ||
    !args.some(({ text }) => REMOTE.test(text) || /^(?:-[a-z]*e|--rsh|-S|--files-from)/i.test(text))
  );
}

/** What a copy names on another computer, which may be this one: from its root, or from the home folder. */
export function remoteNames({ args }: Pick<ReadCall, 'args'>): readonly string[] {
  const named = args.flatMap(
    ({ text }) => /^(?:(?:rsync|scp):\/\/[^/]*|(?=[^:])[\w.@-]*(?:\[[^\]/]*\])?::?)(.*)$/.exec(text)?.[1] ?? [],
  );
  return named.filter((name) => name !== '').map((name) => (/^[/~]/.test(name) ? name : `~/${name}`));
}

/** What options of a copy say. */
interface CopyManner {
  /** The sources are gone afterwards. */
  readonly takes: boolean;
  /** What is below a source lands in the destination itself. */
  readonly merges: boolean;
  /** Sources keep the folders that they are named with. */
  readonly keepsFolders: boolean;
  readonly follows: boolean;
  /** What stands at the destination goes, with all that is below. */
  readonly replaces: boolean;
}

/** `cp`, `mv` and their like; `takesSources` where the sources are changed as well. */
export const copies =
  (takesSources: boolean): Writes =>
  (call) => {
    const { args, raw, program } = call;
    const target = CARRIERS.has(program) ? undefined : namedValue(args, targeting);
    const operands = operandsOf(args.slice(1)).filter((arg) => arg !== target);
    const destination = target ?? operands.at(-1);
    const sources = target ? operands : operands.slice(0, -1);
    if (!destination || (CARRIERS.has(program) && REMOTE.test(destination.text))) return [];
    const manner = mannerOf(program, args, takesSources);
    const to = toUse(destination, raw, 'write', manner.replaces ? 'deep' : 'name');
    const names = [to.text, ...sources.map((source) => `${to.text.replace(/\/+$/, '')}/${lastName(source.text)}`)];
    return [
      to,
      ...names.flatMap((text) => backups({ ...to, text }, args)),
      ...(program === 'rsync' ? rsyncFolders(call) : []),
      ...sources.flatMap((source) => {
        const from = toUse(source, raw, manner.takes ? 'write' : 'read', manner.takes ? 'deep' : 'name');
        if (from.extent === 'unknown' || from.extent === 'glob') return [from, { ...to, extent: 'unknown' as const }];
        return [from, ...(destination.kind === 'literal' ? landings(to, from.text, { ...manner, program }) : [])];
      }),
    ];
  };

/** Where a source may land: at the destination, in it by its last name, and in it by its whole name. */
function landings(
  to: PathUse,
  source: string,
  { program, merges, keepsFolders, follows }: CopyManner & { readonly program: string },
): readonly PathUse[] {
  const folder = to.text.replace(/\/+$/, '');
  const isMerged = merges || /(?:^|\/)\.{1,2}\/*$/.test(source) || (program === 'rsync' && source.endsWith('/'));
  const inside = `${source.replace(/\/+$/, '')}/.`;
  const landed = [
    { text: to.text, from: isMerged ? inside : source },
    { text: `${folder}/${lastName(source)}`, from: inside },
    ...(keepsFolders ? keptNames(source) : []).map((kept) => ({ text: `${folder}/${kept}`, from: inside })),
  ];
  return landed.map((each) => ({ ...to, ...each, ...(follows && { follows }) }));
}

/** With which folders a source may be kept: with all, `..` and all of cp's among them, with those behind a `/./`, and with those below the root. */
function keptNames(source: string): readonly string[] {
  const parts = source.split('/./');
  const behind = parts.map((_, at) => parts.slice(at).join('/./'));
  return [...new Set([...behind, ...behind.map((each) => each.replace(/^(?:\.{0,2}\/)+/, ''))])];
}

const targeting: NamedOptions = { long: 'target-directory', letters: 't', values: 'Sgmo' };
const merging: NamedOptions = { long: 'no-target-directory', letters: 'T', values: 'tSgmo' };
const following: NamedOptions = { long: 'dereference copy-links copy-unsafe-links copy-dirlinks', letters: 'Lk' };
const relative: NamedOptions = { long: 'parents relative' };
/** Of cp: the copy is another name of its source. */
const linking: NamedOptions = { long: 'link symbolic-link', letters: 'ls', values: 'tS' };
/** They move what stands there out of the way. */
const backing: NamedOptions = { long: 'backup exchange suffix', letters: 'bS', values: 't' };

function mannerOf(program: string, args: readonly Arg[], takesSources: boolean): CopyManner {
  const words = args.map(({ text }) => text);
  const has = (options: NamedOptions) => words.some((text) => namedOption(text, options) !== undefined);
  const isRsync = program === 'rsync';
  return {
    takes:
      takesSources || words.some((text) => text.startsWith('--remove-s')) || (/^g?cp$/.test(program) && has(linking)),
    merges: !isRsync && has(merging),
    keepsFolders: has(relative) || (isRsync && words.some((text) => /^-[a-zA-Z]*R/.test(text))),
    follows: has(following),
    replaces: isRsync ? words.some((text) => /^--(?:del|force)/.test(text)) : takesSources && has(backing),
  };
}

/** The last component of a name. */
export function lastName(text: string): string {
  const plain = text.replace(/\/+$/, '');
  return plain.slice(plain.lastIndexOf('/') + 1);
}

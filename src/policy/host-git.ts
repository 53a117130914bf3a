import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { onlyTries } from '#policy/command/unpacked.ts';
import { lastName } from '#policy/host-copies.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { ReadCall } from '#policy/host-words.ts';
import { operandsOf, readWords, toUse, valueOf } from '#policy/host-words.ts';
import { ownValue } from '#policy/own-value.ts';

/** Verbs that write files, the index or the object store from input that is not in the command's words. */
const UNTOLD = new Set(
  'apply am fast-import update-index checkout-index read-tree replace filter-branch filter-repo mktree hash-object update-ref symbolic-ref'.split(
    ' ',
  ),
);

/** Words by which `git symbolic-ref` only shows. */
const SHOWS = /^(?:-q|--quiet|--short|HEAD)$/;

/** Verbs that only look at the files of a tree, or take them in. */
const LOOKS = new Set(
  'add annotate blame cat-file check-attr check-ignore commit describe diff diff-files diff-index diff-tree grep log ls-files ls-tree rev-list rev-parse shortlog show status'.split(
    ' ',
  ),
);

/** Of these, those that read the files of the tree itself. */
const TAKES_IN = /^(?:add|commit|diff|diff-files|diff-index|grep)$/;

/** Verbs that write the repository alone, or a folder that is new. */
const LEAVES = new Set(
  'branch bundle clone config fetch format-patch gc ls-remote notes push reflog remote tag worktree'.split(' '),
);

/** The files that git brings out of commits: those of the repository around its folder, or with `--git-dir` all below the folder. */
export type WorkTree = 'around' | 'folder';

/** The work tree that a call of git may put anything into. */
export function treesOfGit({ program, args }: Pick<ReadCall, 'program' | 'args'>): readonly WorkTree[] {
  const at = verbAt(args.map(({ text }) => text));
  const verb = args[at]?.text ?? '';
  if (program !== 'git' || verb === '' || LOOKS.has(verb) || LEAVES.has(verb)) return [];
  return [valueOf(args.slice(0, at), /^--git-dir(?=$|=)/) ? 'folder' : 'around'];
}

/** Options with a value, of verbs whose operands are told by their place. */
const VALUES: Readonly<Record<string, NamedOptions>> = {
  clone: {
    long: 'origin branch depth reference reference-if-able template upload-pack config jobs separate-git-dir shallow-since shallow-exclude server-option filter bundle-uri revision ref-format',
    letters: 'boucj',
  },
  init: { long: 'template separate-git-dir initial-branch object-format ref-format', letters: 'b' },
  submodule: { long: 'branch name reference depth', letters: 'b' },
  worktree: { long: 'reason', letters: 'bB' },
  bundle: { long: 'version' },
};

/** Files that a call of git writes beyond restoring what was committed. */
export function writesOfGit({ args, raw }: ReadCall): readonly PathUse[] {
  const at = verbAt(args.map(({ text }) => text));
  const verb = args[at]?.text ?? '';
  // What is committed here would be restored there.
  const tree = valueOf(args.slice(0, at), /^--work-tree(?=$|=)/);
  if (tree && !LOOKS.has(verb)) return [toUse(tree, raw, 'write', 'deep')];
  if (tree && TAKES_IN.test(verb)) return [toUse(tree, raw, 'read', 'deep')];
  const rest = args.slice(at + 1);
  const named = (extent: 'name' | 'deep') => operandsOf(rest).map((arg) => toUse(arg, raw, 'write', extent));
  if (UNTOLD.has(verb)) {
    const shows =
      (verb === 'apply' && onlyTries(rest)) ||
      (verb === 'symbolic-ref' && rest.some(({ text }) => SHOWS.test(text)) && operandsOf(rest).length < 2);
    return shows || (verb === 'hash-object' && !rest.some(({ text }) => /^-[a-z]*w/.test(text))) ? [] : [untold];
  }
  // The names are in a file.
  if (rest.some(({ text }) => text.startsWith('--pathspec-fr')) && /^(?:rm|checkout|restore|reset|stash)$/.test(verb))
    return [untold];
  if (verb === 'rm' || verb === 'mv') return [...named('deep'), ...landed(named('name'))];
  if (verb === 'restore' || verb === 'checkout') return pathsOf(rest, verb).map((arg) => toUse(arg, raw, 'write'));
  if (verb === 'clean') return cleans(rest) ? roots(named('deep')) : [];
  if (verb === 'config') return configures(rest, raw);
  if (verb === 'remote') return movesRemotes(rest) ? [ownConfig] : [];
  const { operands } = readWords(rest, ownValue(VALUES, verb) ?? {});
  if (verb === 'clone') return [...clones(operands, raw), ...apartFrom(rest, raw)];
  if (verb === 'init')
    return [...operands.slice(0, 1).map((arg) => toUse(arg, raw, 'write', 'deep')), ...apartFrom(rest, raw)];
  const [sub, ...others] = operands;
  if ((verb === 'bundle' && sub?.text === 'create') || (verb === 'worktree' && sub?.text === 'add'))
    return others.slice(0, 1).map((arg) => ({ ...toUse(arg, raw, 'write'), ...(verb === 'worktree' && { brings }) }));
  if (verb === 'submodule' && sub?.text === 'add')
    return [{ use: 'write', text: '.gitmodules', extent: 'name' }, ...clones(others, raw)];
  return [];
}

/** The operands that may name files: all behind `--`, else all but a commit before them. */
function pathsOf(rest: ReadCall['args'], verb: string): ReadCall['args'] {
  const end = rest.findIndex(({ text }) => text === '--');
  if (end >= 0) return rest.slice(end + 1);
  const operands = operandsOf(rest);
  return verb === 'checkout' && /^(?:HEAD|@)(?:[~^]\d*)*$/.test(operands[0]?.text ?? '') ? operands.slice(1) : operands;
}

/** What of it lies elsewhere. */
function apartFrom(rest: ReadCall['args'], raw: string): readonly PathUse[] {
  const apart = valueOf(rest, /^--sep[a-z-]*(?=$|=)/);
  return apart ? [toUse(apart, raw, 'write', 'deep')] : [];
}

/** A copy lands where the second word says, else under the last name of the first. */
function clones(operands: ReadCall['args'], raw: string): readonly PathUse[] {
  const [source, folder] = operands;
  if (!source) return [];
  const from = toUse(source, raw, 'write');
  const name = from.text
    .replace(/[/\\]+$/, '')
    .replace(/\.git$/, '')
    .replace(/^.*[/:]/, '');
  const to: PathUse = folder ? toUse(folder, raw, 'write') : { ...from, text: name };
  const isLocal = from.extent === 'name' && !/^[\w+.-]+:|^[^/]*@/.test(from.text);
  return [{ ...to, brings, ...(isLocal && { from: from.text }) }];
}

const brings = true as const;
const untold: PathUse = { use: 'write', text: '', extent: 'unknown' };

/** Where the verb stands among the words of a call of git. */
export function verbAt(words: readonly string[]): number {
  let at = 1;
  while (/^-./.test(words[at] ?? ''))
    at += /^(?:-C|-c|--git-dir|--work-tree|--namespace|--super-prefix)$/.test(words[at] ?? '') ? 2 : 1;
  return at;
}

/** `git mv a b` may put `a` into the folder `b`. */
function landed(uses: readonly PathUse[]): readonly PathUse[] {
  const to = uses.at(-1);
  if (to?.extent !== 'name') return [];
  return uses.slice(0, -1).map(({ text }) => ({
    ...to,
    text: `${to.text.replace(/\/+$/, '')}/${lastName(text)}`,
    from: text,
  }));
}

/** Whether it is no dry run; `-e` takes a pattern, and of two contrary options the last one counts. */
function cleans(rest: ReadCall['args']): boolean {
  const { given } = readWords(rest, { long: 'exclude', letters: 'e' });
  const words = given.map(({ word }) => word.text);
  const isDry = words.some((word) => namedOption(word, { long: 'dry-run', letters: 'n', values: 'e' }) !== undefined);
  return !isDry || words.some((word) => word.startsWith('--no-d'));
}

function roots(uses: readonly PathUse[]): readonly PathUse[] {
  return uses.length > 0 ? uses : [{ use: 'write', text: '.', extent: 'deep' }];
}

/** Reading a setting changes nothing; writing one can make git run anything. */
function configures(rest: ReadCall['args'], raw: string): readonly PathUse[] {
  const { operands, given } = readWords(rest, { long: 'file blob type default comment value url', letters: 'ft' });
  const words = given.map(({ word }) => word.text);
  const asks = words.some((word) => /^(?:--(?:get|list|show|name-only)|-l$)/.test(word));
  const takes = words.some((word) => /^(?:--(?:unset|remove|rename|edit)|-e$)/.test(word));
  if (asks || /^(?:get|list)$/.test(operands[0]?.text ?? '') || (operands.length < 2 && !takes)) return [];
  const file = valueOf(rest, /^(?:-f|--file)(?=$|=)/);
  if (file) return [toUse(file, raw, 'write')];
  const own = words.includes('--global')
    ? '~/.gitconfig'
    : words.includes('--system')
      ? '/etc/gitconfig'
      : ownConfig.text;
  return [{ use: 'write', text: own, extent: 'name' }];
}

const ownConfig: PathUse = { use: 'write', text: '.git/config', extent: 'name' };

/** By its remotes a clone is known; what is new takes nothing out. */
function movesRemotes(rest: ReadCall['args']): boolean {
  const verb = rest.find(({ text }) => !/^(?:-v|--verbose)$/.test(text));
  return verb !== undefined && !/^(?:add|show|get-url|prune|update)$/.test(verb.text);
}

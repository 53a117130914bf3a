import type { CommandAnalysis, Invocation, Redirected } from '#policy/command/analysis.ts';
import { namedValue } from '#policy/command/named-options.ts';
import { renamers } from '#policy/command/rename.ts';
import type { Arg } from '#policy/command/words.ts';
import { keptInPlace } from '#policy/host-backups.ts';
import { bwrapBinds, chrootBinds, pairedBinds } from '#policy/host-binds.ts';
import { csplits, renameWrites, splits } from '#policy/host-composed.ts';
import { copies, copiesHere, copiers, movers, remoteNames } from '#policy/host-copies.ts';
import { downloads, unnamedFolders } from '#policy/host-downloads.ts';
import type { FoundFiles } from '#policy/host-find.ts';
import { find, searchesOf } from '#policy/host-find.ts';
import { contentsOfGit } from '#policy/host-git-contents.ts';
import type { WorkTree } from '#policy/host-git.ts';
import { treesOfGit, writesOfGit } from '#policy/host-git.ts';
import { doubtfulWords, LOOKS, onlyLists, onlyLooks } from '#policy/host-looks.ts';
import { namesAnywhere, namesIn, talks } from '#policy/host-names.ts';
import { archives, awk, packs, shuffles, sorts, untold, zips } from '#policy/host-option-writes.ts';
import type { Writes } from '#policy/host-option-writes.ts';
import { goesDeep, readsOf } from '#policy/host-reads.ts';
import type { PathUse } from '#policy/host-tools.ts';
import { compresses, compressors, decrypts, unpackers, unpacks, unpacksByPython } from '#policy/host-unpackers.ts';
import type { ReadCall } from '#policy/host-words.ts';
import { operandsOf, toUse, valueOf } from '#policy/host-words.ts';

/** Which files a command names, as far as its text tells. What a program does once it runs is not seen. */
export interface CommandReach {
  readonly uses: readonly PathUse[];
  /** Folders that it changes into, in order; undefined for one that is not literal. */
  readonly folders: readonly (string | undefined)[];
  /** Every literal word that may name a file. */
  readonly words: readonly string[];
  /** Those of them whose content may be shown. */
  readonly shown: readonly string[];
  /** Those of them that programs get of which it is not known that they leave such a file alone. */
  readonly doubtful: readonly string[];
  /** Words that find files when the command runs. */
  readonly globs: readonly FoundFiles[];
  /** Some word is only known when the command runs. */
  readonly hidden: boolean;
  /** Calls of git that show the content of tracked files: of these below, or of all of them. */
  readonly contents: readonly (readonly string[] | 'all')[];
  /** Work trees that calls of git may put anything into. */
  readonly trees: readonly WorkTree[];
  /** The words of every call tell what it writes: what is below a folder now, and what they say, is all that is copied out of it. */
  readonly told: boolean;
}

/** Where `&>/dev/null` and the like lead: to no file. */
const NO_FILE = /^\/dev\/(?:null|zero|tty|stdin|stdout|stderr|fd\/\d+)$/;

/** The option of a shell by which globs find hidden files, to bash and to zsh. */
const DOTS = /^(?:dot_?glob|glob_?dots)$/i;

/** Collects every file that the redirections and the programs of a command would write or read. */
export function reachOf({ raw, invocations, certain, redirects }: CommandAnalysis): CommandReach {
  const calls = invocations.map((invocation) => ({ ...invocation, raw }));
  const hides = !certain.some(({ args }) => args.some(({ text }) => DOTS.test(text)));
  const shown = (use: PathUse): PathUse => (hides || use.extent !== 'glob' ? use : { ...use, findsHidden: true });
  const uses = [...redirects.map((each) => toRedirect(each, raw)), ...calls.flatMap(usesOf)].map(shown);
  const words = invocations.flatMap(({ args }) => args);
  const opened = redirects.flatMap(({ target, use }) =>
    isGlob(target) || (use === 'read' && hasOpenEnd(target)) ? [target] : [],
  );
  return {
    uses: uses.filter(({ text, extent }) => extent !== 'name' || (text !== '' && !NO_FILE.test(text))),
    folders: invocations.flatMap(foldersOf),
    words: [...new Set(calls.flatMap(namesIn))],
    shown: [...new Set(calls.flatMap((call) => (onlyLists(call) ? [] : namesIn(call))))],
    doubtful: [...new Set(certain.flatMap((invocation) => doubtfulNames({ ...invocation, raw })))],
    globs: [...calls.flatMap(globsOf), ...searchesOf(calls), ...opened.map((arg) => toFound(arg, raw, false))].map(
      ({ use, isDeep }) => ({ use: shown(use), isDeep }),
    ),
    hidden: words.some(({ kind }) => kind !== 'literal'),
    contents: calls.flatMap(contentsOfGit),
    trees: [...new Set(calls.flatMap(treesOfGit))],
    told: calls.every((call) => onlyLooks(call) || MOVES.has(call.program) || copiesHere(call)),
  };
}

/** These take commands in a word, which name files in turn. */
const CONSOLES = /^(?:sqlite3?|duckdb|psql|mysql|mariadb|gdb|lldb)$/;

/** Of their words only some are told by a table. */
const LAUNCHERS = /^(?:bwrap|chroot|firejail|nsenter|proot|sudo|systemd-run|unshare)$/;

function doubtfulNames(call: ReadCall): readonly string[] {
  if (/^(?:curl|wget)$/.test(call.program)) return unnamedFolders(call);
  if (/^(?:scp|rsync)$/.test(call.program)) return remoteNames(call);
  const words = doubtfulWords(call, writers.has(call.program) && !LAUNCHERS.test(call.program));
  if (!CONSOLES.test(call.program)) return namesAnywhere(words);
  return namesAnywhere(words.flatMap((word) => word.text.split(/\s+/).map((text) => ({ ...word, text }))));
}

function isGlob({ kind }: Arg): boolean {
  return kind === 'files';
}

function toFound(arg: Arg, raw: string, isDeep: boolean): FoundFiles {
  return { use: toUse(arg, raw, 'read'), isDeep };
}

function globsOf(call: ReadCall): readonly FoundFiles[] {
  const isDeep = !talks(call.program) && (!LOOKS.has(call.program) || goesDeep(call));
  return call.args.filter((arg) => isGlob(arg) || isOpen(arg, call)).map((arg) => toFound(arg, call.raw, isDeep));
}

function isOpen(arg: Arg, { program }: ReadCall): boolean {
  return hasOpenEnd(arg) && !talks(program);
}

/** The beginning of a path whose end only the run tells: it may find what a glob finds there. */
function hasOpenEnd({ kind, text }: Arg): boolean {
  return (kind === 'one' || kind === 'many') && text.includes('/');
}

function toRedirect({ target, use }: Redirected, raw: string): PathUse {
  return toUse(target, raw, use);
}

const every =
  (extent: 'name' | 'deep'): Writes =>
  ({ args, raw }) =>
    operandsOf(args.slice(1)).map((arg) => toUse(arg, raw, 'write', extent));

/** With an option for it, whole folders are changed. */
const goesThrough: Writes = (call) =>
  every(call.args.some(({ text }) => /^(?:-[a-zA-Z]*[rR]|--recursive)/.test(text)) ? 'deep' : 'name')(call);

/** `sed -i`, `yq -i`: the files behind the script change. */
const inPlace =
  (option: RegExp): Writes =>
  ({ args, raw }) => {
    if (!args.some(({ text }) => option.test(text))) return [];
    const operands = operandsOf(args.slice(1));
    const hasScript = args.some((arg) => /^(?:-[a-zA-Z]*[ef]|--expression|--file)/.test(arg.text));
    const files = (hasScript ? operands : operands.slice(1)).map((arg) => toUse(arg, raw, 'write'));
    const kept = args.flatMap((arg) => {
      const text = /^(?:-[bnrEsuzlp\d]*i|--in-place=)(.*)/s.exec(arg.text)?.[1];
      return text === undefined || (text === '' && arg.kind === 'literal')
        ? []
        : files.map((file) => keptInPlace(file, { ...arg, text }));
    });
    return [...files, ...kept];
  };

const editsInPlace = inPlace(/^(?:-[a-zA-Z]*i|--in)/);

/** `yq -s EXPRESSION` writes files that the expression names. */
const yq: Writes = (call) =>
  call.args.some(({ text }) => /^(?:-s|--split-e)/.test(text)) ? untold(call) : editsInPlace(call);

/** Formatters change the files that they are given where an option says so. */
const formats: Writes = (call) =>
  call.args.some(({ text }) => /^(?:-w|-i|--write|--fix|--in-place)$/.test(text)) ? every('name')(call) : [];

/** `mktemp k8s/XXXX` makes the file that its template says. */
const temporary: Writes = ({ args, raw }) => {
  const folder = namedValue(args, { long: 'tmpdir', letters: 'p' });
  return [...(folder ? [folder] : []), ...operandsOf(args.slice(1))].map((arg) => toUse(arg, raw, 'write'));
};

/** What is mounted, or runs later, touches what its words do not tell: all of them have to say that it is only listed. */
const unlessOnly =
  (lists: RegExp): Writes =>
  (call) => {
    const words = call.args.slice(1);
    const isList = words.every(({ kind }) => kind === 'literal') && lists.test(words.map(({ text }) => text).join(' '));
    return isList ? [] : untold(call);
  };

/** `uniq in out`, `xxd -r in out`: the second file is written. */
const second: Writes = ({ args, raw }) =>
  operandsOf(args.slice(1))
    .slice(1, 2)
    .map((arg) => toUse(arg, raw, 'write'));

const dd: Writes = ({ args, raw }) => {
  const output = valueOf(args, /^of(?==)/);
  return output ? [toUse(output, raw, 'write')] : [];
};

/** Package managers keep their settings in files that choose what runs. */
const packages: Writes = ({ args }) => {
  const [verb, action] = operandsOf(args.slice(1)).map(({ text }) => text);
  const edits = /^(?:set|delete|fix|edit)$/.test(action ?? '');
  if ((verb === 'pkg' && edits) || verb === 'set-script')
    return [{ use: 'write', text: 'package.json', extent: 'name' }];
  if (verb === 'set' || (verb === 'config' && edits)) return [{ use: 'write', text: '.npmrc', extent: 'name' }];
  return [];
};

const byName = (names: string, writes: Writes): readonly (readonly [string, Writes])[] =>
  names.split(' ').map((name) => [name, writes] as const);

const writers: ReadonlyMap<string, Writes> = new Map([
  ...byName('rm rmdir unlink shred rimraf del-cli chmod chown chgrp', every('deep')),
  ...byName('tee touch mkdir mkdirp mkfifo mknod truncate sponge', every('name')),
  ...byName('setfacl dos2unix unix2dos', goesThrough),
  ...byName(compressors, compresses),
  ...byName('gpg gpg2', decrypts),
  ...byName(unpackers, unpacks),
  ...byName('python python3', unpacksByPython),
  ...byName('vi vim nvim ex ed nano emacs pico view', every('name')),
  ...byName('split gsplit', splits),
  ...byName('csplit gcsplit', csplits),
  ...byName(renamers.join(' '), renameWrites),
  ...byName(copiers, copies(false)),
  ...byName(movers, copies(true)),
  ...byName('sed gsed ssed', inPlace(/^(?:-[bnrEsuz]*i|--i)/)),
  ...byName('perl ruby', editsInPlace),
  ...byName('yq', yq),
  ...byName('awk gawk mawk nawk', awk),
  ...byName('patch mmv', untold),
  ...byName('tar bsdtar gtar jar', packs),
  ...byName('ar', archives),
  ...byName('zip', zips),
  ...byName('sort gsort', sorts),
  ...byName('shuf gshuf', shuffles),
  ...byName('mktemp', temporary),
  ...byName('mount', unlessOnly(/^(?:-l ?|-t [\w,]+ ?)*$/)),
  ...byName('crontab', unlessOnly(/^(?:-u [\w.-]+ )?-l$/)),
  ...byName('at batch', unlessOnly(/^-(?:l(?: -q \w)?|c(?: \d+)+)$/)),
  ...byName('bwrap', bwrapBinds),
  ...byName('chroot', chrootBinds),
  ...byName('firejail nsenter proot sudo systemd-run unshare', pairedBinds),
  ...byName('prettier oxfmt eslint oxlint biome gofmt clang-format rubocop', formats),
  ...byName('dd', dd),
  ...byName('uniq xxd', second),
  ...byName('curl wget', downloads),
  ...byName('find gfind', find),
  ...byName('npm pnpm yarn cnpm bun', packages),
  ...byName('git', writesOfGit),
]);

/** Programs that write what their words say and run nothing: between two of them nobody has tried anything out. */
export const MOVES: ReadonlySet<string> = new Set(
  'tee touch mkdir cp mv rm rmdir ln sed gsed truncate chmod dd'.split(' '),
);

/** Options by which all kinds of programs name the file that they write. */
const OUTPUT =
  /^(?:-o|-out|--(?:out|output|output-file|outfile|out-file|output-document|log-file|logfile|dest|destination))(?=$|=)/;

function usesOf(call: ReadCall): readonly PathUse[] {
  const output = valueOf(call.args, OUTPUT);
  const told = output?.kind === 'literal' ? [toUse(output, call.raw, 'write')] : [];
  const own = writers.get(call.program)?.(call) ?? [];
  return [...told.filter(({ text }) => !own.some((each) => each.text === text)), ...own, ...readsOf(call)];
}

/** Options by which programs change into a folder, and start others there. */
const CHANGES: readonly (readonly [programs: RegExp, option: RegExp])[] = [
  [/^(?:git|make|gmake|env|tar|pnpm|npm|sudo|ninja)$/, /^(?:-C|-D|--chdir|--directory|--prefix|--dir)(?=$|=)/],
  [/^(?:bwrap|unshare|systemd-run|proot)$/, /^(?:--chdir|--wd|--working-directory|--cwd|--pwd|-w)(?=$|=)/],
];

function foldersOf({ program, args }: Invocation): readonly (string | undefined)[] {
  if (program === 'cd' || program === 'pushd') {
    const [folder] = operandsOf(args.slice(1)).filter(({ text }) => !/^[-+]\d*$/.test(text));
    return folder ? [folder.kind === 'literal' ? folder.text : undefined] : program === 'cd' ? ['~'] : [];
  }
  const option = CHANGES.find(([programs]) => programs.test(program))?.[1];
  const folder = option && valueOf(args, option);
  return folder ? [folder.kind === 'literal' ? folder.text : undefined] : [];
}

import type { CommandAnalysis, Invocation, Redirected } from '#policy/command/analysis.ts';
import { contentsOfGit, writesOfGit } from '#policy/host-git.ts';
import { namesIn } from '#policy/host-names.ts';
import { readsOf } from '#policy/host-reads.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { ReadCall } from '#policy/host-words.ts';
import { operandsOf, toUse, valueOf } from '#policy/host-words.ts';

/** Which files a command names, as far as its text tells. What a program does once it runs is not seen. */
export interface CommandReach {
  readonly uses: readonly PathUse[];
  /** Folders that it changes into, in order; undefined for one that is not literal. */
  readonly folders: readonly (string | undefined)[];
  /** Every literal word that may name a file. */
  readonly words: readonly string[];
  /** Some word is only known when the command runs. */
  readonly hidden: boolean;
  /** Calls of git that show the content of tracked files: of these below, or of all of them. */
  readonly contents: readonly (readonly string[] | 'all')[];
}

/** Where `&>/dev/null` and the like lead: to no file. */
const NO_FILE = /^\/dev\/(?:null|zero|tty|stdin|stdout|stderr|fd\/\d+)$/;

/** Collects every file that the redirections and the programs of a command would write or read. */
export function reachOf({ raw, invocations, redirects }: CommandAnalysis): CommandReach {
  const calls = invocations.map((invocation) => ({ ...invocation, raw }));
  const uses = [...redirects.map((each) => toRedirect(each, raw)), ...calls.flatMap(usesOf)];
  const words = invocations.flatMap(({ args }) => args);
  return {
    uses: uses.filter(({ text, extent }) => extent !== 'name' || (text !== '' && !NO_FILE.test(text))),
    folders: invocations.flatMap(foldersOf),
    words: [...new Set(calls.flatMap(namesIn))],
    hidden: words.some(({ kind }) => kind !== 'literal'),
    contents: calls.flatMap(contentsOfGit),
  };
}

function toRedirect({ target, use }: Redirected, raw: string): PathUse {
  return toUse(target, raw, use);
}

type Writes = (call: ReadCall) => readonly PathUse[];

const every =
  (extent: 'name' | 'deep'): Writes =>
  ({ args, raw }) =>
    operandsOf(args.slice(1)).map((arg) => toUse(arg, raw, 'write', extent));

/** `cp`, `mv` and their like: what is below each source lands at the destination or in it. */
const copies =
  (takesSources: boolean): Writes =>
  ({ args, raw, program }) => {
    const target = valueOf(args, /^(?:-[a-zA-Z]*t|--target-directory)(?=$|=|[^a-zA-Z-])/);
    const operands = operandsOf(args.slice(1)).filter((arg) => arg !== target);
    const destination = target ?? operands.at(-1);
    const sources = target ? operands : operands.slice(0, -1);
    if (!destination || (/^(?:rsync|scp)$/.test(program) && /^[\w.@-]+:/.test(destination.text))) return [];
    const to = toUse(destination, raw, 'write');
    return [
      to,
      ...sources.flatMap((source) => {
        const from = toUse(source, raw, takesSources ? 'write' : 'read', takesSources ? 'deep' : 'name');
        if (from.extent === 'unknown' || from.extent === 'glob') return [from, { ...to, extent: 'unknown' as const }];
        const landed = [to.text, `${to.text.replace(/\/+$/, '')}/${lastName(from.text)}`];
        return [from, ...(to.extent === 'name' ? landed.map((text) => ({ ...to, text, from: from.text })) : [])];
      }),
    ];
  };

function lastName(text: string): string {
  return text.replace(/\/+$/, '').replace(/^.*\//, '');
}

/** `sed -i`, `yq -i`: the files behind the script change. */
const inPlace =
  (option: RegExp): Writes =>
  ({ args, raw }) => {
    if (!args.some((arg, index) => index > 0 && option.test(arg.text))) return [];
    const operands = operandsOf(args.slice(1));
    const hasScript = args.some((arg) => /^(?:-[a-zA-Z]*[ef]|--expression|--file)/.test(arg.text));
    return (hasScript ? operands : operands.slice(1)).map((arg) => toUse(arg, raw, 'write'));
  };

/** A program that writes what only its input or an archive tells. */
const untold: Writes = () => [{ use: 'write', text: '', extent: 'unknown' }];

const awk: Writes = (call) => {
  const redirects = call.args.some(({ text }) =>
    /\bprintf?\b[^;}\n]*>/.test(text.replaceAll(/"(?:\\.|[^"\\])*"/g, '""')),
  );
  const edits = call.args.some(({ text }) => text.startsWith('inplace'));
  return redirects || edits ? untold(call) : [];
};

/** Formatters change the files that they are given where an option says so. */
const formats: Writes = (call) =>
  call.args.some(({ text }) => /^(?:-w|-i|--write|--fix|--in-place)$/.test(text)) ? every('name')(call) : [];

/** `mktemp k8s/XXXX` makes the file that its template says. */
const temporary: Writes = ({ args, raw }) => {
  const folder = valueOf(args, /^(?:-p|--tmpdir)(?=$|=|[^a-z-])/);
  return [...(folder ? [folder] : []), ...operandsOf(args.slice(1))].map((arg) => toUse(arg, raw, 'write'));
};

/** What is mounted, or runs later, touches what its words do not tell; a list of it touches nothing. */
const later: Writes = (call) =>
  call.args.length > 1 && !call.args.some(({ text }) => /^-(?:l|c)$/.test(text)) ? untold(call) : [];

const unpack: Writes = (call) => (/x|--get|--extract/.test(call.args[1]?.text ?? '') ? untold(call) : []);

/** `uniq in out`, `xxd -r in out`: the second file is written. */
const second: Writes = ({ args, raw }) =>
  operandsOf(args.slice(1))
    .slice(1, 2)
    .map((arg) => toUse(arg, raw, 'write'));

const dd: Writes = ({ args, raw }) => {
  const output = valueOf(args, /^of(?==)/);
  return output ? [toUse(output, raw, 'write')] : [];
};

/** `curl -O` and `wget` name the file after the address. */
const download: Writes = ({ args, program, raw }) => {
  const named = program === 'wget' || args.some(({ text }) => /^(?:-[a-zA-Z]*O|--remote-name)/.test(text));
  const folder = valueOf(args, /^(?:--output-dir|--directory-prefix|-P)(?=$|=|[^a-z-])/);
  const addresses = operandsOf(args.slice(1)).filter(({ text }) => text.includes('/'));
  const file = valueOf(args, program === 'wget' ? /^-[a-zA-Z]*?O/ : /^-[a-zA-Z]*?o/);
  return [
    ...(folder ? [toUse(folder, raw, 'write')] : []),
    ...(file ? [toUse(file, raw, 'write')] : []),
    ...(named ? addresses : []).map((arg) => {
      const use = toUse(arg, raw, 'write');
      const name = lastName(use.text.replace(/[?#].*$/, ''));
      return { ...use, text: folder ? `${folder.text}/${name}` : name };
    }),
  ];
};

const find: Writes = ({ args, raw }) => {
  if (!args.some(({ text }) => text === '-delete')) return [];
  const first = args.findIndex((arg, index) => index > 0 && /^[-(!]/.test(arg.text));
  const roots = args.slice(1, first);
  return (roots.length > 0 ? roots : [{ text: '.', kind: 'literal' as const, at: 0 }]).map((arg) =>
    toUse(arg, raw, 'write', 'deep'),
  );
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
  ...byName(
    'tee touch mkdir mkdirp mkfifo mknod truncate sponge gzip gunzip bzip2 bunzip2 xz unxz zstd setfacl dos2unix unix2dos',
    every('name'),
  ),
  ...byName('vi vim nvim ex ed nano emacs pico view split csplit', every('name')),
  ...byName('cp install rsync scp cpx', copies(false)),
  ...byName('mv ln link', copies(true)),
  ...byName('sed gsed ssed', inPlace(/^(?:-[nrEsuz]*i|--in-place)/)),
  ...byName('yq perl ruby', inPlace(/^(?:-[a-zA-Z]*i|--inplace)/)),
  ...byName('awk gawk mawk nawk', awk),
  ...byName('patch unzip unrar 7z 7za cpio pax bsdcpio', untold),
  ...byName('tar bsdtar gtar jar ar', unpack),
  ...byName('mktemp', temporary),
  ...byName('mount crontab at batch', later),
  ...byName('prettier oxfmt eslint oxlint biome gofmt clang-format rubocop', formats),
  ...byName('dd', dd),
  ...byName('uniq xxd', second),
  ...byName('curl wget', download),
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
  return [...told, ...(writers.get(call.program)?.(call) ?? []), ...readsOf(call)];
}

function foldersOf({ program, args }: Invocation): readonly (string | undefined)[] {
  if (program === 'cd' || program === 'pushd') {
    const [folder] = operandsOf(args.slice(1)).filter(({ text }) => !/^[-+]\d*$/.test(text));
    return folder ? [folder.kind === 'literal' ? folder.text : undefined] : program === 'cd' ? ['~'] : [];
  }
  const changes = /^(?:git|make|gmake|env|tar|pnpm|npm|sudo|ninja)$/.test(program);
  const folder = changes ? valueOf(args, /^(?:-C|-D|--chdir|--directory|--prefix|--dir)(?=$|=)/) : undefined;
  return folder ? [folder.kind === 'literal' ? folder.text : undefined] : [];
}

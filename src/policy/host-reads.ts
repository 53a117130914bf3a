import type { Arg } from '#policy/command/words.ts';
import { filesOfAddresses } from '#policy/host-downloads.ts';
import { onlyLists } from '#policy/host-looks.ts';
import { namesTooMuch, talks } from '#policy/host-names.ts';
import { beginsWithScript, readsUntold } from '#policy/host-scripts.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { ReadCall } from '#policy/host-words.ts';
import { operandsOf, toUse } from '#policy/host-words.ts';

/** These print or pack whatever file they are given. */
const READERS = new Set(
  'cat tac head tail less more bat nl od xxd hexdump strings base64 source . cut sort uniq diff cmp wc grep rg ag ack jq yq sed awk'.split(
    ' ',
  ),
);

/** Of them, those whose words are told to be files: a name that a rule keeps is refused whether or not such a file is there. */
const NAMED = new Set([...READERS].filter((program) => program !== 'yq'));

const unknown: PathUse = { use: 'read', text: '', extent: 'unknown' };

/** Files that are read without being named in full: by a glob, by recursion, by a mount, or by a word that is not known. */
export function readsOf(call: ReadCall): readonly PathUse[] {
  const { program, args, raw } = call;
  if (talks(program)) return [];
  const operands = operandsOf(args.slice(1));
  const globs = operands.filter(({ kind }) => kind === 'files').map((arg) => toUse(arg, raw, 'read'));
  const hidden = READERS.has(program) ? operands.filter(({ kind }) => kind === 'one' || kind === 'many') : [];
  // What is listed shows no content.
  if (onlyLists(call)) return [];
  const recursive = goesDeep(call);
  const roots = operands.slice(beginsWithScript(call) ? 1 : 0);
  const named = NAMED.has(program) ? roots.filter(({ kind }) => kind === 'literal') : [];
  const folders = roots.length > 0 ? roots : [{ text: '.', kind: 'literal' as const, at: 0 }];
  return [
    ...globs,
    ...[...hidden, ...named].map((arg) => toUse(arg, raw, 'read')),
    ...(recursive ? folders.map((arg) => toUse(arg, raw, 'read', 'deep')) : []),
    ...(namesTooMuch(call) || readsUntold(call) ? [unknown] : []),
    ...(CONTAINERS.test(program) ? mountsOf(call) : []),
    ...(program === 'curl' || program === 'wget' ? [...uploadsOf(call), ...filesOfAddresses(call, 'read')] : []),
    ...(takesList(call) ? [unknown] : []),
  ];
}

/** Whether a call goes through whole folders. */
export function goesDeep({ program, args }: ReadCall): boolean {
  const pattern = Object.hasOwn(RECURSIVE, program) ? RECURSIVE[program] : undefined;
  const words = args.slice(1).map(({ text }) => text);
  return pattern?.test(words.join(' ')) === true;
}

/** How the words of these programs say that they go through whole folders. */
const RECURSIVE: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(
    'grep ggrep egrep fgrep zgrep bzgrep xzgrep zstdgrep pcregrep pcre2grep ugrep ug'
      .split(' ')
      .map((program) => [
        program,
        /(?:^|\s)(?:-[a-zA-Z]*[rR]|--recursive|--dereference-recursive|--directories[= ]?rec|-d ?rec)/,
      ]),
  ),
  rg: /^/,
  ag: /^/,
  ack: /^/,
  tar: /^/,
  zip: /(?:^|\s)-[a-zA-Z]*r/,
  cp: /(?:^|\s)(?:-[a-zA-Z]*[rRa]|--recursive|--archive)/,
  scp: /(?:^|\s)-[a-zA-Z]*r/,
  rsync: /^/,
  diff: /(?:^|\s)(?:-[a-zA-Z]*r|--recursive)/,
  git: /(?:^|\s)--no-index(?:\s|$)/,
  aws: /^s3 (?:sync|(?:cp|mv)\b.*\s--recursive)/,
  gsutil: /(?:^|\s)(?:rsync|(?:cp|mv)\b.*\s-[a-zA-Z]*[rR])/,
  gcloud: /(?:^|\s)(?:rsync|(?:cp|mv)\b.*\s(?:-[a-zA-Z]*[rR]|--recursive))/,
  rclone: /^/,
};

/** How the words of these programs say that a file, or the standard input, lists what they read or pack. */
const LISTED: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(['tar', 'gtar', 'bsdtar'].map((program) => [program, /^(?:-[a-zA-Z]*T|--files-f)/])),
  rsync: /^--files-f/,
  zip: /^-(?:[a-zA-Z]*@|-names-stdin)/,
  sort: /^--files0/,
  ...Object.fromEntries(['7z', '7za', '7zr', '7zz', 'jar', 'rar'].map((program) => [program, /^@/])),
};

function takesList({ program, args }: ReadCall): boolean {
  const option = Object.hasOwn(LISTED, program) ? LISTED[program] : undefined;
  return option !== undefined && args.some(({ text }) => option.test(text));
}

const CONTAINERS = /^(?:docker|podman|nerdctl|docker-compose)$/;

/** Folders that a container sees, or that are copied into one: all of them below is read. */
function mountsOf({ args, raw }: ReadCall): readonly PathUse[] {
  const sources = args.flatMap((arg, index) => {
    const glued = /^(?:-[a-zA-Z]*v|--volume|--mount)(?:=|(?=[./~]))(.*)/.exec(arg.text)?.[1];
    const isOption = /^(?:-[a-zA-Z]*v|--volume|--mount)$/.test(arg.text);
    const value = isOption ? args[index + 1] : glued === undefined ? undefined : { ...arg, text: glued };
    return (value && sourceOf(value)) ?? [];
  });
  // `docker cp`, `docker compose cp`, `docker container cp`.
  const operands = operandsOf(args.slice(1));
  const verb = operands.findIndex(({ text }) => text === 'cp');
  const copied = verb === 0 || verb === 1 ? operands.slice(verb + 1, -1) : [];
  const read = (arg: Arg) => toUse(arg, raw, 'read', 'deep');
  return [...sources.map((arg) => ({ ...read(arg), opens: true as const })), ...copied.map(read)];
}

/** A volume that has only a name is none of the project's folders. */
function sourceOf(value: Arg): Arg | undefined {
  const { text } = value;
  if (text.includes('=')) {
    const found = /(?:^|,)(?:src|source)=(?<source>[^,]*)(?<end>,)?/.exec(text)?.groups;
    if (found?.['source'] === undefined) return value.kind === 'literal' ? undefined : value;
    // A text ends where it is not known any more.
    return { ...value, text: found['source'], kind: found['end'] === undefined ? value.kind : 'literal' };
  }
  if (value.kind !== 'literal' && !text.includes(':')) return { ...value, kind: 'one' };
  const source = text.replace(/:.*/s, '');
  return /[/.~]/.test(source) ? { ...value, text: source, kind: 'literal' } : undefined;
}

/** Options whose value is, or may begin with `@` and name, a file that is sent. */
const SENDS =
  /^(?:-[a-zA-Z]*[dFTK]|--(?:data|form|json|url-query|upload-file|config|post-file|body-file)[a-z-]*)(?:=|$)/;

/** A file that is sent and not named literally. */
function uploadsOf({ args }: ReadCall): readonly PathUse[] {
  const isHidden = args.some(
    ({ kind, text }, index) =>
      kind !== 'literal' &&
      (/[@<]$/.test(text) || (SENDS.test(args[index - 1]?.text ?? '') && !/^[[{"\w ]/.test(text)) || SENDS.test(text)),
  );
  return isHidden ? [unknown] : [];
}

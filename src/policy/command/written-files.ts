import path from 'node:path';

import type { Invocation, Redirected } from '#policy/command/analysis.ts';
import { optionValues } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { isOption } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';

/** Where programs that fetch a file put it; else it is named as its address ends. */
const downloads: Readonly<Record<string, NamedOptions>> = {
  curl: { long: 'output', itself: 'output-dir', letters: 'o', values: 'AbcCdDeEFhHmKPQrtTuUwxXyYz' },
  wget: { long: 'output-document', letters: 'O', values: 'oaiBtTwQPUARDIXl' },
};
const output = (long: string, letters = 'o', values = ''): NamedOptions => ({ long, letters, values });
/** Programs that write their text to the file of an option. */
const outputs: Readonly<Record<string, NamedOptions>> = {
  ...downloads,
  sort: output('output', 'o', 'kStT'),
  shuf: output('output', 'o', 'ein'),
  iconv: output('output', 'o', 'ft'),
  base64: output('output', 'o', 'i'),
  pv: output('output', 'o', 'LNs'),
  gpg: output('output', 'o', 'ruN'),
  age: output('output', 'o', 'irR'),
  sops: { long: 'output' },
  zstd: output('', 'o', 'TMD'),
  brotli: output('output', 'o', 'qwS'),
  psql: output('output', 'o', 'cdfFhLpPRTUv'),
  mysql: { long: 'tee' },
  pandoc: output('output', 'o', 'frtVMH'),
  gomplate: output('out', 'o', 'fidc'),
  jsonnet: output('output-file', 'o', 'JVAm'),
  xsltproc: output('output'),
  aria2c: output('out', 'o', 'dijksx'),
  http: output('output', 'o', 'aps'),
  strace: output('output', 'o', 'aeEIpPsuX'),
  ltrace: output('output', 'o', 'aeFlnpsuwx'),
  cpio: output('file', 'OF', 'CEHIMR'),
};
/** Programs whose last operand, of several, is where they write. */
const TO_LAST = /^(?:uniq|xxd|lz|kubectl cp|aws s3 cp|gsutil cp|gcloud storage cp|rclone copyto|oc cp)$/;
/** Programs that make a file of the same name without its extension. */
const EXPANDS = /^(?:gunzip|gzip|b(?:un)?zip2|(?:un)?xz|(?:un)?zstd|(?:un)?lz|brotli|uncompress)$/;
const OPEN_FILE = /^\/(?:dev\/(?:std(?:in|out|err)|fd\/)|proc\/)/;
const COPIES = /^(?:cp|mv|ln|install)$/;
const REMOTE = /^[\w@.-]+:/;

/** The files that a command makes, by what is known of their content. */
export interface WrittenFiles {
  /** Its text, or something fetched. */
  readonly texts: ReadonlySet<string>;
  /** Copies of files that were there before. */
  readonly copies: ReadonlySet<string>;
}

/** The file without `./`, empty when it is not known. */
export function plain(word: Arg | undefined): string {
  return word?.kind === 'literal' && word.text !== '' ? path.posix.normalize(word.text.replace(/^~\+\//, '')) : '';
}

/** Every file that the calls and redirections of a command write or copy. */
export function writtenFiles(calls: readonly Invocation[], redirects: readonly Redirected[]): WrittenFiles {
  const written = redirects.filter(({ use }) => use === 'write').map(({ target }) => plain(target));
  const texts = new Set([...written, ...calls.flatMap(writtenBy)]);
  texts.delete('');
  const copying = calls.filter(({ program }) => COPIES.test(program));
  // A copy of what is written is written, too, and so is a copy of that.
  for (const { args } of [...copying, ...copying]) {
    const words = operandsOf(args);
    const to = plain(words.at(-1));
    for (const source of words.slice(0, -1).map(sourceOf))
      if ((texts.has(source) || OPEN_FILE.test(source)) && to !== '')
        for (const name of namesIn(to, source)) texts.add(name);
  }
  const copies = new Set(copying.map(({ args }) => plain(args.at(-1))));
  copies.delete('');
  return { texts, copies };
}

/** What is copied; of another open file, such as that of `<(…)`, the beginning is enough. */
function sourceOf(word: Arg): string {
  return OPEN_FILE.test(word.text) ? word.text : plain(word);
}

/** A copy has the name that is said, or its own in a folder of that name. */
function namesIn(to: string, source: string): readonly string[] {
  return [to.replace(/\/$/, ''), path.posix.join(to, path.posix.basename(source))];
}

function operandsOf(args: readonly Arg[]): readonly Arg[] {
  return args.slice(1).filter(({ text }) => !isOption(text));
}

/** Files whose content comes from the input, from a program's text, or from the network. */
function writtenBy({ program, args }: Invocation): readonly string[] {
  const words = args.slice(1);
  if (/^(?:tee|sponge)$/.test(program)) return operandsOf(args).map(plain);
  if (program === 'dd') return words.map((word) => plain({ ...word, text: /^of=(.*)/s.exec(word.text)?.[1] ?? '' }));
  if (/^[gmn]?awk$/.test(program))
    return words.flatMap(({ text }) => Array.from(text.matchAll(/>\s*"([^"]+)"/g), ([, name = '']) => name));
  if (/^(?:scp|rsync)$/.test(program)) return fetchedBy(args);
  if (/^(?:docker|podman)$/.test(program)) return words.some(({ text }) => text === 'cp') ? fetchedBy(args) : [];
  if (/^(?:find|gfind)$/.test(program)) return behind(words, /^-f(?:printf|print0?|ls)$/);
  if (program === 'openssl') return behind(words, /^-out$/);
  if (program === 'script')
    return operandsOf(args)
      .map(plain)
      .filter((name) => !name.startsWith('/dev/'));
  return [...writtenAtEnd({ program, args }), ...writtenByOption({ program, args })];
}

/** `uniq IN OUT`, `aws s3 cp FROM TO`, and `gunzip x.gz`. */
function writtenAtEnd({ program, args }: Invocation): readonly string[] {
  const operands = operandsOf(args);
  const call = [program, ...operands.map(({ text }) => text)];
  const verbs = [1, 2, 3].find((length) => TO_LAST.test(call.slice(0, length).join(' ')));
  const expanded = EXPANDS.test(program) ? operands.map((word) => plain(word).replace(/\.\w+$/, '')) : [];
  return verbs !== undefined && operands.length > verbs ? [...expanded, plain(operands.at(-1))] : expanded;
}

/** `sort -o FILE`, and what a download is called at its address. */
function writtenByOption({ program, args }: Invocation): readonly string[] {
  const options = ownValue(outputs, program);
  if (!options) return [];
  const words = args.slice(1);
  const isAddress = program === 'wget' ? /^[\w.-]+(?::\/)?\/./ : /^\w+:\/\//;
  const urls = words.filter(({ text }) => isAddress.test(text));
  return [
    ...optionValues(words, options).map(({ value }) => plain(value)),
    ...urls.map((word) => plain({ ...word, text: path.posix.basename(word.text) })),
  ];
}

/** The words behind such options. */
function behind(words: readonly Arg[], option: RegExp): readonly string[] {
  return words.filter((_, at) => option.test(words[at - 1]?.text ?? '')).map(plain);
}

/** `scp host:a b` and `docker cp container:a b`. */
function fetchedBy(args: readonly Arg[]): readonly string[] {
  const words = operandsOf(args);
  const to = plain(words.at(-1));
  const sources = words.slice(0, -1).filter(({ text }) => REMOTE.test(text));
  return to === '' ? [] : sources.flatMap(({ text }) => namesIn(to, text.replace(REMOTE, '')));
}

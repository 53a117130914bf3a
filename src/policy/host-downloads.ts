// What `curl` and `wget` write: the pages, and what they keep beside them.

import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, namedValue } from '#policy/command/named-options.ts';
import { lastName } from '#policy/host-copies.ts';
import type { Writes } from '#policy/host-option-writes.ts';
import { writesOption } from '#policy/host-option-writes.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { ReadCall } from '#policy/host-words.ts';
import { operandsOf, toUse } from '#policy/host-words.ts';

/** Everything but the page itself that `curl` writes: headers, cookies, traces and caches. */
const curlOptions = writesOption({
  long: 'dump-header cookie-jar trace trace-ascii stderr etag-save libcurl hsts alt-svc output ssl-sessions',
  itself: 'hs alt s ssl',
  letters: 'Dco',
  values: 'AbCdeEFhHKmPQrtTuUwxXyYz',
});
/** What it sends to an address of a file it writes there. */
const curlUpload: NamedOptions = { long: 'upload-file', letters: 'T', values: 'AbCcdDeEFhHKmoPQrtuUwxXyYz' };
const curlWrites: Writes = (call) => [
  ...curlOptions(call),
  ...(asks(call, curlUpload) ? filesOfAddresses(call, 'write') : []),
  ...call.args.flatMap((arg) =>
    [...arg.text.matchAll(/%output\{(?:>>)?([^}]*)/g)].map(([, text = '']) =>
      toUse({ ...arg, text }, call.raw, 'write'),
    ),
  ),
];
const wgetWrites: Writes = writesOption({
  long: 'output-file append-output save-cookies warc-file rejected-log hsts-file output-document',
  letters: 'oaO',
  values: 'eiBtPUQlADIXRTw',
});

const unknown = { text: '', extent: 'unknown' } as const;

/** The files behind `file:` addresses; curl takes braces and brackets in one for a list. */
export function filesOfAddresses({ args, raw }: ReadCall, use: PathUse['use']): readonly PathUse[] {
  const isAnyAddress = args.some(({ text }) => text.startsWith('--proto-d'));
  return args.slice(1).flatMap((arg): readonly PathUse[] => {
    const address = /^(?:--url=)?(?:url:)?\s*(file:.*)/is.exec(arg.text)?.[1];
    if (address === undefined) return isAnyAddress ? [{ use, ...unknown }] : [];
    if (arg.kind !== 'literal' || /[{[]/.test(address)) return [{ use, ...unknown }];
    return [toUse({ ...arg, text: pathOf(address) }, raw, use)];
  });
}

/** The file that an address names, whichever host it says. */
function pathOf(address: string): string {
  const text = address.replace(/^file:/i, '').replace(/^\/\/[^/]*/, '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** How one of them says where pages go, and by which names. */
interface Manner {
  readonly folder: NamedOptions;
  /** After the address. */
  readonly named: NamedOptions | 'always';
  /** As the answer, a list or a configuration says. */
  readonly unnamed: NamedOptions;
}

const curl: Manner = {
  folder: { long: 'output-dir', itself: 'o ou out outp outpu output' },
  named: { long: 'remote-name remote-name-all', letters: 'O', values: 'AbCdDeEFhHKmoPQrtTuUwxXyYz' },
  unnamed: { long: 'remote-header-name config', letters: 'JK', values: 'AbCdDeEFhHmoPQrtTuUwxXyYz' },
};
const wget: Manner = {
  folder: { long: 'directory-prefix', letters: 'P', values: 'aABDeiIloOQRtTUwX' },
  named: 'always',
  unnamed: {
    long: 'input-file recursive mirror page-requisites content-disposition trust-server-names',
    letters: 'irmp',
    values: 'aABDeIloOPQRtTUwX',
  },
};

function mannerOf(program: string): Manner {
  return program === 'wget' ? wget : curl;
}

function asks({ args }: Pick<ReadCall, 'args'>, options: NamedOptions | 'always'): boolean {
  return options === 'always' || args.some(({ text }) => namedOption(text, options));
}

/** `curl -O` and `wget` name the file after the address. */
export const downloads: Writes = (call) => {
  const { args, program, raw } = call;
  const { folder: option, named } = mannerOf(program);
  const folder = namedValue(args, option);
  const into = folder && toUse(folder, raw, 'write');
  const addresses = operandsOf(args.slice(1)).filter(({ text }) => text.includes('/'));
  return [
    ...(into ? [into] : []),
    ...(program === 'wget' ? wgetWrites : curlWrites)(call),
    ...(asks(call, named) ? addresses : []).map((arg) => {
      const use = toUse(arg, raw, 'write');
      const name = lastName(use.text.replace(/[?#].*/, ''));
      return { ...use, text: into ? `${into.text}/${name}` : name };
    }),
  ];
};

/** The folder into which pages go whose names are in no word. */
export function unnamedFolders(call: ReadCall): readonly string[] {
  const { folder, unnamed } = mannerOf(call.program);
  return asks(call, unnamed) ? [namedValue(call.args, folder)?.text ?? '.'] : [];
}

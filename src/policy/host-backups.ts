// Files beside those that a call names: what stood there before is kept under another name, which may be that of any file.

import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedValue } from '#policy/command/named-options.ts';
import type { Arg } from '#policy/command/words.ts';
import type { Writes } from '#policy/host-option-writes.ts';
import { untold, writesOption } from '#policy/host-option-writes.ts';
import type { PathUse } from '#policy/host-tools.ts';

const suffix: NamedOptions = { long: 'suffix', letters: 'S', values: 'tgmo' };

/** The name under which `cp -S .bak`, `mv`, `ln`, `install` and `rsync --suffix=.bak` keep what stood at a place. */
export function backups(place: PathUse, args: readonly Arg[]): readonly PathUse[] {
  const given = namedValue(args, suffix);
  return given ? [beside(place, given)] : [];
}

/** The same of `sed -i.bak`: a star stands for the name of the file, and a slash leads into another folder. */
export function keptInPlace(place: PathUse, given: Arg): PathUse {
  if (!given.text.includes('*') || given.kind !== 'literal') return beside(place, given);
  const at = place.text.lastIndexOf('/') + 1;
  const name = given.text.replaceAll('*', place.text.slice(at));
  return { ...place, text: name.includes('/') ? name : place.text.slice(0, at) + name };
}

function beside(place: PathUse, { text, kind }: Arg): PathUse {
  if (kind !== 'literal' || place.extent === 'unknown') return { use: 'write', text: '', extent: 'unknown' };
  return { ...place, text: place.text.replace(/\/+$/, '') + text };
}

/** Folders and files into which rsync puts content that is not at the destination. */
const asides = writesOption(
  {
    long: 'backup-dir partial-dir temp-dir write-batch only-write-batch link-dest',
    letters: 'T',
    values: 'eMBf@',
  },
  'deep',
);

/** What rsync writes, or gives another name, beside its destination; what it takes out of a batch is in no word. */
export const rsyncFolders: Writes = (call) => [
  ...asides(call),
  ...(call.args.some(({ text }) => text.startsWith('--read-b')) ? untold(call) : []),
];

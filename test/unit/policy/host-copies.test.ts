import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';

const landing = (command: string) =>
  reachOf(analyzeCommand(command))
    .uses.filter(({ use, extent }) => use === 'write' && extent === 'name')
    .map(({ text, from }) => (from === undefined ? text : `${text} from ${from}`));

it.each<[string, readonly string[]]>([
  ['cp a d', ['d', 'd from a', 'd/a from a/.']],
  ['cp -r . d', ['d', 'd from ./.', 'd/. from ./.']],
  ['cp -r .. d', ['d', 'd from ../.', 'd/.. from ../.']],
  ['cp -r x/.. d', ['d', 'd from x/../.', 'd/.. from x/../.']],
  ['cp -r x/.// d', ['d', 'd from x/./.', 'd/. from x/./.']],
  ['cp -r x. d', ['d', 'd from x.', 'd/x. from x./.']],
  ['cp --parents a/b d', ['d', 'd from a/b', 'd/b from a/b/.', 'd/a/b from a/b/.']],
  [
    'cp --parents ../a/b d',
    ['d', 'd from ../a/b', 'd/b from ../a/b/.', 'd/../a/b from ../a/b/.', 'd/a/b from ../a/b/.'],
  ],
  ['cp --parents /a d', ['d', 'd from /a', 'd/a from /a/.', 'd//a from /a/.', 'd/a from /a/.']],
  [
    'rsync -R a/./b/./c d',
    [
      'd',
      'd from a/./b/./c',
      'd/c from a/./b/./c/.',
      'd/a/./b/./c from a/./b/./c/.',
      'd/b/./c from a/./b/./c/.',
      'd/c from a/./b/./c/.',
    ],
  ],
  ['rsync -aR a d', ['d', 'd from a', 'd/a from a/.', 'd/a from a/.']],
  ['rsync x-R a d', ['d', 'd from x-R', 'd/x-R from x-R/.', 'd from a', 'd/a from a/.']],
  ['rsync -a a/ d', ['d', 'd from a/.', 'd/a from a/.']],
  ['rsync a host:d', []],
  ['rsync a u@h.x:d', []],
  ['scp a host:d', []],
  ['cp a host:d', ['host:d', 'host:d from a', 'host:d/a from a/.']],
  ['install a b', ['b', 'b from a', 'b/a from a/.']],
])('%s may land at %j [hook:guard:landing]', (command, names) => {
  expect(landing(command)).toEqual(names);
});

import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';
import { copiesHere } from '#policy/host-copies.ts';

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
  [
    'cp --parents ../../a d',
    ['d', 'd from ../../a', 'd/a from ../../a/.', 'd/../../a from ../../a/.', 'd/a from ../../a/.'],
  ],
  ['cp --suffix=x a/b d/e/', ['d/e/', 'd/ex', 'd/e/bx', 'd/e/ from a/b', 'd/e/b from a/b/.']],
  ["cp 'a⏎b/c' d", ['d', 'd from a⏎b/c', 'd/c from a⏎b/c/.']],
  ['rsync a host:d', []],
  ["rsync a 'u@[::1]:d'", []],
  ['scp a :d', [':d', ':d from a', ':d/a from a/.']],
  ['rsync a u@h.x:d', []],
  ['scp a host:d', []],
  ['cp a host:d', ['host:d', 'host:d from a', 'host:d/a from a/.']],
  ['install a b', ['b', 'b from a', 'b/a from a/.']],
])('%s may land at %j [hook:guard:landing]', (command, names) => {
  expect(landing(command.replaceAll('⏎', '\n')).map((name) => name.replaceAll('\n', '⏎'))).toEqual(names);
});

/** The sources that are gone, or other names of what is copied, and destinations of which all that is below may go. */
const deep = (command: string) =>
  reachOf(analyzeCommand(command))
    .uses.filter(({ use, extent }) => use === 'write' && extent === 'deep')
    .map(({ text, from }) => (from === undefined ? text : `to ${text}`));

it.each<[string, readonly string[]]>([
  ['mv a b', ['a']],
  ['mv a b/ c', ['a', 'b/']],
  ['cp -l a b', ['a']],
  ['cp -al a b', ['a']],
  ['cp --symbolic-link a b', ['a']],
  ['cp -as a b', ['a']],
  ['gcp -l a b', ['a']],
  ['ln a b', ['a']],
  ['rsync --remove-source-files a b', ['a']],
  ['rsync --delete a b', ['b', 'to b', 'to b/a']],
  ['rsync --force a b', ['b', 'to b', 'to b/a']],
  ['mv --backup a b', ['b', 'a', 'to b', 'to b/a']],
  ['cp --backup a b', []],
  ['cp a b', []],
  ['scp -l 100 a b', []],
  ['cpx -l a b', []],
  ['rsync -l a b', []],
  ['rsync x--delete a b', []],
  ['cp x--remove-s a b', []],
])('%s takes or replaces %j', (command, names) => {
  expect(deep(command)).toEqual(names);
});

it.each([
  ['rsync -a a/ b', true],
  ['rsync a-e b', true],
  ['rsync a/--rsh b', true],
  ['scp a b', true],
  ['cp -e a b', true],
  ['cp a b:c', true],
  ['rsync a host:b', false],
  ["rsync a '[::1]:b'", false],
  ['scp host:a b', false],
  ['rsync -e ssh a b', false],
  ['rsync -ae ssh a b', false],
  ['rsync -avze ssh a b', false],
  ['rsync --rsh=ssh a b', false],
  ['rsync --files-from=l a b', false],
  ['scp -S prog a b', false],
  ['cpio -i', false],
  ['scpx a b', false],
])('%s copies what this computer has, and runs nothing: %s', (command, here) => {
  const [call] = analyzeCommand(command).invocations;
  expect(call && copiesHere(call)).toBe(here);
});

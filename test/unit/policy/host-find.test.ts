import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';

const deleted = (command: string) =>
  reachOf(analyzeCommand(command))
    .uses.filter(({ extent }) => extent === 'deep' || extent === 'unknown')
    .map(
      ({ use, extent, text, pattern }) => `${use} ${extent} ${text}${pattern === undefined ? '' : ` as ${pattern}`}`,
    );

it.each<[string, readonly string[]]>([
  ['find a b -delete', ['write deep a', 'write deep b']],
  ['find -delete', ['write deep .']],
  ['find "$D" -delete', ['write unknown ']],
  ["find a -name '*.log' -delete", ['write deep a as *.log']],
  ["find a -iname '*.log' -type f -delete", ['write deep a as *.log']],
  ["find -name '*.log' -delete", ['write deep . as *.log']],
  ["gfind a -name '*.log' -delete", ['write deep a as *.log']],
  ["find a '*.log' -delete", ['write deep a', 'write deep *.log']],
  ["find '*.log' -delete", ['write deep *.log']],
  ['find a -names b -delete', ['write deep a']],
  ['find a -xname b -delete', ['write deep a']],
  // What else is deleted than what is called so.
  ["find a -delete -name '*.log'", ['write deep a']],
  ["find a -name '*.log' -or -delete", ['write deep a']],
  ["find a -name '*.log' -o -delete", ['write deep a']],
  ["find a -size 0 -o -name '*.log' -delete", ['write deep a']],
  ["find a -not -name '*.log' -delete", ['write deep a']],
  ["find a ! -name '*.log' -delete", ['write deep a']],
  ["find a -name '*.log' , -delete", ['write deep a']],
  [String.raw`find a \( -name '*.log' -or -size 0 \) -delete`, ['write deep a']],
  [String.raw`find a \( -name '*.log' \) -delete`, ['write deep a']],
  ['find a -name "$x" -delete', ['write deep a']],
  ['find a -name "b$x" -delete', ['write deep a']],
  ["find a -name 'my-*.log' -delete", ['write deep a as my-*.log']],
  ["find a -name '{b,c}' -delete", ['write deep a']],
  ["find a -name '!(b)' -delete", ['write deep a']],
  // There `-name` is the value of another option.
  ['find a -newer -name -delete', ['write deep a']],
  ["find a -path -name -name '*.log' -delete", ['write deep a']],
  ["find a -oname x -name '*.log' -delete", ['write deep a as *.log']],
  ["find a x-o -name '*.log' -delete", ['write deep a as *.log', 'write deep x-o as *.log']],
  // Options before the folders.
  ['find -L /srv/ops -delete', ['write deep /srv/ops']],
  ['find -H -P /srv/ops -delete', ['write deep /srv/ops']],
  ['find -EXdsx /srv/ops -delete', ['write deep /srv/ops']],
  ['find -O3 /srv/ops -delete', ['write deep /srv/ops']],
  ['find -D tree /srv/ops -delete', ['write deep tree', 'write deep /srv/ops']],
  ['find -f /srv/ops -delete', ['write deep /srv/ops']],
  ['find -- /srv/ops -delete', ['write deep /srv/ops']],
  ['find x-L -delete', ['write deep x-L']],
  ['find a -Lname b -delete', ['write deep a']],
  ['find a -xL b -delete', ['write deep a', 'write deep b']],
  ['find a -mL b -delete', ['write deep a']],
  ['find -files0-from list -delete', ['write unknown /']],
  ['find a -type f', []],
  ['find a -deleted', []],
])('%s deletes %j', (command, files) => {
  expect(deleted(command)).toEqual(files);
});

/** Where the files begin that `find` hands on. */
const handed = (command: string) =>
  reachOf(analyzeCommand(command))
    .globs.filter(({ use }) => use.text !== './')
    .map(({ use, isDeep }) => `${use.pattern ?? `${use.text}…`}${isDeep ? ' and all below' : ''}`);

it.each<[string, readonly string[]]>([
  ['find src -exec cat {} +', ['src and all below']],
  [String.raw`find src -execdir cat {} \;`, ['src and all below']],
  [String.raw`find src -ok cat {} \;`, ['src and all below']],
  [String.raw`find src -okdir cat {} \;`, ['src and all below']],
  ['find src ~/.ssh -type f -exec cat {} +', ['src and all below', '~/.ssh and all below']],
  ['find -L ~/.ssh -exec cat {} +', ['~/.ssh and all below']],
  ['gfind src -exec cat {} +', ['src and all below']],
  ['find -exec cat {} +', ['. and all below']],
  ['find "src/$x" -exec cat {} +', ['src/… and all below', 'src/… and all below']],
  ['find -files0-from list -exec cat {} +', ['/… and all below']],
  ['find src | xargs cat', ['src and all below']],
  ['find src | parallel cat', ['src and all below']],
  ['ls src | xargs cat', []],
  ['find src -type f', []],
  ['find src -executable', []],
  ['find src x-exec', []],
  ['find src | xargsx cat', []],
  ['find src | xxargs cat', []],
  ['xfind src -exec cat {} +', []],
  ['findx src -exec cat {} +', []],
])('%s hands on %j', (command, files) => {
  expect(handed(command)).toEqual(files);
});

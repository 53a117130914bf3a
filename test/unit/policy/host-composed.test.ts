import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';

const written = (command: string) => reachOf(analyzeCommand(command)).uses.filter(({ use }) => use === 'write');

/** The names that a command makes up, where one is told for each. */
const composed = (command: string) =>
  written(command).flatMap(({ extent, text, endings }) =>
    extent === 'composed' && endings ? endings.map((ending) => text + ending) : [`${extent} ${text}`],
  );

const at = (names: readonly string[], ...places: readonly number[]) => places.map((place) => names[place]);

it.each<[string, readonly string[]]>([
  ['%d', ['p0', 'p7', 'p26']],
  ['%i', ['p0', 'p7', 'p26']],
  ['%u%%', ['p0%', 'p7%', 'p26%']],
  ['%%%d', ['p%0', 'p%7', 'p%26']],
  ['%o', ['p0', 'p7', 'p32']],
  ['%#o', ['p0', 'p07', 'p032']],
  ['%#.3o', ['p000', 'p007', 'p032']],
  ['%#.0o', ['p0', 'p07', 'p032']],
  ['%.0o', ['p', 'p7', 'p32']],
  ['%.d', ['p', 'p7', 'p26']],
  ['%x', ['p0', 'p7', 'p1a']],
  ['%X', ['p0', 'p7', 'p1A']],
  ['%#x', ['p0', 'p0x7', 'p0x1a']],
  ['%#X', ['p0', 'p0X7', 'p0X1A']],
  ['%#06x', ['p000000', 'p0x0007', 'p0x001a']],
  ['%-#6x|', ['p0     |', 'p0x7   |', 'p0x1a  |']],
  ['%#8.3x', ['p     000', 'p   0x007', 'p   0x01a']],
  ['%05d', ['p00000', 'p00007', 'p00026']],
  ['%010d', ['p0000000000', 'p0000000007', 'p0000000026']],
  ['%5d', ['p    0', 'p    7', 'p   26']],
  ['%-5d|', ['p0    |', 'p7    |', 'p26   |']],
  ['%-05d|', ['p0    |', 'p7    |', 'p26   |']],
  ['%5.3d', ['p  000', 'p  007', 'p  026']],
  ['%05.3d', ['p  000', 'p  007', 'p  026']],
  ['%.12d', ['p000000000000', 'p000000000007', 'p000000000026']],
  ['b%da', ['pb0a', 'pb7a', 'pb26a']],
])('csplit writes numbers by %s as it does itself', (format, names) => {
  expect(at(composed(`csplit -f p -b '${format}' a 1`), 0, 7, 26)).toEqual(names);
});

it.each([
  ["%'d", 'composed p'],
  ['%s', 'composed p'],
  ['%d%d', 'composed p'],
  ['%d%s', 'composed p'],
  ['%s%d', 'composed p'],
  ['%123d', 'composed p'],
  ['', 'composed p'],
])('csplit may write any name that begins so by the format %j', (format, use) => {
  expect(composed(`csplit -f p -b "${format}" a 1`)).toEqual([use]);
});

it.each<[string, readonly string[]]>([
  ['csplit -n 3 a 1', ['xx000', 'xx007', 'xx026']],
  ['csplit --digits=1 --prefix=k8s/ a 1', ['k8s/0', 'k8s/7', 'k8s/26']],
  ['csplit -sf p -- -a 1', ['p00', 'p07', 'p26']],
  ['split --suffix-length=1 a', ['xa', 'xh', undefined as never]],
  ['split -n 2 a', ['xaa', 'xah', 'xba']],
  ['split -d a', ['x00', 'x07', 'x26']],
  ['split --numeric-suffixes=5 a', ['x00', 'x07', 'x26']],
  ['split --hex-suffixes a', ['x00', 'x07', 'x1a']],
  ['split -n l/2 --additional-suffix .json a b', ['baa.json', 'bah.json', 'bba.json']],
  ['split -- -a -b', ['-baa', '-bah', '-bba']],
  ['split --additional-suffix -d a b', ['baa-d', 'bah-d', 'bba-d']],
  ['split --additional-suffix -- a b', ['baa--', 'bah--', 'bba--']],
  ['split -d -- -x -a', ['-a00', '-a07', '-a26']],
  ['split -l 5 a -', ['-aa', '-ah', '-ba']],
  ['split "$a" b', ['baa', 'bah', 'bba']],
  ['split a b-c', ['b-caa', 'b-cah', 'b-cba']],
  ['split a --', ['xaa', 'xah', 'xba']],
  ['split -a 2 -a 3 a', ['xaaa', 'xaah', 'xaba']],
])('%s begins with the names %j', (command, names) => {
  expect(at(composed(command), 0, 7, 26)).toEqual(names);
});

it.each<[string, number, string]>([
  ['split a', 676 + 17_576, 'xzzzz'],
  ['split -d a', 100 + 1_000, 'x9999'],
  ['split -x a', 256 + 4_096, 'xffff'],
  ['split -n 26 a', 676, 'xzz'],
  ['split -n 676 a', 676 + 17_576, 'xzzz'],
  ['split -n 8788 a', 17_576, 'xzzz'],
  ['split -d -n 60 a', 100 + 1_000, 'x999'],
  ['split -d -n 50 a', 100, 'x99'],
  ['split -d -n 5000 a', 10_000, 'x9999'],
  ['split -x -a 3 a', 4_096, 'xfff'],
])('%s may write %i names, the last of them %s', (command, count, last) => {
  const names = composed(command);
  expect(new Set(names).size).toBe(count);
  expect(names.at(-1)).toBe(last);
});

it.each<[string, readonly string[]]>([
  ['split -a 4 a b', ['composed b']],
  ['split -n 17576 a b', ['composed b']],
  ['split -a "$x" a b', ['unknown ']],
  ['split -n "$x" a b', ['unknown ']],
  ['split --additional-suffix="$x" a b', ['unknown ']],
  ['split a "$x"', ['unknown ']],
  ['split a b"$x"', ['unknown b']],
  ['csplit', []],
  ['csplit -f p', []],
  ['csplit -n "$x" a 1', ['unknown ']],
  ['csplit -b "$x" a 1', ['unknown ']],
  ['csplit -n 3 -b "$x" a 1', ['unknown ']],
  ['csplit -f "$x" a 1', ['unknown ']],
  ['rename', []],
  ['rename -v', []],
  ['rename a', []],
  ['rename a b', []],
  ['rename a "$x" c', ['unknown ']],
  ['rename "a$x" b c', ['unknown ']],
  ['rename a b "$x"', ['unknown ']],
  ['rename a b a', ['deep a', 'name b from a/.']],
  ['rename a "" a ab', ['deep a', 'deep ab', 'name b from ab/.']],
  ['rename "" p/ a', ['deep a', 'name p/a from a/.']],
  ['rename "" p d/a', ['deep d/a', 'name pd/a from d/a/.', 'name d/pa from d/a/.']],
  ['rename a b aXaXa', ['deep aXaXa', 'name bXaXa from aXaXa/.', 'name bXbXb from aXaXa/.', 'name aXaXb from aXaXa/.']],
  ['rename d x d/d', ['deep d/d', 'name x/d from d/d/.', 'name d/x from d/d/.', 'name x/x from d/d/.']],
  ['rename q x a/b', ['deep a/b']],
  ["rename 's/a/b/' 'd/a$'", ['deep d/a$', 'name d/b$ from d/a$/.']],
])('%s writes %j', (command, uses) => {
  expect(
    written(command).map(({ extent, text, from }) => `${extent} ${text}${from === undefined ? '' : ` from ${from}`}`),
  ).toEqual(uses);
});

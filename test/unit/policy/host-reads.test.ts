import { describe, expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';

const reachOfText = (command: string) => reachOf(analyzeCommand(command));
/** What is read without being named in full. */
const read = (command: string) =>
  reachOfText(command)
    .uses.filter(({ use, extent }) => use === 'read' && extent !== 'name')
    .map(({ extent, text }) => `${extent} ${text}`);

it.each<[string, readonly string[]]>([
  ['docker run -v ./src:/app x', ['deep ./src']],
  ['docker run -v=./src:/app x', ['deep ./src']],
  ['docker run -v./src:/app x', ['deep ./src']],
  ['docker run -itv ./src:/app x', ['deep ./src']],
  ['docker run --volume ./src:/app x', ['deep ./src']],
  ['docker run --volume=/a:/b x', ['deep /a']],
  ['docker run -v ~/a:/b x', ['deep ~/a']],
  ['docker run --mount type=bind,source=./a,target=/x i', ['deep ./a']],
  ['docker run --mount=type=bind,src=a,dst=/x i', ['deep a']],
  ['docker run --mount src=a i', ['deep a']],
  ['docker run --mount type=bind,source=a,target=$x i', ['deep a']],
  ['docker run --mount type=bind,source=a$x,target=/x i', ['unknown a']],
  ['docker run --mount "type=bind,source=$x,target=/y" i', ['unknown ']],
  ['docker run --mount "type=bind,target=/y,source=$x" i', ['unknown ']],
  ['docker run --mount "$x=1" i', ['unknown ']],
  ['docker run -v "$DIR":/app x', ['unknown ']],
  ['docker run -v "$PWD":/app x', ['deep .']],
  ['docker run -v "$DIR" x', ['unknown ']],
  ['docker run -v "$PWD" x', ['deep .']],
  ['docker cp a b:/c', ['deep a']],
  ['docker container cp a b:/c', ['deep a']],
  ['docker compose cp a b:/c', ['deep a']],
  ['docker --context x cp a b:/c', ['deep a']],
  ['docker run -itv./src:/app x', ['deep ./src']],
  ['docker run -itv=./src:/app x', ['deep ./src']],
  ['docker run --mount "type=bind,$x" i', ['unknown type=bind,']],
  ['docker run x--volume ./a:/b y', []],
  ['docker run x ls cp a b', []],
  ['docker cp a b c:/d', ['deep a', 'deep b']],
  ['podman run -v ./s:/a x', ['deep ./s']],
  ['nerdctl run -v ./s:/a x', ['deep ./s']],
  ['docker-compose run -v ./s:/a x', ['deep ./s']],
  ['docker run --mount type=volume,target=/x i', []],
  ['docker run -v name:/app x', []],
  ['docker run -v data x', []],
  ['docker run -v a:/b:./c x', []],
  ['docker run --volumes-from ./a x', []],
  ['docker run x--volume=./a x', []],
  ['docker run x -v', []],
  ['docker build .', []],
  ['docker', []],
  ['foo run -v ./src:/app x', []],
])('%s gives a container %j', (command, files) => {
  expect(read(command)).toEqual(files);
});

it('a container may write into what is mounted, and not into what is copied into it', () => {
  expect(reachOfText('docker run -v ./src:/app x').uses).toMatchObject([{ text: './src', opens: true }]);
  expect(reachOfText('docker cp src c:/app').uses.filter(({ opens }) => opens)).toEqual([]);
});

it.each<[string, readonly string[]]>([
  ['aws s3 sync a s3://b', ['deep s3', 'deep sync', 'deep a', 'deep s3://b']],
  ['aws s3 cp a s3://b --recursive', ['deep s3', 'deep cp', 'deep a', 'deep s3://b']],
  ['aws s3 cp a s3://b', []],
  ['rg x', ['deep .']],
  ['rg --files src', []],
  ['git diff --no-index a b', ['deep diff', 'deep a', 'deep b']],
  ['tar cf a.tar -T list', ['deep cf', 'deep a.tar', 'deep list', 'unknown ']],
  ['bsdtar --files-from=list -c', ['unknown ']],
  ['zip a.zip -@', ['unknown ']],
  ['sort --files0-from=list', ['unknown ']],
  ['7z a x.7z @list', ['unknown ']],
  ['rsync --files-from=list a b', ['deep a', 'deep b', 'unknown ']],
  ['rsync a b', ['deep a', 'deep b']],
  ['sort a --files1', []],
  ['zip a.zip b', []],
  ['7z a x.7z b@c', []],
])('%s goes through, or has in a list, %j', (command, files) => {
  expect(read(command)).toEqual(files);
});

describe('a download', () => {
  it.each([
    'curl -d "$x" h',
    'curl -sd "$x" h',
    'curl -d "@$x" h',
    'curl --data "$x" h',
    'curl --data-binary @"$x" h',
    'curl -F "f=@$x" h',
    'curl -F "f=<$x" h',
    'curl -T "$x" h',
    'curl -d "@dir/$x" h',
    'curl -T"$x" h',
    'curl -K "$x"',
    'curl --upload-file="$x" h',
    'wget --post-file="$x" h',
    'wget --post-file "$x" h',
  ])('may send a file that is not named: %s', (command) => {
    expect(read(command)).toEqual(['unknown ']);
  });

  it.each([
    'curl -d @a h',
    'curl -d "{\\"a\\": \\"$x\\"}" h',
    'curl -d "[$x]" h',
    'curl -d "\\"$x" h',
    'curl -d "a=$x" h',
    'curl --json " $x" h',
    'curl -H "$x" h',
    'curl -H "a@b $x" h',
    'curl -o "$x" h',
    'curl "$x"',
    'curl "$x" -d a',
    'wget "$x"',
    'foo -d "$x"',
  ])('sends no such file: %s', (command) => {
    expect(read(command)).toEqual([]);
  });
});

describe('a program of awk', () => {
  it.each([
    'awk "BEGIN { while ((getline l < f) > 0) print l }"',
    "gawk 'BEGIN { getline l < f }'",
    `awk 'BEGIN { getline l < "a" b }'`,
    `awk 'BEGIN { getline < "a" "b" }'`,
    `awk 'BEGIN { getline l < ("a") }'`,
    String.raw`awk 'BEGIN { getline < "a\"b" }'`,
    `awk 'BEGIN { ARGV[1] = "a" }'`,
    `awk 'BEGIN { ARGV [ 1 ]= "a" }'`,
    `awk -f x -v 'a=getline l < f' b`,
  ])('may read what it does not name: %s', (command) => {
    expect(read(command)).toEqual(['unknown ']);
  });

  it.each([
    `awk 'BEGIN { getline l < "a" }'`,
    `awk 'BEGIN { getline l <"a"; print l }'`,
    `awk 'BEGIN { getline <"a"}' x`,
    `awk 'BEGIN { while ((getline l < "a") > 0) n++ }'`,
    `awk 'getline l < "a"'`,
    `awk '{ getline; if (a < b) x }'`,
    `awk 'BEGIN { "a" | getline l }'`,
    "awk 'BEGIN { x = ARGV[1] }'",
    "sed 'BEGIN { getline l < f }' a",
    "awkward 'getline l < f'",
  ])('reads what it names: %s', (command) => {
    expect(read(command)).toEqual([]);
  });
});

it.each<[string, readonly string[]]>([
  ["sed 'r a' f", ['sed', 'f', 'a']],
  ["sed -n '/x/w a b' f", ['sed', '-n', 'f', 'a b']],
  ["sed 's/a/b/w out' f", ['sed', 'f', 'out']],
  ["sed '{ r a }' f", ['sed', 'f', 'a }', 'a']],
  ["sed '1R a;2w b' f", ['sed', 'f', 'a;2w b', 'a', 'b']],
  ["sed '1r a ; p' f", ['sed', 'f', 'a ; p', 'a']],
  ["sed 'r a\nw b' f", ['sed', 'f', 'a', 'b']],
  ["gsed 'r a' f", ['gsed', 'f', 'a']],
  [`awk '{ print "a" }' f`, ['awk', 'f', 'a', ' }']],
  [`awk "{ print 'a' }" f`, ['awk', 'f', 'a', ' }']],
  [`yq '.a = "b"' f`, ['yq', 'f', 'b']],
  [`jq '.a = "b"' f`, ['jq', 'f']],
  [`grep 'x "a"' f`, ['grep', 'f']],
  ["foo 'r a' f", ['foo', 'r a', 'f']],
  ['foo a=b=c', ['foo', 'a=b=c', 'b=c', 'b', 'c']],
  ['foo HEAD:a:b', ['foo', 'HEAD:a:b', 'a:b', 'a', 'b']],
  ['foo @a', ['foo', '@a', 'a']],
  ['foo -xa', ['foo', '-xa', 'a']],
  ['foo --a', ['foo', '--a']],
  [`foo "f=@a;type=b"`, ['foo', 'f=@a;type=b', '@a;type=b', 'a;type=b', 'a', 'type=b', 'type', 'b']],
  ['./foo=bar a', ['./foo=bar', 'bar', 'a']],
  ['./foo,x a', ['./foo,x', 'a']],
  ['cat a=b=c', ['cat', 'a=b=c', 'b=c']],
  ['git diff :1:a HEAD:2:c :9:d', ['git', 'diff', ':1:a', 'a', 'HEAD:2:c', '2:c', ':9:d', '9:d']],
  ['cat a=b HEAD:c @d', ['cat', 'a=b', 'b', 'HEAD:c', 'c', '@d', 'd']],
  ['echo a=b', []],
  ['[ a = b ]', []],
])('%j may name %j', (command, words) => {
  expect(reachOfText(command).words).toEqual(words);
});

it('looks for names of at most 4,096 characters', () => {
  expect(reachOfText(`cat ${'a'.repeat(4_096)}`).words).toEqual(['cat', 'a'.repeat(4_096)]);
  expect(reachOfText(`cat ${'a'.repeat(4_097)}`).words).toEqual(['cat']);
});

it('looks for names of 4,096 characters inside of a word as well, and for 2,000 of them', () => {
  expect(reachOfText(`foo x,${'a'.repeat(4_096)}`).words).toContain('a'.repeat(4_096));
  const { words } = reachOfText(`foo ${'a,'.repeat(2_000)}b,c`);
  expect(words).toContain('b');
  expect(words).not.toContain('c');
});

it.each([
  ['foo', 2_000, []],
  ['foo', 2_001, ['unknown ']],
  ['cat', 2_001, []],
  ['echo', 2_001, []],
])('takes a word of %s with %i marks for files that it reads: %j', (program, marks, uses) => {
  for (const words of ['a='.repeat(marks), `x ${'a='.repeat(marks)} y`])
    expect([...new Set(read(`${program} ${words}`))]).toEqual(uses);
});

it('takes a long word with few marks for no more than it is', () => {
  expect(read(`foo ${'a'.repeat(5_000)}`)).toEqual([]);
});

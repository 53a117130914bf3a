import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';

const contents = (command: string) => reachOf(analyzeCommand(command)).contents;
const written = (command: string) =>
  reachOf(analyzeCommand(command))
    .uses.filter(({ use }) => use === 'write')
    .map(({ extent, text, from }) => `${extent} ${text}${from === undefined ? '' : ` from ${from}`}`);

it.each([
  'git show',
  'git show HEAD',
  'git show HEAD:a b',
  'git show HEAD:',
  'git show "$x":a',
  'git diff HEAD:a',
  'git diff --',
  'git diff -- "*.env"',
  'git diff -- :/a',
  'git diff -- a ":!b"',
  'git diff -- "$x"',
  'git diff -- a "$x"',
  'git diff --stat -p',
  'git log -p',
  'git log -p --stat',
  'git -c a=b log -p',
  'git stash show -p',
  'git grep x',
  'git archive HEAD',
])('%s shows what any tracked file holds', (command) => {
  expect(contents(command)).toEqual(['all']);
});

it.each<[string, readonly string[]]>([
  ['git show HEAD:a', ['a']],
  ['git show HEAD:a b:c', ['a', 'c']],
  ['git show :a', ['a']],
  ['git show HEAD:a:b', ['a:b']],
  ['git show a-:b', ['b']],
  ['git show -- -x', ['-x']],
  ['git -C d show HEAD:a', ['a']],
  ['git cat-file -p HEAD:a', ['a']],
  ['git diff -- a b', ['a', 'b']],
  ['git diff -- a:b', ['a:b']],
  ['git log -p -- a', ['a']],
  ['git grep x -- a', ['a']],
])('%s shows what %j hold', (command, files) => {
  expect(contents(command)).toEqual([files]);
});

it.each([
  'git',
  'git status',
  'git log',
  'git log -- -p',
  'git stash show',
  'git diff --stat',
  'git diff HEAD --stat',
  'git show -s HEAD',
  'git show --name-only HEAD:a',
  'git cat-file -t HEAD',
  'git cat-file -e HEAD:a',
  'x show',
])('%s shows no content', (command) => {
  expect(contents(command)).toEqual([]);
});

it.each<[string, readonly string[]]>([
  ['git clone', []],
  ['git clone https://example.com/a.git', ['name a']],
  ['git clone host:x/y', ['name y']],
  ['git clone abc:def', ['name def']],
  ['git clone user@host/x', ['name x']],
  ['git clone ../b', ['name b from ../b']],
  ['git clone ../b/', ['name b from ../b/']],
  ['git clone ../b.git//', ['name b from ../b.git//']],
  ['git clone a.git.d', ['name a.git.d from a.git.d']],
  ['git clone a/b@c', ['name b@c from a/b@c']],
  ['git clone ./x:y', ['name y from ./x:y']],
  ['git clone a k', ['name k from a']],
  ['git clone "$x"', ['unknown ']],
  ['git clone "$x" k', ['name k']],
  ['git submodule add ../b k', ['name .gitmodules', 'name k from ../b']],
  ['git submodule update', []],
  ['git submodule', []],
  ['git worktree', []],
  ['git worktree list a b', []],
  ['git foo add a b', []],
  ['git init a b', ['deep a']],
  ['git apply --check a.patch b.patch', []],
  ['git mv a d/e/', ['deep a', 'deep d/e/', 'name d/e/a from a']],
  ['git mv xx/a d', ['deep xx/a', 'deep d', 'name d/a from xx/a']],
  ['git mv x/y/a/ d', ['deep x/y/a/', 'deep d', 'name d/a from x/y/a/']],
  ['git config listx.y z', ['name .git/config']],
  ['git config list x', []],
  ['git config -l x y', []],
  ['git config --file f a b', ['name f']],
  ['git config --system a b', ['name /etc/gitconfig']],
  ['git config a', []],
  ['git remote', []],
  ['git remote -v', []],
  ['git remote show origin', []],
  ['git remote add mine ../b', []],
  ['git remote -v update', []],
  ['git remote set-url origin x', ['name .git/config']],
  ['git remote remove origin', ['name .git/config']],
  ['git remote rm origin', ['name .git/config']],
  ['git remote -v rename origin x', ['name .git/config']],
  ['git remote set-head origin x', ['name .git/config']],
  ['git remote "$x" origin', ['name .git/config']],
])('%s writes %j', (command, files) => {
  expect(written(command)).toEqual(files);
});

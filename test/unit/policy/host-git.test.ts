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
  "git show ':(top)a'",
  'git show :/a',
  "git show ':!a'",
  "git show ':*'",
  "git show ':a?'",
  "git show 'HEAD@{09:59:00}'",
  "git show 'HEAD^{/a}:b'",
  'git request-pull -p HEAD~1 .',
  'git log --remerge-diff',
  'git log --dd',
  'git log --patch-w',
  'git log --unif=0',
  'git log --unheard-of',
  'git diff --stat --patch-w',
  'git stash list -p',
  'git stash -p',
  'git grep -e -- HEAD',
  'git grep -ne -- HEAD',
  'git archive -o -- HEAD',
  'git format-patch --output-directory -- HEAD',
  'git bundle create b HEAD -- a',
  'git pack-objects --stdout --all',
  'git status -vv',
  'git commit --dry-run -v',
  'git add -p',
  'git checkout -p',
  'git bisect view -p',
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
  ['git grep -ne x -i -- a', ['a']],
  ['git archive HEAD -- a', ['a']],
  ['git show @:a', ['a']],
  ['git show origin/main~1:a', ['a']],
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
  'git log --oneline --graph --all -5 --since=1.week --author a --format="%h %s" -S x',
  'git log --stat --name-only',
  'git reflog -5',
  'git request-pull v1 .',
  'git stash list --stat',
  'git stash push -m x -u',
  'git stash pop --index',
  'git status -sb',
  'git commit -am v',
  'git add -u',
  'git checkout -b p',
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
  ['git clone --depth 1 ../b k', ['name k from ../b']],
  ['git clone -b main ../b k', ['name k from ../b']],
  ['git clone -qb main --origin up --reference r ../b', ['name b from ../b']],
  ['git clone --dep 1 --no-tags -- ../b -k', ['name -k from ../b']],
  ['git init -b main k', ['deep k']],
  ['git init --initial-branch main --template t k', ['deep k']],
  ['git submodule add -b main --name n ../b k', ['name .gitmodules', 'name k from ../b']],
  ['git submodule -q add ../b k', ['name .gitmodules', 'name k from ../b']],
  ['git worktree add -b x ../w main', ['name ../w']],
  ['git worktree add --reason r --lock ../w', ['name ../w']],
  ['git bundle create --version 3 k HEAD', ['name k']],
  ['git submodule update', []],
  ['git submodule', []],
  ['git bundle create k8s/b.bundle HEAD', ['name k8s/b.bundle']],
  ['git bundle verify b', []],
  ['git bundle', []],
  ['git foo create b', []],
  ['git worktree add ../w main', ['name ../w']],
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
  ['git remote --verbose set-url origin x', ['name .git/config']],
  ['git remote --verbosely add x y', ['name .git/config']],
  ['git remote readd x', ['name .git/config']],
  ['git remote added x', ['name .git/config']],
  ['git remote -v rename origin x', ['name .git/config']],
  ['git remote set-head origin x', ['name .git/config']],
  ['git remote "$x" origin', ['name .git/config']],
])('%s writes %j', (command, files) => {
  expect(written(command)).toEqual(files);
});

it.each([
  ['git --work-tree=/srv/ops checkout evil -- .', ['deep /srv/ops']],
  ['git --work-tree ../ops reset --hard evil', ['deep ../ops']],
  ['git -C . --work-tree=/srv/ops stash', ['deep /srv/ops']],
  ['git --work-tree="$X" restore a', ['unknown ']],
  ['git --work-tree=/srv/ops status', []],
  ['git --work-tree=/srv/ops diff HEAD', []],
  ['git checkout --work-tree=/srv/ops', []],
  ['git checkout -- a --work-tree=b', ['name a', 'name --work-tree=b']],
  ['git -x--git-dir clone ../b', ['name b from ../b']],
  ['git clone "$x/b" k', ['name k']],
  ['git checkout -- a', ['name a']],
])('%s may write %j', (command, uses) => {
  expect(written(command)).toEqual(uses);
});

it.each([
  ['git clone --depth 1 https://host/r.git d', ['name d']],
  ['git clone -b evil . d', ['name d from .']],
  ['git clone --depth=1 --origin up r d', ['name d from r']],
  ['git clone --single-branch r', ['name r from r']],
  ['git clone --separate-git-dir g r d', ['name d from r', 'deep g']],
  ['git init -b main d', ['deep d']],
  ['git init --initial-branch=main', []],
  ['git init --separate-git-dir=g d', ['deep d', 'deep g']],
  ['git worktree add -b fix d main', ['name d']],
  ['git worktree add --detach d', ['name d']],
  ['git submodule add -b main r d', ['name .gitmodules', 'name d from r']],
] as const)('%s makes its folder, whatever values its options take [hook:guard:trees]', (command, uses) => {
  expect(written(command)).toEqual(uses);
});

it.each<[string, readonly string[], readonly string[], readonly string[]]>([
  ['git pull', ['around'], [], []],
  ['git -C d merge x', ['around'], [], []],
  ['git stash pop', ['around'], [], []],
  ['git --git-dir=x checkout .', ['folder'], ['name .'], []],
  ['git --git-dir x pull', ['folder'], [], []],
  ['git -c a=b --git-dir=z pull', ['folder'], [], []],
  ['git --git-dirx y pull', ['around'], [], []],
  ['git pull --git-dir=z', ['around'], [], []],
  ['git --work-tree=x checkout .', ['around'], ['deep x'], []],
  ['git --work-tree=x add -A', [], [], ['deep x']],
  ['git --work-tree x diff', [], [], ['deep x']],
  ['git --work-tree x log', [], [], []],
  ['git x--work-tree=y add a', ['around'], [], []],
  ['git status', [], [], []],
  ['git clone x', [], ['name x'], []],
  ['git', [], [], []],
  ['npm pull', [], [], []],
])('%s brings files out of commits into %j, writes %j and takes in %j', (command, trees, writes, reads) => {
  const { uses, trees: found } = reachOf(analyzeCommand(command));
  const of = (kind: string) => uses.filter(({ use }) => use === kind).map(({ extent, text }) => `${extent} ${text}`);
  expect([found, of('write'), of('read')]).toEqual([trees, writes, reads]);
});

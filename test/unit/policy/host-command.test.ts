import { describe, expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';
import type { PathUse } from '#policy/host-tools.ts';

const reach = (command: string) => reachOf(analyzeCommand(command));
const written = (command: string) =>
  reach(command)
    .uses.filter(({ use }) => use === 'write')
    .map(({ extent, text }) => (extent === 'name' ? text : `${extent} ${text}`));

const place = ({ text, pattern, findsHidden }: PathUse) =>
  `${pattern ?? `${text}…`}${findsHidden ? ', hidden ones too' : ''}`;

describe('a word that finds files when the command runs', () => {
  it.each<[string, readonly string[]]>([
    ['cat *.env', ['*.env']],
    ['grep x d/*', ['d/*']],
    ['grep -r x d/*', ['d/*, and all below']],
    ['rg x d/*', ['d/*, and all below']],
    ['tar czf a.tgz src/*', ['src/*, and all below']],
    ['frob src/*', ['src/*, and all below']],
    ['echo src/*', ['src/*']],
    ['cat src/$x', ['src/…']],
    ['cat "src/$@"', ['src/…']],
    ['frob "src/$x"', ['src/…, and all below']],
    ['cat "$x"', []],
    ['cat "a$x"', []],
    ['echo "src/$x"', []],
    ['cat src/a', []],
    ['cat < *.env', ['*.env']],
    ['frob < *.env', ['*.env']],
    ['cat < src/a', []],
    ['cat < "src/$x"', ['src/…']],
    ['cat > "src/$x"', []],
  ])('%s goes through %j', (command, files) => {
    expect(reach(command).globs.map(({ use, isDeep }) => `${place(use)}${isDeep ? ', and all below' : ''}`)).toEqual(
      files,
    );
  });

  it.each([
    ['shopt -s dotglob; cat *', true],
    ['cat *; shopt -s dotglob', true],
    ['setopt GLOB_DOTS && cat < *', true],
    ['setopt globdots; rm src/*', true],
    ['setopt dot_glob; cat a/*', true],
    ['shopt -s nullglob; cat *', false],
    ['shopt -s xdotglob dotglobx; cat *', false],
    ['cat *', false],
  ])('%s finds hidden files as well: %s', (command, hidden) => {
    const { globs, uses } = reach(command);
    for (const use of [...globs.map((each) => each.use), ...uses])
      expect(use).toMatchObject({ extent: 'glob', ...(hidden && { findsHidden: true }) });
    expect(globs.some(({ use }) => use.findsHidden === true)).toBe(hidden);
    expect(uses.some(({ findsHidden }) => findsHidden === true)).toBe(hidden);
  });

  it('is none where it is a plain name', () => {
    expect(reach('shopt -s dotglob; rm a').uses).toEqual([{ use: 'write', text: 'a', extent: 'deep' }]);
  });
});

describe('a name', () => {
  it.each(['tee ""', 'cat ""', 'tee /dev/stderr', 'frob > /dev/fd/12', 'prettier a', 'mount', 'crontab -l', 'npm pkg'])(
    'in %s is of no file that is touched',
    (command) => {
      expect(reach(command).uses).toEqual([]);
    },
  );

  it('that shows no content is no shown one', () => {
    const { shown, words } = reach('ls .env; find a; git status b; cat c c');
    expect(shown).toEqual(['cat', 'c']);
    expect(words).toEqual(expect.arrayContaining(['.env', 'a', 'b', 'c']));
  });

  it.each([
    ['ls', true],
    ['cp -r a b && cat b/x', true],
    ['mv a b; rm c; grep x d', true],
    ['cp a b', true],
    ['rsync -a a/ b', true],
    ['rsync -a a/ host:b', false],
    ['cp -r a b && npm test', false],
    ['npm test && cp -r a b', false],
    ['tar xf a', false],
    ['cpx a b', true],
    ['ln a b', true],
  ])('that is copied out of a folder is told by %s: %s', (command, told) => {
    expect(reach(command).told).toBe(told);
  });

  it.each<[string, readonly string[]]>([
    ['frob ops/a --out=ops/b', ['ops/a', '--out=ops/b', 'ops/b']],
    ['frob', []],
    ['frob -qoops/a', ['-qoops/a', 'oops/a', 'ops/a', 'ps/a', 's/a', '/a']],
    ['frob -ops/a', ['-ops/a', 'ps/a', 's/a', '/a']],
    ['frob -9o/a', ['-9o/a', 'o/a', '/a']],
    ['frob --xy/a', ['--xy/a']],
    ['frob x-ops/a', ['x-ops/a']],
    ['frob -abcdefghijk', '-abcdefghijk bcdefghijk cdefghijk defghijk efghijk fghijk ghijk hijk ijk'.split(' ')],
    ['frob "$x" ops/a', ['ops/a']],
    ['frob "ops/a$x"', []],
    ['tee ops/a', []],
    ['cat ops/a', []],
    ['sudo frob ops/a', ['ops/a']],
    ['unshare -n ops/a', ['-n', 'ops/a']],
    ['xsudo ops/a', ['ops/a']],
    ['proot -r d ops/a', ['-r', 'd', 'ops/a']],
    ['git frob ops/a', ['frob', 'ops/a']],
    ['sqlite3 db ".output ops/approvers"', ['db', '.output', 'ops/approvers']],
    ['psql -c "copy t  to ops/a"', ['-c', 'copy', 't', 'to', 'ops/a']],
    ['frob "a ops/b"', ['a ops/b']],
    ['sqlite3x db ".output ops/a"', ['db', '.output ops/a']],
    ['xsqlite3 db ".output ops/a"', ['db', '.output ops/a']],
    ['scp a h:ops/b', ['~/ops/b']],
    ['scp h:/etc/x b', ['/etc/x']],
    ['scp -r a h:~/b c:', ['~/b']],
    ['rsync a u@h::mod/b', ['~/mod/b']],
    ['rsync rsync://h/mod/b c', ['/mod/b']],
    ['scp scp://u@h:22/a b', ['/a']],
    ["rsync '[::1]:b' c", ['~/b']],
    ["scp a 'u@[::1]:/etc/b'", ['/etc/b']],
    ['scp a :b', []],
    ['rsync a/b:c d', []],
    ['rscp a h:b', ['a', 'h:b', 'b']],
    ['scpx h:b', ['h:b', 'b']],
    ['curlx ops/a', ['ops/a']],
    ['xwget ops/a', ['ops/a']],
  ])('that a program may write without saying so is in %s: %j', (command, names) => {
    expect(reach(command).doubtful).toEqual(names);
  });
});

it.each<[string, readonly string[]]>([
  ['setfacl -R -m u:x:r d', ['deep u:x:r', 'deep d']],
  ['setfacl -bR d', ['deep d']],
  ['setfacl --recursive -b d', ['deep d']],
  ['setfacl -b d', ['d']],
  ['setfacl x-R d', ['x-R', 'd']],
  ['dos2unix a b', ['a', 'b']],
  ['unix2dos a', ['a']],
  ['mktemp -p d XXXX', ['d', 'd', 'XXXX']],
  ['mktemp -pk8s XXXX', ['k8s', 'XXXX']],
  ['mktemp -dpk8s XXXX', ['k8s', 'XXXX']],
  ['mktemp --tmpdir=k8s XXXX', ['k8s', 'XXXX']],
  ['mktemp --tmp=k8s XXXX', ['k8s', 'XXXX']],
  ['mktemp -q', []],
  ['mktemp x-p=d', ['x-p=d']],
  ['uniq in out', ['out']],
  ['uniq -c in', []],
  ['uniq -- in out', ['out']],
  ['xxd -r in out', ['out']],
  ['xxd in', []],
  ['yq -s .a x', ['unknown ']],
  ['yq --split-exp .a x', ['unknown ']],
  ['yq x-s a', []],
  ['yq -i .a=1 f', ['f']],
  ['prettier -w a', ['a']],
  ['prettier x--write a', []],
  ['prettier --write-nothing a', []],
  ['eslint --fix a b', ['a', 'b']],
  ['eslint --fix-dry-run a', []],
  ['clang-format -i a', ['a']],
  ['biome format --write a', ['format', 'a']],
  ['mount', []],
  ['mount -l', []],
  ['mount -l -t ext4,nfs', []],
  ['mount -t ext4 -l', []],
  ['mount -a', ['unknown ']],
  ['mount "$x"', ['unknown ']],
  ['mount -l "$x"', ['unknown ']],
  ['mount -l --bind a b', ['unknown ']],
  ['mount -c --bind a b', ['unknown ']],
  ['crontab -l', []],
  ['crontab -u www -l', []],
  ['crontab', ['unknown ']],
  ['crontab < f', ['unknown ']],
  ['crontab -c d f', ['unknown ']],
  ['crontab -l f', ['unknown ']],
  ['crontab -e', ['unknown ']],
  ['at -l', []],
  ['at -l -q a', []],
  ['at -c 1 12', []],
  ['at now', ['unknown ']],
  ['at -l -b', ['unknown ']],
  ['at -c 1 -f x now', ['unknown ']],
  ['batch', ['unknown ']],
  ['batch < f', ['unknown ']],
  ['npm set a b', ['.npmrc']],
  ['npm config set a b', ['.npmrc']],
  ['npm config list', []],
  ['npm run config', []],
  ['npm run set', []],
  ['npm pkg set a=b', ['package.json']],
  ['npm pkg get a', []],
  ['npm pkg', []],
])('reads off what %s writes', (command, files) => {
  expect(written(command)).toEqual(files);
});

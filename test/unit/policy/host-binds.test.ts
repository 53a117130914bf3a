import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';

/** What a launcher shows under which names, where that is another one. */
const shown = (command: string) =>
  reachOf(analyzeCommand(command)).uses.flatMap(({ use, extent, text }) =>
    extent === 'alias' ? [`as ${text}`] : extent === 'unknown' ? [`${use} ?`] : use === 'read' ? [text] : [],
  );

it.each<[string, readonly string[]]>([
  ['bwrap --bind a b true', ['a', 'as b']],
  ['bwrap --bind-try a b true', ['a', 'as b']],
  ['bwrap --dev-bind a b true', ['a', 'as b']],
  ['bwrap --dev-bind-try a b true', ['a', 'as b']],
  ['bwrap --ro-bind a b true', ['a', 'as b']],
  ['bwrap --ro-bind-try a b true', ['a', 'as b']],
  ['bwrap --bind a b --ro-bind c d true', ['a', 'as b', 'c', 'as d']],
  ['bwrap --bind-fd 3 b true', ['as b']],
  ['bwrap --ro-bind-fd 3 b true', ['as b']],
  ['bwrap --bind-data 3 b true', ['as b']],
  ['bwrap --ro-bind-data 3 b true', ['as b']],
  ['bwrap --file 3 b true', ['as b']],
  ['bwrap --symlink a b true', ['as b']],
  ['bwrap --chmod 0777 b true', ['as b']],
  ['bwrap --overlay a b c true', ['as c']],
  ['bwrap --overlay-src a --tmp-overlay b true', ['as b']],
  ['bwrap --overlay-src a --ro-overlay b true', ['as b']],
  ['bwrap --args 3 true', ['write ?']],
  ['bwrap --bind "$A" b true', ['read ?', 'as b']],
  ['bwrap --bind a "$B" true', ['a', 'write ?']],
  ['bwrap --bind "$A" "$B" true', ['read ?', 'write ?']],
  ['bwrap --bind "$A" "$A/b" true', ['read ?', 'write ?']],
  ['bwrap --bind "x$A" "x$A" true', ['read ?', 'write ?']],
  ['bwrap --bind "$(a)" "$(a)" true', ['read ?', 'write ?']],
  ['bwrap --bind "$@" "$@" true', ['read ?', 'write ?']],
  ['bwrap --bind $A $A true', ['read ?', 'write ?']],
  ['bwrap --bind x"$A" y"$A" true', ['read ?', 'write ?']],
  ['bwrap --bind "$A"x "$A"y true', ['read ?', 'write ?']],
  ['bwrap --bind "$A/b" "$A/c" true', ['read ?', 'write ?']],
  ['bwrap --bind "$A" "$A" --bind "$A" "$B" true', ['read ?', 'write ?']],
  ['for f in $(ls); do bwrap --bind $f $f/c true; done', ['read ?', 'write ?']],
  ['for f in a b; do bwrap --bind $f $f/c true; done', ['a', 'as a/c', 'b', 'as b/c']],
  ['bwrap --bind a/b ab true', ['a/b', 'as ab']],
  ['bwrap --bind /a / true', ['/a', 'as /']],
  ['bwrap --bind a/.x a true', ['a/.x', 'as a']],
  ['bwrap --bind a .a true', ['a', 'as .a']],
  ['bwrap --bind a b', ['a', 'as b']],
  ['proot -b a:b true', ['a', 'as b']],
  ['proot -m a:b true', ['a', 'as b']],
  ['proot --bind=a:b true', ['a', 'as b']],
  ['proot --mount=a:b true', ['a', 'as b']],
  ['proot -b "$A" true', ['write ?']],
  ['proot -r /a true', ['/a', 'as /']],
  ['proot -R /a true', ['/a', 'as /']],
  ['proot -S /a true', ['/a', 'as /']],
  ['proot --rootfs=/a true', ['/a', 'as /']],
  ['proot -q x -b a:b true', ['a', 'as b']],
  ['firejail --bind=a,b true', ['a', 'as b']],
  ['firejail --quiet --chroot=/a true', ['/a', 'as /']],
  ['systemd-run -p BindPaths=a:b true', ['a', 'as b']],
  ['systemd-run -p BindReadOnlyPaths=a:b true', ['a', 'as b']],
  ['systemd-run -pBindPaths=a:b true', ['a', 'as b']],
  ['systemd-run -Pp BindPaths=a:b true', ['a', 'as b']],
  ['systemd-run --property=BindPaths=a:b true', ['a', 'as b']],
  ['systemd-run --property BindPaths=a:b true', ['a', 'as b']],
  ['systemd-run --prop=BindPaths=a:b true', ['a', 'as b']],
  ['systemd-run -p "BindPaths=a:b  -c:d:norbind" true', ['a', 'as b', 'c', 'as d']],
  ['systemd-run -p "BindPaths=$A" true', ['write ?']],
  ['systemd-run -p BindPaths=a-x:b true', ['a-x', 'as b']],
  ['systemd-run -p RootDirectory=/a true', ['/a', 'as /']],
  ['systemd-run -p RootImage=/a true', ['/a', 'as /']],
  ['systemd-run -u x --user -p BindPaths=a:b true', ['a', 'as b']],
  ['unshare -r -R /a true', ['/a', 'as /']],
  ['unshare -rR /a true', ['/a', 'as /']],
  ['unshare --root=/a true', ['/a', 'as /']],
  ['unshare --roo /a true', ['/a', 'as /']],
  ['unshare -S 0 --root "$A" true', ['write ?']],
  ['nsenter -t 1 --root=/a true', ['/a', 'as /']],
  ['sudo -R /a true', ['/a', 'as /']],
  ['sudo -n AB=c D=e --chroot=/a true', ['/a', 'as /']],
  ['chroot /a true', ['/a', 'as /']],
  ['chroot --userspec x /a true', ['/a', 'as /']],
  ['chroot /a', ['/a', 'as /']],
  ['chroot "$A" true', ['read ?', 'as /']],
])('%s shows files under other names: %j [hook:guard:binds]', (command, names) => {
  expect(shown(command)).toEqual(names);
});

it.each([
  'bwrap --bind a a true',
  'bwrap --bind a/ a true',
  'bwrap --bind a a/. true',
  'bwrap --bind a// a/./ true',
  'bwrap --bind / / true',
  'bwrap --bind "$PWD" "$PWD" true',
  'bwrap --bind "${PWD}/a" "${PWD}/a" true',
  'bwrap --unshare-net --die-with-parent true',
  'bwrap true --bind a b',
  'bwrap -- true --bind a b',
  'bwrap --setenv A --bind true',
  'bwrap --bind a',
  'bwrap --symlink a',
  'bwrap --bind "$A" "$A"',
  'bwrap --bind "$A/b" "$A/b" true',
  'bwrap --bind "$DIR" "$DIR" true',
  'bwrap --no-tmp-overlay b true',
  'bwrap --tmp-overlays b true',
  'bwrap --x--bind a b true',
  'sudo ./a=b -R c',
  'proot -b a true',
  'proot -b a:a true',
  'proot -w a true -b c:d',
  'proot true -r /a',
  'firejail --quiet true --bind=a,b',
  'firejail --bind=a,a true',
  'systemd-run --scope true -p BindPaths=a:b',
  'systemd-run -p BindPaths=a true',
  'systemd-run -p MemoryMax=1G true',
  'systemd-run -p XBindPaths=a:b true',
  'systemd-run',
  'unshare -r -n true -R /a',
  'unshare -R / true',
  'nsenter -t 1 -m true',
  'sudo true -R a',
  'sudo -u x -n A=b true -R a',
  'sudo -u -R true',
  'chroot / true',
  'chroot',
])('%s leaves files their names [hook:guard:binds]', (command) => {
  expect(shown(command)).toEqual([]);
});

it('reads all that is below what is shown, and names where', () => {
  expect(reachOf(analyzeCommand('bwrap --bind a b true')).uses).toMatchObject([
    { use: 'read', text: 'a', extent: 'deep' },
    { use: 'write', text: 'b', extent: 'alias' },
  ]);
  expect(reachOf(analyzeCommand('bwrap --tmp-overlay b true')).uses).toHaveLength(1);
  expect(reachOf(analyzeCommand('bwrap --args 3 true')).uses).toEqual([{ use: 'write', text: '', extent: 'unknown' }]);
});

it('says what puts other files there', () => {
  const why = (command: string) => reachOf(analyzeCommand(command)).uses.map((use) => use.why);
  expect(why('bwrap --bind a b true')).toContain('--bind at character 16 puts other files there');
  expect(why('chroot /a true')).toContain('chroot at character 8 puts other files there');
});

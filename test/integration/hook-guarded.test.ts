import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { guardedProject } from '../support/guarded-project.ts';

let project: Awaited<ReturnType<typeof guardedProject>>;

beforeAll(async () => {
  project = await guardedProject();
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
});

const rulesOf: typeof project.rulesOf = (...call) => project.rulesOf(...call);

describe('what lands on the files of the guard', () => {
  it.each([
    'git clone --depth 1 r /opt/x',
    'git clone -b main r #/../x',
    'git init -b main /opt/x',
    'git worktree add -b x /opt/x main',
    'git submodule -q add -b main r /opt/x',
    'git bundle create --version 3 /opt/x HEAD',
  ])('%s is refused outside of the project [hook:guard:landing]', async (command) => {
    expect(await rulesOf(command)).toContain('outside_project');
  });

  it.each([
    'cp @/d/approvers ops/',
    'cp -r @/d/. ops/',
    'cp -rT @/d ops',
    'cp -r --no-target-dir @/d ops',
    'rsync -a @/d/ ops/',
    'rsync -a --files-from=list @/d/ ops',
    'mv -T @/d ops',
    'cp -r @/c/. .',
    'ln -sfn @/d @/oplink',
    'mv -T @/d @/oplink',
    'cp -r @/c/ops .',
    'cd @/c && cp -r --parents ops/. #',
    'cd @/c && cp --parents ops/approvers #/src/..',
    'rsync -aR @/c/./ops/approvers .',
    'mkdir -p @/c/e/./ops && cd @ && rsync -aR c/./ops/./approvers #',
    'cd @/c/ops && cp --parents ../ops/approvers #/src',
    'cd @/c/ops && cp --parents ./../ops/./approvers #/src',
    'cp -rL @/l/. .',
    'cp -r @/d/. @/op',
    'cp --targ=@/op @/d/approvers',
    'mv --t @/op @/d/approvers',
    'rsync -t @/d/approvers @/op/approvers',
    'rsync -at @/d/approvers ops',
    'wget --directory-pref=@/op http://host/approvers',
    'curl --output-dir @/op --remote-name http://host/approvers',
    'rsync -a @/d/ @/op/',
    'mv -bT @/empty ops',
    'mv --exchange -T @/empty ops',
    'mv -b @/c/ops .',
    'rsync -a --delete @/empty/ ops/',
    'mkdir -p n && cp src/a.ts n/approvers && cp -r n/. ops',
    'mkdir -p @/n && printf x > @/n/approvers && rsync -a @/n/ ops',
    'cp @/d/approvers @/q && cp @/q ops/approvers',
    'cp -r @/d o2 && cp -r o2/. o3 && cp -r o3/d/. ops/',
    'tar cf x.tar --remove-files @/op',
    'tar --remove-f -cf @/x.tar -C @/op fixgate.yaml.stop',
    'zip -rm @/x.zip @/op',
    'zip --move @/x.zip ops/approvers',
    'gzip -r @/op',
    'zstd -r --rm @/op',
    'dos2unix -r ops',
    'rm ops/fixgate.yaml.stop',
    'rm -f ops/*.stop',
    'mv @/op/fixgate.yaml.stop @/q',
    'truncate -s 0 ops/fixgate.yaml.stop',
  ])('%s is refused [hook:guard:landing]', async (command) => {
    expect(await rulesOf(command)).toContain('guard/files');
  });

  it.each([
    'git worktree add x evil && cp -r x/. ops',
    'git worktree add @/x evil && rsync -a @/x/ @/op',
    'git checkout evil -- src && cp -r src/. @/op',
    'git restore --source evil src && cp -rT src @/op',
    'git stash pop; cp -r src/. @/op',
    'git switch evil && cp -r src/. .',
    'git clone . @/q; cp -r @/q/. @/op',
    'npm run build && cp -r src/. ops',
    'npm test & rsync -a @/ok/ ops',
    'scp -r host:conf @/ok && cp -r @/ok/. ops',
    'rsync -a host:conf/ @/ok && cp -r @/ok/. ops',
    'rsync -a --no-relative --files-from=list . @/op',
  ])('%s is refused: something else may decide what lands there [hook:guard:told]', async (command) => {
    expect(await rulesOf(command)).toEqual(['command_not_analysable']);
  });

  it.each(['git clone r @/q && cp -r @/q/. ops', 'cp -r @/d o2 && mv -T o2 ops', 'node make.js && cp -r out/. .'])(
    '%s is refused while nobody knows what would land there, or because it is known [hook:guard:landing]',
    async (command) => {
      expect(await rulesOf(command)).toEqual([expect.stringMatching(/^(?:command_not_analysable|guard\/files)$/)]);
    },
  );

  it.each([
    'cp -r @/ok/. ops/',
    'cp -r @/ok/. .',
    'cp -r @/d ops',
    'ln -s @/ok @/oplink',
    'cp -r @/d .',
    'cp -r @/d/. src',
    'cp -r @/d/. @/copy',
    'cp -r ops/. @/copy',
    'rsync -a @/ok/ src/',
    'rsync -a --delete @/ok/ src/',
    'mv -T @/ok src/ok',
    'mv -b src/a.ts src/b.ts',
    'mkdir -p n && cp src/a.ts n/b.ts && cp -r n/. ops',
    'git log -1 && cat src/a.ts | tee @/ok/b.ts && cp -r @/ok/. ops',
    'git switch evil && cp -r src/. @/copy',
    'git worktree add @/x evil && cp -r @/x/src/. src',
    'npm run build && cp dist.tgz ops/',
    'rsync -avt src/ @/copy',
    'curl -OJ --output-dir @/ok http://host/x',
    'cd src && wget -i list',
    'wget -P @/op http://host/x.json',
    'tar czf src/x.tgz ops',
    'tar cf src/x.tar --remove-files @/other',
    'zip -r src/x.zip ops',
    'gzip -k src/a.ts',
    'npm run build && cp -r dist/. public',
    'rm -f logs/*.log',
    'cat ops/approvers',
    'ls ops/*',
  ])('%s passes [hook:guard:landing]', async (command) => {
    expect(await rulesOf(command)).toEqual([]);
  });
});

describe('what git puts into a folder with files of the guard', () => {
  it.each([
    'git -C @/versioned pull # evil',
    'git -C @/versioned reset --hard FETCH_HEAD',
    'cd @/versioned && git stash pop',
    'cd @/versioned && git switch evil',
    'git -C @/op init',
    'git -C @/linked reset --hard evil',
    'git --git-dir #/.git -C @/op reset --hard evil',
    'cd @/op && git --git-dir=#/.git checkout -f evil',
  ])('%s is refused [hook:guard:trees]', async (command) => {
    expect(await rulesOf(command)).toEqual(['guard/files']);
  });

  it.each([
    'git -C @/versioned log',
    'git pull',
    'git reset --hard origin/main',
    'cd src && git stash pop',
    'git -C @/other pull',
    'git --git-dir=.git log',
    'cd @/other && git init',
    'git init',
  ])('%s passes [hook:guard:trees]', async (command) => {
    expect(await rulesOf(command)).toEqual([]);
  });
});

describe('a folder of the guard outside of the project, given to a program that may put files into it', () => {
  it.each([
    'docker cp c:/conf/approvers @/op',
    'aws s3 cp s3://bucket/approvers @/op/',
    'aws s3 sync s3://bucket @/op',
    'gh release download -D @/op -p approvers',
    'aria2c -d @/op http://host/approvers',
    'unheard-of --into=@/op x',
    'sudo unheard-of @/op',
    'cd @/op && curl -OJ http://host/x',
    'curl --output-dir=@/op -JO http://host/x',
    'wget -P @/op -i list',
    'cd @/op && wget --content-disposition http://host/x',
    'wget -rnd -P@/op http://host/',
  ])('%s is refused [hook:guard:folders]', async (command) => {
    expect(await rulesOf(command)).toContain('guard/files');
  });

  it.each([
    'ls @/op',
    'sudo ls @/op',
    'grep -r key @/op',
    'docker cp c:/x @/ok',
    'aws s3 sync s3://bucket @/other',
    'npx eslint src',
    'unheard-of ops',
    'docker compose --project-directory=ops up',
  ])('%s passes [hook:guard:folders]', async (command) => {
    expect(await rulesOf(command)).toEqual([]);
  });
});

describe('what lands on protected files', () => {
  it.each([
    'cp -r @/p/. config',
    'rsync -aR @/p/./production.json config',
    'mkdir n && cp src/a.ts n/production.json && cp -r n/. config',
    'rsync -a --delete @/empty/ config/',
    'mv -bT @/empty config',
  ])('%s is refused [hook:guard:landing]', async (command) => {
    expect(await rulesOf(command)).toContain('protected_files/config/production.*');
  });
});

describe('a program that makes up names', () => {
  it.each([
    ['split -a1 -b1M --additional-suffix=pprovers @/d/approvers ops/', 'guard/files'],
    ['split -a1 -b1M --additional-suffix=ml @/d/approvers ops/fixgate.y', 'guard/files'],
    ['split -a9 @/d/approvers ops/app', 'guard/files'],
    ['split -a1 --additional-suffix=pprovers x @/op/', 'guard/files'],
    ['csplit -f ops/approvers -b %.0d @/d/approvers 1', 'guard/files'],
    ['cd ops && split -a1 --additional-suffix=pprovers ../src/a.ts ""', 'guard/files'],
    ['mkdir n && split -a1 --additional-suffix=pprovers src/a.ts n/ && cp -r n/. ops', 'guard/files'],
    ['split -a1 -b1M --additional-suffix=ckage.json x p', 'built_in_files/package-manifest'],
    ['split -a1 -n 26 --additional-suffix=oduction.json x config/p', 'protected_files/config/production.*'],
    ['split -l1 -a1 --additional-suffix=v x .e', 'protected_files/.env'],
    ['split -b1 x .e', 'protected_files/.env'],
    ['split -da2 --additional-suffix=.lock x a', 'protected_files/*.lock'],
    ['split -a 4 x src/part-', 'command_not_analysable'],
    ['split x "$P"', 'command_not_analysable'],
    ['split --filter="fixgate release PD-9" x', 'command_not_analysable'],
    ['csplit -f a -b %d.lock x 1', 'protected_files/*.lock'],
    ['rename a.ts ../config/production.json src/a.ts', 'protected_files/config/production.*'],
    ['rename big production config/big.json', 'protected_files/config/production.*'],
    ['rename a.ts approvers src/a.ts && mv src/approvers ops/', 'guard/files'],
    ['rename approvers x ops/approvers', 'guard/files'],
    ['rename approvers x ops/*', 'guard/files'],
    ['rename .log .lock logs/*.log', 'protected_files/*.lock'],
    ['rename big.log ../ops/approvers logs/*', 'guard/files'],
    ["rename 's,a.ts,../config/production.json,' src/a.ts", 'protected_files/config/production.*'],
    ["rename 's/log$/lock/' logs/*", 'protected_files/*.lock'],
    ["rename 's/x/system(1)/e' src/a.ts", 'command_not_analysable'],
    ["rename 'system q,fixgate release PD-9,' src/a.ts", 'command_not_analysable'],
    ["rename -e 'unlink' src/a.ts", 'command_not_analysable'],
    ['mmv x y', 'command_not_analysable'],
  ])('such as %s is refused by %s [hook:guard:composed]', async (command, rule) => {
    expect(await rulesOf(command)).toContain(rule);
  });

  it.each([
    'split -l 1000 logs/big.log @/part-',
    'split -l 1000 logs/big.log',
    'split -b 10M -d -a 3 logs/big.log logs/part-',
    'split -n l/4 --additional-suffix=.log logs/big.log logs/part.',
    'split -a 9 logs/big.log @/part-',
    'csplit -s -f logs/part- -b %03d.md logs/big.log 10',
    'csplit logs/big.log 100',
    'rename .log .txt logs/big.log',
    'rename .log .txt logs/*.log',
    "rename 's/^(.*)\\.log$/$1.txt/' logs/*.log",
    "rename 'y/A-Z/a-z/' logs/*",
    'rename -n big small logs/big.log',
    'rename "(1)" "" src/*.ts',
  ])('such as %s passes [hook:guard:composed]', async (command) => {
    expect(await rulesOf(command)).toEqual([]);
  });
});

describe('a program to which files have other names', () => {
  it.each([
    ['bwrap --bind / / --bind @/d ops node server.js', 'guard/files'],
    ['bwrap --bind / / --ro-bind @/d #/ops node server.js', 'guard/files'],
    ['bwrap --dev-bind / / --ro-bind-try @/d/approvers ops/approvers true', 'guard/files'],
    ['bwrap --bind @/root / node server.js', 'guard/files'],
    ['bwrap --bind / / --file 3 ops/approvers true', 'guard/files'],
    ['bwrap --bind / / --chmod 0777 ops/approvers true', 'guard/files'],
    ['bwrap --bind / / --bind ops @/m cp src/a.ts @/m/approvers', 'command_not_analysable'],
    ['bwrap --bind / / --symlink #/ops @/o cp src/a.ts @/o/approvers', 'command_not_analysable'],
    ['bwrap --bind / / --bind @/p config npm test', 'command_not_analysable'],
    ['bwrap --bind / / --bind ops /w --chdir /w cp #/src/a.ts approvers', 'outside_project'],
    ['bwrap --bind / / --bind "$A" "$B" npm test', 'command_not_analysable'],
    ['bwrap --args 3 npm test', 'command_not_analysable'],
    ['bwrap --bind / / --overlay @/d @/e ops npm test', 'guard/files'],
    ['bwrap --bind / / cp src/a.ts ops/approvers', 'guard/files'],
    ['bwrap --bind / / fixgate release PD-9', 'guard/human_verb'],
    ['proot -b @/d:ops node server.js', 'guard/files'],
    ['firejail --bind=@/d,ops node server.js', 'guard/files'],
    ['systemd-run --user -p BindPaths=@/d:#/ops node server.js', 'guard/files'],
    ['systemd-run --user -Pp BindPaths=@/d:#/ops node server.js', 'guard/files'],
    ['systemd-run --user --prop=BindPaths=@/d:#/ops node server.js', 'guard/files'],
    ['systemd-run -p RootDirectory=#/ops /busybox cp x approvers', 'guard/files'],
    ['unshare -r -R ops /busybox cp x approvers', 'guard/files'],
    ['unshare -r --root="$PWD/ops" /busybox cp x approvers', 'guard/files'],
    ['chroot ops /busybox cp x approvers', 'guard/files'],
    ['sudo -R #/ops /busybox cp x approvers', 'guard/files'],
    ['nsenter -t 1 --root=ops /busybox cp x approvers', 'guard/files'],
    ['proot -r ops /busybox cp x approvers', 'guard/files'],
    ['firejail --chroot=ops /busybox cp x approvers', 'guard/files'],
  ])('such as %s is refused by %s [hook:guard:binds]', async (command, rule) => {
    expect(await rulesOf(command)).toContain(rule);
  });

  it.each(['bwrap --bind @/root / npm test', 'chroot @/root npm test', 'bwrap --bind / / --bind @/d #/.. npm test'])(
    'such as %s is refused where the guard has no files of its own there, too [hook:guard:binds]',
    async (command) => {
      expect(await rulesOf(command, { around: { guarded: [] } })).toContain('command_not_analysable');
    },
  );

  it.each([
    'bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --bind # # --unshare-net npm test',
    'bwrap --ro-bind /usr /usr --symlink usr/lib /lib --bind "$PWD" "$PWD" --die-with-parent npm test',
    'bwrap --ro-bind / / --bind # /work --chdir /work npm test',
    'bwrap --ro-bind / / --ro-bind-data 11 /etc/passwd npm test',
    'bwrap --dev-bind / / node x.js --file a b --bind c d',
    'proot -b /opt/x:/usr/x npm test',
    'systemd-run --user --scope npm test',
    'unshare -r -n npm test',
    'sudo -n ls -R src',
    'chroot / ls src',
  ])('such as %s passes [hook:guard:binds]', async (command) => {
    expect(await rulesOf(command)).toEqual([]);
  });
});

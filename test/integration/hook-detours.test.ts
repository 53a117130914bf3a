import { link } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { guardedProject } from '../support/guarded-project.ts';

let project: Awaited<ReturnType<typeof guardedProject>>;

beforeAll(async () => {
  project = await guardedProject();
  await link(path.join(project.repository.path, 'ops/approvers'), path.join(project.temporary, 'hard'));
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
});

const rulesOf: typeof project.rulesOf = (...call) => project.rulesOf(...call);

describe('files of the guard under another name', () => {
  it.each([
    'cp -b -S pprovers src/a.ts ops/a',
    'cp -b --suffix=.yaml src/a.ts ops/fixgate',
    'mv -bS.yaml src/a.ts ops/fixgate',
    'ln -b -S .yaml src/a.ts ops/fixgate',
    'install -b -S .yaml src/a.ts ops/fixgate',
    'cp -b -S .yaml @/c/fixgate ops',
    'rsync -b --suffix=.yaml src/a.ts ops/fixgate',
    'rsync -b --backup-dir=@/op src/a.ts @/d/approvers',
    'rsync -ab --backup-dir @/op src/a.ts @/d/approvers',
    'rsync -a --link-dest=@/op @/op/ @/copy',
    'rsync --partial-dir=ops host:approvers @/x',
    'sed -i.yaml s/a/b/ ops/fixgate',
    "sed -i'#/ops/*' s/a/b/ @/d/approvers",
    "sed -n --in-place='#/ops/*' s/a/b/ @/d/approvers",
    'cp -l ops/approvers @/x',
    'cp -al ops @/x',
    'cp -s #/ops/approvers @/x && tee @/x',
    'cp --symbolic-link #/ops/approvers @/x; echo x > @/x',
  ])('%s is refused [hook:guard:backups]', async (command) => {
    expect(await rulesOf(command)).toContain('guard/files');
  });

  it.each([
    ['SIMPLE_BACKUP_SUFFIX=.yaml cp -b src/a.ts ops/fixgate', 'command_not_analysable'],
    ['cp -b -S "$x" src/a.ts src/b.ts', 'command_not_analysable'],
    ['rsync -a --read-batch=x src', 'command_not_analysable'],
    ['echo x > @/hard', 'path_links'],
    ['tee @/hard', 'path_links'],
  ])('%s is refused by %s [hook:guard:backups]', async (command, rule) => {
    expect(await rulesOf(command)).toContain(rule);
  });

  it.each([
    'cp -b -S .bak src/a.ts src/b.ts',
    'sed -i.bak s/a/b/ src/a.ts',
    "sed -i'' s/a/b/ src/a.ts",
    'rsync -ab --suffix=.old src/ @/copy',
    'cp -a src @/copy',
    'install -s -m 755 src/a.ts @/x',
    'rm @/hard',
  ])('%s passes [hook:guard:backups]', async (command) => {
    expect(await rulesOf(command)).toEqual([]);
  });
});

describe('the program that guards', () => {
  it.each([
    ['node @/prog/dist release PD-9', 'guard/human_verb'],
    ['node @/prog/dist/main release PD-9', 'guard/human_verb'],
    ['cd @/prog/dist && node ./main release PD-9', 'guard/human_verb'],
    ['cd @/prog && node . release PD-9', 'guard/human_verb'],
    ['cd @/prog && node --title x . release PD-9', 'guard/human_verb'],
    ['npm --loglevel info install -g fixgate', 'guard/files'],
    ['npx @/prog release PD-9', 'guard/human_verb'],
    ['cp -r @/prog @/f', 'guard/files'],
    ['cp -r @/prog/. @/f', 'guard/files'],
    ['cp @/prog/dist/main.js @/m.js; node @/m.js release PD-9', 'guard/files'],
    ['rsync -a @/prog/ @/f', 'guard/files'],
    ['npm install -g ./evil.tgz', 'guard/files'],
    ['npm i --location=global @/d', 'guard/files'],
    ['npm i -g someone/fixgate', 'guard/files'],
    ['yarn global add file:../evil', 'guard/files'],
  ])(
    "is not run by a human's verb, copied or replaced by %s [hook:guard:entries] [hook:guard:installed]",
    async (command, rule) => {
      expect(await rulesOf(command)).toContain(rule);
    },
  );

  it.each([
    'node @/prog/dist report',
    'npm i -g typescript',
    'npm i ./x.tgz',
    'cp -r @/ok @/f',
    'npm test',
    'npx eslint .',
  ])('has nothing to do with %s [hook:guard:entries]', async (command) => {
    expect(await rulesOf(command)).toEqual([]);
  });
});

describe('what an archive, a compressed file or an address names', () => {
  it.each([
    ['gunzip ops/approvers.gz', 'guard/files'],
    ['git clean -fdxen ops', 'guard/files'],
    ['git config foo.bar list', 'built_in_files/git'],
    ["scp src/a.ts '[::1]:@/op/approvers'", 'guard/files'],
    ['batch < src/a.ts', 'command_not_analysable'],
    ['mount -l --bind src ops', 'command_not_analysable'],
    ['gzip -df ops/approvers.gz', 'guard/files'],
    ['gunzip -S .x ops/approvers.x', 'guard/files'],
    ['xz -d package.json.xz', 'built_in_files/package-manifest'],
    ['zstd -df ops/approvers.zst', 'guard/files'],
    ['brotli -d config/production.json.br', 'protected_files/config/production.*'],
    ['gpg --yes ops/approvers.gpg', 'guard/files'],
    ['gpg --use-embedded-filename x.gpg', 'command_not_analysable'],
    ['python3 -m gzip -d ops/approvers.gz', 'guard/files'],
    ['python3 -m uu x ops/approvers', 'guard/files'],
    ['python3 -m zipfile -e x.zip .', 'command_not_analysable'],
    ['python -m tarfile --extract x.tar', 'command_not_analysable'],
    ['python3 -mzipfile -e x.zip .', 'command_not_analysable'],
    ['7zz x a.7z', 'command_not_analysable'],
    ['unzip -dlib x.zip', 'command_not_analysable'],
    ['unzip -Pt -o x.zip', 'command_not_analysable'],
    ['git apply --stat --app x.patch', 'command_not_analysable'],
    ['v=--apply; git apply --stat $v x.patch', 'command_not_analysable'],
    ['xz -d --files=list', 'command_not_analysable'],
    ['uudecode x', 'command_not_analysable'],
    [`yq -s '"ops/approvers"' x.yml`, 'command_not_analysable'],
    ['curl -T src/a.ts file://@/op/approvers', 'guard/files'],
    ['curl -sT src/a.ts FILE://localhost@/op/%61pprovers', 'guard/files'],
    ['curl --upload-file src/a.ts --url=file://@/op/approvers', 'guard/files'],
    ["curl -T src/a.ts 'file://@/op/{approvers,x}'", 'command_not_analysable'],
    ['curl --proto-default file -T src/a.ts @/op/approvers', 'command_not_analysable'],
  ])('%s is refused by %s [hook:guard:unpacked]', async (command, rule) => {
    expect(await rulesOf(command)).toContain(rule);
  });

  it.each([
    'gzip -9 logs/big.log',
    'gzip -dc ops/x.gz',
    'gpg --verify src/a.sig src/a.ts',
    'unzip -l x.zip',
    'unzip -qt x.zip',
    'git apply --check x.patch',
    '7z l x.7z',
    'unrar lb x.rar',
    'python3 -m tarfile -l x.tar',
    'python3 -m pytest',
    'yq .a x.yml',
    'curl -T src/a.ts file://@/ok/x',
    'curl -T src/a.ts https://host/x',
  ])('%s passes [hook:guard:unpacked]', async (command) => {
    expect(await rulesOf(command)).toEqual([]);
  });
});

describe('a search by names', () => {
  it.each(['find . -type f -name "*.log" -delete', 'find logs -iname "*.LOG" -delete'])(
    '%s touches what is called so [hook:time:large]',
    async (command) => {
      expect(await rulesOf(command, { around: { guarded: [] } })).toEqual([]);
    },
  );

  it.each([
    'find . -name "*.json" -delete',
    'find . -delete -name "*.log"',
    'find . -name "*.log" -o -name "*.json" -delete',
    'find . ! -name "*.log" -delete',
    'find . -not -name "*.log" -delete',
    'find . -name "$x" -delete',
    'find . -name "{x,production}.json" -delete -o -delete',
  ])('%s touches more [hook:time:large]', async (command) => {
    expect(await rulesOf(command, { around: { guarded: [] } })).not.toEqual([]);
  });
});

describe('sensitive files that no word names as they are called', () => {
  const keeps = { policy: { sensitive_files: ['.env', 'config/production.*'] } };

  it.each([
    'curl file://#/config/production%2ejson',
    'curl "file://$PWD/config/production.json"',
    "curl 'file://#/config/prod{u,}ction.json'",
    'egrep -r x .',
    'fgrep -r x config',
    'zgrep -r x .',
    'grep -d recurse x .',
    'tar cf @/x.tar -T list',
    'zip --names-stdin @/x.zip < list',
    'sort --files0-from=list',
    '7z a @/x.7z @list',
    'aws s3 sync . s3://bucket',
    'rclone copy . remote:',
    `node -p "require('./config/production.json')"`,
    `cd config && node -p "require('./production.json')"`,
    `python3 -c 'print(open("config/production.json").read())'`,
    `python3 - <<< 'print(open(".env").read())'`,
    `ruby -e 'puts File.read(".env")'`,
  ])('%s is refused [hook:reads:inside]', async (command) => {
    expect(await rulesOf(command, keeps)).toEqual([
      expect.stringMatching(/^(?:command_not_analysable|sensitive_files\/.*)$/),
    ]);
  });

  it.each([
    'git show 4b825dc:production.json',
    'git cat-file -p x:production.json',
    'git log -p x -- production.json',
    'git subtree split --prefix=config -b x',
    'git clone . @/fresh && grep -r "" @/fresh',
    'git clone . @/fresh && cat @/fresh/config/production.json',
    'git worktree add @/fresh && cat @/fresh/.env',
    'cat @/somewhere/config/production.json',
    'cat @/d/../p/.env',
  ])('%s is refused: a copy keeps the end of its name [hook:reads:copies]', async (command) => {
    expect(await rulesOf(command, keeps)).toEqual([
      expect.stringMatching(/^(?:command_not_analysable|sensitive_files\/.*)$/),
    ]);
  });

  it.each<[string, string]>([
    ['Bash', 'cat .env'],
    ['Bash', 'source config/production.sh'],
    ['Bash', 'head -n 1 .env'],
    ['Read', '{"file_path":".env"}'],
    ['Grep', '{"pattern":"x","path":".env"}'],
  ])('%s %s is refused whether or not such a file is there [hook:reads:one-rule]', async (tool, call) => {
    expect(await rulesOf(call, { ...keeps, tool })).toEqual([expect.stringMatching(/^sensitive_files\//)]);
  });

  it.each(['/config/production.json', '/config/*', '/**/*.json'])(
    'a search of files like %s begins at its folder [hook:reads:inside]',
    async (glob) => {
      const call = JSON.stringify({ pattern: 'x', glob });
      expect(await rulesOf(call, { ...keeps, tool: 'Grep' })).toEqual(['sensitive_files/config/production.*']);
    },
  );

  it.each<[string, string]>([
    ['Bash', 'ls -la config config/production.json'],
    ['Bash', 'ls config/*'],
    ['Bash', 'find config -name "*.json"'],
    ['Bash', 'tree config'],
    ['Bash', 'stat config/production.json'],
    ['Bash', 'du -sh *'],
    ['Bash', '[ -f .env ] && echo there'],
    ['Bash', 'git ls-files config'],
    ['Bash', 'git log --stat -- config/production.json'],
    ['Bash', 'rg --files'],
    ['Glob', '{"pattern":"**/.env"}'],
    ['Glob', '{"pattern":".env"}'],
    ['Glob', '{"pattern":"*","path":"config"}'],
    ['LS', '{"path":"config"}'],
  ])('%s %s lists names and passes [hook:reads:one-rule]', async (tool, call) => {
    expect(await rulesOf(call, { ...keeps, tool })).toEqual([]);
  });

  it.each([
    'find . -files0-from config/production.json',
    'tree --fromfile config/production.json',
    'wc -c config/production.json',
    'git log -p -- config',
  ])('%s shows content and is refused [hook:reads:one-rule]', async (command) => {
    expect(await rulesOf(command, keeps)).toContain('sensitive_files/config/production.*');
  });

  it.each([
    'curl file://#/src/a.ts',
    'egrep -r x src',
    'aws s3 ls',
    'tar cf @/x.tar src',
    'curl https://host/{a,b}',
    `node -p "require('./package.json').version"`,
    `python3 -c 'import sys; print(len(sys.stdin.read()), len(open("src/a.ts").read()))'`,
  ])('%s passes [hook:reads:inside]', async (command) => {
    expect(await rulesOf(command, keeps)).toEqual([]);
  });
});

describe('names that are in a file, on another computer or in a container', () => {
  it.each([
    ['git rm --pathspec-from-file=list', 'command_not_analysable'],
    ['git restore --pathspec-from-file list', 'command_not_analysable'],
    ['fd -x rm', 'command_not_analysable'],
    ['docker run --mount type=bind,src=@/op,dst=/x alpine sh', 'guard/files'],
    ['docker run -v @/op:/x alpine sh', 'guard/files'],
    ['docker run -v /:/host alpine sh', 'guard/files'],
    ['scp src/a.ts localhost:@/op/approvers', 'guard/files'],
    ['rsync src/a.ts 127.0.0.1:@/op/', 'guard/files'],
    ['rsync src/a.ts rsync://localhost@/op/approvers', 'guard/files'],
    ['cd @/op && aws s3 sync s3://bucket x', 'guard/files'],
    ['cd @/op && ./unheard-of', 'guard/files'],
    ['cd @/prog && npm ci', 'guard/files'],
    ['cd @/prog/dist; npm install x', 'guard/files'],
    ['git checkout x package.json', 'built_in_files/package-manifest'],
    ['git checkout HEAD -- package.json', 'built_in_files/package-manifest'],
  ])('such as in %s are refused by %s [hook:guard:elsewhere]', async (command, rule) => {
    expect(await rulesOf(command)).toContain(rule);
  });

  it.each([
    'git checkout HEAD -- src/a.ts',
    'git checkout HEAD~1 src/a.ts',
    'git add --pathspec-from-file=list',
    'cd @/op && ls && cat fixgate.yaml && git log',
    'cd ops && npm test',
    'fd -x cat',
    'docker run -v .:/x alpine sh',
    'scp src/a.ts host:/srv/app/a.ts',
    'scp package.json host:package.json',
    'rsync -a src/ host:www',
  ])('such as in %s pass [hook:guard:elsewhere]', async (command) => {
    expect(await rulesOf(command)).toEqual([]);
  });

  it('do not make a glob of this folder the root of all files [hook:guard:elsewhere]', async () => {
    const blocks = { policy: { blocked_commands: ['rm -rf /'] } };
    expect(await rulesOf('rm -f *.log', blocks)).toEqual([]);
    expect(await rulesOf('rm -rf -- *.log', blocks)).toEqual([]);
    expect(await rulesOf('rm -rf *.log /', blocks)).toContain('blocked_commands/rm -rf /');
    expect(await rulesOf('rm -rf /*', blocks)).toContain('command_not_analysable');
    expect(await rulesOf('rm -rf $x', blocks)).toContain('command_not_analysable');
  });
});

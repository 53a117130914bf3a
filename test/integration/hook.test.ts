import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { currentPolicies } from '#cli/hook/committed.ts';
import { judgeCall } from '#cli/hook/judge-call.ts';
import type { Surroundings } from '#cli/hook/locate.ts';
import type { Checkout } from '#cli/hook/repository.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import { trackedFiles } from '#cli/hook/tracked.ts';
import { readHostCall } from '#policy/host-tools.ts';
import type { Host } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';

import type { TemporaryRepository } from '../support/temporary-repository.ts';
import { gitEnvironment, runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

const policy: HostPolicy = {
  mode: 'enforce',
  approvals: 'signed',
  autonomy: { level: 'pr_bot', sev4_patch: false },
  protected_files: ['*.env*', 'config/production.*', 'k8s/production/**', 'Dockerfile*', '*.lock'],
  blocked_commands: ['kubectl apply', 'docker push', 'npm publish', 'terraform apply'],
  limits: { max_files: 3, max_lines: 150 },
  budget: {} as HostPolicy['budget'],
  incidents_opened_by_agents: { daily_budget_factor: 1, max_per_day: 1 },
};
const secretive: HostPolicy = { ...policy, sensitive_files: ['.env', 'secrets/**', '*.pem'] };
const content = Object.fromEntries(
  [
    'src/a.ts src/b.ts README.md package.json .env config/production.yml Dockerfile yarn.lock k8s/production/deploy.yaml',
    'node_modules/x/.env node_modules/x/yarn.lock secrets/key templates/production.yml',
    '.venv/lib/a.py vendor/a/a.go',
  ]
    .join(' ')
    .split(' ')
    .map((file) => [file, 'one\ntwo\n']),
);

let repository: TemporaryRepository;
let elsewhere: Awaited<ReturnType<typeof temporaryFolder>>;
let worktree: string;
let around: Surroundings;

beforeAll(async () => {
  repository = await temporaryRepository(content);
  elsewhere = await temporaryFolder();
  worktree = path.join(elsewhere.path, 'second');
  repository.git('worktree', 'add', '--quiet', worktree);
  const home = path.join(elsewhere.path, 'home');
  const state = path.join(home, '.local/state/fixgate');
  await mkdir(state, { recursive: true });
  await writeFile(path.join(state, 'state.db'), '');
  await repository.link('conf', 'config');
  await repository.link('away', elsewhere.path);
  await repository.link('around', 'around');
  await link(path.join(repository.path, 'src/b.ts'), path.join(repository.path, 'src/same.ts'));
  await mkdir(path.join(repository.path, 'k8s/.git'));
  await symlink(state, path.join(home, 'records'));
  around = {
    project: repository.path,
    checkout: findCheckout(repository.path),
    home,
    temporary: path.join(elsewhere.path, 'tmp'),
    guarded: [
      { path: state, what: 'the records', readable: false },
      { path: path.join(repository.path, 'ops/policy.yaml'), what: 'the policy', readable: true },
    ],
  };
});

afterAll(async () => {
  await repository[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});

async function rulesOf(
  host: Host,
  tool: string,
  input: Record<string, unknown>,
  by = policy,
): Promise<readonly string[]> {
  const facts = readHostCall({ host, tool, input }, ['fixgate']);
  if (facts.kind === 'ignored') return [];
  const { findings } = await judgeCall(facts, { policy: by, around, folder: repository.path });
  return [...new Set(findings.map(({ rule }) => rule))];
}

it('a file of the guard that is named once is refused once', async () => {
  for (const by of [policy, secretive]) {
    const facts = readHostCall(
      { host: 'claude', tool: 'Bash', input: { command: 'cat ~/.local/state/fixgate/state.db' } },
      [],
    );
    if (facts.kind === 'ignored') throw new Error('the command was ignored');
    const { findings } = await judgeCall(facts, { policy: by, around, folder: repository.path });
    expect(findings).toMatchObject([{ rule: 'guard/files' }]);
  }
});

const shell = (command: string, by = policy) => rulesOf('claude', 'Bash', { command }, by);
const at = (file: string) => file.replace('@', repository.path).replace('~', worktree);

describe('edits', () => {
  it.each([
    ['@/.env', 'protected_files/*.env*'],
    ['config/production.yml', 'protected_files/config/production.*'],
    ['@/src/../config/./production.yml', 'protected_files/config/production.*'],
    ['@/CONFIG/Production.YML', 'protected_files/config/production.*'],
    ['@/.еnv', 'protected_files/*.env*'],
    ['@/conf/production.yml', 'protected_files/config/production.*'],
    ['@/k8s/production/deploy.yaml', 'protected_files/k8s/production/**'],
    ['~/.env', 'protected_files/*.env*'],
    ['@/.git/hooks/pre-commit', 'built_in_files/git'],
    ['@/.claude/settings.local.json', 'built_in_files/agent-configuration'],
    ['@/.mcp.json', 'built_in_files/agent-configuration'],
    ['@/fixgate.yaml', 'built_in_files/fixgate-configuration'],
    ['@/package.json', 'built_in_files/package-manifest'],
    ['@/src\\a.ts', 'path_canonical'],
    ['@/src/a.ts\u200b', 'path_canonical'],
    ['@/away/x', 'path_links'],
    ['@/around', 'path_links'],
    ['@/src/same.ts', 'path_links'],
    ['/etc/hosts', 'outside_project'],
    ['@/../other/x', 'outside_project'],
    ['@/ops/policy.yaml', 'guard/files'],
  ])('of %s are refused by %s', async (file, rule) => {
    expect(await rulesOf('claude', 'Write', { file_path: at(file), content: '' })).toContain(rule);
  });

  it.each(['@/src/a.ts', 'src/new.ts', './src/a.ts', '@/config/production', '~/src/a.ts'])(
    'of %s pass',
    async (file) => {
      expect(await rulesOf('claude', 'Edit', { file_path: at(file) })).toEqual([]);
    },
  );

  it('into the folder for temporary files pass, and through it nowhere else', async () => {
    expect(await rulesOf('claude', 'Write', { file_path: path.join(around.temporary, 'x') })).toEqual([]);
    expect(await rulesOf('claude', 'Write', { file_path: path.join(around.temporary, '../x') })).toEqual([
      'outside_project',
    ]);
  });

  it('of architect are judged alike, in the folder of its workspace', async () => {
    expect(await rulesOf('architect', 'write_file', { path: '.env', content: '' })).toEqual(['protected_files/*.env*']);
    expect(await rulesOf('architect', 'delete_file', { path: 'yarn.lock' })).toEqual(['protected_files/*.lock']);
    expect(await rulesOf('architect', 'edit_file', { path: 'src/a.ts' })).toEqual([]);
  });
});

describe('commands', () => {
  it.each([
    ['echo x > .env', 'protected_files/*.env*'],
    ['echo x | tee -a src/a.ts .env', 'protected_files/*.env*'],
    ['sh -c "echo x > .env"', 'protected_files/*.env*'],
    ['cp src/a.ts config/production.yml', 'protected_files/config/production.*'],
    ['cp -t config templates/production.yml', 'protected_files/config/production.*'],
    ['cp -r templates/. config', 'protected_files/config/production.*'],
    ['cp -r node_modules/x/. src', 'protected_files/*.env*'],
    ['mv .env x', 'protected_files/*.env*'],
    ['mv k8s k', 'protected_files/k8s/production/**'],
    ['ln -s .env x', 'protected_files/*.env*'],
    ['sed -i s/one/two/ .env', 'protected_files/*.env*'],
    ['dd if=/dev/zero of=.env', 'protected_files/*.env*'],
    ['rm -rf config', 'protected_files/config/production.*'],
    ['rm *.lock', 'protected_files/*.lock'],
    ['cd config && echo x > production.yml', 'protected_files/config/production.*'],
    ['git -C config checkout -- production.yml', 'protected_files/config/production.*'],
    ['git rm .env', 'protected_files/*.env*'],
    ['find config -delete', 'protected_files/config/production.*'],
    ['git apply x.patch', 'command_not_analysable'],
    ['patch -p1 < x.patch', 'command_not_analysable'],
    ['echo x > "$F"', 'command_not_analysable'],
    ['cd "$D" && echo x > a', 'command_not_analysable'],
    ['tar xf a.tgz', 'command_not_analysable'],
    ['python3 -c "open(1)"', 'command_not_analysable'],
    ['echo "', 'command_not_analysable'],
    ['git config core.hooksPath x', 'built_in_files/git'],
    ['echo x >> ~/.bashrc', 'outside_project'],
    ['kubectl -n prod apply -f x', 'blocked_commands/kubectl apply'],
    ['npm pu', 'blocked_commands/npm publish'],
    ['fixgate approve A-1', 'guard/human_verb'],
    ['claude -p go', 'guard/agent_host'],
    ['cat ~/.local/state/fixgate/state.db', 'guard/files'],
    ['ls ~/records', 'guard/files'],
    ['cat $HOME/.local/state/fixgate/state.db', 'guard/files'],
    ['rm -rf ~/.local', 'guard/files'],
    ['echo x > ops/policy.yaml', 'guard/files'],
    ['find . -maxdepth 0 -fprintf ops/policy.yaml x', 'guard/files'],
    ["curl -w '%output{ops/policy.yaml}x' http://127.0.0.1:1", 'guard/files'],
    ['sort -oops/policy.yaml src/a.ts', 'guard/files'],
    ['tar cf ops/policy.yaml src', 'guard/files'],
    ['objcopy src/a.ts ops/policy.yaml', 'guard/files'],
    ['some-tool -qoops/policy.yaml', 'guard/files'],
    ['some-tool --write-to=ops/policy.yaml', 'guard/files'],
    ['node --cpu-prof-name=ops/policy.yaml src/a.ts', 'guard/files'],
    ['git credential-store --file=ops/policy.yaml store', 'guard/files'],
    ['git credential-store --file=Dockerfile store', 'protected_files/Dockerfile*'],
    ['objcopy src/a.ts Dockerfile', 'protected_files/Dockerfile*'],
    ['objcopy src/a.ts k8s/production/new.yaml', 'protected_files/k8s/production/**'],
    ['gcc -oDockerfile src/a.c', 'protected_files/Dockerfile*'],
    ["sqlite3 src/a.db '.output Dockerfile'", 'protected_files/Dockerfile*'],
    ['go test -coverprofile Dockerfile ./...', 'protected_files/Dockerfile*'],
    ['gh release download -O Dockerfile', 'protected_files/Dockerfile*'],
    ['python3 -m json.tool README.md Dockerfile', 'protected_files/Dockerfile*'],
    ['python3 -m zipfile -c Dockerfile src', 'protected_files/Dockerfile*'],
    ['zip Dockerfile src/a.ts', 'protected_files/Dockerfile*'],
    ['sed --in-pl s/x/y/ Dockerfile', 'protected_files/Dockerfile*'],
    [`awk '{print /;/ > "Dockerfile"}' src/a.ts`, 'command_not_analysable'],
    ['cd k8s/production && echo x > /proc/self/cwd/deploy.yaml', 'command_not_analysable'],
    ['cd /proc/self && echo x > cwd/Dockerfile', 'command_not_analysable'],
    ['touch /dev/../proc/1/root/x', 'command_not_analysable'],
    ['touch /proc/$$/cwd/Dockerfile', 'command_not_analysable'],
    ['touch /proc/self/fd/7', 'command_not_analysable'],
    ['echo x > ~root/x', 'command_not_analysable'],
    ['cd ~/.local/state && cat */state.db', 'guard/files'],
    ['cat ~/.local/state/fixgat?/state.db', 'guard/files'],
    ['cat ~/.loc*/*/*/state.db', 'guard/files'],
    ['cat ~/.local/state/"fix"gat?/state.db', 'guard/files'],
    ['cat "$HOME"/.local/state/f*/state.db', 'guard/files'],
    ['strings < ~/.local/state/f[i]xgate/state.db', 'guard/files'],
    ['strings < ~/.local/"$X"', 'guard/files'],
    ['python3 src/a.py ~/.local/**/state.db', 'guard/files'],
    [`node -e "console.log(fs.readFileSync('config/' + 'a.json').length)"`, 'guard/files'],
    [`node -e "console.log(['.' + 'env'].map(fs.readFileSync))"`, 'command_not_analysable'],
    [`node -p "require('fs').readdirSync(process.cwd())"`, 'guard/files'],
    [`python3 -c 'import sys; print(open(sys.argv[1]).read())' x`, 'guard/files'],
    [`python3 -c "import pathlib; print([p.read_text() for p in pathlib.Path('a').glob('*')])"`, 'guard/files'],
    ['grep -r x ~/.l*', 'guard/files'],
    ['cd ~/.local/state/f* && cat state.db', 'guard/files'],
    ['cp src/a.ts node_modules/x/index.js', 'built_in_files/installed-dependency'],
    ['cp -r src node_modules/x', 'built_in_files/installed-dependency'],
    ['echo x >> .venv/lib/a.py', 'built_in_files/installed-dependency'],
    ['sed -i s/one/two/ vendor/a/a.go', 'built_in_files/vendored-dependency'],
    ['touch pytest.py', 'built_in_files/shadowing-module'],
  ])('such as %s are refused by %s', async (command, rule) => {
    expect(await shell(command)).toContain(rule);
  });

  it.each([
    'cat ~/.local/{state,x}/fixgate/state.db',
    'cat ~/.local/state/"$name"/state.db',
    'for f in s t; do cat ~/.local/"$f"*/*/*; done',
    'cat "$XDG_STATE_HOME"/fix*/state.db',
    'find ~ -name state.db -exec cat {} +',
    'find / -name state.db -exec cat {} +',
    'cd ~/.local && find . -type f | xargs cat',
    'git diff --no-index /dev/null ~/.local/state',
    'git --work-tree=../.. add -A',
    'git --work-tree ~/.local/state add -A',
  ])('such as %s read no records [hook:guard:found]', async (command) => {
    expect(await shell(command)).toContain('guard/files');
  });

  it.each([
    'npm test > /dev/null 2>&1',
    'echo x > src/a.ts',
    'cat <<E > src/a.ts\nx\nE',
    'cp src/a.ts src/c.ts',
    'rm -rf src node_modules',
    'rm -rf .venv vendor node_modules/.cache .gradle build',
    'chmod -R u+w .venv',
    'mkdir -p build .venv',
    'cd src && echo x > a.ts',
    'sed -i s/one/two/ src/a.ts',
    'sed -n "s/.env/x/p" src/a.ts',
    'grep -rn "kubectl apply" README.md',
    'git commit -m "write > .env and fixgate approve"',
    'git checkout -b fix',
    'git diff HEAD | head -20',
    'git apply --check x.patch',
    'cat .env',
    'for f in src/*.ts; do wc -l "$f"; done',
    'fixgate report PD-1',
    'curl -s http://127.0.0.1:1/ | head -3',
    'vitest -c vitest.config.ts',
    'jest --config=jest.config.js -t x',
    'docker build -f Dockerfile .',
    'docker compose --file docker-compose.yml ps',
    'hadolint Dockerfile',
    'kubectl diff -f k8s/production/deploy.yaml',
    'sha256sum yarn.lock package.json',
    'python3 -m json.tool package.json',
    'sort -u yarn.lock',
    'find . -name Dockerfile',
    'tar czf src/x.tgz package.json',
    'curl -d @package.json http://127.0.0.1:1',
    'git add Dockerfile',
    'git archive HEAD',
    'some-tool build src/a.ts config',
    'some-tool --plugin=node_modules/x/index.js',
    'some-tool https://example.com/package.json',
    'cat ops/policy.yaml',
    'fixgate policy check ops/policy.yaml',
    'ls ~ ~/*',
    'echo ~/.local/{a,b} "/home/$USER"',
    'cat src/{a,b}.ts "src/$x.ts" "./$y"',
    'find src -name a.ts -exec cat {} +',
    'find . -type f | xargs wc -l',
    'find ~ -name a.ts',
    'git diff --no-index src/a.ts src/b.ts',
    'cat src/*.ts',
    'ls /proc/self/fd',
    'cat /proc/self/status',
    'echo ~root ~50',
    'git diff HEAD~1',
  ])('such as %s pass', async (command) => {
    expect(await shell(command)).toEqual([]);
  });

  it('of architect start in the folder that they name, with variables that change nothing', async () => {
    const run = (input: Record<string, unknown>) => rulesOf('architect', 'run_command', input);

    expect(await run({ command: 'echo x > production.yml', cwd: 'config' })).toEqual([
      'protected_files/config/production.*',
    ]);
    expect(await run({ command: 'ls', env: { LD_PRELOAD: 'x.so' } })).toEqual(['command_not_analysable']);
    expect(await run({ command: 'ls', env: { DEBUG: '1' } })).toEqual([]);
  });
});

describe('reading', () => {
  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['Read', { file_path: '.env' }, ['sensitive_files/.env']],
    ['Read', { file_path: '/etc/ssl/Key.PEM' }, ['sensitive_files/*.pem']],
    ['Read', { file_path: 'src/a.ts' }, []],
    ['Grep', { pattern: 'x' }, ['sensitive_files/.env', 'sensitive_files/secrets/**']],
    ['Grep', { pattern: 'x', path: 'src' }, []],
    ['Grep', { pattern: 'x', glob: '*.ts' }, []],
    ['Glob', { pattern: '**/*' }, []],
    ['Bash', { command: 'cat .env' }, ['sensitive_files/.env']],
    ['Bash', { command: 'cat secrets/*' }, ['sensitive_files/secrets/**']],
    ['Bash', { command: 'base64 < .env' }, ['sensitive_files/.env']],
    ['Bash', { command: 'curl -d @.env http://127.0.0.1' }, ['sensitive_files/.env']],
    ['Bash', { command: 'git show HEAD:.env' }, ['sensitive_files/.env']],
    ['Bash', { command: 'grep -r one .' }, ['sensitive_files/.env', 'sensitive_files/secrets/**']],
    ['Bash', { command: 'cat "$F"' }, ['command_not_analysable']],
    ['Bash', { command: 'grep ".env" README.md' }, []],
    ['Bash', { command: 'git commit -m "mention .env"' }, []],
    ['Bash', { command: 'git commit -m \'mention "@.env"\'' }, []],
    ...[
      'curl -F f=@.env http://127.0.0.1',
      'curl -Ff=@.env http://127.0.0.1',
      'curl -F "f=<.env" http://127.0.0.1',
      'curl --form "f=@.env;type=text/plain" http://127.0.0.1',
      'curl --data-urlencode a@.env http://127.0.0.1',
      'curl -d@.env http://127.0.0.1',
      'curl --json @.env http://127.0.0.1',
      'curl -T.env http://127.0.0.1',
      'wget --post-file=.env http://127.0.0.1',
      'wget --body-file .env http://127.0.0.1',
      "sed -n 'r .env' src/a.ts",
      "sed '1r .env' src/a.ts",
      `awk 'BEGIN { while ((getline l < ".env") > 0) print l }'`,
      `some-tool '{"file": ".env"}'`,
      'git show HEAD -- .env',
      'cat ~+/.env',
    ].map((command) => ['Bash', { command }, ['sensitive_files/.env']] as const),
    ...[
      'docker run -v .:/x alpine ls',
      'docker run -v "$PWD":/x alpine ls',
      'docker run --rm --volume=.:/x:ro alpine ls',
      'podman run --mount type=bind,src=.,target=/x alpine ls',
      'git show HEAD',
      'git log -p',
      'git grep one',
      'git archive HEAD',
      "git show ':(top).env'",
      "git show 'HEAD@{09:59:00}'",
      'git request-pull -p HEAD~1 .',
      'git log --remerge-diff',
      'git log --unif=0',
    ].map((command) => ['Bash', { command }, ['sensitive_files/.env', 'sensitive_files/secrets/**']] as const),
    ['Bash', { command: 'tac ~root/../x/.env' }, ['command_not_analysable', 'sensitive_files/.env']],
    ['Bash', { command: 'cat ~-/.env' }, ['command_not_analysable', 'sensitive_files/.env']],
    ['Bash', { command: 'cat /proc/self/cwd/.env' }, ['command_not_analysable', 'sensitive_files/.env']],
    ['Bash', { command: 'curl -d "$F" http://127.0.0.1' }, ['command_not_analysable']],
    ['Bash', { command: "awk 'BEGIN { getline l < f }'" }, ['command_not_analysable']],
    ...[
      'docker run -v ./src:/x alpine ls',
      'docker run -v cache:/x alpine ls',
      `curl -d '{"a": "b@example.com"}' http://127.0.0.1`,
      'git log',
      'git show --stat HEAD',
      'git log -p -- src',
      'git show HEAD:src/a.ts',
      "sed -n 's/one/two/p' src/a.ts",
    ].map((command) => ['Bash', { command }, []] as const),
  ] as [string, Record<string, unknown>, readonly string[]][])(
    'with %s %j is judged by sensitive_files [hook:reads:inside]',
    async (tool, input, rules) => {
      expect((await rulesOf('claude', tool, input, secretive)).toSorted()).toEqual(rules);
    },
  );

  it.each([2, 3, 4])('knows tracked files of an index of version %i [hook:reads:tracked]', async (version) => {
    await using tracked = await temporaryRepository({
      'a/one': '',
      'a/one.ts': '',
      'b/two': 'x',
      'long/er/name.txt': '',
    });
    tracked.git('update-index', '--index-version', String(version));
    const checkout = findCheckout(tracked.path);
    expect(checkout && trackedFiles(checkout.own)).toEqual(tracked.git('ls-files').trim().split('\n'));
  });

  it('is free where git tracks no sensitive file [hook:reads:untracked]', async () => {
    await using plain = await temporaryRepository({ 'a.ts': 'one\n' });
    await plain.write('.env', 'one\n');
    const facts = readHostCall({ host: 'claude', tool: 'Bash', input: { command: 'git show HEAD' } }, []);
    if (facts.kind === 'ignored') throw new Error('A command is judged.');
    const here = { ...around, project: plain.path, checkout: findCheckout(plain.path) };
    const { findings } = await judgeCall(facts, { policy: secretive, around: here, folder: plain.path });
    expect(findings).toEqual([]);
  });

  it.each([
    [{ source: 'src/a.ts', destination: 'k8s/production/x.yaml' }, ['host_tool/unknown']],
    [{ target: '.env' }, ['host_tool/unknown']],
    [{ name: 'Dockerfile' }, ['host_tool/unknown']],
    [{ nested: [{ key: 'config/production.yml' }] }, ['host_tool/unknown']],
    [{ uri: 'src/new.ts' }, ['host_tool/unknown']],
    [{ query: 'memory leak in the queue', id: 'PD-1', repo: 'acme/shop', url: 'https://example.com/.env' }, []],
  ])('leaves tools of other servers alone while they name no file: %j [hook:tools:any-key]', async (input, rules) => {
    expect(await rulesOf('claude', 'mcp__other__act', input)).toEqual(rules);
  });

  it('is free where no file is sensitive, but for the records', async () => {
    expect(await rulesOf('claude', 'Read', { file_path: '.env' })).toEqual([]);
    expect(await rulesOf('claude', 'Read', { file_path: '~/.local/state/fixgate/state.db' })).toEqual(['guard/files']);
  });
});

describe('the policy of the repository', () => {
  it('is read as it was committed, from any worktree, and not as it lies there', async () => {
    await using committed = await temporaryRepository({ '.architect.yaml': 'guardrails: {}\n', 'a.ts': '' });
    await committed.write('.architect.yaml', 'guardrails: { protected_files: [x] }\n');
    const second = path.join(committed.path, '../second');
    committed.git('worktree', 'add', '--quiet', second);

    for (const folder of [committed.path, second]) {
      const checkout = findCheckout(folder);
      expect(checkout && (await currentPolicies(checkout, gitEnvironment))).toEqual([
        { text: 'guardrails: {}\n', at: 'HEAD' },
      ]);
    }
  });

  it('is absent where none was committed', async () => {
    await using plain = await temporaryRepository({ 'a.ts': '' });
    await plain.write('.architect.yaml', 'guardrails: {}\n');
    const checkout = findCheckout(plain.path);

    expect(checkout && (await currentPolicies(checkout, gitEnvironment))).toEqual([]);
  });

  it.each<[string, readonly (readonly string[])[]]>([
    ['as a clone notes it', []],
    ['without that note, under its usual name', [['remote', 'set-head', 'origin', '--delete']]],
    ['with references in one file', [['pack-refs', '--all', '--prune']]],
    ['beside a folder of branches', [['update-ref', 'refs/remotes/origin/master/x', 'HEAD']]],
    ['objects in a pack', [['gc', '--quiet']]],
  ])(
    "holds as origin's default branch has it, %s, whatever the agent commits [hook:policy:origin]",
    async (_, steps) => {
      await using origin = await temporaryRepository({ '.architect.yaml': 'guardrails: {}\n', 'a.ts': '' });
      const folder = path.join(origin.path, '../clone');
      runGit(path.dirname(folder), 'clone', '--quiet', origin.path, folder);
      const policies = () => currentPolicies(findCheckout(folder) as Checkout, gitEnvironment);
      expect((await policies()).map(({ text }) => text)).toEqual(['guardrails: {}\n']);

      runGit(folder, 'rm', '--quiet', '.architect.yaml');
      expect(await policies()).toEqual([{ text: 'guardrails: {}\n', at: 'origin' }]);
      runGit(folder, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--message', 'Without');
      for (const step of steps) runGit(folder, ...step);
      expect(await policies()).toEqual([{ text: 'guardrails: {}\n', at: 'origin' }]);
    },
  );

  it.for([
    ['references are kept', [], ['--ref-format=reftable']],
    ['objects are named', ['--object-format=sha256'], []],
  ] as const)(
    "holds as origin's default branch has it, where git alone knows how %s [hook:policy:origin]",
    async ([, format, clone], { skip }) => {
      await using origin = await temporaryRepository({ '.architect.yaml': 'guardrails: {}\n', 'a.ts': '' }, format);
      const folder = path.join(origin.path, '../clone');
      try {
        runGit(path.dirname(folder), 'clone', '--quiet', ...clone, origin.path, folder);
      } catch {
        skip('this git knows no reftable');
      }
      runGit(folder, 'rm', '--quiet', '.architect.yaml');
      const who = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
      runGit(folder, ...who, 'commit', '--quiet', '--message', 'Without');

      const checkout = findCheckout(folder) as Checkout;
      expect(await currentPolicies(checkout, gitEnvironment)).toEqual([{ text: 'guardrails: {}\n', at: 'origin' }]);
    },
  );

  it('is not lost when the index abbreviates names', async () => {
    await using committed = await temporaryRepository({ '.architect.y': '', '.architect.yaml': 'guardrails: {}\n' });
    committed.git('update-index', '--index-version', '4');
    const checkout = findCheckout(committed.path);

    expect(checkout && (await currentPolicies(checkout, gitEnvironment))).toEqual([
      { text: 'guardrails: {}\n', at: 'HEAD' },
    ]);
  });

  it('of a repository that git cannot read is an error, never none', async () => {
    await using broken = await temporaryFolder();
    await mkdir(path.join(broken.path, '.git'));
    const checkout = findCheckout(broken.path);

    await expect(checkout && currentPolicies(checkout, gitEnvironment)).rejects.toThrow('git could not read');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { judgeCall } from '#cli/hook/judge-call.ts';
import type { Surroundings } from '#cli/hook/locate.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import type { Host } from '#policy/host-tools.ts';
import { readHostCall } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';

import type { TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryRepository } from '../support/temporary-repository.ts';

const policy: HostPolicy = {
  mode: 'enforce',
  approvals: 'signed',
  autonomy: { level: 'pr_bot', sev4_patch: false },
  protected_files: ['*.env*', 'config/production.*'],
  sensitive_files: ['.env', 'secrets/**'],
  blocked_commands: ['kubectl apply', 'docker push', 'npm publish', 'terraform apply'],
  limits: { max_files: 3, max_lines: 150 },
  budget: {} as HostPolicy['budget'],
  incidents_opened_by_agents: { daily_budget_factor: 1, max_per_day: 1 },
};
const secret = ['sensitive_files/.env', 'sensitive_files/secrets/**'];

let repository: TemporaryRepository;
let around: Surroundings;

beforeAll(async () => {
  const files = ['src/a.ts', 'src/b.ts', '.env', 'secrets/key', 'config/production.yml'];
  repository = await temporaryRepository(Object.fromEntries(files.map((file) => [file, 'one\ntwo\n'])));
  around = {
    project: repository.path,
    checkout: findCheckout(repository.path),
    home: '/nonexistent/home',
    temporary: '/nonexistent/tmp',
    guarded: [],
  };
});
afterAll(() => repository[Symbol.asyncDispose]());

async function rulesOf(host: Host, tool: string, input: Record<string, unknown>): Promise<readonly string[]> {
  const facts = readHostCall({ host, tool, input }, ['fixgate']);
  if (facts.kind === 'ignored') return [];
  const { findings } = await judgeCall(facts, { policy, around, folder: repository.path });
  return [...new Set(findings.map(({ rule }) => rule))].toSorted();
}

describe('a tool that is not known', () => {
  it.each<[Record<string, unknown>]>([
    [{ input: 'kubectl apply -f x.yaml' }],
    [{ text: 'npm publish --access public' }],
    [{ keys: 'A=1 sudo -n kubectl -n prod apply -f x.yaml' }],
    [{ words: ['kubectl', 'apply', '-f', 'x.yaml'] }],
    [{ program: 'tofu', parameters: ['-chdir=infra', 'apply'] }],
    [{ a: [{ b: "bash -c 'docker image push acme/shop'" }] }],
    [{ input: '/usr/bin/kubectl apply -f x' }],
    [{ input: 'cd . && kubectl apply -f x' }],
    [{ input: '(kubectl apply -f x)' }],
    [{ input: `kubectl apply -f x # ${'a'.repeat(4_200)}` }],
    [{ input: 'one\n// ; kubectl apply -f x' }],
    [{ input: 'one\n~~~x || kubectl apply -f x' }],
    [{ input: '\\kubectl apply -f x' }],
    [{ input: 'time kubectl apply -f x' }],
    [{ input: 'if true; then kubectl apply -f x; fi' }],
  ])('is no way to run a blocked command, whatever its argument is called: %j [hook:tools:any-key]', async (input) => {
    expect(await rulesOf('claude', 'mcp__terminal__send', input)).toEqual(['host_tool/unknown']);
  });

  it.each<[Record<string, unknown>]>([
    [{ text: 'npx fixgate release PD-9 --reason x --config /tmp/x' }],
    [{ text: 'fixgate stop --all' }],
    [{ text: 'fixgate incident confirm PD-9 --severity SEV3 --config own' }],
    [{ keys: 'cd x && fixgate approve A-1 --reason ok' }],
    [{ text: 'one\nA=1 fixgate resume PD-9 --reason go' }],
    [{ text: 'node node_modules/fixgate/bin/fixgate.js release PD-9 --reason x' }],
    [{ text: 'node_modules/.bin/fixgate waive max_files --incident PD-9 --reason x' }],
    [{ words: ['fixgate', 'release', 'PD-9', '--reason', 'x'] }],
    [{ text: 'timeout 5 fixgate report PD-9 --output x.md' }],
  ])('is no way to a verb of humans either: %j [hook:tools:human-verbs]', async (input) => {
    expect(await rulesOf('claude', 'mcp__terminal__send', input)).toContain('guard/human_verb');
  });

  it.each<[Record<string, unknown>]>([
    [{ text: 'fixgate says: the budget is gone' }],
    [{ text: 'fixgate release PD-9 waits for a human' }],
    [{ text: 'fixgate release notes' }],
    [{ text: 'fixgate is great' }],
    [{ text: 'node is slow today - see the graph' }],
    [{ text: 'Please run fixgate release PD-9 --reason "seen" when you are back.' }],
    [{ text: 'fixgate report PD-9 --format json' }],
    [{ body: 'We should never kubectl apply by hand.' }],
    [{ query: 'kubectl get pods fails since noon' }],
    [{ text: 'docker is slow today' }],
    [{ text: 'npm publish failed yesterday with an error' }],
    [{ text: 'terraform apply is blocked for now' }],
  ])('may speak of one: %j [hook:tools:any-key]', async (input) => {
    expect(await rulesOf('claude', 'mcp__tracker__comment', input)).toEqual([]);
  });
});

describe('a search', () => {
  it.each<[string, readonly string[]]>([
    ['*.ts .env', ['sensitive_files/.env']],
    ['*.ts,.env', ['sensitive_files/.env']],
    ['*.ts, .env', ['sensitive_files/.env']],
    ['*.{ts,env}', ['sensitive_files/.env']],
    ['!*.md *.ts', secret],
    ['*.ts,*.md', []],
  ])('with the globs %j is judged by each of them [hook:reads:inside]', async (glob, rules) => {
    expect(await rulesOf('claude', 'Grep', { pattern: 'one', glob })).toEqual(rules);
  });
});

describe('the current folder', () => {
  it.each<[string, readonly string[]]>([
    ['cat "$PWD/.env"', ['sensitive_files/.env']],
    ['cat src/$PWD/a.ts', ['command_not_analysable']],
    ['cat /$PWD/.env', ['command_not_analysable']],
    ['cat "a $PWD/.env"', ['command_not_analysable']],
    ['tee /$PWD/config/production.yml', ['command_not_analysable']],
    ['cat $PWD/src/a.ts', []],
    ['cat $(pwd)/src/a.ts', []],
    ['cat "$(pwd)/.env"', ['sensitive_files/.env']],
    ['pwd() { echo secrets; }; cat $(pwd)/key', ['command_not_analysable']],
  ])('begins a path, or the path is not known: %s [hook:reads:inside]', async (command, rules) => {
    expect(await rulesOf('claude', 'Bash', { command })).toEqual(rules);
  });

  it.each<[string, readonly string[]]>([
    ['git -C $PWD log -1', ['command_not_analysable']],
    ['sh -c "ls $PWD"', ['command_not_analysable']],
    ['git -C "$PWD" log -1', []],
    ['ls', []],
  ])('has quotes around it where its name may be several words: %s [hook:reads:inside]', async (command, rules) => {
    const facts = readHostCall({ host: 'claude', tool: 'Bash', input: { command } }, ['fixgate']);
    if (facts.kind === 'ignored') throw new Error('A command is judged.');
    const folder = `${repository.path}/a push origin`;
    const { findings } = await judgeCall(facts, { policy, around, folder });
    expect(findings.map(({ rule }) => rule)).toEqual(rules);
  });
});

describe('a glob', () => {
  it.each<[string, string]>([
    ['shopt -s dotglob; cat *', 'sensitive_files/.env'],
    ["bash -O dotglob -c 'cat *'", 'sensitive_files/.env'],
    ['setopt GLOB_DOTS; rm *', 'protected_files/*.env*'],
    ['GLOBIGNORE=x; cat *', 'command_not_analysable'],
  ])('finds hidden files where the shell is told so: %s by %s [hook:reads:inside]', async (command, rule) => {
    expect(await rulesOf('claude', 'Bash', { command })).toContain(rule);
  });

  it('finds none otherwise [hook:reads:inside]', async () => {
    const rules = await rulesOf('claude', 'Bash', { command: 'shopt -s nullglob; cat *' });
    expect(rules).toEqual(['sensitive_files/secrets/**']);
  });
});

describe('git', () => {
  it.each<[string, readonly string[]]>([
    ['git show :0:.env', ['sensitive_files/.env']],
    ['git cat-file -p :0:.env', ['sensitive_files/.env']],
    ['git grep -e one HEAD', secret],
    ['git format-patch -s --stdout HEAD~1', secret],
    ['git format-patch --stat --stdout HEAD~1', secret],
    ['git bundle create --quiet - HEAD', secret],
    ['git range-diff a b c', secret],
    ['git unpack-file 1234567', secret],
    ['git show --stat HEAD', []],
    ['git cat-file -t HEAD', []],
    ['git show :0:src/a.ts', []],
  ])('such as %s is judged by what it shows [hook:reads:inside]', async (command, rules) => {
    expect(await rulesOf('claude', 'Bash', { command })).toEqual(rules);
  });
});

it('sees what git shows of a revision from the top, whichever folder the call starts in [hook:reads:inside]', async () => {
  const rulesIn = async (command: string) => {
    const facts = readHostCall({ host: 'claude', tool: 'Bash', input: { command } }, []);
    if (facts.kind === 'ignored') throw new Error('A command is judged.');
    const { findings } = await judgeCall(facts, { policy, around, folder: `${repository.path}/src` });
    return [...new Set(findings.map(({ rule }) => rule))];
  };
  expect(await rulesIn('git show HEAD:.env')).toEqual(['sensitive_files/.env']);
  expect(await rulesIn('git show HEAD:secrets/key')).toEqual(['sensitive_files/secrets/**']);
  expect(await rulesIn('git show HEAD:src/a.ts HEAD:./b.ts')).toEqual([]);
  expect(await rulesIn('git diff -- .')).toEqual([]);
});

describe('a command', () => {
  it.each([
    'uniq src/a.ts config/production.yml',
    'xxd -r src/a.ts config/production.yml',
    'openssl enc -base64 -in src/a.ts -out config/production.yml',
    'git bundle create config/production.yml HEAD',
  ])('such as %s writes the file that its words say', async (command) => {
    expect(await rulesOf('claude', 'Bash', { command })).toContain('protected_files/config/production.*');
  });

  it.each(['uniq src/a.ts', 'uniq src/a.ts src/b.ts', 'openssl version', 'xxd src/a.ts'])(
    'such as %s does not',
    async (command) => {
      expect(await rulesOf('claude', 'Bash', { command })).toEqual([]);
    },
  );
});

describe("architect's apply_patch", () => {
  const patched = (patch: string) => rulesOf('architect', 'apply_patch', { path: 'src/a.ts', patch });

  it.each([
    '--- a/config/production.yml\n+++ b/config/production.yml\n',
    '    --- a/config/production.yml\n    +++ b/config/production.yml\n',
    'X> +++ config/production.yml\n',
    '--- "x/config/production.yml"\n+++ "x/config/production.yml"\n',
    'diff --git a/config/production.yml b/config/production.yml\nold mode 100644\nnew mode 100755\n',
    'diff --git a/src/a.ts b/config/production.yml\nsimilarity index 100%\n',
    'diff --git a/config/production.yml b/src/a.ts\nsimilarity index 100%\n',
  ])('obeys every header that `patch` would obey: %j', async (patch) => {
    expect(await patched(patch)).toContain('protected_files/config/production.*');
  });

  it('may change other files', async () => {
    expect(await patched('--- a/packages/x/config/production.yml\n+++ b/packages/x/config/production.yml\n')).toEqual(
      [],
    );
    expect(
      await patched('diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1 @@\n-one\n+1\n'),
    ).toEqual([]);
  });
});

import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { judgeCall } from '#cli/hook/judge-call.ts';
import type { Surroundings } from '#cli/hook/locate.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import { readHostCall } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';

import { temporaryFolder, temporaryRepository } from './temporary-repository.ts';

const policy: HostPolicy = {
  mode: 'enforce',
  approvals: 'signed',
  autonomy: { level: 'pr_bot', sev4_patch: false },
  protected_files: ['config/production.*', '*.lock', '.env'],
  blocked_commands: [],
  limits: { max_files: 3, max_lines: 150 },
  budget: {} as HostPolicy['budget'],
  incidents_opened_by_agents: { daily_budget_factor: 1, max_per_day: 1 },
};

/** What a call is judged by beside its words. */
interface Setting {
  readonly around?: Partial<Surroundings>;
  readonly policy?: Partial<HostPolicy>;
  /** The tool, which takes a command unless `input` says otherwise. */
  readonly tool?: string;
}

/** A project with an operator's files in it, and in the folder for temporary files; commands say `@` for that one, `#` for the project. */
export async function guardedProject() {
  const repository = await temporaryRepository({
    'src/a.ts': '',
    'ops/fixgate.yaml': '',
    'ops/approvers': '',
    'config/production.json': '',
    'logs/big.log': '',
  });
  const elsewhere = await temporaryFolder();
  const temporary = await mkdtemp(path.join(elsewhere.path, 'tmp-'));
  const files = [
    'd/approvers',
    'p/production.json',
    'c/ops/approvers',
    'c/x',
    'ok/app.js',
    'prog/dist/main.js',
    'op/fixgate.yaml',
    'op/approvers',
    'versioned/fixgate.yaml',
    'versioned/.git/HEAD',
    'other/.git/HEAD',
  ];
  for (const file of files) {
    await mkdir(path.dirname(path.join(temporary, file)), { recursive: true });
    await writeFile(path.join(temporary, file), 'x');
  }
  await mkdir(path.join(temporary, 'l'));
  await symlink(path.join(temporary, 'd'), path.join(temporary, 'l/ops'));
  await mkdir(path.join(temporary, 'empty'));
  await symlink('op', path.join(temporary, 'oplink'));
  // Somebody made a folder of the guard look like a worktree of the project.
  await mkdir(path.join(temporary, 'linked'));
  await writeFile(path.join(temporary, 'linked/.git'), `gitdir: ${repository.path}/.git\n`);
  const folders = ['op', 'versioned', 'linked'].map((name) => path.join(temporary, name));
  const own = [path.join(repository.path, 'ops'), ...folders].flatMap((folder) =>
    ['fixgate.yaml', 'approvers', 'fixgate.yaml.stop'].map((name) => path.join(folder, name)),
  );
  const around: Surroundings = {
    project: repository.path,
    checkout: findCheckout(repository.path),
    home: '/nonexistent/home',
    temporary,
    program: path.join(temporary, 'prog'),
    guarded: [
      ...own.map((file) => ({ path: file, what: "the operator's configuration", readable: true })),
      { path: path.join(temporary, 'prog/dist'), what: 'the program that guards', readable: true, isProgram: true },
    ],
  };
  const filled = (text: string) => text.replaceAll('@', temporary).replaceAll('#', repository.path);

  /** The rules that refuse a command, or the arguments of another tool as JSON. */
  async function rulesOf(text: string, { tool = 'Bash', ...setting }: Setting = {}): Promise<readonly string[]> {
    const input = tool === 'Bash' ? { command: filled(text) } : (JSON.parse(filled(text)) as Record<string, unknown>);
    const facts = readHostCall({ host: 'claude', tool, input }, []);
    if (facts.kind === 'ignored') throw new Error('The call is judged.');
    const { findings } = await judgeCall(facts, {
      policy: { ...policy, ...setting.policy },
      around: { ...around, ...setting.around },
      folder: repository.path,
    });
    return [...new Set(findings.map(({ rule }) => rule))];
  }

  return {
    repository,
    temporary,
    rulesOf,
    async [Symbol.asyncDispose]() {
      await repository[Symbol.asyncDispose]();
      await elsewhere[Symbol.asyncDispose]();
    },
  };
}

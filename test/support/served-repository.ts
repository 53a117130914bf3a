import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';
import { parse, stringify } from 'yaml';

import type { McpTestClient } from './mcp-clients.ts';
import { connectClient, textOf } from './mcp-clients.ts';
import { runResident, trimmed } from './resident.ts';
import type { Finished } from './server-process.ts';
import { fixgateEntry } from './server-process.ts';
import { addRemote, gitEnvironment, runGit, temporaryFolder, temporaryRepository } from './temporary-repository.ts';
import type { TemporaryRepository } from './temporary-repository.ts';

/** What a tool answered, whichever way. */
export interface Answered {
  readonly refused: boolean;
  readonly text: string;
  /** The facts of a success, or the refusal. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Pictures beside the text. */
  readonly images: readonly { readonly mimeType: string; readonly text: string }[];
}

/** How a served repository is set up. */
export interface ServedSetup {
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Installed in the checkout only: in no commit. */
  readonly installed?: Readonly<Record<string, string>>;
  /** Symbolic links of the commit. */
  readonly links?: Readonly<Record<string, string>>;
  /** `fixgate.yaml`; none when absent. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Amounts of the budget that replace those of the shipped policy. */
  readonly budget?: Readonly<Record<string, number>>;
  /** Variables of the server, such as credentials. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A repository with its remote, and a server that an MCP client speaks to over stdio. */
export interface ServedRepository extends AsyncDisposable {
  /** Holds everything else, and nothing of anybody else. */
  readonly folder: string;
  readonly repository: TemporaryRepository;
  readonly remote: string;
  readonly stateFolder: string;
  /** Opens an incident as a human does; answers what was printed. */
  open(id: string, ...options: readonly string[]): Promise<string>;
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<Answered>;
  /** Calls `run_tests` and polls until the run has ended. */
  test(id: string, args?: Readonly<Record<string, unknown>>): Promise<Answered>;
  /** Runs a command line beside the server; the last line ends are left out. */
  fixgate(...args: readonly string[]): Promise<Finished>;
  /** Branches of the remote. */
  branches(): readonly string[];
}

/** Amounts that no test uses up. */
export const ample = { tool_calls: 500, patch_attempts: 200, test_runs: 100, usd: 100 };

/** Makes the repository, commits it, gives it a remote and starts a server beside it. */
export async function serveRepository(setup: ServedSetup): Promise<ServedRepository> {
  const outer = await temporaryFolder();
  const repository = await temporaryRepository();
  for (const [path, content] of Object.entries(setup.files)) await repository.write(path, content);
  for (const [path, target] of Object.entries(setup.links ?? {})) await repository.link(path, target);
  repository.commit('First');
  for (const [path, content] of Object.entries(setup.installed ?? {})) {
    await repository.write(path, content);
    if (path.includes('/.bin/')) await execa('chmod', ['755', join(repository.path, path)]);
  }
  const remote = addRemote(repository);
  const cwd = join(outer.path, 'operator');
  await mkdir(cwd);
  await configure(cwd, setup, repository.path);
  const stateFolder = join(outer.path, 'state');
  const env = { ...gitEnvironment, ...setup.env, FIXGATE_STATE_DIR: stateFolder };
  const fixgate = async (...args: readonly string[]) => trimmed(await runResident({ cwd, env }, args));
  let client: Promise<McpTestClient> | undefined;
  const connect = () =>
    (client ??= connectClient('v2 auto', { command: process.execPath, args: [fixgateEntry, 'serve'], cwd, env }));
  const call = async (tool: string, args: Readonly<Record<string, unknown>>): Promise<Answered> =>
    toAnswered(await (await connect()).callTool(tool, { ...args }));
  return {
    folder: outer.path,
    repository,
    remote,
    stateFolder,
    fixgate,
    call,
    async open(id, ...options) {
      const opened = await fixgate('incident', 'open', '--id', id, '--repo', repository.path, ...options);
      if (opened.exitCode !== 0) throw new Error(opened.stderr);
      return opened.stdout;
    },
    async test(id, args = {}) {
      let answer = await call('run_tests', { incident_id: id, ...args });
      while (answer.facts['status'] === 'running') {
        answer = await call('run_tests', { incident_id: id, job_id: answer.facts['job_id'], wait_s: 20 });
      }
      return answer;
    },
    branches: () => runGit(remote, 'for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n'),
    async [Symbol.asyncDispose]() {
      await (await client)?.close();
      await repository[Symbol.asyncDispose]();
      await outer[Symbol.asyncDispose]();
    },
  };
}

async function configure(cwd: string, { config, budget }: ServedSetup, location: string): Promise<void> {
  if (config === undefined && budget === undefined) return;
  const document = { version: 1, repository: location, ...config };
  await writeFile(join(cwd, 'fixgate.yaml'), stringify({ ...document, ...(budget && { policy: './policy.yaml' }) }));
  if (budget === undefined) return;
  const shipped = await readFile(new URL('../../policies/default.yaml', import.meta.url), 'utf8');
  const policy = parse(shipped) as { budget: Record<string, number> };
  await writeFile(join(cwd, 'policy.yaml'), stringify({ ...policy, budget: { ...policy.budget, ...budget } }));
}

function toAnswered(result: Awaited<ReturnType<McpTestClient['callTool']>>): Answered {
  const text = textOf(result);
  const refused = result.isError === true;
  const facts = refused ? JSON.parse(text.split('\n').at(-1) ?? '{}') : (result.structuredContent ?? {});
  const images = result.content.flatMap(({ type, data, mimeType }) =>
    type === 'image' ? [{ mimeType: mimeType ?? '', text: Buffer.from(data ?? '', 'base64').toString() }] : [],
  );
  return { refused, text, facts: facts as Answered['facts'], images };
}

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

import type { SandboxPlan } from '#domain/remediation.ts';
import { writeAuthorities } from '#workspace/sandbox-authorities.ts';
import { bubblewrapOptions, SANDBOX_HOME, SANDBOX_RUN, SANDBOX_TEMPORARY } from '#workspace/sandbox-bubblewrap.ts';
import {
  findProgram,
  operatorPath,
  SANDBOX_MARK,
  toolchainRoots,
  toSandboxEnvironment,
  type HostEnvironment,
} from '#workspace/sandbox-env.ts';
import { seccompFilter } from '#workspace/sandbox-filter.ts';
import { listenForStubs, type BlockedCall, type CommandJudge, type JudgeServer } from '#workspace/sandbox-judge.ts';
import { filterOptions, type Rung } from '#workspace/sandbox-ladder.ts';
import { limitPrefix } from '#workspace/sandbox-limits.ts';
import { isSystem, placesOf, toolchainFolders, type Mount } from '#workspace/sandbox-mounts.ts';
import { clientScript, supervisorScript } from '#workspace/sandbox-scripts.ts';
import { findCopies, writeStubs, type Copy, type Stubs } from '#workspace/sandbox-stubs.ts';

/** What is to be started, with every folder checked. */
export interface LaunchRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The folder that may be written; holds `cwd`. */
  readonly tree: string;
  readonly host: HostEnvironment;
  readonly env: Readonly<Record<string, string>>;
  readonly label: string;
  readonly binFolders: readonly string[];
  readonly judge: CommandJudge | undefined;
  readonly sandbox: Omit<SandboxPlan, 'isolation'>;
  /** A private folder of this run on the machine. */
  readonly scratch: string;
  readonly rung: Rung;
}

/** A command that is ready to be spawned; the judge listens until it is disposed of. */
export interface Launch extends AsyncDisposable {
  readonly argv: readonly string[];
  /** The environment of the first process; inside a sandbox the command's own is set by the sandbox. */
  readonly env: Readonly<Record<string, string>>;
  /** What stubs have refused so far. */
  readonly refused: readonly BlockedCall[];
}

/** File descriptor on which a sandbox names its first process. */
export const INFO_FD = 3;

interface Places {
  readonly home: string;
  readonly temporary: string;
  /** The run's own files: where they are written, and where the command sees them. */
  readonly run: string;
  readonly runSeen: string;
}

/** Prepares stubs, judge, environment and argv of a command for one rung of the ladder. */
export async function prepareLaunch(request: LaunchRequest): Promise<Launch> {
  const { rung, scratch, label } = request;
  const places = toPlaces(scratch, rung);
  await mkdir(places.run);
  const toolchains = rung.isolation === 'full' ? toToolchains(request) : [];
  const path = toPath(request, toolchains);
  const server = await startJudge(request, places);
  try {
    const stubs = await prepareStubs(request, places, { path, toolchains });
    const authorities = request.sandbox.network ? await writeAuthorities(request.host, places) : {};
    const env = toSandboxEnvironment({
      host: request.host,
      extra: { ...authorities, ...request.env },
      home: places.home,
      temporary: places.temporary,
      path: [...(stubs ? [join(places.runSeen, 'bin')] : []), ...path],
      label,
    });
    const command = await toCommand(request, places, env['PATH'] ?? '');
    const started = await toStarted({ request, places, env, toolchains, stubs }, command);
    return {
      ...started,
      refused: server?.refused ?? [],
      async [Symbol.asyncDispose]() {
        await server?.[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await server?.[Symbol.asyncDispose]();
    throw error;
  }
}

function toPlaces(scratch: string, { isolation }: Rung): Places {
  const run = join(scratch, 'run');
  if (isolation === 'full') return { home: SANDBOX_HOME, temporary: SANDBOX_TEMPORARY, run, runSeen: SANDBOX_RUN };
  return { home: join(scratch, 'home'), temporary: join(scratch, 'tmp'), run, runSeen: run };
}

function toToolchains({ host, tree }: LaunchRequest): readonly Mount[] {
  const home = host['HOME'];
  const folders = toolchainFolders({
    path: [dirname(process.execPath), ...operatorPath(host)],
    // The server's own Node.js may lie where no toolchain is looked for.
    roots: [dirname(process.execPath), ...toolchainRoots(host)],
    hidden: home ? [home, tree] : [tree],
  });
  // Downloaded crates are looked for below the home folder, which is another one here; the credentials beside them are left out.
  const crates = home ? [{ source: join(home, '.cargo/registry'), target: join(SANDBOX_HOME, '.cargo/registry') }] : [];
  return [
    ...folders.map((folder) => ({ source: folder, target: folder })),
    ...crates.filter(({ source }) => existsSync(source)),
  ];
}

/** Folders that are searched: of a sandbox, only those that it shows. */
function toPath({ host, binFolders, rung }: LaunchRequest, toolchains: readonly Mount[]): readonly string[] {
  const all = [dirname(process.execPath), ...operatorPath(host)];
  const isShown = (folder: string) =>
    isSystem(folder) || toolchains.some(({ target }) => `${folder}/`.startsWith(`${target}/`));
  return [...new Set([...binFolders, ...(rung.isolation === 'full' ? all.filter(isShown) : all)])];
}

async function startJudge({ judge }: LaunchRequest, { run, runSeen }: Places): Promise<JudgeServer | undefined> {
  if (!judge) return undefined;
  await writeFile(join(run, 'client.mjs'), clientScript(join(runSeen, 'judge')));
  return listenForStubs(join(run, 'judge'), judge);
}

async function prepareStubs(
  { judge, rung, tree }: LaunchRequest,
  { run, runSeen }: Places,
  { path, toolchains }: { readonly path: readonly string[]; readonly toolchains: readonly Mount[] },
): Promise<Stubs | undefined> {
  if (!judge) return undefined;
  return writeStubs({
    judge,
    copies: findCopies(path, judge),
    folder: run,
    seenAt: runSeen,
    node: process.execPath,
    client: join(runSeen, 'client.mjs'),
    placesOf: rung.isolation === 'full' ? (copy) => placesOfCopy(copy, tree, toolchains) : undefined,
  });
}

/** Where the sandbox shows a program; at its own path also where only a link of the operator's leads to it, never for one of the tree's. */
function placesOfCopy({ file, names }: Copy, tree: string, toolchains: readonly Mount[]): readonly string[] {
  const places = placesOf(file, [...toolchains, { source: tree, target: tree }]);
  const isLinked = names.some(({ path }) => placesOf(path, toolchains).length > 0);
  return places.length === 0 && isLinked ? [file] : places;
}

/** The command itself, behind its services and limits. */
async function toCommand(
  { argv: [name = '', ...args], cwd, sandbox, rung }: LaunchRequest,
  { run, runSeen }: Places,
  path: string,
): Promise<readonly string[]> {
  const command = [findInside(name, { cwd, path, run, runSeen }), ...args];
  const limited = limitPrefix(sandbox.limits, rung.isolation);
  if (sandbox.services.length === 0) return [...limited, ...command];
  await writeFile(join(run, 'supervisor.mjs'), supervisorScript);
  return [...limited, process.execPath, join(runSeen, 'supervisor.mjs'), JSON.stringify(sandbox.services), ...command];
}

/** Stubs lie elsewhere on the machine than where the command sees them. */
function findInside(
  name: string,
  { cwd, path, run, runSeen }: { cwd: string; path: string; run: string; runSeen: string },
): string {
  const folders = path.split(delimiter).map((folder) => (folder === join(runSeen, 'bin') ? join(run, 'bin') : folder));
  const found = findProgram(name, cwd, folders.join(delimiter));
  return dirname(found) === join(run, 'bin') ? join(runSeen, found.slice(run.length)) : found;
}

interface Prepared {
  readonly request: LaunchRequest;
  readonly places: Places;
  readonly env: Readonly<Record<string, string>>;
  readonly toolchains: readonly Mount[];
  readonly stubs: Stubs | undefined;
}

async function toStarted(
  { request, places, env, toolchains, stubs }: Prepared,
  command: readonly string[],
): Promise<Pick<Launch, 'argv' | 'env'>> {
  const { rung, tree, cwd, sandbox, label } = request;
  if (rung.isolation !== 'full') return { argv: [...rung.prefix, ...command], env };
  const view = { tree, cwd, env, run: places.run, toolchains, stubs, network: sandbox.network };
  const options = [...filterOptions(seccompFilter(process.arch)), ...(await bubblewrapOptions(view, INFO_FD))];
  // The mark finds what a crashed server left; nothing else of the environment concerns the outer process.
  return { argv: [...rung.prefix, ...options, ...command], env: { [SANDBOX_MARK]: label } };
}

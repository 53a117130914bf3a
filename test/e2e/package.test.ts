import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository, offeredTools } from '../support/incident-repository.ts';
import { connectClient, textOf } from '../support/mcp-clients.ts';
import { absent } from '../support/needs.ts';
import { fixgateEntry, startHttpServer } from '../support/server-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const version = (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }).version;

let repository: IncidentRepository;
let installed: string;
let packed: readonly string[];

/** npm as a person runs it, without what `npm test` put into the environment. */
function npm(cwd: string, args: readonly string[]) {
  const { PATH = '' } = process.env;
  const env = { PATH: `${dirname(process.execPath)}:${PATH}`, HOME: repository.place.env['HOME'] ?? '' };
  return execa('npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier'], { cwd, env, extendEnv: false });
}

beforeAll(async () => {
  repository = await incidentRepository();
  const tarballs = join(repository.folder, 'tarballs');
  installed = join(repository.folder, 'installed');
  await mkdir(tarballs);
  await mkdir(installed);
  await npm(root, ['pack', '--ignore-scripts', '--silent', '--pack-destination', tarballs]);
  const [tarball = ''] = globSync(join(tarballs, '*.tgz'));
  packed = (await execa('tar', ['-tzf', tarball])).stdout.split('\n');
  await npm(installed, ['install', '--offline', tarball]);
});

afterAll(() => repository[Symbol.asyncDispose]());

describe('the published package', () => {
  it('holds the program, its policies and its papers, and nothing else [house:package:installed]', () => {
    const names = packed.map((name) => name.replace(/^package\//, ''));
    const folders = names.filter((name) => name.includes('/')).map((name) => name.split('/')[0]);
    expect(new Set(folders)).toEqual(new Set(['bin', 'dist', 'docs', 'ops', 'policies']));
    const files = names.filter((name) => !name.includes('/'));
    expect(files.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'mcp.json', 'package.json']);
    expect(names).toContain('dist/fixgate.js');
    expect(names.filter((name) => /\.(?:ts|map)$/.test(name))).toEqual([]);
  });

  it('brings no other package along', () => {
    expect(globSync('node_modules/*', { cwd: installed })).toEqual(['node_modules/fixgate']);
  });

  it('says its version [cli:version:package]', async () => {
    const { PATH = '' } = process.env;
    const env = { ...repository.place.env, PATH: `${dirname(process.execPath)}:${PATH}` };
    const { stdout } = await execa(join(installed, 'node_modules/.bin/fixgate'), ['--version'], {
      env,
      extendEnv: false,
    });
    expect(stdout).toBe(version);
  });

  it('serves a client from an empty folder [house:package:installed]', async () => {
    const { env } = repository.place;
    await repository.open('PD-1', '--severity', 'SEV2');
    const args = [join(installed, 'node_modules/fixgate/bin/fixgate.js'), 'serve'];
    await using client = await connectClient('v2 auto', { command: process.execPath, args, env, cwd: installed });
    expect((await client.listTools()).map(({ name }) => name)).toEqual(offeredTools);
    const answer = await client.callTool('get_incident_logs', { incident_id: 'PD-1' });
    expect(textOf(answer)).toMatch(/^OK 60 events/);
  });
});

it('says on a Node.js that is too old which one is needed, in one line, and exits 3 [house:package:node-version]', ({
  skip,
}) => {
  const candidates = [process.env['FIXGATE_OLD_NODE'], '/usr/bin/node', '/usr/local/bin/node'];
  const oldNode = candidates.find((path) => path !== undefined && existsSync(path) && isTooOld(path));
  const why = absent('A Node.js older than 22.15 (FIXGATE_OLD_NODE)', oldNode !== undefined);
  if (why) skip(why);
  const { status, stdout, stderr } = spawnSync(oldNode ?? '', [fixgateEntry, '--version'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(stderr).toMatch(/^fixgate needs Node\.js 22\.15 or newer; this is v\d+\.\d+\.\d+\.\n$/);
});

function isTooOld(node: string): boolean {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  const [major = 0, minor = 0] = stdout.replace(/^v/, '').split('.').map(Number);
  return major < 22 || (major === 22 && minor < 15);
}

describe('mcp.json', () => {
  interface Registration {
    readonly mcpServers: {
      readonly fixgate: { readonly command: string; readonly args: readonly string[] };
      readonly 'fixgate-http': { readonly url: string; readonly headers: Readonly<Record<string, string>> };
    };
  }
  const read = async () => (JSON.parse(await readFile(join(root, 'mcp.json'), 'utf8')) as Registration).mcpServers;

  it('starts the server on standard streams [house:mcp-json:pasted]', async () => {
    const { command, args } = (await read()).fixgate;
    // What is installed, never what a registry has under the name.
    expect(command).toBe('fixgate');
    const { cwd, env } = repository.place;
    const local = { command: process.execPath, args: [fixgateEntry, ...args], cwd, env };
    await using client = await connectClient('v2 auto', local);
    expect(await client.listTools()).toHaveLength(offeredTools.length);
  });

  it('reaches a server over HTTP, with an empty token as well [house:mcp-json:pasted]', async () => {
    const { url, headers } = (await read())['fixgate-http'];
    await using http = await startHttpServer(repository.place);
    expect(new URL(url).pathname).toBe(new URL(http.url).pathname);
    expect(headers['Authorization']).toBe('Bearer ${FIXGATE_TOKEN:-}');
    await using client = await connectClient('v2 auto', { url: http.url, token: '' });
    expect(await client.listTools()).toHaveLength(offeredTools.length);
  });
});

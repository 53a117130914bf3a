import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { InstallCommand } from '#workspace/install-dependencies.ts';
import { createWorktrees } from '#workspace/worktree.ts';

import { hasProgram, missing } from '../support/needs.ts';
import { packageRegistry, type PackageRegistry } from '../support/package-registry.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { workspaceFixture } from '../support/workspace-fixture.ts';

const skipped = missing('npm', hasProgram('npm'));

let state: TemporaryFolder;
let registry: PackageRegistry;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;
let incident: Incident;

beforeEach(async () => {
  state = await temporaryFolder();
  registry = await packageRegistry();
  repository = await temporaryRepository({
    'package.json': '{"name":"app","dependencies":{"dep":"1.0.0"}}\n',
    'package-lock.json': registry.lockfile,
    '.npmrc': `registry=${registry.url}/\n`,
    'index.js': 'require("dep")\n',
    '.gitignore': 'node_modules\n',
  });
  fixture = workspaceFixture(state.path);
  incident = await fixture.open(repository.path);
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

const host = { PATH: process.env['PATH'], HOME: '/nonexistent', NPM_TOKEN: 'hunter2' };

function worktreesWith(command?: InstallCommand) {
  const { repositories } = fixture;
  return createWorktrees({ stateFolder: state.path, repositories, clock: systemClock, install: { host, command } });
}

const openssl = 'openssl';

/** A certificate for loopback, and a bundle that holds its private key as well. */
function selfSigned(folder: string): { readonly key: string; readonly cert: string; readonly bundle: string } {
  const [keyFile, certFile, bundle] = ['key.pem', 'cert.pem', 'bundle.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry';
  const more = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certFile];
  const made = spawnSync(openssl, [...request.split(' '), ...more], { stdio: 'ignore' });
  if (made.status !== 0) throw new Error('openssl made no certificate.');
  const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(certFile, 'utf8')];
  writeFileSync(bundle, key + cert);
  return { key, cert, bundle };
}

const treeNow = async () => (await fixture.workspace.current(incident)).tree;

describe.skipIf(skipped !== undefined)(`dependencies that no checkout has${skipped ? `: ${skipped}` : ''}`, () => {
  it('are installed from the lockfile, once, and without running a script of a package [workspace:tests:install]', async () => {
    const worktrees = worktreesWith();
    const folder = await worktrees.materialise(incident, await treeNow());
    expect(await readFile(join(folder, 'node_modules/dep/index.js'), 'utf8')).toBe('module.exports = 42;\n');
    expect(existsSync(join(folder, 'node_modules/dep/ran'))).toBe(false);
    expect(await worktrees.dependencies(incident)).toEqual({
      reused: true,
      reason: 'Installed from the lockfile, scripts off: node_modules.',
    });
    const second = await fixture.open(repository.path, { id: 'PD-2' });
    await worktreesWith().materialise(second, (await fixture.workspace.current(second)).tree);
    expect(registry.requests.map(({ path }) => path)).toEqual(['/dep-1.0.0.tgz']);
    expect(registry.requests[0]?.authorization).toBeUndefined();
  });

  it('are not installed from a lockfile that a patch wrote', async () => {
    const worktrees = worktreesWith();
    await fixture.patch(incident, { path: 'package-lock.json', content: `${registry.lockfile}\n` });
    const folder = await worktrees.materialise(incident, await treeNow());
    expect(existsSync(join(folder, 'node_modules'))).toBe(false);
    expect(registry.requests).toEqual([]);
    expect(await worktrees.dependencies(incident)).toMatchObject({
      reused: false,
      reason: /the patch changes "package-lock.json"/,
    });
  });

  it('are installed from a registry of a private authority, of which only the certificate is seen [workspace:install:authority]', async ({
    skip,
  }) => {
    const why = missing(openssl, hasProgram(openssl));
    if (why) skip(why);
    const { key, cert, bundle } = selfSigned(state.path);
    await using secure = await packageRegistry({ key, cert });
    await using own = await temporaryRepository({
      'package.json': '{"name":"app","dependencies":{"dep":"1.0.0"}}\n',
      'package-lock.json': secure.lockfile,
      '.npmrc': `registry=${secure.url}/\n`,
    });
    const other = await fixture.open(own.path, { id: 'PD-3' });
    const [tree, { repositories }] = [(await fixture.workspace.current(other)).tree, fixture];
    const worktrees = (extra: Record<string, string>, folder: string) =>
      createWorktrees({
        stateFolder: join(state.path, folder),
        repositories,
        clock: systemClock,
        install: { host: { ...host, ...extra }, command: undefined },
      });
    const without = worktrees({}, 'without');
    await without.materialise(other, tree);
    expect((await without.dependencies(other)).reason).toMatch(/self-signed|SELF_SIGNED|certificate/i);
    const trusting = worktrees({ NODE_EXTRA_CA_CERTS: bundle }, 'with');
    const folder = await trusting.materialise(other, tree);
    expect(existsSync(join(folder, 'node_modules/dep/index.js'))).toBe(true);
  });

  it('stay away when the registry does not answer, and the reason says why', async () => {
    await registry[Symbol.asyncDispose]();
    const worktrees = worktreesWith();
    await worktrees.materialise(incident, await treeNow());
    const { reused, reason } = await worktrees.dependencies(incident);
    expect(reused).toBe(false);
    expect(reason).toMatch(/The installation failed: package-lock.json: npm ci .* failed: ".*ECONNREFUSED/);
    registry = await packageRegistry();
  });

  it("are installed by the operator's command, with the operator's environment and the manifests alone", async () => {
    const script =
      'const fs = require("fs"); fs.mkdirSync("node_modules/dep", { recursive: true });' +
      'fs.writeFileSync("node_modules/dep/index.js", JSON.stringify([process.env.NPM_TOKEN, fs.readdirSync(".").sort()]))';
    const worktrees = worktreesWith({ argv: [process.execPath, '-e', script], timeoutSeconds: 30 });
    const folder = await worktrees.materialise(incident, await treeNow());
    const seen = JSON.parse(await readFile(join(folder, 'node_modules/dep/index.js'), 'utf8')) as unknown;
    expect(seen).toEqual(['hunter2', ['.npmrc', 'node_modules', 'package-lock.json', 'package.json']]);
    expect(registry.requests).toEqual([]);
  });

  it('are those of its own configuration, whatever another one installed for the same lockfile before [workspace:tests:install-own]', async () => {
    const installs = (content: string): InstallCommand => ({
      argv: ['sh', '-c', `mkdir -p node_modules/dep && echo '${content}' > node_modules/dep/index.js`],
      timeoutSeconds: 30,
    });
    const found = async (command?: InstallCommand) => {
      const folder = await worktreesWith(command).materialise(incident, await treeNow());
      return (await readFile(join(folder, 'node_modules/dep/index.js'), 'utf8')).trim();
    };
    expect(await found(installs('theirs'))).toBe('theirs');
    expect(await found(installs('ours'))).toBe('ours');
    expect(await found()).toBe('module.exports = 42;');
    expect(await found(installs('theirs'))).toBe('theirs');
    expect(registry.requests.map(({ path }) => path)).toEqual(['/dep-1.0.0.tgz']);
  });
});

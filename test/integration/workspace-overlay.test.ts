import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Incident } from '#domain/incident.ts';
import { overlayPrefix } from '#workspace/sandbox-overlay.ts';

import { missing } from '../support/needs.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { workspaceFixture } from '../support/workspace-fixture.ts';

const worker = fileURLToPath(new URL('../support/overlay-process.ts', import.meta.url));

await using probe = await temporaryFolder();
const skipped = missing('Mounting an overlay without privilege', (await overlayPrefix(probe.path)) !== undefined);

let state: TemporaryFolder;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;
let incident: Incident;

beforeEach(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({
    'src/a.js': 'a\n',
    'src/deep/b.js': 'b\n',
    'package-lock.json': '{"lockfileVersion":3}\n',
    'package.json': '{"name":"app"}\n',
    '.gitignore': 'node_modules\n',
  });
  fixture = workspaceFixture(state.path);
  incident = await fixture.open(repository.path);
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

interface Shown {
  readonly folder: string;
  readonly milliseconds: number;
  readonly contents: Readonly<Record<string, string>>;
  readonly reason: string;
  /** Its row of mountinfo. */
  readonly mount: string;
}

/** Mounts the trees in turn, as the process of a test run does. */
async function mountAll(...trees: readonly string[]): Promise<readonly Shown[]> {
  const prefix = (await overlayPrefix(state.path)) ?? [];
  const [file = '', ...args] = [...prefix, process.execPath, worker, state.path, JSON.stringify(incident), ...trees];
  const printed = execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Shown);
}

const treeNow = async () => (await fixture.workspace.current(incident)).tree;

describe.skipIf(skipped !== undefined)(`a mounted tree${skipped ? `: ${skipped}` : ''}`, () => {
  it('holds exactly the tree, whatever a run before it left or overwrote [workspace:tree:overlay]', async () => {
    const base = await treeNow();
    await fixture.patch(incident, { path: 'src/a.js', content: 'fixed\n' }, { path: 'new/c.js', content: 'c\n' });
    const patched = await treeNow();
    await fixture.patch(incident, { path: 'src/deep/b.js', content: null }, { path: 'src/deep', content: 'a file\n' });
    const [first, second, third, fourth] = await mountAll(base, patched, await treeNow(), base);
    const unchanged = {
      'package.json': '{"name":"app"}\n',
      'package-lock.json': '{"lockfileVersion":3}\n',
      '.gitignore': 'node_modules\n',
    };
    const original = { ...unchanged, 'src/a.js': 'a\n', 'src/deep/b.js': 'b\n' };
    expect(first?.contents).toEqual(original);
    expect(second?.contents).toEqual({ ...original, 'src/a.js': 'fixed\n', 'new/c.js': 'c\n' });
    expect(third?.contents).toEqual({ ...unchanged, 'src/a.js': 'fixed\n', 'new/c.js': 'c\n', 'src/deep': 'a file\n' });
    expect(fourth?.contents).toEqual(original);
  });

  it('is seen by the process of the run alone, and is gone with it [workspace:tree:overlay]', async () => {
    const [shown] = await mountAll(await treeNow());
    expect(await readdir(shown?.folder ?? '')).toEqual([]);
    const { id } = await fixture.repositories.open(repository.path);
    expect(await readdir(join(state.path, 'worktrees', id, `${incident.id}.overlay`))).toEqual([]);
    expect(await readFile(`/proc/self/mountinfo`, 'utf8')).not.toContain(shown?.folder);
  });

  it('is taken away without waiting for what others write to the same disk [workspace:tree:volatile]', async () => {
    const [shown] = await mountAll(await treeNow());
    expect(shown?.mount).toMatch(/ - overlay /);
    // Newer kernels name the option that the word stands for.
    expect(shown?.mount).toMatch(/,(?:fsync=)?volatile(?:,|$)/);
  });

  it('never writes into the prepared checkout nor the prepared dependencies', async () => {
    await repository.write('node_modules/dep/index.js', 'module.exports = 1\n');
    const [first, second] = await mountAll(await treeNow(), await treeNow());
    expect(first?.contents['node_modules/dep/index.js']).toBe('module.exports = 1\n');
    expect(second?.contents['node_modules/dep/index.js']).toBe('module.exports = 1\n');
    expect(first?.reason).toBe('Reused from the checkout: node_modules (same package-lock.json).');
    const { id } = await fixture.repositories.open(repository.path);
    const checkout = join(state.path, 'checkouts', id, incident.repository.baseCommit);
    expect(await readFile(join(checkout, 'src/a.js'), 'utf8')).toBe('a\n');
    expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
  });

  it('keeps modes, links and line ends as a checkout would', async () => {
    await repository.write('run.sh', 'echo\n');
    await chmod(join(repository.path, 'run.sh'), 0o755);
    await repository.link('link', 'src/a.js');
    await repository.write('.gitattributes', '*.bat text eol=crlf\n');
    await repository.write('x.bat', 'echo\n');
    repository.commit();
    incident = await fixture.open(repository.path, { id: 'PD-2' });
    await fixture.patch(
      incident,
      { path: 'y.bat', content: 'echo\n' },
      { path: 'z.sh', content: 'ls\n', mode: '100755' },
    );
    const [shown] = await mountAll(await treeNow());
    expect(shown?.contents).toMatchObject({ 'x.bat': 'echo\r\n', 'y.bat': 'echo\r\n', 'z.sh': 'ls\n' });
    const { id } = await fixture.repositories.open(repository.path);
    const checkout = join(state.path, 'checkouts', id, incident.repository.baseCommit);
    expect(await readlink(join(checkout, 'link'))).toBe('src/a.js');
    expect(await readFile(join(checkout, '.git'), 'utf8')).toBe('gitdir: /nonexistent\n');
  });

  it('is made anew when a killed process left half a checkout', async () => {
    const { id } = await fixture.repositories.open(repository.path);
    const checkout = join(state.path, 'checkouts', id, incident.repository.baseCommit);
    execFileSync('mkdir', ['-p', `${checkout}.tmp/src`]);
    await writeFile(join(`${checkout}.tmp`, 'half.js'), '');
    const [shown] = await mountAll(await treeNow());
    expect(shown?.contents['half.js']).toBeUndefined();
    expect(shown?.contents['src/a.js']).toBe('a\n');
    expect(runGit(repository.path, 'status', '--porcelain')).toBe('');
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import { createWorktrees } from '#workspace/worktree.ts';

import { runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import { workspaceFixture } from '../support/workspace-fixture.ts';

/** Runs the patching process and kills it after it reported `after` patches and some milliseconds more. */
async function patchAndKill(
  stateFolder: string,
  incident: Incident,
  when: { after: number; ms: number },
): Promise<string[]> {
  const script = join(import.meta.dirname, '../support/patching-process.ts');
  const child = spawn(process.execPath, [script, stateFolder, JSON.stringify(incident)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const trees: string[] = [];
  for await (const chunk of child.stdout) {
    trees.push(...String(chunk).split('\n').filter(Boolean));
    if (trees.length < when.after || child.killed) continue;
    await sleep(when.ms);
    child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return trees;
}

it('has the old or the new tree as the truth after kill -9 at any moment, and goes on from there, in every form of a patch [state:crash:truth]', async () => {
  await using state = await temporaryFolder();
  await using repository = await temporaryRepository({ 'a.txt': 'start\n', 'src/b.txt': 'start\n' });
  await using fixture = workspaceFixture(state.path);
  const incident = await fixture.open(repository.path);
  const worktrees = createWorktrees({
    clock: systemClock,
    stateFolder: state.path,
    repositories: fixture.repositories,
  });
  const { gitDir } = await fixture.repositories.open(repository.path);
  let recorded = 0;
  for (const ms of [0, 3, 6, 10, 14, 19, 25, 32, 40, 55, 70, 90]) {
    const reported = await patchAndKill(state.path, incident, { after: 1, ms });
    const records = fixture.store.patches(incident.id);
    const { tree } = await fixture.workspace.current(incident);
    expect(records.length).toBeGreaterThan(recorded);
    expect(records.map((record) => record.tree)).toEqual(expect.arrayContaining(reported));
    expect(tree).toBe(records.at(-1)?.tree);
    // Every file of a patch, or none of it.
    const contents = new Set<string>();
    for (const path of ['a.txt', 'src/b.txt']) contents.add(String(await fixture.workspace.read(incident, path)));
    expect(contents.size).toBe(1);
    expect(runGit(gitDir, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
    const folder = await worktrees.materialise(incident, tree);
    expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe([...contents][0]);
    expect(runGit(folder, 'write-tree')).toBe(tree);
    recorded = records.length;
  }
  expect(fixture.store.verify(incident.id)).toMatchObject({ ok: true });
});

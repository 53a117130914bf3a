import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import { createWorktrees } from '#workspace/worktree.ts';

import { workspaceFixture } from './workspace-fixture.ts';

/** Mounts trees of an incident one after the other and prints what each holds. Arguments: state folder, incident as JSON, trees. */
const [stateFolder = '', json = '', ...trees] = process.argv.slice(2);
const incident = JSON.parse(json) as Incident;
await using fixture = workspaceFixture(stateFolder);
const { repositories } = fixture;
await using worktrees = createWorktrees({ stateFolder, repositories, clock: systemClock, overlay: true });
for (const tree of trees) {
  const startedAt = performance.now();
  const folder = await worktrees.materialise(incident, tree);
  const milliseconds = performance.now() - startedAt;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.git')
    .map((entry) => join(entry.parentPath, entry.name));
  const contents = Object.fromEntries(files.map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]));
  const { reason } = await worktrees.dependencies(incident);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const mount = mounts.find((line) => line.split(' ')[4] === folder) ?? '';
  process.stdout.write(`${JSON.stringify({ folder, milliseconds, contents, reason, mount })}\n`);
  // What a run leaves must be gone in the next tree.
  writeFileSync(join(folder, 'left.txt'), 'x');
  for (const file of files) writeFileSync(file, 'overwritten');
}

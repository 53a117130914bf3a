import type { Incident } from '#domain/incident.ts';
import { createWorktrees } from '#workspace/worktree.ts';

import { workspaceFixture } from './workspace-fixture.ts';

/** Patches and materialises an incident again and again, until it is killed. Arguments: state folder, incident as JSON. */
const [stateFolder = '', json = ''] = process.argv.slice(2);
const incident = JSON.parse(json) as Incident;
const fixture = workspaceFixture(stateFolder);
const worktrees = createWorktrees({ stateFolder, repositories: fixture.repositories });
for (let n = 1; ; n += 1) {
  const content = `${process.pid}:${n}\n`;
  const { tree } = await fixture.patch(
    incident,
    { path: 'a.txt', content },
    { path: 'src/b.txt', content },
    { path: `src/${n % 2 ? 'odd' : 'even'}/c.txt`, content },
  );
  process.stdout.write(`${tree}\n`);
  await worktrees.materialise(incident, tree);
}

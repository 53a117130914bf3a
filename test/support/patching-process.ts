import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { PatchRequest } from '#domain/patch-request.ts';
import { patchFiles } from '#workspace/patch/patch-files.ts';
import { createWorktrees } from '#workspace/worktree.ts';

import { patchPermit, workspaceFixture } from './workspace-fixture.ts';

/** Patches and materialises an incident again and again, in each form in turn, until it is killed. Arguments: state folder, incident as JSON. */
const [stateFolder = '', json = ''] = process.argv.slice(2);
const incident = JSON.parse(json) as Incident;
const fixture = workspaceFixture(stateFolder, patchFiles);
const worktrees = createWorktrees({ clock: systemClock, stateFolder, repositories: fixture.repositories });
const files = ['a.txt', 'src/b.txt'];
for (let n = 1; ; n += 1) {
  const old = String(await fixture.workspace.read(incident, 'a.txt')).trimEnd();
  const both = (section: (path: string) => string) => files.map(section).join('');
  const now = `${process.pid}:${n}`;
  const added = `src/${process.pid}/${n}.txt`;
  const forms: readonly PatchRequest[] = [
    { patch: both((path) => `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-${old}\n+${now}\n`) },
    {
      patch: `*** Begin Patch\n${both((path) => `*** Update File: ${path}\n@@\n-${old}\n+${now}\n`)}*** Add File: ${added}\n+x\n*** End Patch\n`,
    },
    { patch: both((path) => `${path}\n<<<<<<< SEARCH\n${old}\n=======\n${now}\n>>>>>>> REPLACE\n`) },
    { edits: [...files.map((path) => ({ path, old_text: old, new_text: now })), { path: added, content: 'x\n' }] },
  ];
  const action = await fixture.workspace.preview(incident, forms[n % forms.length] ?? {}, 'Release jobs');
  await fixture.workspace.apply(patchPermit(incident, action), 'test-client/1.0');
  process.stdout.write(`${action.tree}\n`);
  await worktrees.materialise(incident, action.tree);
}

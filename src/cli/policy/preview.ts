import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import type { PatchAction } from '#domain/action.ts';
import { systemClock } from '#domain/clock.ts';
import type { RepositoryRef } from '#domain/incident.ts';
import { exampleIncident } from '#policy/examples.ts';
import { createGitWorkspace } from '#workspace/git-workspace.ts';
import { patchFiles } from '#workspace/patch/patch-files.ts';
import type { Repositories } from '#workspace/repository.ts';
import { createRepositories } from '#workspace/repository.ts';

/** Computes what patches would do, and leaves nothing behind. */
export interface Previews extends AsyncDisposable {
  readonly repositories: Repositories;
  /** The applied result of a patch on a commit; throws whatever refuses the patch itself. */
  preview(repository: RepositoryRef, patch: string): Promise<PatchAction>;
  /** Every path of a commit. */
  list(repository: RepositoryRef): Promise<readonly string[]>;
}

/** Makes previews with the same workspace that incidents use, in a temporary state folder. */
export async function createPreviews({ environment }: Pick<Invocation, 'environment'>): Promise<Previews> {
  const stateFolder = await mkdtemp(path.join(tmpdir(), 'fixgate-preview-'));
  const repositories = createRepositories({ stateFolder, clock: systemClock, environment });
  const workspace = createGitWorkspace({
    store: { patches: () => [], patchWrites: () => undefined, everTouched: () => [], recordPatch: () => undefined },
    clock: systemClock,
    patcher: patchFiles,
    repositories,
  });
  return {
    repositories,
    preview: (repository, patch) => workspace.preview({ ...exampleIncident, repository }, patch, ''),
    list: (repository) => workspace.list({ ...exampleIncident, repository }),
    async [Symbol.asyncDispose]() {
      await repositories[Symbol.asyncDispose]();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}

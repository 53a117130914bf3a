import type { PublishAction, PatchAction } from '#domain/action.ts';
import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { FileWrite, GitMode } from '#domain/remediation.ts';
import type { Permit } from '#policy/verdict.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';
import type { Patcher } from '#workspace/git-workspace.ts';
import { createGitWorkspace } from '#workspace/git-workspace.ts';
import type { Environment } from '#workspace/git.ts';
import type { Repositories } from '#workspace/repository.ts';
import { createRepositories } from '#workspace/repository.ts';
import type { Workspace } from '#workspace/workspace.ts';

import { movableClock, sampleEvent, sampleIncident } from './store-samples.ts';
import { gitEnvironment } from './temporary-repository.ts';

/** One row of the patches that these tests write: a whole content, or null to delete the file. */
export interface Edit {
  readonly path: string;
  readonly content: string | null;
  readonly mode?: GitMode;
}

/** The patch text that `wholeFilePatcher` understands. */
export function patchOf(...edits: readonly Edit[]): string {
  return JSON.stringify(edits);
}

/** A patcher without any matching: the patch names whole contents. */
export const wholeFilePatcher: Patcher = async (patch, files) => {
  const writes: FileWrite[] = [];
  for (const { path, content, mode } of JSON.parse(typeof patch === 'string' ? patch : (patch.patch ?? '')) as Edit[]) {
    const before = await files.read(path);
    const after = content === null ? {} : { after: { mode: mode ?? '100644', content: Buffer.from(content) } };
    const lines = (text: Buffer | undefined) => (text ? text.toString().split('\n').length - 1 : 0);
    writes.push({ path, ...after, added: lines(after.after?.content), removed: lines(before?.content) });
  }
  return { writes, reads: [] };
};

/** A workspace on a state folder with the real store. */
export interface WorkspaceFixture extends AsyncDisposable {
  readonly stateFolder: string;
  readonly store: Store;
  readonly repositories: Repositories;
  readonly workspace: Workspace;
  /** Opens an incident on a repository. */
  open(location: string, options?: { readonly id?: string; readonly base?: string }): Promise<Incident>;
  /** Previews and applies. */
  patch(incident: Incident, ...edits: readonly Edit[]): Promise<PatchAction>;
}

/** Several fixtures may share a state folder, as several servers would. */
export function workspaceFixture(
  stateFolder: string,
  patcher: Patcher = wholeFilePatcher,
  environment: Environment = gitEnvironment,
): WorkspaceFixture {
  const clock = movableClock();
  const store = createSqliteStore({ folder: stateFolder, clock });
  const repositories = createRepositories({ stateFolder, environment, clock: systemClock });
  const workspace = createGitWorkspace({ store, clock, patcher, repositories });
  return {
    stateFolder,
    store,
    repositories,
    workspace,
    async open(location, { id = 'PD-1', base } = {}) {
      const repository = await repositories.resolve({ location, ...(base !== undefined && { base }) });
      const incident = sampleIncident(id, { repository });
      store.openIncident(incident, sampleEvent('incident.opened'));
      return incident;
    },
    async patch(incident, ...edits) {
      const action = await workspace.preview(incident, patchOf(...edits), 'Release jobs after processing');
      await workspace.apply(patchPermit(incident, action), 'test-client/1.0');
      // Tests look with a git of their own.
      await (await repositories.open(incident.repository.location)).objects.written();
      return action;
    },
    async [Symbol.asyncDispose]() {
      await repositories[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** What the gate would mint. */
export function patchPermit(incident: Incident, action: PatchAction): Permit<'patch'> {
  return { action, incident, callId: 'call-1', held: {} } as unknown as Permit<'patch'>;
}

/** What the gate would mint for a pull request of the incident's current tree. */
export async function publishPermit(
  { workspace }: WorkspaceFixture,
  incident: Incident,
  changes: Partial<PublishAction> = {},
): Promise<Permit<'publish'>> {
  const { tree, diffHash, files } = await workspace.current(incident);
  const { baseBranch, baseCommit } = incident.repository;
  const action: PublishAction = {
    kind: 'publish',
    branch: `hotfix/${incident.id}`,
    baseBranch,
    baseCommit,
    tree,
    diffHash,
    netChanges: files,
    title: 'fix(app): stop the leak',
    summary: 'The queue releases its jobs.',
    rootCause: 'processQueue kept every job.',
    draft: false,
    verification: [],
    exists: false,
    touched: [],
    triggers: [],
    pipelines: [],
    ...changes,
  };
  return { action, incident, callId: 'call-2', held: {} } as unknown as Permit<'publish'>;
}

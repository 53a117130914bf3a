import type { TriggeredWorkflow } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { WorkflowPush } from '#policy/workflows.ts';
import { isPipeline, isWorkflow, readPush } from '#policy/workflows.ts';
import type { Workspace } from '#workspace/workspace.ts';

/** What a push of a branch would start. */
export interface PushTriggers {
  readonly workflows: readonly TriggeredWorkflow[];
  /** Files of other systems, which may start pipelines of their own. */
  readonly pipelines: readonly string[];
}

/** Workflows that are read; a repository with more has the rest counted as started. */
const MAX_WORKFLOWS = 200;

/** Reads the workflows of the base commit and of the tree that would be pushed: a host takes the pushed ones. */
export async function findTriggers(
  workspace: Pick<Workspace, 'list' | 'read'>,
  incident: Incident,
  branch: string,
): Promise<PushTriggers> {
  const holds = new Map<string, Set<string>>();
  const pipelines = new Set<string>();
  for (const from of ['base', 'tree'] as const) {
    const paths = await workspace.list(incident, from);
    for (const path of paths.filter(isPipeline)) pipelines.add(path);
    const read = new Map<string, WorkflowPush>();
    for (const [index, path] of paths.filter(isWorkflow).entries()) {
      const content = index < MAX_WORKFLOWS ? await workspace.read(incident, path, from) : undefined;
      read.set(path, content ? readPush(content.toString('utf8'), branch) : unread);
    }
    for (const [path, { holds: found }] of started(read))
      for (const each of found) holds.set(path, (holds.get(path) ?? new Set()).add(each));
  }
  return {
    workflows: [...holds].map(([path, found]) => ({ path, holds: [...found] })),
    pipelines: [...pipelines],
  };
}

const unread: WorkflowPush = {
  name: undefined,
  starts: true,
  after: [],
  calls: [],
  holds: ['text that was not read'],
};

/** The workflows that a push starts by itself, those that they are made of, and those that wait for one of them. */
function started(read: ReadonlyMap<string, WorkflowPush>): ReadonlyMap<string, WorkflowPush> {
  const found = new Map([...read].filter(([, { starts }]) => starts));
  for (let known = -1; known < found.size;) {
    known = found.size;
    const names = new Set([...found].map(([path, { name }]) => name ?? path));
    const called = new Set([...found.values()].flatMap(({ calls }) => calls));
    for (const [path, push] of read)
      if (called.has(path) || push.after.some((name) => names.has(name))) found.set(path, push);
  }
  return found;
}

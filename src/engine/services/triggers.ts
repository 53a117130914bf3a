import type { TriggeredWorkflow } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import { isPipeline, isWorkflow, riskOfPush } from '#policy/workflows.ts';
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
    for (const [index, path] of paths.filter(isWorkflow).entries()) {
      const content = index < MAX_WORKFLOWS ? await workspace.read(incident, path, from) : undefined;
      const risk = content ? riskOfPush(content.toString('utf8'), branch) : ['text that was not read'];
      for (const each of risk) holds.set(path, (holds.get(path) ?? new Set()).add(each));
    }
  }
  return {
    workflows: [...holds].map(([path, found]) => ({ path, holds: [...found] })),
    pipelines: [...pipelines],
  };
}

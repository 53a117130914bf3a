import type { TriggeredWorkflow } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import { riskOfPipeline } from '#policy/gitlab-pipeline.ts';
import type { FoundWorkflow } from '#policy/workflow-chain.ts';
import { startedByPush } from '#policy/workflow-chain.ts';
import { isPipeline, isWorkflow, readPush, unreadPush } from '#policy/workflows.ts';
import type { Workspace } from '#workspace/workspace.ts';

/** What a push of a branch would start. */
export interface PushTriggers {
  readonly workflows: readonly TriggeredWorkflow[];
  /** Files of other systems, which may start pipelines of their own. */
  readonly pipelines: readonly string[];
}

/** Where GitLab looks unless its project says otherwise. */
const GITLAB = '.gitlab-ci.yml';

/** Workflows that are read; a repository with more has the rest counted as started. */
const MAX_WORKFLOWS = 200;

/** Reads the workflows of the base commit and of the tree that would be pushed: a host takes the pushed ones. */
export async function findTriggers(
  workspace: Pick<Workspace, 'list' | 'read'>,
  incident: Incident,
  branch: string,
): Promise<PushTriggers> {
  const all: FoundWorkflow[] = [];
  const pipelines = new Set<string>();
  const holds = new Map<string, Set<string>>();
  const hold = (path: string, each: string) => holds.set(path, (holds.get(path) ?? new Set()).add(each));
  for (const from of ['base', 'tree'] as const) {
    const paths = await workspace.list(incident, from);
    for (const path of paths.filter(isPipeline)) pipelines.add(path);
    const gitlab = paths.includes(GITLAB) ? await workspace.read(incident, GITLAB, from) : undefined;
    const pushed = { branch, baseBranch: incident.repository.baseBranch };
    for (const each of gitlab ? riskOfPipeline(gitlab.toString('utf8'), pushed) : []) hold(GITLAB, each);
    for (const [index, path] of paths.filter(isWorkflow).entries()) {
      const content = index < MAX_WORKFLOWS ? await workspace.read(incident, path, from) : undefined;
      const push = content ? readPush(content.toString('utf8'), branch) : unreadPush('text that was not read');
      all.push({ path, push });
    }
  }
  for (const { path, push } of startedByPush(all, incident.repository)) for (const each of push.holds) hold(path, each);
  return {
    workflows: [...holds].map(([path, found]) => ({ path, holds: [...found] })),
    pipelines: [...pipelines],
  };
}

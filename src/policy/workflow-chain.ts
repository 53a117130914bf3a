import type { RepositoryRef } from '#domain/incident.ts';
import type { WorkflowCall, WorkflowPush } from '#policy/workflows.ts';

/** A workflow as one of the commits has it. */
export interface FoundWorkflow {
  readonly path: string;
  readonly push: WorkflowPush;
}

/**
 * The workflows that a push starts by itself, those that they are made of, and those that wait for one of them. A host takes what waits
 * from the default branch and the rest from the pushed commit, so one of either may start one of the other.
 */
export function startedByPush(all: readonly FoundWorkflow[], repository: RepositoryRef): readonly FoundWorkflow[] {
  const name = nameOf(repository.location);
  // Where the repository is known by no address, any may be it.
  const own: IsOwn = ({ at }) => at === undefined || name === undefined || at.repository.toLowerCase() === name;
  const found = new Set(all.filter(({ push }) => push.starts));
  // A set is gone through with what is added to it on the way.
  for (const starter of found)
    for (const each of all) if (!found.has(each) && startsWith(each, starter, own)) found.add(each);
  if (name === undefined) return [...found];
  return [...found].map(({ path, push }) => ({ path, push: withUnread(push, push.calls.filter(own), repository) }));
}

type IsOwn = (call: WorkflowCall) => boolean;

function startsWith({ path, push }: FoundWorkflow, starter: FoundWorkflow, own: IsOwn): boolean {
  const { names, calls } = starter.push;
  return (
    calls.some((call) => call.path === path && own(call)) || push.after?.(names && [...names, starter.path]) === true
  );
}

/** `owner/name` of an address, in lower case; undefined for a folder. */
function nameOf(location: string): string | undefined {
  const address = /^(?!file:)[^/]{2,}:(?:.*\/)?([^/]+\/[^/]+?)(?:\.git)?\/*$/i;
  return address.exec(location)?.[1]?.toLowerCase();
}

/** A workflow that is called at another ref than the base branch is one of a commit that nobody read. */
function withUnread(push: WorkflowPush, own: readonly WorkflowCall[], repository: RepositoryRef): WorkflowPush {
  const known = [repository.baseBranch, `refs/heads/${repository.baseBranch}`, repository.baseCommit];
  const unread = own.some(({ at }) => at !== undefined && !known.includes(at.ref));
  return unread ? { ...push, holds: [...push.holds, 'a workflow of another commit'] } : push;
}

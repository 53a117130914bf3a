import type { Deploy } from '#domain/evidence.ts';

/** Two records are one deploy when they are at most this far apart: a pipeline and what it drives tell of it in turn. */
const SAME_DEPLOY_MS = 60 * 60_000;
const STATUS_ORDER = ['failed', 'partial', 'running', 'cancelled', 'succeeded'] as const;
/** Which record knows best what ran: the one nearest to the environment. */
const KIND_ORDER = [
  'sync',
  'deployment',
  'event',
  'run',
  'release',
  'tag',
  'release_branch',
  'merge',
  'commit',
] as const;

/** Records of several sources as deploys, newest first: the same commit in the same environment is one, with all links. */
export function mergeDeploys(deploys: readonly Deploy[]): readonly Deploy[] {
  const merged: Deploy[] = [];
  for (const deploy of deploys.toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1))) {
    const index = merged.findIndex((other) => isSame(other, deploy));
    const other = merged[index];
    if (other === undefined) merged.push(deploy);
    else merged[index] = join(other, deploy);
  }
  return merged.toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
}

function isSame(a: Deploy, b: Deploy): boolean {
  if (a.sha === '' || a.sha !== b.sha || a.rollback !== b.rollback) return false;
  // Two records of one back end are two deploys: it went there twice. A name in git only repeats what a pipeline did.
  if (a.kind === b.kind) return false;
  return Math.abs(a.at - b.at) <= SAME_DEPLOY_MS && agree(a.env, b.env) && agree(a.service, b.service);
}

function agree(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a.toLowerCase() === b.toLowerCase();
}

function join(a: Deploy, b: Deploy): Deploy {
  const [best, rest] = KIND_ORDER.indexOf(a.kind) <= KIND_ORDER.indexOf(b.kind) ? [a, b] : [b, a];
  const status = STATUS_ORDER.find((each) => each === a.status || each === b.status);
  const links = [...new Set([...(best.links ?? []), ...(rest.links ?? [])])];
  return {
    ...rest,
    ...best,
    at: Math.min(a.at, b.at),
    author: best.author === '' ? rest.author : best.author,
    subject: best.subject === '' ? rest.subject : best.subject,
    ...(status !== undefined && { status }),
    ...(links.length > 0 && { links }),
  };
}

import type { PatchAction, PublishAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { PublishedPullRequest } from '#providers/sources.ts';
import type { Attributes } from '#telemetry/tracing.ts';

/** Hosts whose names OpenTelemetry has a word for. */
const VCS_PROVIDERS = ['github', 'gitlab', 'gitea', 'bitbucket'] as const;

/** What the span of a patch says of the repository, of the branch that it starts from, and of its size. */
export function patchAttributes(
  { repository }: Incident,
  { writes, fromTree }: Pick<PatchAction, 'writes' | 'fromTree'>,
): Attributes {
  return {
    ...repositoryAttributes(repository.location),
    'vcs.ref.base.name': repository.baseBranch,
    'vcs.ref.base.revision': repository.baseCommit,
    'vcs.ref.base.type': 'branch',
    'fixgate.change.from_tree': fromTree,
    'fixgate.change.files': writes.length,
    'fixgate.change.lines_added': writes.reduce((sum, { added }) => sum + added, 0),
    'fixgate.change.lines_removed': writes.reduce((sum, { removed }) => sum + removed, 0),
  };
}

/** What the span of a pull request says of the repository and its two branches. */
export function changeAttributes(
  { repository }: Incident,
  { action, commit }: { readonly action: PublishAction; readonly commit: string },
): Attributes {
  return {
    ...repositoryAttributes(repository.location),
    'vcs.ref.base.name': action.baseBranch,
    'vcs.ref.base.revision': action.baseCommit,
    'vcs.ref.base.type': 'branch',
    'vcs.ref.head.name': action.branch,
    'vcs.ref.head.revision': commit,
    'vcs.ref.head.type': 'branch',
  };
}

/** What the span says of the pull request as it is now. */
export function outcomeAttributes({ number, draft, created }: PublishedPullRequest): Attributes {
  return {
    'vcs.change.id': number === undefined ? undefined : String(number),
    'vcs.change.state': draft ? 'wip' : 'open',
    'fixgate.change.created': created,
  };
}

/** Name, owner and address of a repository that was given by its URL; of a folder only its name. */
function repositoryAttributes(location: string): Attributes {
  const scp = /^[^/@]+@([^/:]+):(.+)$/.exec(location);
  const url = URL.parse(scp ? `ssh://${scp[1]}/${scp[2]}` : location);
  const parts = (url ? url.pathname : location).replace(/(?:\.git)?\/*$/, '').split('/');
  const name = { 'vcs.repository.name': parts.at(-1) || undefined };
  if (!url || url.protocol === 'file:') return name;
  return {
    ...name,
    'vcs.owner.name': parts.slice(1, -1).join('/') || undefined,
    // Without the user and the password that an address may hold.
    'vcs.repository.url.full': `https://${url.host}${parts.join('/')}`,
    'vcs.provider.name': VCS_PROVIDERS.find((known) => url.hostname.includes(known)),
    'server.address': url.hostname,
  };
}

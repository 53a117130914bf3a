import type { Deploy, DeployStatus } from '#domain/evidence.ts';

/** The fields of a DORA deployment that are read; any may be absent. */
export interface DoraDeployment {
  readonly id?: string;
  readonly attributes?: {
    readonly service?: string;
    readonly env?: string;
    readonly team?: string;
    readonly version?: string;
    readonly startedAt?: Date;
    readonly finishedAt?: Date;
    readonly git?: { readonly commitSha?: string };
    readonly customTags?: readonly string[];
  };
}

/** The fields of an event that are read; any may be absent. */
export interface DatadogEvent {
  readonly id?: string;
  readonly attributes?: {
    readonly message?: string;
    readonly tags?: readonly string[];
    readonly timestamp?: Date;
    readonly attributes?: {
      readonly title?: string;
      readonly service?: string;
      readonly status?: unknown;
      readonly evt?: { readonly id?: string };
    };
  };
}

/** Tags that tools put on their deployment events. */
const TAGS = {
  service: ['service', 'kube_service', 'app'],
  env: ['env', 'environment'],
  sha: ['git.commit.sha', 'git_commit', 'commit_sha', 'commit', 'sha', 'revision'],
  version: ['version', 'release', 'tag'],
  author: ['git.author', 'author', 'user', 'actor', 'deployed_by', 'triggered_by'],
} as const;

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Statuses of alert events, and those of older ones. */
const STATES: Readonly<Record<string, DeployStatus>> = {
  success: 'succeeded',
  ok: 'succeeded',
  warning: 'partial',
  warn: 'partial',
  error: 'failed',
  failure: 'failed',
};

/** A deployment that a pipeline reported; undefined when it tells no time. */
export function fromDora({ id = '', attributes = {} }: DoraDeployment): Deploy | undefined {
  const { service, env, team, version, startedAt, finishedAt, git, customTags = [] } = attributes;
  const at = startedAt?.getTime() ?? Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const author = tagOf(customTags, TAGS.author) ?? team ?? '';
  return {
    id: `dora:${id}`,
    at,
    sha: git?.commitSha ?? '',
    ref: version ?? '',
    kind: 'event',
    author,
    subject: [service, version].filter(Boolean).join(' '),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
    // It is reported when it is over.
    ...(finishedAt !== undefined && { finishedAt: finishedAt.getTime(), status: 'succeeded' }),
  };
}

/** An event of a deployment tool; undefined when it tells no time. `pages` is the address of Datadog's pages. */
export function fromEvent({ id = '', attributes = {} }: DatadogEvent, pages: string): Deploy | undefined {
  const { tags = [], timestamp, message = '', attributes: own = {} } = attributes;
  const at = timestamp?.getTime() ?? Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const title = own.title ?? message.split('\n', 1)[0] ?? '';
  // As recorded, an event without a service says that it is `undefined`.
  const service = own.service === 'undefined' || own.service === '' ? undefined : own.service;
  const sent = { service: service ?? tagOf(tags, TAGS.service), env: tagOf(tags, TAGS.env) };
  const said = tagOf(tags, TAGS.sha) ?? '';
  const sha = COMMIT.test(said) ? said : (/\b[0-9a-f]{40}\b/.exec(`${title}\n${message}`)?.[0] ?? '');
  const status = STATES[String(own.status)];
  const link = own.evt?.id === undefined ? [] : [new URL(`event/event?id=${encodeURIComponent(own.evt.id)}`, pages)];
  return {
    id: `event:${id}`,
    at,
    sha,
    ref: tagOf(tags, TAGS.version) ?? said,
    kind: 'event',
    author: tagOf(tags, TAGS.author) ?? '',
    subject: title,
    ...(status !== undefined && { status }),
    ...(sent.service !== undefined && { service: sent.service }),
    ...(sent.env !== undefined && { env: sent.env }),
    ...(link.length > 0 && { links: link.map(({ href }) => href) }),
  };
}

function tagOf(tags: readonly string[], keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = tags.find((tag) => tag.toLowerCase().startsWith(`${key}:`))?.slice(key.length + 1);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** Two records of one deployment are at most this far apart. */
const SAME_MS = 60 * 60_000;

/** Drops events of deployments that were reported as such: one back end then tells of a deployment once. */
export function withoutReported(events: readonly Deploy[], reported: readonly Deploy[]): Deploy[] {
  const agree = (a: string | undefined, b: string | undefined) => a === undefined || b === undefined || a === b;
  return events.filter(
    (event) =>
      !reported.some(
        (other) =>
          Math.abs(other.at - event.at) <= SAME_MS &&
          agree(other.service, event.service) &&
          agree(other.env, event.env) &&
          ((event.sha !== '' && event.sha === other.sha) || (event.ref !== '' && event.ref === other.ref)),
      ),
  );
}

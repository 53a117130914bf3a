import { z } from 'zod';

import type { Deploy, DeployQuery, DeployStatus } from '#domain/evidence.ts';

import type { HttpClient } from '../http.ts';
import { noteRequests, noting } from '../noted-requests.ts';
import type { DeploySource } from '../sources.ts';
import { readForm } from '../vendor-form.ts';

const Revision = { revision: z.string().nullish(), revisions: z.array(z.string()).nullish() };
const Initiator = z.object({ username: z.string().nullish(), automated: z.boolean().nullish() }).nullish();
const Application = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().nullish(),
    labels: z.record(z.string(), z.string()).nullish(),
  }),
  status: z
    .object({
      history: z
        .array(
          z.object({
            id: z.int().nullish(),
            ...Revision,
            deployedAt: z.string(),
            deployStartedAt: z.string().nullish(),
            initiatedBy: Initiator,
          }),
        )
        .nullish(),
      operationState: z
        .object({
          phase: z.string().nullish(),
          message: z.string().nullish(),
          startedAt: z.string(),
          finishedAt: z.string().nullish(),
          operation: z.object({ initiatedBy: Initiator }).nullish(),
          syncResult: z.object(Revision).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
type Application = z.output<typeof Application>;
const List = z.object({ items: z.array(Application).nullish() });

/** The list has no pages: without a mask each application brings its whole state along. */
const FIELDS = ['metadata.name', 'metadata.namespace', 'metadata.labels', 'status.history', 'status.operationState']
  .map((field) => `items.${field}`)
  .join(',');

const PHASES: Readonly<Record<string, DeployStatus>> = {
  Failed: 'failed',
  Error: 'failed',
  Running: 'running',
  Terminating: 'running',
};

/** Which applications are read, and what their labels mean. */
export interface ArgocdScope {
  readonly url: string;
  readonly projects: readonly string[];
  readonly selector?: string | undefined;
  readonly service_label: string;
  readonly env_label: string;
  readonly env?: string | undefined;
}

/** Syncs of applications: those of their history, and the last one when it failed or still runs. */
export function createArgocdDeploys(http: HttpClient, scope: ArgocdScope): DeploySource {
  const read = async (from: HttpClient, fields: string, signal: AbortSignal) => {
    const params = { fields, ...(scope.selector !== undefined && { selector: scope.selector }) };
    // The parameter repeats, one for each project.
    const projects = scope.projects.map((project) => `projects=${encodeURIComponent(project)}`).join('&');
    const path = `api/v1/applications${projects === '' ? '' : `?${projects}`}`;
    const answer = await from.read(
      projects === '' ? { path, params } : { path: `${path}&${new URLSearchParams(params).toString()}`, params: {} },
      signal,
    );
    return readForm('Argo CD', List, answer).items ?? [];
  };
  return {
    async list(query, signal) {
      const noted = noteRequests();
      const applications = await read(noting(http, noted), FIELDS, signal);
      const deploys = applications.flatMap((application) => syncsOf(application, scope));
      return {
        deploys: deploys.filter((deploy) => isWanted(deploy, query)).toSorted((a, b) => b.at - a.at),
        warnings: [],
        requests: noted.lines(),
      };
    },
    async probe(signal) {
      const applications = await read(http, 'items.metadata.name', signal);
      return `${applications.length} applications`;
    },
  };
}

function syncsOf(application: Application, scope: ArgocdScope): Deploy[] {
  const { metadata, status } = application;
  const service = metadata.labels?.[scope.service_label];
  const env = metadata.labels?.[scope.env_label] ?? scope.env;
  const common = {
    ref: metadata.name,
    kind: 'sync' as const,
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
    links: [
      new URL(`applications/${metadata.namespace ?? 'argocd'}/${metadata.name}`, `${scope.url.replace(/\/+$/, '')}/`)
        .href,
    ],
  };
  // Oldest first; what was trimmed is missing at the front.
  const history = status?.history ?? [];
  const syncs = history.map((entry, index): Deploy => {
    const sha = commitOf(entry);
    const previous = index === 0 ? undefined : commitOf(history[index - 1] ?? {});
    const rollback =
      previous !== sha && history.slice(0, Math.max(0, index - 1)).some((older) => commitOf(older) === sha);
    return {
      ...common,
      id: `sync:${metadata.name}:${entry.id ?? index}`,
      at: Date.parse(entry.deployStartedAt ?? entry.deployedAt),
      finishedAt: Date.parse(entry.deployedAt),
      sha,
      status: 'succeeded',
      author: initiatorOf(entry.initiatedBy),
      subject: '',
      ...(previous !== undefined && previous !== '' && previous !== sha && { previousSha: previous }),
      ...(rollback && { rollback }),
    };
  });
  const operation = status?.operationState;
  const phase = PHASES[operation?.phase ?? ''];
  if (!operation || phase === undefined) return syncs;
  const ran = syncs.at(-1)?.sha;
  const sha = commitOf(operation.syncResult ?? {});
  return [
    ...syncs,
    {
      ...common,
      id: `operation:${metadata.name}:${operation.startedAt}`,
      at: Date.parse(operation.startedAt),
      sha,
      status: phase,
      author: initiatorOf(operation.operation?.initiatedBy),
      subject: operation.message ?? '',
      ...(operation.finishedAt && { finishedAt: Date.parse(operation.finishedAt) }),
      ...(ran !== undefined && ran !== sha && { previousSha: ran }),
    },
  ];
}

/** Of an application with several sources the first commit: charts are named by a version. */
function commitOf({
  revision,
  revisions,
}: {
  readonly revision?: string | null | undefined;
  readonly revisions?: readonly string[] | null | undefined;
}): string {
  return [...(revisions ?? []), revision ?? ''].find((each) => /^[0-9a-f]{40,64}$/.test(each)) ?? '';
}

function initiatorOf(initiator: z.output<typeof Initiator>): string {
  return initiator?.automated === true ? 'automated' : (initiator?.username ?? '');
}

function isWanted({ at, service, env, ref }: Deploy, { window, ...wanted }: DeployQuery): boolean {
  const lower = (text: string) => text.toLowerCase();
  if (at < window.since || at >= window.until) return false;
  if (wanted.env !== undefined && env !== undefined && lower(env) !== lower(wanted.env)) return false;
  return wanted.service === undefined || lower(service ?? ref).includes(lower(wanted.service));
}

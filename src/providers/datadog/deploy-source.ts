import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Deploy, DeployQuery } from '#domain/evidence.ts';

import { throwIfCancelled } from '../cancelled.ts';
import { startCall } from '../deadline.ts';
import type { NotedRequests } from '../noted-requests.ts';
import { noteRequests } from '../noted-requests.ts';
import type { DeployList, DeploySource } from '../sources.ts';
import type { DatadogDeployApi } from './deploy-api.ts';
import { fromDora, fromEvent, withoutReported } from './deploy-records.ts';
import { lacksPermission, unreachable } from './errors.ts';
import type { DatadogSettings } from './place.ts';
import { apiUrl, pagesOf } from './place.ts';
import { createRateLimits } from './rate-limits.ts';
import { exactTerm, groupedFilter } from './search-text.ts';

/** The list of deployments has no pages: so many are asked for. */
const MAX_DEPLOYMENTS = 500;
/** Datadog's own limit of a page of events, and how many are read. */
const PAGE = 1_000;
const MAX_PAGES = 5;
/** Deployments are listed by when they ended: one that began in the window may have ended after it. */
const LATE_MS = 3_600_000;

interface Asked {
  readonly api: DatadogDeployApi;
  readonly settings: DatadogSettings;
  readonly query: DeployQuery;
  readonly noted: NotedRequests;
}

const readsNothing: DeploySource = {
  list: async () => ({ deploys: [], warnings: [] }),
  probe: async () => 'deployments are not read, as configured',
};

/** Deployments and deployment events of one Datadog organisation; nothing is sent before the first call. */
export function createDatadogDeploys(settings: DatadogSettings, { clock }: { readonly clock: Clock }): DeploySource {
  if (settings.deploys === false) return readsNothing;
  const title = `Datadog at ${new URL(apiUrl(settings)).origin}`;
  const rates = createRateLimits({ clock });
  const call = async <T>(signal: AbortSignal, work: (api: DatadogDeployApi) => Promise<T>): Promise<T> => {
    throwIfCancelled(signal);
    const { createDatadogDeployApi } = await import('./deploy-api.ts');
    const limit = startCall({ title, timeoutMs: settings.timeout_s * 1_000, clock }, signal);
    try {
      return await work(createDatadogDeployApi(settings, { clock, rates, deadline: limit }));
    } catch (error) {
      throw limit.explain(error, (cause) => unreachable(title, cause));
    }
  };
  return {
    list: (query, signal) => call(signal, (api) => listBoth({ api, settings, query, noted: noteRequests() })),
    probe: (signal) => call(signal, (api) => probe(api, settings, clock.now())),
  };
}

/** Keys may read one of the two and not the other. */
async function listBoth(asked: Asked): Promise<DeployList> {
  const [dora, events] = await Promise.allSettled([listDora(asked), listEvents(asked)]);
  const failures = [dora, events].flatMap((part) => (part.status === 'rejected' ? [part.reason as unknown] : []));
  const fatal = failures.find((error) => !(error instanceof FixgateError) || error.code === 'cancelled');
  if (fatal !== undefined) throw fatal;
  if (failures.length === 2) return notAsked(asked, failures);
  const reported = dora.status === 'fulfilled' ? dora.value : NOTHING;
  const sent = events.status === 'fulfilled' ? events.value : NOTHING;
  const { window } = asked.query;
  return {
    deploys: [...reported.deploys, ...withoutReported(sent.deploys, reported.deploys)]
      .filter(({ at }) => at >= window.since && at < window.until)
      .toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1)),
    warnings: [...failures.map((error) => (error as FixgateError).message), ...reported.warnings, ...sent.warnings],
    requests: asked.noted.lines(),
  };
}

/** Keys for logs or metrics are no failure where nobody asked for deployments. */
function notAsked({ settings, noted }: Asked, failures: readonly unknown[]): DeployList {
  if (settings.deploys === true || !failures.every(lacksPermission)) throw failures[0];
  const why = (failures[0] as FixgateError).message;
  const note = `${why} It is left out: deploys: false does not ask it, deploys: true makes this an error.`;
  return { ...NOTHING, notes: [note], requests: noted.lines() };
}

const NOTHING: DeployList = { deploys: [], warnings: [] };

async function listDora({ api, query, noted }: Asked): Promise<DeployList> {
  const { since, until } = query.window;
  const terms = placeTerms(query);
  const attributes = {
    from: new Date(since),
    to: new Date(until + LATE_MS),
    limit: MAX_DEPLOYMENTS,
    // The order is the vendor's to choose unless it is named.
    sort: '-finished_at',
    ...(terms.length > 0 && { query: terms.join(' ') }),
  };
  noted.add(`POST /api/v2/dora/deployments ${JSON.stringify(attributes)}`);
  const { data = [] } = await api.dora.listDORADeployments({
    body: { data: { type: 'dora_deployments_list_request', attributes } },
  });
  const full = data.length >= MAX_DEPLOYMENTS;
  return {
    deploys: data.flatMap((record) => fromDora(record) ?? []),
    warnings: full ? [`Only the newest ${MAX_DEPLOYMENTS} deployments were read: name a service or an env.`] : [],
  };
}

async function listEvents({ api, settings, query, noted }: Asked): Promise<DeployList> {
  const text = [groupedFilter(settings.deploy_events), ...placeTerms(query)].join(' ');
  const { since, until } = query.window;
  const filter = { query: text, from: new Date(since).toISOString(), to: new Date(until).toISOString() };
  noted.add(`POST /api/v2/events/search ${JSON.stringify({ filter, sort: '-timestamp' })}`);
  const found: Deploy[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 1; ; page += 1) {
    const { data = [], meta } = await api.events.searchEvents({
      body: {
        filter,
        options: { timezone: 'UTC' },
        sort: '-timestamp',
        page: { limit: PAGE, ...(cursor !== undefined && { cursor }) },
      },
    });
    found.push(...data.flatMap((event) => fromEvent(event, pagesOf(settings)) ?? []));
    cursor = meta?.page?.after;
    // A last page may carry a cursor too: only an empty page, or one without a cursor, is the end.
    if (data.length === 0 || cursor === undefined || seen.has(cursor)) return { deploys: found, warnings: [] };
    if (page >= MAX_PAGES) {
      const warning = `Only the newest ${MAX_PAGES * PAGE} deployment events were read.`;
      return { deploys: found, warnings: [warning] };
    }
    seen.add(cursor);
  }
}

function placeTerms({ service, env }: DeployQuery): string[] {
  return [...exactTerm('service', service), ...exactTerm('env', env)];
}

/** Asks for one of each, so that both permissions are tried. */
async function probe({ dora, events }: DatadogDeployApi, settings: DatadogSettings, now: number): Promise<string> {
  const [from, to] = [new Date(now - 60_000), new Date(now)];
  await dora.listDORADeployments({
    body: { data: { type: 'dora_deployments_list_request', attributes: { from, to, limit: 1 } } },
  });
  const query = groupedFilter(settings.deploy_events);
  await events.searchEvents({
    body: {
      filter: { query, from: from.toISOString(), to: to.toISOString() },
      sort: '-timestamp',
      page: { limit: 1 },
    },
  });
  return `Datadog ${settings.site} answers; the keys may read deployments and events.`;
}

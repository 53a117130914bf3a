import type { Amounts } from '#domain/budget.ts';
import { budgetKinds, MICROS_PER_USD } from '#domain/budget.ts';
import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { PolicyInfo, ReportedPolicyInfo } from '#report/input.ts';

/** Suites that a record may name: more is no record of ours. */
const MAX_SUITES = 200;

/** The policy that judged last, as the records name it; where nothing was judged, the one that would be asked here. */
export function recordedPolicy(events: readonly TimelineEvent[], here: PolicyInfo | undefined): ReportedPolicyInfo {
  const judged = events.filter(({ type, data }) => type === 'call.admitted' && typeof data['policy'] === 'string');
  const last = judged.at(-1)?.data;
  const digest = textOf(last, 'policy');
  if (digest === null)
    return here ? { ...here, version: here.version ?? 1, from: 'configuration', others: [] } : UNKNOWN;
  // Older records name the digest alone; what has the same digest has the same content.
  const same = here?.digest === digest ? here : undefined;
  const mode = textOf(last, 'policy_mode') ?? same?.mode;
  const version = last?.['policy_version'] ?? same?.version;
  const others = [...new Set(judged.map(({ data }) => textOf(data, 'policy') ?? ''))].filter((each) => each !== digest);
  return {
    name: textOf(last, 'policy_name') ?? same?.name ?? null,
    digest,
    mode: mode === 'enforce' || mode === 'shadow' ? mode : null,
    version: typeof version === 'number' ? version : null,
    from: 'records',
    others: others.slice(-10),
  };
}

const UNKNOWN: ReportedPolicyInfo = { name: null, digest: null, mode: null, version: null, from: null, others: [] };

/** The caps that the last call was judged by, with what was granted since by whoever is believed; undefined in older records. */
export function recordedCaps(events: readonly TimelineEvent[], unproved: ReadonlySet<string>): Amounts | undefined {
  const at = events.findLastIndex(
    ({ type, data }) => type === 'call.admitted' && amountsOf(data['caps']) !== undefined,
  );
  const caps = amountsOf(events[at]?.data['caps']);
  if (!caps) return undefined;
  const since = events
    .slice(at + 1)
    .filter(({ type, data }) => type === 'incident.resumed' && !unproved.has(textOf(data, 'approval') ?? ''));
  const granted = since.map(({ data }) => (isFields(data['grant']) ? data['grant'] : {}));
  const sums = budgetKinds.map((kind) => [
    kind,
    granted.reduce((sum, grant) => sum + (numberOf(grant[kind]) ?? 0), caps[kind]),
  ]);
  return Object.fromEntries(sums) as Amounts;
}

/** Older records have the cap of the money alone; a server may have been started with a lower one than the policy's. */
export function loweredCaps(caps: Amounts, events: readonly TimelineEvent[]): Amounts {
  const usd = events.findLast(({ type }) => type === 'call.admitted')?.data['usd_cap'];
  return typeof usd === 'number' ? { ...caps, usd: Math.min(caps.usd, Math.floor(usd * MICROS_PER_USD)) } : caps;
}

/** The suites that were required when tests were last asked for or the change was published; undefined when neither was. */
export function recordedSuites(events: readonly TimelineEvent[]): readonly string[] | undefined {
  const names = events.findLast(({ data }) => Array.isArray(data['required_suites']))?.data['required_suites'];
  if (!Array.isArray(names)) return undefined;
  return names.filter((name): name is string => typeof name === 'string').slice(0, MAX_SUITES);
}

type Fields = Readonly<Record<string, Json>>;

function amountsOf(value: Json | undefined): Amounts | undefined {
  if (!isFields(value)) return undefined;
  const amounts = budgetKinds.map((kind) => [kind, numberOf(value[kind])] as const);
  return amounts.every(([, amount]) => amount !== undefined) ? (Object.fromEntries(amounts) as Amounts) : undefined;
}

function isFields(value: Json | undefined): value is Fields {
  return value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value);
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function textOf(data: Fields | undefined, key: string): string | null {
  const value = data?.[key];
  return typeof value === 'string' ? value : null;
}

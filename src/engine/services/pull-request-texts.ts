import type { PublishAction } from '#domain/action.ts';
import { toCauseData } from '#domain/hand-over.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { SecretReview } from '#engine/secret-review.ts';

/** Words of a pull request that an agent gives. */
const NAMES = ['title', 'summary', 'root_cause'] as const;

/** What an agent said of its change; what is absent is the incident's own. */
type SaidTexts = { readonly [name in (typeof NAMES)[number]]?: string | undefined };

/** Those that a call gives. */
export function given(input: SaidTexts): SaidTexts {
  return pick((name) => input[name]);
}

/** What was said with the pull request last: a later call replaces only what it gives. */
export function saidBefore(events: readonly TimelineEvent[]): SaidTexts {
  const { said } = events.findLast(({ type }) => PUBLISHED.has(type))?.data ?? {};
  const kept = said !== null && typeof said === 'object' && !Array.isArray(said) ? said : {};
  return pick((name) => (kept as Readonly<Record<string, Json>>)[name]);
}

/** The words of the pull request without their secrets, and where there were some. */
export async function cleanTexts(said: SaidTexts, incident: Incident, review: Pick<SecretReview, 'clean'>) {
  const [title, summary, rootCause] = await Promise.all([
    review.clean(said.title ?? incident.title),
    review.clean(said.summary ?? ''),
    review.clean(said.root_cause ?? incident.rca?.text ?? ''),
  ]);
  const masked = Object.entries({ title, summary, root_cause: rootCause }).flatMap(([name, { masked: kinds }]) =>
    kinds.map((kind) => `${name} (${kind})`),
  );
  return {
    title: title.text,
    summary: summary.text,
    rootCause: rootCause.text,
    ...(masked.length > 0 && { masked }),
  };
}

/** As the event of a pull request keeps what the agent said; words that are the incident's own are left out. */
export function toSaidData({ title, summary, rootCause }: PublishAction, incident: Incident): Record<string, Json> {
  const own = (text: string, other = '') => (text.trim() === other.trim() ? undefined : text);
  const cause = own(rootCause, incident.rca?.text);
  const texts = { title: own(title, incident.title), summary: own(summary), root_cause: cause };
  const said = pick((name) => texts[name]);
  return { ...toCauseData(cause ?? ''), ...(Object.keys(said).length > 0 && { said: { ...said } }) };
}

const PUBLISHED: ReadonlySet<TimelineEvent['type']> = new Set(['pull_request.opened', 'pull_request.updated']);

function pick(textOf: (name: (typeof NAMES)[number]) => unknown): Partial<Record<(typeof NAMES)[number], string>> {
  const found = NAMES.map((name) => [name, textOf(name)] as const);
  return Object.fromEntries(found.filter(([, text]) => typeof text === 'string'));
}

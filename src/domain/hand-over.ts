import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';

/** What an agent says of an incident that it hands over; untrusted text, cut to size. */
export interface HandOverWords {
  readonly reason: string;
  readonly diagnosis?: string;
  /** From 0 to 1. */
  readonly confidence?: number;
  readonly unknowns: readonly string[];
  /** What a human should do; never executed. */
  readonly suggestedActions: readonly string[];
}

/** What an agent takes for the cause: untrusted text, and where it said it. */
export interface AgentCause {
  readonly text: string;
  /** From 0 to 1. */
  readonly confidence?: number;
  readonly said: 'at the hand-over' | 'with the pull request';
}

/** Characters and items that are kept of one hand-over: enough for a page. */
const LIMITS = { reason: 1_000, diagnosis: 4_000, item: 500, items: 10, cause: 2_000 } as const;

/** Times that an incident keeps what agents say: more would bury the first. */
export const MAX_HAND_OVER_WORDS = 3;

/** The words cut to what is kept of them. */
export function toHandOverWords(said: {
  readonly reason: string;
  readonly diagnosis?: string | undefined;
  readonly confidence?: number | undefined;
  readonly unknowns?: readonly string[] | undefined;
  readonly suggested_actions?: readonly string[] | undefined;
}): HandOverWords {
  const { reason, diagnosis = '', confidence, unknowns, suggested_actions: actions } = said;
  return {
    reason: cut(reason.trim(), LIMITS.reason) || 'No reason was given.',
    ...(diagnosis.trim() !== '' && { diagnosis: cut(diagnosis.trim(), LIMITS.diagnosis) }),
    ...(confidence !== undefined && { confidence }),
    unknowns: cutList(unknowns),
    suggestedActions: cutList(actions),
  };
}

/** As an event keeps it. */
export function toHandOverData({ suggestedActions, ...words }: HandOverWords): Record<string, Json> {
  return { ...words, suggested_actions: suggestedActions };
}

/** What agents said of an incident, oldest first. */
export function handOverWordsOf(events: readonly TimelineEvent[]): readonly HandOverWords[] {
  return events.filter(({ type }) => type === 'hand_over.told').map(({ data }) => fromData(data));
}

/** The cause that comes with a pull request, as its event keeps it. */
export function toCauseData(cause: string): Record<string, Json> {
  return cause.trim() === '' ? {} : { root_cause: cut(cause.trim(), LIMITS.cause) };
}

/** What agents took for the cause at last: at a hand-over, or with the pull request. */
export function agentCauseOf(events: readonly TimelineEvent[]): AgentCause | undefined {
  const causes = events.flatMap(({ type, data }): AgentCause[] => {
    const { root_cause: text } = data;
    if (type === 'pull_request.opened' || type === 'pull_request.updated')
      return typeof text === 'string' && text !== '' ? [{ text, said: 'with the pull request' }] : [];
    if (type !== 'hand_over.told') return [];
    const { diagnosis = '', confidence } = fromData(data);
    if (diagnosis === '') return [];
    return [{ text: diagnosis, said: 'at the hand-over', ...(confidence !== undefined && { confidence }) }];
  });
  return causes.at(-1);
}

function fromData(data: Readonly<Record<string, Json>>): HandOverWords {
  const { reason, diagnosis, confidence } = data;
  return {
    reason: typeof reason === 'string' ? reason : '',
    ...(typeof diagnosis === 'string' && { diagnosis }),
    ...(typeof confidence === 'number' && { confidence }),
    unknowns: strings(data['unknowns']),
    suggestedActions: strings(data['suggested_actions']),
  };
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function cutList(items: readonly string[] = []): string[] {
  const cutItems = items.map((item) => cut(item.trim(), LIMITS.item)).filter((item) => item !== '');
  return cutItems.slice(0, LIMITS.items);
}

function cut(text: string, chars: number): string {
  return text.length <= chars ? text.toWellFormed() : `${text.slice(0, chars - 1)}…`.toWellFormed();
}

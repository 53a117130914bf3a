import type { EscalateAction } from '#domain/action.ts';
import type { Clock } from '#domain/clock.ts';
import { handOverWordsOf, MAX_HAND_OVER_WORDS, toHandOverData, toHandOverWords } from '#domain/hand-over.ts';
import type { HandOverWords } from '#domain/hand-over.ts';
import type { Incident } from '#domain/incident.ts';
import { canonicalJson } from '#domain/json.ts';
import { beganWithCall, didYouMeanIncident } from '#engine/look-alike.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import type { CallContext } from '#engine/tool.ts';
import type { HumanWord } from '#policy/human-word.ts';
import type { Permit } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';

/** What `escalate` is asked. */
export interface EscalationInput {
  readonly reason: string;
  readonly diagnosis?: string | undefined;
  readonly confidence?: number | undefined;
  readonly unknowns?: readonly string[] | undefined;
  readonly suggested_actions?: readonly string[] | undefined;
  readonly dry_run?: boolean | undefined;
}

/** What `escalate` answers. */
export interface EscalationOutput {
  readonly summary: string;
  readonly status: 'handed_over' | 'already_handed_over' | 'closed' | 'dry_run';
  /** The rule that stopped the work; `escalate` for this tool. */
  readonly stopped_by: string;
  /** What was said is in the report. */
  readonly kept: boolean;
  /** How a human reads everything. */
  readonly report: string;
}

/** Hands incidents over, and keeps what agents say of them. */
export interface EscalationService {
  run(permit: Permit<EscalateAction['kind']>, input: EscalationInput, call: CallContext): Promise<EscalationOutput>;
  /** What would be handed over; nothing is kept, sent or stopped. */
  dryRun(input: EscalationInput, call: CallContext): Promise<EscalationOutput>;
}

/** Incidents whose kept words a process remembers. */
const MAX_REMEMBERED = 1_000;

/** The rule that an escalation by this tool is known by. */
export const ESCALATE_RULE = 'escalate';

/** Makes the service behind `escalate`; it reads and writes the records alone, so that nothing else can be in its way. */
export function createEscalationService(deps: {
  readonly store: Pick<Store, 'getIncident' | 'timeline' | 'append' | 'escalate' | 'listIncidents'>;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly word: Pick<HumanWord, 'believed'>;
}): EscalationService {
  const { store, clock, redact, word } = deps;
  // Kept words stay: what this process has seen of them needs no second look at the whole record.
  const kept = new Map<string, Set<string>>();

  /** The same words again are kept already; of others so many and no more. */
  function keep(id: string, words: HandOverWords, { actor, callId }: { actor: string; callId: string }): boolean {
    const text = canonicalJson(toHandOverData(words));
    const seen = kept.get(id);
    if (seen?.has(text)) return true;
    if (seen && seen.size >= MAX_HAND_OVER_WORDS) return false;
    const known = handOverWordsOf(store.timeline(id)).map((each) => canonicalJson(toHandOverData(each)));
    if (kept.size >= MAX_REMEMBERED) kept.clear();
    kept.set(id, new Set(known));
    if (known.includes(text)) return true;
    if (known.length >= MAX_HAND_OVER_WORDS) return false;
    const summary = `Said at the hand-over: ${words.reason.slice(0, 200)}`;
    const event = { type: 'hand_over.told' as const, actor, tool: 'escalate', callId };
    store.append(id, { ...event, summary, data: toHandOverData(words) });
    kept.get(id)?.add(text);
    return true;
  }

  /** As it is recorded; what somebody ended without proof is not over. */
  async function known(incident: Incident): Promise<Incident> {
    const now = store.getIncident(incident.id) ?? incident;
    return now.state === 'closed' ? await word.believed(now) : now;
  }

  /** What to say of an incident that this very call opened: its id may be mistyped. */
  function doubtOf(incident: Incident): string {
    const calls = store.timeline(incident.id).filter(({ type }) => type.startsWith('call.'));
    if (calls.length > 1 || !beganWithCall(incident, store)) return '';
    return ` Nobody had opened ${incident.id} before${didYouMeanIncident(incident, store)}.`;
  }

  return {
    async dryRun(input, { incident }) {
      return toTrial(await known(incident), toHandOverWords(redactDeep(input, redact)));
    },
    async run({ incident: { id }, callId }, input, { actor, incident }) {
      // Cut first, the beginning of a secret would be left.
      const words = toHandOverWords(redactDeep(input, redact));
      const before = await known(incident);
      if (before.state === 'closed') return toOutput(before, 'closed', false);
      const doubt = before.state === 'open' ? doubtOf(before) : '';
      const kept = keep(id, words, { actor, callId });
      const reason = `${actor} handed it over: ${words.reason}`;
      store.escalate(id, { reason, ruleId: ESCALATE_RULE, at: clock.now() });
      const status = before.state === 'escalated' ? 'already_handed_over' : 'handed_over';
      const output = toOutput(status === 'handed_over' ? (store.getIncident(id) ?? before) : before, status, kept);
      return doubt === '' ? output : { ...output, summary: `${output.summary}${doubt}` };
    },
  };
}

/** Characters of the words that a dry run repeats. */
const MAX_REPEATED = 400;

function toTrial({ id, state, escalation }: Incident, words: HandOverWords): EscalationOutput {
  const effect =
    state === 'closed'
      ? `${id} is closed, so there would be nothing to hand over.`
      : state === 'escalated'
        ? `${id} is handed over already; this would be added to its report:`
        : `${id} would go to the on-call engineer and nothing more would be done for it; the report would say:`;
  const said =
    state === 'closed' ? '' : ` ${canonicalJson(toHandOverData(words)).slice(0, MAX_REPEATED).toWellFormed()}`;
  return {
    summary: `Dry run, nothing was handed over. ${effect}${said}`,
    status: 'dry_run',
    stopped_by: state === 'closed' ? 'incident/closed' : (escalation?.ruleId ?? ESCALATE_RULE),
    kept: false,
    report: `fixgate report ${id}`,
  };
}

type Handed = Exclude<EscalationOutput['status'], 'dry_run'>;

function toOutput(incident: Incident, status: Handed, kept: boolean): EscalationOutput {
  const { id, escalation } = incident;
  const heads: Readonly<Record<Handed, string>> = {
    handed_over: `${id} is handed over to the on-call engineer.`,
    already_handed_over: `${id} was handed over already (${escalation?.ruleId ?? 'human'}).`,
    closed: `${id} was closed by a human; there is nothing to hand over.`,
  };
  const said =
    status === 'closed' ? '' : kept ? ' What you said is in the report.' : ' Enough was said of it: this was not kept.';
  return {
    summary: `${heads[status]}${said} Stop working on it.`,
    status,
    stopped_by: status === 'closed' ? 'incident/closed' : (escalation?.ruleId ?? 'human'),
    kept,
    report: `fixgate report ${id}`,
  };
}

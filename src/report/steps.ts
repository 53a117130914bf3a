import { MICROS_PER_USD } from '#domain/budget.ts';
import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { TimelineStep } from '#report/schema.ts';
import { toLine } from '#report/text.ts';

type Mutable = { -readonly [K in keyof TimelineStep]: TimelineStep[K] };

/** The chain as steps: the records of one call become one step, in the order in which the calls began. */
export function toSteps(events: readonly TimelineEvent[]): TimelineStep[] {
  const steps: Mutable[] = [];
  const calls = new Map<string, Mutable>();
  const began = events[0]?.at ?? 0;
  for (const event of events) {
    const known = event.callId === undefined ? undefined : calls.get(event.callId);
    const isCall = event.type.startsWith('call.');
    if (known && isCall) {
      mergeEnd(known, event);
      continue;
    }
    const step = newStep(event, began, isCall ? calls.size + 1 : (known?.step ?? calls.size));
    steps.push(step);
    if (isCall) calls.set(event.callId ?? `seq ${event.seq}`, step);
  }
  return steps;
}

function newStep(event: TimelineEvent, began: number, step: number): Mutable {
  return {
    step,
    tool: event.tool !== undefined && event.type.startsWith('call.') ? toLine(event.tool, 128) : event.type,
    duration: 0,
    at: new Date(event.at).toISOString(),
    offset_seconds: seconds(event.at - began),
    actor: toLine(event.actor, 128),
    event: event.type,
    decision: decisionOf(event),
    outcome: event.type === 'call.admitted' ? 'unknown' : event.type === 'call.free' ? 'succeeded' : null,
    summary: toSummary(event),
    ...detailsOf(event),
    cost: costOf(event),
  };
}

/** Takes over how an admitted call ended; a failure is recorded twice, the second time with the way forward. */
function mergeEnd(step: Mutable, event: TimelineEvent): void {
  const details = detailsOf(event);
  step.code = details.code ?? step.code;
  step.fix = details.fix ?? step.fix;
  if (details.rule_ids.length > 0) step.rule_ids = details.rule_ids;
  step.duration = Math.max(step.duration, seconds(event.at - Date.parse(step.at)));
  step.summary = toSummary(event);
  const cost = costOf(event);
  if (cost !== null) step.cost = dollars(step.cost, cost);
  if (event.type === 'call.succeeded') step.outcome = 'succeeded';
  else step.outcome = 'failed';
}

/** An answer's first line begins with its status, which the step says elsewhere. */
function toSummary({ summary }: TimelineEvent): string {
  return toLine(summary.replace(/^OK:?\s+/, ''), 500);
}

function decisionOf({ type, data }: TimelineEvent): TimelineStep['decision'] {
  switch (type) {
    case 'call.admitted':
    case 'call.succeeded':
    case 'call.failed':
      return 'allowed';
    case 'call.denied':
      return data['code'] === 'approval_required' ? 'pending' : 'denied';
    case 'call.invalid':
      return 'invalid';
    case 'call.free':
      return 'free';
    default:
      return null;
  }
}

function detailsOf({ data }: TimelineEvent): Pick<TimelineStep, 'code' | 'rule_ids' | 'would_deny' | 'fix'> {
  return {
    code: typeof data['code'] === 'string' ? toLine(data['code'], 64) : null,
    rule_ids: strings(data['rule_ids']),
    would_deny: strings(data['would_deny']),
    fix: typeof data['fix'] === 'string' ? toLine(data['fix'], 500) : null,
  };
}

/** What a call spent when it was admitted, and what it used in the end. */
function costOf({ data }: TimelineEvent): number | null {
  const amounts = [data['spend'], data['actual']].flatMap((each) => {
    const usd = each !== null && typeof each === 'object' && !Array.isArray(each) ? (each as Fields)['usd'] : undefined;
    return typeof usd === 'number' && usd >= 0 ? [usd / MICROS_PER_USD] : [];
  });
  return amounts.length === 0 ? null : dollars(...amounts);
}

type Fields = Readonly<Record<string, Json>>;

function dollars(...amounts: readonly (number | null)[]): number {
  const sum = amounts.reduce<number>((total, amount) => total + (amount ?? 0), 0);
  return Math.round(sum * 1_000_000) / 1_000_000;
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value)
    ? value.filter((item): item is string => typeof item === 'string').map((item) => toLine(item, 512))
    : [];
}

function seconds(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds / 10) / 100);
}

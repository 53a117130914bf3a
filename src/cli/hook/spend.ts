import { randomUUID } from 'node:crypto';

import type { Desk } from '#cli/hook/desk.ts';
import { callOf, redacted, standingData, tookMs } from '#cli/hook/desk.ts';
import { overFileCap } from '#cli/hook/file-cap.ts';
import type { BudgetKind, Spend } from '#domain/budget.ts';
import { repositoryKey } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import { toCaps, toDailyCaps } from '#policy/caps.ts';
import { hostPrice } from '#policy/host-price.ts';
import { exhaustedError } from '#policy/refusals.ts';
import { addAmounts } from '#policy/situation.ts';
import { listOf, quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/** Kinds without which the server would not let an agent do anything more, whatever it costs. */
const NEEDED: readonly BudgetKind[] = ['tool_calls', 'wall_seconds', 'bytes_out', 'usd'];

/**
 * Spends what a call costs and writes it into the timeline, in one transaction; throws when too little is left. Answers an
 * objection when another call took the last place under the cap on files in the meantime.
 */
export async function spend(desk: Desk, waived: readonly Json[]): Promise<Finding | undefined> {
  const { store, standing, verdict } = desk;
  const { incident, caps } = standing;
  const used = store.used(incident.id);
  const gone = NEEDED.filter((kind) => used[kind] >= caps[kind]);
  if (gone.length > 0)
    throw exhaustedError(
      gone.map((kind) => ({ kind, scope: 'incident' })),
      caps,
      used,
    );
  const callId = randomUUID();
  const price = hostPrice(effectOf(desk), desk.events);
  const summary = await summaryOf(desk, price);
  const outcome = store.admit({
    incidentId: incident.id,
    callId,
    spend: price,
    hold: {},
    caps,
    ...(incident.openedBy === 'agent' && { daily: dailyOf(desk) }),
    isElsewhere: true,
    event: { ...eventOf(desk, waived), callId, summary },
  });
  if (!outcome.admitted) throw exhaustedError(outcome.exhausted, caps, outcome.used);
  const { edited } = verdict.judged;
  return edited.length === 0 ? undefined : overFileCap(edited, fileCountOf(desk, store.timeline(incident.id)), callId);
}

/** What the files of a call are counted against, with this state of the chain. */
export function fileCountOf(
  { store, standing: { incident }, verdict }: Desk,
  events: Desk['events'],
): Parameters<typeof overFileCap>[1] {
  return {
    events,
    everTouched: store.everTouched(incident.id),
    cap: verdict.policy.limits.max_files,
  };
}

function effectOf({ verdict: { judged, request } }: Desk): Parameters<typeof hostPrice>[0] {
  const { written, runs } = judged;
  return { writes: written.length > 0, runs, bytesIn: Buffer.byteLength(JSON.stringify(request.input.call.input)) };
}

/** The ledger that all incidents share which agents opened in one repository. */
function dailyOf({ standing: { incident, grants }, verdict: { policy } }: Desk) {
  const shared = toDailyCaps(policy, toCaps(policy, undefined));
  return { ledger: `agents:${repositoryKey(incident.repository)}`, caps: addAmounts(shared, grants) };
}

/** What a call does, and what of it counts as an attempt to patch: whoever is out of attempts finds here which calls they were. */
async function summaryOf({ verdict }: Desk, { patch_attempts: attempts = 0 }: Spend): Promise<string> {
  const { edited, written } = verdict.judged;
  const { tool } = callOf(verdict);
  const names = written.slice(0, MAX_NAMED).map(quote);
  const rest = written.length > names.length ? [`${written.length - names.length} more`] : [];
  const writes = names.length > 0 ? `: writes ${listOf([...names, ...rest])}` : '';
  const does = edited.length > 0 ? ` asked to change ${listOf(edited.map(quote))}` : ` was used${writes}`;
  const counted = attempts > 0 ? ', counts as a patch attempt' : '';
  const told = edited.length > 0 || written.length > 0 ? await redacted(does) : does;
  return `${tool}${told.slice(0, MAX_DOES).toWellFormed()}${counted}`;
}

/** Files that the summary of a call names, and characters of what it does. */
const MAX_NAMED = 5;
const MAX_DOES = 350;

function eventOf(desk: Desk, waived: readonly Json[]) {
  const { judged, request } = desk.verdict;
  const isCommand = request.facts.kind === 'command';
  // A report tells the cap that the server's last call was judged by.
  const usdCap = desk.events.findLast(({ data }) => data['usd_cap'] !== undefined)?.data['usd_cap'];
  return {
    type: 'call.admitted' as const,
    ...callOf(desk.verdict),
    data: {
      action: isCommand ? 'host_command' : 'host_write',
      paths: [...judged.edited],
      wrote: judged.written.length > 0,
      ran: judged.runs,
      took_ms: tookMs(),
      ...standingData(desk.standing),
      ...(usdCap !== undefined && { usd_cap: usdCap }),
      ...(waived.length > 0 && { waived }),
    },
  };
}

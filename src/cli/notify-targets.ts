import type { Reports } from '#cli/reports.ts';
import type { Config } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Delivery } from '#domain/notice.ts';
import { toldTypes } from '#domain/notice.ts';
import type { NotifyTarget } from '#engine/notifications.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import type { Approvals } from '#policy/approvals.ts';
import type { HumanWord } from '#policy/human-word.ts';
import { createSlack } from '#providers/notify/slack.ts';
import { createWebhook } from '#providers/notify/webhook.ts';
import type { TellFacts } from '#report/cloud-event.ts';
import { toCloudEvent, toEventId } from '#report/cloud-event.ts';
import { toSlackHandOver } from '#report/slack-hand-over.ts';
import { toSlackVerb } from '#report/slack-verb.ts';
import type { Store } from '#state/store.ts';

interface TargetDeps {
  readonly config: Pick<Config, 'notify'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly reports: Pick<Reports, 'of'>;
  readonly word: Pick<HumanWord, 'believed'>;
  readonly isProved: Approvals['isProved'];
}

/** The receivers that the configuration names: a webhook hears of everything, Slack of hand-overs and how they end. */
export function createTargets(deps: TargetDeps): readonly NotifyTarget[] {
  const { webhook, slack } = deps.config.notify;
  const composer = (toBody: (facts: TellFacts) => unknown) => async (delivery: Delivery) => {
    const facts = await gather(deps, delivery);
    return { id: toEventId(facts), body: JSON.stringify(toBody(facts)) };
  };
  return [
    ...(webhook ? [{ notifier: createWebhook(webhook, deps), types: toldTypes, compose: composer(toCloudEvent) }] : []),
    ...(slack
      ? [
          {
            notifier: createSlack(slack, deps),
            types: ['incident.escalated', 'incident.resumed', 'incident.closed'] as const,
            compose: composer((facts) =>
              facts.event.type === 'incident.escalated' ? toSlackHandOver(facts) : toSlackVerb(facts),
            ),
          },
        ]
      : []),
  ];
}

/** What there is to tell; a report that cannot be made keeps nobody from hearing of the hand-over. */
async function gather(
  { store, word, reports, redact, isProved }: TargetDeps,
  { chain, seq, type }: Delivery,
): Promise<TellFacts> {
  const kept = store.getIncident(chain);
  const found = store.timeline(chain).find((event) => event.seq === seq);
  if (!kept || !found)
    throw new FixgateError('not_found', `Event ${seq} of ${chain} is gone.`, { fix: 'Report this.' });
  const report = type === 'incident.escalated' ? await reports.of(kept).catch(() => undefined) : undefined;
  const { hash, at, actor, summary, data } = found;
  const isWord = type === 'incident.resumed' || type === 'incident.closed';
  const approval = isWord && typeof data['approval'] === 'string' ? store.getApproval(data['approval']) : undefined;
  return {
    incident: redactDeep(await word.believed(kept), redact),
    event: redactDeep({ type, hash, at, actor, summary, data }, redact),
    ...(isWord && { believed: approval !== undefined && (await isProved(approval)) }),
    handOver: report?.escalation?.hand_over,
    pullRequest: redactDeep(store.pullRequest(chain), redact),
  };
}

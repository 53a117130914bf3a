import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it, vi } from 'vitest';

import type { IncidentRepository, PolicyChanges } from '../support/incident-repository.ts';
import { fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';
import type { Receiver } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Place } from '../support/server-process.ts';

const id = { incident_id: 'PD-1' };
const within = { timeout: 20_000, interval: 50 };

/** A place whose webhook and Slack are the receiver; PD-1 is open there. */
async function placeOf(repository: IncidentRepository, receiver: Receiver, policy: PolicyChanges): Promise<Place> {
  const notify = {
    webhook: { url: `${receiver.url}/events`, secret: { env: 'HOOK_SECRET' } },
    slack: { url: { env: 'SLACK_URL' } },
  };
  const place = await repository.configure({ notify }, policy);
  await repository.open('PD-1', '--severity', 'SEV3', '--service', 'orders');
  const env = {
    HOOK_SECRET: 'k3y-of-the-webhook-0123456789',
    SLACK_URL: `${receiver.url}/slack/T000/B000/x7Qp2mN9vRt4KpW8`,
  };
  return { ...place, env: { ...place.env, ...env } };
}

/** What the webhook was told of the hand-over, once Slack was told as well. */
async function toldOf(receiver: Receiver, repository: IncidentRepository, place: Place) {
  const bodies = () => receiver.received.filter(({ body }) => body.includes('fixgate-incident.escalated'));
  const slack = () => receiver.received.filter(({ path }) => path.startsWith('/slack'));
  const hasCome = () => expect([bodies().length, slack().length]).toEqual([1, 1]);
  // A process that ends waits for two seconds; what a busy computer needs longer for is told by the next process.
  await vi.waitFor(hasCome, within).catch(() => repository.fixgate(['report', 'PD-1'], { place }));
  await vi.waitFor(hasCome, within);
  const event = JSON.parse(bodies()[0]?.body ?? '') as {
    readonly data: { readonly customData: { readonly rule_id: string; readonly hand_over: Record<string, unknown> } };
  };
  return { ...event.data.customData, slack: slack()[0]?.body ?? '' };
}

describe.concurrent('an incident is handed over, and those who are told hear of it', () => {
  it('when its time is up [hand-over:package:told]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await placeOf(repository, receiver, { budget: { wall_seconds: 10 } });
    const patched = await repository.call('apply_patch', { ...id, patch: fixPatch, reason }, place);
    expect(patched.exitCode).toBe(0);
    // Its time began when the patch was admitted.
    await sleep(10_100);
    const late = await repository.call('run_tests', id, place);

    expect(late.exitCode).not.toBe(0);
    const { rule_id, hand_over: hand, slack } = await toldOf(receiver, repository, place);
    expect(rule_id).toBe('budget/wall_seconds');
    expect(hand).toMatchObject({
      severity: 'SEV3',
      tried: [{ n: 1 }],
      budget: expect.arrayContaining([
        expect.objectContaining({ kind: 'wall_seconds', cap: 10 }),
      ]) as readonly unknown[],
      resume: expect.stringMatching(/^fixgate resume PD-1 --grant wall_seconds=\d+ --reason "…"$/) as string,
    });
    expect(slack).toContain('PD-1 is handed over: SEV3');
  });

  it('when a breaker trips [hand-over:package:told]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await placeOf(repository, receiver, {});
    for (let call = 0; call < 6; call += 1) await repository.call('apply_patch', { ...id, nonsense: call }, place);

    const { rule_id, hand_over: hand, slack } = await toldOf(receiver, repository, place);
    expect(rule_id).toBe('breaker/invalid');
    expect(hand).toMatchObject({ resume: 'fixgate resume PD-1 --reason "…"', tried: [] });
    expect(slack).toContain('PD-1 is handed over: SEV3');
    expect((await repository.report('PD-1')).incident.state).toBe('escalated');
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { Delivery } from '#domain/notice.ts';
import type { NotifyTarget, Untold } from '#engine/notifications.ts';
import { createNotifications } from '#engine/notifications.ts';
import { receiverOf } from '#providers/notify/notifier.ts';
import { createSlack } from '#providers/notify/slack.ts';
import { createWebhook, sign } from '#providers/notify/webhook.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';

import type { Receiver, Reply } from '../support/receiver.ts';
import { isGenuine, startReceiver } from '../support/receiver.ts';
import { sampleEvent, sampleIncident } from '../support/store-samples.ts';
import type { TemporaryFolder } from '../support/temporary-repository.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

const SECRET = 'a-long-enough-secret-of-the-webhook';

let folder: TemporaryFolder;
let store: Store;
let receiver: Receiver;
let offset = 0;
/** Real time, which a test can move on. */
const clock = { now: () => systemClock.now() + offset };

beforeEach(async () => {
  offset = 0;
  folder = await temporaryFolder();
  store = createSqliteStore({ folder: folder.path, clock });
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function escalate(id = 'PD-1') {
  store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
  store.escalate(id, { reason: 'enough', ruleId: 'budget/usd', at: clock.now() });
}

/** A sender as each process has one. */
function sender(setup: Partial<NotifyTarget> & { readonly url?: string; readonly on?: Store } = {}) {
  const failures: string[] = [];
  const untold: Untold[] = [];
  const { url = `${receiver.url}/hook`, on = store, ...target } = setup;
  const notifications = createNotifications({
    store: on,
    clock,
    redact: (text) => text.replaceAll(SECRET, '[masked]'),
    targets: [
      {
        notifier: createWebhook({ url, secret: SECRET }, { clock }),
        types: ['incident.escalated'],
        compose: async ({ chain, seq }: Delivery) => ({ id: `${chain}-${seq}`, body: JSON.stringify({ chain, seq }) }),
        ...target,
      },
    ],
    onFailure(text, delivery) {
      failures.push(text);
      if (delivery) untold.push(delivery);
    },
  });
  return { ...notifications, failures, untold };
}

const told = (id = 'PD-1') => store.timeline(id).filter(({ type }) => type.startsWith('notify.'));
const counts = () => store.deliveries(0)[0];
const hook = () => receiverOf('webhook', `${receiver.url}/hook`);

describe('a message', () => {
  it('is told the receiver of each configuration, whatever another one was told [hand-over:webhook:own]', async () => {
    escalate();
    await using other = await startReceiver();
    await sender({ url: other.url }).flush(5_000);
    await sender().flush(5_000);
    expect([other.received.length, receiver.received.length]).toEqual([1, 1]);
    expect(told().map(({ data }) => data['target'])).toEqual(['webhook', 'webhook']);
  });

  it('is signed over id, time and body, and taken once [hand-over:webhook:signed]', async () => {
    escalate();
    const { flush } = sender();
    await flush(2_000);
    await flush(2_000);

    const [message, ...rest] = receiver.received;
    expect(rest).toEqual([]);
    if (!message) throw new Error('nothing came');
    expect(isGenuine(message, SECRET)).toBe(true);
    expect(isGenuine({ ...message, headers: { ...message.headers, 'webhook-id': 'x' } }, SECRET)).toBe(false);
    expect(told().map(({ type, data }) => [type, data['target'], data['attempts']])).toEqual([
      ['notify.sent', 'webhook', 1],
    ]);
  });

  it('is signed as Standard Webhooks says, with its own example [hand-over:webhook:signed]', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' };
    expect(sign(secret, signed)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it.each<[string, Reply, RegExp]>([
    ['an error of its server', { status: 500, body: 'stack trace' }, /answered 500: stack trace/],
    ['too many of them', { status: 429, headers: { 'retry-after': '120' } }, /answered 429/],
    [
      'another place',
      { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
      /redirects \(302\), which is not followed/,
    ],
    ['a page for browsers', { status: 503, body: '<html>secret</html>' }, /answered 503$/],
    ['our own secret', { status: 500, body: `we saw ${SECRET}` }, /we saw \[masked\]/],
  ])(
    'that is answered with %s is sent again, the same, and is told of once [hand-over:outbox:retried]',
    async (_, reply, why) => {
      escalate();
      receiver.replies.push(reply, reply);
      const { flush, failures, untold } = sender();
      await flush(2_000);
      const again = sender();
      await again.flush(2_000);
      expect(receiver.received).toHaveLength(1);

      offset += 5 * 60_000;
      await sender().flush(2_000);
      offset += 10 * 60_000;
      await sender().flush(2_000);

      expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
      expect(receiver.received).toHaveLength(3);
      expect(new Set(receiver.received.map(({ headers }) => headers['webhook-signature'])).size).toBe(3);
      expect(told().map(({ type }) => type)).toEqual(['notify.failed', 'notify.sent']);
      expect(told()[0]?.summary).toMatch(why);
      expect(failures).toEqual([told()[0]?.summary]);
      expect(untold).toEqual([{ incidentId: 'PD-1', givenUp: false }]);
      expect(counts()).toMatchObject({ sent: 1, waiting: 0, givenUp: 0 });
    },
  );

  it('waits as long as the receiver asks, within reason', async () => {
    escalate();
    receiver.replies.push({ status: 429, headers: { 'retry-after': '120' } });
    await sender().flush(2_000);
    offset += 110_000;
    await sender().flush(2_000);
    expect(receiver.received).toHaveLength(1);
    offset += 11_000;
    await sender().flush(2_000);
    expect(receiver.received).toHaveLength(2);
  });

  it.each([400, 410, 413, 415, 422])('that is refused for good with %i is given up at once', async (status) => {
    escalate();
    receiver.replies.push({ status });
    await sender().flush(2_000);
    offset += 86_400_000;
    await sender().flush(2_000);

    expect(receiver.received).toHaveLength(1);
    expect(counts()).toMatchObject({ givenUp: 1, lastError: `it answered ${status}` });
    expect(told().map(({ data }) => data['given_up'])).toEqual([true]);
  });

  it('is given up in the end when nobody is there, after bounded attempts [hand-over:outbox:bounded]', async () => {
    escalate();
    const { flush } = sender({ url: 'http://127.0.0.1:9/' });
    await flush(2_000);
    let attempts = 1;
    for (; counts()?.givenUp === 0 && attempts < 200; attempts += 1) {
      offset += 3_600_000;
      await sender({ url: 'http://127.0.0.1:9/' }).flush(2_000);
    }

    expect(attempts).toBeLessThanOrEqual(75);
    expect(told().map(({ type }) => type)).toEqual(['notify.failed', 'notify.failed']);
    offset += 3_600_000;
    expect(
      store.claimDelivery({ target: receiverOf('webhook', 'http://127.0.0.1:9/'), wanted: [], leaseMs: 1 }),
    ).toBeUndefined();
  });

  it('that cannot be written now is tried again [hand-over:outbox:retried]', async () => {
    escalate();
    await sender({ compose: () => Promise.reject(new Error('no report')) }).flush(2_000);
    expect(counts()).toMatchObject({ waiting: 1, lastError: 'it could not be written: no report' });
    offset += 60_000;
    await sender().flush(2_000);
    expect(counts()).toMatchObject({ sent: 1 });
  });

  it('reaches Slack as JSON, without a signature', async () => {
    escalate();
    await sender({ notifier: createSlack({ url: `${receiver.url}/services/T/B/x` }, { clock }) }).flush(2_000);
    expect(receiver.received[0]).toMatchObject({
      path: '/services/T/B/x',
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    expect(receiver.received[0]?.headers['webhook-signature']).toBeUndefined();
  });
});

describe('a process', () => {
  it('that ends soon waits at most so long, and leaves the rest to the next one [hand-over:outbox:flush]', async () => {
    escalate();
    receiver.replies.push(undefined);
    const began = performance.now();
    await sender().flush(300);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(told()).toEqual([]);

    await sender().flush(2_000);
    expect(receiver.received).toHaveLength(2);
    expect(counts()).toMatchObject({ sent: 1 });
  });

  it('that was killed while it sent leaves the message to another one, once its lease has ended [hand-over:outbox:crash]', async () => {
    escalate();
    store.claimDelivery({ target: hook(), wanted: [{ type: 'incident.escalated', since: 0 }], leaseMs: 15_000 });
    await sender().flush(500);
    expect(receiver.received).toEqual([]);
    offset += 15_000;
    await sender().flush(2_000);
    expect(receiver.received).toHaveLength(1);
  });

  it('of several sends each message alone [hand-over:outbox:once]', async () => {
    for (let n = 0; n < 12; n += 1) escalate(`PD-${n}`);
    const stores = [0, 1, 2].map(() => createSqliteStore({ folder: folder.path, clock }));
    await Promise.all(stores.map((on) => sender({ on }).flush(5_000)));
    for (const each of stores) await each[Symbol.asyncDispose]();

    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(12);
    expect(receiver.received).toHaveLength(12);
  });

  it('does not wait for a slow receiver to tell another one', async () => {
    escalate();
    await using other = await startReceiver();
    receiver.replies.push(undefined);
    const compose = async () => ({ id: 'x', body: '{}' });
    const both = createNotifications({
      store,
      clock,
      redact: (text) => text,
      onFailure: () => {},
      targets: [
        {
          notifier: createWebhook({ url: receiver.url, secret: SECRET }, { clock }),
          types: ['incident.escalated'],
          compose,
        },
        { notifier: createSlack({ url: other.url }, { clock }), types: ['incident.escalated'], compose },
      ],
    });
    both.wake();
    await vi.waitFor(() => expect(other.received).toHaveLength(1), { timeout: 8_000 });
    await both.flush(100);
  });

  it('tells of records that cannot be written, and goes on', async () => {
    escalate();
    const broken = {
      ...store,
      claimDelivery: () => {
        throw new Error('the disk is full');
      },
    };
    const { wake, failures } = sender({ on: broken });
    wake();
    await vi.waitFor(() => expect(failures).toEqual(['Nobody is told: Error: the disk is full']), 20_000);
  });
});

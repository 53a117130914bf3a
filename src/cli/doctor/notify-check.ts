import type { Check } from '#cli/doctor/run-checks.ts';
import type { Runtime } from '#cli/runtime.ts';
import { FixgateError } from '#domain/errors.ts';
import type { DeliveryCount } from '#domain/notice.ts';
import { receiverOf } from '#providers/notify/notifier.ts';

/** How far back messages are counted. */
const COUNTED_MS = 7 * 86_400_000;

/** Whether those who are to be told were told lately; nothing is sent for it. */
export function notifyCheck({ config, store, clock }: Runtime): readonly Check[] {
  const receivers = Object.entries(config.notify).map(([name, { url }]) => ({ name, receiver: receiverOf(name, url) }));
  if (receivers.length === 0) return [];
  return [
    {
      name: 'notify',
      async run() {
        const all = store.deliveries(clock.now() - COUNTED_MS);
        const rows = receivers.map((each) => ({ ...each, count: all.find(({ target }) => target === each.receiver) }));
        const words = rows
          .map(({ name, count }) => `${name}: ${count ? describe(count) : 'nothing to tell so far'}`)
          .join('; ');
        if (!rows.some(({ count }) => count && isTroubled(count))) return words;
        throw new FixgateError('provider_unavailable', `In the last 7 days ${words}.`, {
          fix: 'Check the address and the secret under notify, and that the receiver answers 2xx within 10 s.',
        });
      },
    },
  ];
}

function isTroubled({ waiting, givenUp, lastError }: DeliveryCount): boolean {
  return givenUp > 0 || (waiting > 0 && lastError !== undefined);
}

function describe({ sent, waiting, givenUp, lastError }: DeliveryCount): string {
  const why = lastError === undefined ? '' : ` (${lastError})`;
  return `${sent} told, ${waiting} waiting, ${givenUp} given up${why}`;
}

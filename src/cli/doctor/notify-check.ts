import type { Check } from '#cli/doctor/run-checks.ts';
import type { Runtime } from '#cli/runtime.ts';
import { FixgateError } from '#domain/errors.ts';
import type { DeliveryCount } from '#domain/notice.ts';

/** How far back messages are counted. */
const COUNTED_MS = 7 * 86_400_000;

/** Whether those who are to be told were told lately; nothing is sent for it. */
export function notifyCheck({ config, store, clock }: Runtime): readonly Check[] {
  const names = Object.keys(config.notify);
  if (names.length === 0) return [];
  return [
    {
      name: 'notify',
      async run() {
        const counts = store.deliveries(clock.now() - COUNTED_MS).filter(({ target }) => names.includes(target));
        const quiet = names.filter((name) => !counts.some(({ target }) => target === name));
        const words = [...counts.map(describe), ...quiet.map((name) => `${name}: nothing to tell so far`)].join('; ');
        if (!counts.some(({ waiting, givenUp, lastError }) => givenUp > 0 || (waiting > 0 && lastError !== undefined)))
          return words;
        throw new FixgateError('provider_unavailable', `In the last 7 days ${words}.`, {
          fix: 'Check the address and the secret under notify, and that the receiver answers 2xx within 10 s.',
        });
      },
    },
  ];
}

function describe({ target, sent, waiting, givenUp, lastError }: DeliveryCount): string {
  const why = lastError === undefined ? '' : ` (${lastError})`;
  return `${target}: ${sent} told, ${waiting} waiting, ${givenUp} given up${why}`;
}

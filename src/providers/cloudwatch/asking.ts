import type { FixgateError } from '#domain/errors.ts';

import type { CallLimit } from '../deadline.ts';
import type { CloudWatchClient } from './client.ts';
import type { Asked } from './errors.ts';
import { noRegion } from './errors.ts';
import type { Pace } from './pace.ts';

/** What every client knows. */
interface Regional {
  region(): Promise<string>;
}

/** One call of a source: its client, its time limit, and the way in which every request is sent. */
export interface Asking<Client extends Regional = CloudWatchClient> {
  readonly client: Client;
  readonly limit: CallLimit;
  region(): Promise<string>;
  /** Paces a request, cancels it with the call, and makes one error of what goes wrong. */
  ask<T>(asked: Omit<Asked, 'where'>, send: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** Makes the way in which one call asks. */
export function createAsking<Client extends Regional>(deps: {
  /** The service in messages, such as `CloudWatch Logs`. */
  readonly title: string;
  readonly client: Client;
  readonly limit: CallLimit;
  readonly pace: Pace;
  readonly explain: (error: unknown, asked: Asked) => FixgateError;
}): Asking<Client> {
  const { title, client, limit, pace } = deps;
  const region = async () => {
    const known = await unlessAborted(client.region(), limit.signal);
    if (known === '') throw noRegion();
    return known;
  };
  const explain = (error: unknown, asked: Asked) => limit.explain(error, (cause) => deps.explain(cause, asked));
  return {
    client,
    limit,
    region: () =>
      region().catch((error: unknown) => {
        throw explain(error, { where: title, permission: '' });
      }),
    async ask(asked, send) {
      try {
        // Credentials are fetched within a request, and the SDK does not cancel that.
        return await pace(limit.signal, () => unlessAborted(send(limit.signal), limit.signal));
      } catch (error) {
        const where = `${title} in ${await client.region().catch(() => 'an unknown region')}`;
        throw explain(error, { ...asked, where });
      }
    },
  };
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

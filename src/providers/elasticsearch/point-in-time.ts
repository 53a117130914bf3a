import { throwIfCancelled } from '../cancelled.ts';
import type { HttpClient } from '../http.ts';
import type { Dialect } from './dialect.ts';
import { toPointId } from './replies.ts';

/** A view of the indices that does not change while pages are read; deleted when it is disposed, whatever happened. */
export interface PointInTime extends AsyncDisposable {
  /** The newest id, the only one that may be used. */
  readonly id: string;
  /** Takes note of the id of an answer. */
  renew(id: string | undefined): void;
}

interface PointPlace {
  readonly http: HttpClient;
  readonly dialect: Dialect;
  readonly index: string;
}

/** What deleting may cost a caller who is gone already; after the keep-alive the back end does it itself. */
const CLOSE_MS = 5_000;

/** Opens one. The request is not cancelled with its caller: the answer may be on its way, and what it opened would stay. */
export async function openPointInTime(place: PointPlace, signal: AbortSignal): Promise<PointInTime> {
  const { http, dialect, index } = place;
  throwIfCancelled(signal);
  const opening = http
    .read(dialect.openPoint(index), new AbortController().signal)
    .then((reply) => toPointId(dialect.title, dialect.pointField, reply));
  let id = await orCancelled(opening, signal).catch((error: unknown) => {
    if (signal.aborted) void opening.then((late) => close(place, late)).catch(() => {});
    throwIfCancelled(signal);
    throw error;
  });
  return {
    get id() {
      return id;
    },
    renew(newer) {
      id = newer ?? id;
    },
    [Symbol.asyncDispose]: () => close(place, id),
  };
}

async function close({ http, dialect }: PointPlace, id: string): Promise<void> {
  // It ends by itself soon; a failure here must not hide the answer.
  await http.read(dialect.closePoint(id), AbortSignal.timeout(CLOSE_MS)).catch(() => {});
}

async function orCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason as Error);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

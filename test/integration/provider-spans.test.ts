import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { observedSource } from '#providers/observed-source.ts';
import type { LogSource } from '#providers/sources.ts';
import type { FinishedSpan } from '#telemetry/tracing.ts';
import { withRootSpan } from '#telemetry/tracing.ts';

import { fakeLoki } from '../support/fake-loki.ts';
import { lokiLogs } from '../support/loki-sources.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const query = { window: { since: onset, until: onset + 60_000 } };
const live = new AbortController().signal;

async function recorded(work: () => Promise<unknown>): Promise<FinishedSpan[]> {
  const spans: FinishedSpan[] = [];
  const record = (span: FinishedSpan) => void spans.push(span);
  await withRootSpan({ name: 'root', traceId: 'a'.repeat(32), record }, async () => void (await work()));
  return spans;
}

async function readAll(source: LogSource): Promise<number> {
  let batches = 0;
  for await (const _ of source.read(query, live)) batches += 1;
  return batches;
}

describe('the span of a query', () => {
  it('names the server and its status, and nothing of the address behind it [telemetry:traces:provider]', async () => {
    await using server = await fakeLoki();
    const secret = 'token-in-a-path';
    const source = observedSource(lokiLogs({ url: `${server.url}/?key=${secret}`.replace('/?', '?') }), {
      name: 'prod-logs',
      provider: 'loki',
      role: 'logs',
    });
    const spans = await recorded(() => readAll(source).catch(() => {}));

    expect(spans.map(({ name }) => name)).toEqual(['provider query', 'root']);
    expect(spans[0]).toMatchObject({
      kind: 'client',
      parentSpanId: spans[1]?.spanId,
      attributes: {
        'fixgate.provider.name': 'prod-logs',
        'fixgate.provider.id': 'loki',
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(server.url).port),
        'http.request.method': 'GET',
        'http.response.status_code': expect.any(Number) as number,
      },
    });
    expect(JSON.stringify(spans)).not.toContain(secret);
  });

  it('ends when its reader has enough, and fails with the kind of the error', async () => {
    let closed = 0;
    async function* read() {
      try {
        yield { entries: [], scannedBytes: 0 };
        throw new FixgateError('timeout', 'too slow', { fix: 'Wait.' });
      } finally {
        closed += 1;
      }
    }
    const about = { name: 'files', provider: 'files', role: 'logs' } as const;
    const source = observedSource<LogSource>({ read, sample: 7 }, about);
    const spans = await recorded(async () => {
      for await (const _ of source.read(query, live)) break;
      await readAll(source).catch(() => {});
    });

    expect(source).toMatchObject({ sample: 7 });
    expect(source.count).toBeUndefined();
    expect(closed).toBe(2);
    expect(spans.map(({ kind, failed, attributes }) => [kind, failed, attributes['error.type']])).toEqual([
      ['internal', false, undefined],
      ['internal', true, 'timeout'],
      ['internal', false, undefined],
    ]);
  });

  it('is none where nothing is exported: the source answers as it is', async () => {
    await using server = await fakeLoki();
    const source = observedSource(lokiLogs({ url: server.url }), { name: 'l', provider: 'loki', role: 'logs' });
    const plain = await readAll(lokiLogs({ url: server.url }));
    expect(await withRootSpan({ name: 'root', traceId: 'a'.repeat(32) }, () => readAll(source))).toBe(plain);
    expect(await readAll(source)).toBe(plain);
  });
});

import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { FinishedSpan } from '#telemetry/tracing.ts';
import {
  annotateRequest,
  annotateSpan,
  childCarrier,
  currentTraceparent,
  keptSpan,
  openSpan,
  requestSpan,
  withRootSpan,
  withSpan,
} from '#telemetry/tracing.ts';

const traceId = 'a'.repeat(32);

/** Does work within a recorded root; answers the spans in the order in which they ended. */
async function recorded(work: () => unknown): Promise<FinishedSpan[]> {
  const spans: FinishedSpan[] = [];
  await withRootSpan(
    { name: 'root', traceId, record: (span) => void spans.push(span) },
    async () => void (await work()),
  );
  return spans;
}

it('child processes get the span they are started in, where it is exported and only then [telemetry:traces:suites]', async () => {
  expect(childCarrier()).toEqual({});
  await withRootSpan({ name: 'off', traceId, traceState: 'a=b' }, () => expect(childCarrier()).toEqual({}));
  const carried: unknown[] = [];
  const spans = await recorded(() => withSpan({ name: 'child' }, () => void carried.push(childCarrier())));
  expect(carried).toEqual([{ TRACEPARENT: `00-${traceId}-${spans[0]?.spanId}-01` }]);
});

describe('spans', () => {
  it('have ids within a request also when nothing is exported, and only then are silent', async () => {
    expect(requestSpan()).toBeUndefined();
    await withRootSpan({ name: 'root', traceId }, async (span) => {
      expect(requestSpan()).toEqual({ traceId, spanId: span.spanId });
      expect(currentTraceparent()).toBe(`00-${traceId}-${span.spanId}-00`);
      await withSpan({ name: 'child' }, (child) => expect(child).toBeUndefined());
      expect(openSpan({ name: 'stream' })).toBeUndefined();
      expect(keptSpan()).toBeUndefined();
    });
    expect(requestSpan()).toBeUndefined();
  });

  it('are children of the work around them, over awaits and beside each other', async () => {
    const spans = await recorded(() =>
      Promise.all(
        ['one', 'two'].map((name) =>
          withSpan({ name }, async () => {
            await new Promise((resolve) => void setTimeout(resolve, 5));
            await withSpan({ name: `${name}.inner` }, () => {});
          }),
        ),
      ),
    );
    const parentOf = (name: string) => {
      const child = spans.find((span) => span.name === name);
      return spans.find(({ spanId }) => spanId === child?.parentSpanId)?.name;
    };
    expect(['one', 'one.inner', 'two', 'two.inner', 'root'].map(parentOf)).toEqual([
      'root',
      'one',
      'root',
      'two',
      undefined,
    ]);
    expect(spans.every((span) => span.traceId === traceId && span.end >= span.start)).toBe(true);
  });

  it('say what is said of them, and what is said of the request to all that end later', async () => {
    const spans = await recorded(async () => {
      await withSpan({ name: 'early' }, () => annotateSpan({ own: 1 }));
      annotateRequest({ shared: 'yes' });
      await withSpan({ name: 'late', attributes: { given: true } }, () => {});
    });
    expect(spans.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['early', { own: 1 }],
      ['late', { given: true, shared: 'yes' }],
      ['root', { shared: 'yes' }],
    ]);
  });

  it('fail with the kind of the error, never with its message', async () => {
    const secret = 'hunter2';
    const fail = async () => {
      await withSpan({ name: 'known' }, () => {
        throw new FixgateError('timeout', secret, { fix: secret });
      }).catch(() => {});
      await withSpan({ name: 'unknown' }, () => {
        throw new TypeError(secret);
      }).catch(() => {});
    };
    const spans = await recorded(fail);
    expect(spans.map(({ failed, attributes }) => [failed, attributes['error.type']])).toEqual([
      [true, 'timeout'],
      [true, 'TypeError'],
      [false, undefined],
    ]);
    expect(JSON.stringify(spans)).not.toContain(secret);
  });

  it('are kept in records where they are exported or a caller can find them', async () => {
    await withRootSpan({ name: 'root', traceId, record: () => {} }, (span) => {
      expect(keptSpan()).toEqual({ trace_id: traceId, span_id: span.spanId });
    });
    await withRootSpan({ name: 'root', traceId, foreign: traceId }, (span) => {
      expect(keptSpan()).toEqual({ trace_id: traceId, span_id: span.spanId });
    });
  });

  it('are kept as those of the request, whichever part of it writes the record', async () => {
    await withRootSpan({ name: 'root', traceId, record: () => {} }, async (root) => {
      await withSpan({ name: 'policy evaluate' }, () => {
        expect(keptSpan()).toEqual({ trace_id: traceId, span_id: root.spanId });
        expect(requestSpan()).toEqual({ traceId, spanId: root.spanId });
      });
    });
  });
});

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { createSpanCleaner } from '#telemetry/clean-span.ts';
import { openSpanLines } from '#telemetry/span-lines.ts';
import type { QueueLimits, SpanExporter } from '#telemetry/span-queue.ts';
import { createSpanQueue } from '#telemetry/span-queue.ts';
import type { FinishedSpan } from '#telemetry/tracing.ts';

const spanNamed = (name: string): FinishedSpan => ({
  name,
  kind: 'internal',
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: undefined,
  remoteParent: false,
  traceState: undefined,
  start: 1,
  end: 2,
  attributes: {},
  failed: false,
  links: [],
  events: [],
});

function queueTo(send: SpanExporter['send'], limits: Partial<QueueLimits> = {}) {
  const drops: string[] = [];
  const opened: number[] = [];
  const queue = createSpanQueue({
    open: async () => {
      opened.push(1);
      return { send, close() {} };
    },
    onDrop: (reason) => void drops.push(reason),
    limits: { delayMs: 5, backoffMs: 5, closeMs: 50, ...limits },
  });
  return { queue, drops, opened };
}

describe('the queue of spans', () => {
  it('opens its exporter with the first spans, and sends them in batches and in order', async () => {
    const sent: string[][] = [];
    const { queue, opened, drops } = queueTo(async (spans) => void sent.push(spans.map(({ name }) => name)), {
      batch: 2,
    });
    expect(opened).toEqual([]);
    for (const name of ['a', 'b', 'c']) queue.record(spanNamed(name));
    await queue.close();
    expect(sent).toEqual([['a', 'b'], ['c']]);
    expect([opened.length, queue.dropped(), drops]).toEqual([1, 0, []]);
  });

  it('tries again after a failure, and gives a batch up in the end', async () => {
    let tries = 0;
    const sent: string[] = [];
    const { queue, drops } = queueTo(
      async (spans) => {
        tries += 1;
        if (tries <= 4) throw new Error('refused');
        sent.push(...spans.map(({ name }) => name));
      },
      { batch: 1, attempts: 3 },
    );
    queue.record(spanNamed('lost'));
    queue.record(spanNamed('late'));
    await vi.waitFor(() => expect(sent).toEqual(['late']), 10_000);
    expect([queue.dropped(), drops]).toEqual([1, ['refused']]);
    await queue.close();
  });

  it('sends what arrived and was answered too late again, whole and as the same spans [telemetry:traces:repeated]', async () => {
    const arrived: FinishedSpan[][] = [];
    const { queue, drops } = queueTo(async (spans) => {
      arrived.push([...spans]);
      // As gRPC says it of a batch whose answer did not come within its deadline.
      if (arrived.length === 1) throw new Error('4 DEADLINE_EXCEEDED');
    });
    const spans = ['a', 'b'].map(spanNamed);
    for (const span of spans) queue.record(span);
    await vi.waitFor(() => expect(arrived).toHaveLength(2));
    await queue.close();
    expect(arrived).toEqual([spans, spans]);
    expect([queue.dropped(), drops]).toEqual([0, []]);
  });

  it('holds a bounded number, drops the oldest, counts them and tells it once [telemetry:traces:dropped]', async () => {
    const sent: string[] = [];
    const { promise: answer, resolve } = Promise.withResolvers<void>();
    const { queue, drops } = queueTo(
      async (spans) => {
        await answer;
        sent.push(...spans.map(({ name }) => name));
      },
      { spans: 3, batch: 3, delayMs: 1_000 },
    );
    for (let n = 0; n < 10; n += 1) queue.record(spanNamed(String(n)));
    expect([queue.dropped(), drops.length]).toEqual([4, 1]);
    resolve();
    await queue.close();
    expect(sent).toEqual(['0', '1', '2', '7', '8', '9']);
  });

  it('waits no longer than it may for one that never answers, and counts what it held', async () => {
    const { queue, drops } = queueTo(() => new Promise(() => {}), { batch: 2 });
    for (const name of ['a', 'b', 'c']) queue.record(spanNamed(name));
    const began = performance.now();
    await queue.close();
    // It may be waited for 50 ms; for ever without a limit.
    expect(performance.now() - began).toBeLessThan(10_000);
    queue.record(spanNamed('after the end'));
    expect([queue.dropped(), drops.length]).toEqual([4, 1]);
  });

  it('counts what was under way at the end once, however that ends later [telemetry:traces:dropped]', async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    const { queue, drops } = queueTo(() => promise);
    queue.record(spanNamed('a'));
    expect(await queue.close()).toBe(false);
    reject(new Error('too late'));
    await promise.catch(() => {});
    await new Promise((resolve) => void setTimeout(resolve, 20));
    expect([queue.dropped(), drops.length]).toEqual([1, 1]);
  });

  it.each([
    ['has taken what came before', [true], 600],
    ['has failed before', [false], 150],
    ['is late already', [], 150],
  ] as const)('waits for one that %s, then hangs [telemetry:traces:trouble]', async (_, before, patience) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const answers = before.map((ok) => () => (ok ? Promise.resolve() : Promise.reject(new Error('down'))));
    let asked = 0;
    const hangs = () => new Promise<void>(() => {});
    const { queue } = queueTo(() => (answers[asked++] ?? hangs)(), { closeMs: 300, backoffMs: 60_000 });
    queue.record(spanNamed('a'));
    await vi.advanceTimersByTimeAsync(250);
    expect(asked).toBe(1);
    queue.record(spanNamed('b'));
    const ended = vi.fn<(hasSent: boolean) => void>();
    void queue.close().then(ended);
    await vi.advanceTimersByTimeAsync(patience - 1);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledWith(false);
  });

  it('ends at once when everything has arrived', async () => {
    const { queue } = queueTo(async () => {}, { closeMs: 60_000 });
    queue.record(spanNamed('a'));
    expect(await queue.close()).toBe(true);
  });

  it('drops what cannot even be opened', async () => {
    const queue = createSpanQueue({
      open: () => Promise.reject(new Error('no such module')),
      onDrop: () => {},
      limits: { closeMs: 50 },
    });
    queue.record(spanNamed('a'));
    await queue.close();
    expect(queue.dropped()).toBe(1);
  });
});

it('lines that nobody takes are lost, and only they [telemetry:traces:console]', async () => {
  const [lines, lost]: [string[], string[]] = [[], []];
  const write = (line: string) => !line.includes('second') && lines.push(line) > 0;
  const { send } = openSpanLines(write, (spans) => void lost.push(...spans.map(({ name }) => name)));
  await send(['first', 'second', 'third'].map(spanNamed));
  expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(['first', 'third']);
  expect(lost).toEqual(['second']);
});

it('every text of a span passes the redactor, also one that was seen before [telemetry:traces:redacted]', () => {
  const clean = createSpanCleaner((text) => text.replaceAll('hunter2', '[masked:secret]'));
  const link = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), attributes: { a: 'hunter2' } };
  const span = {
    ...spanNamed('tools/call hunter2'),
    traceState: 'x=hunter2',
    attributes: { text: 'hunter2', list: ['hunter2'], number: 1, none: undefined },
    links: [link],
    events: [{ name: 'told', at: 1, attributes: { b: 'hunter2 again' } }],
  };
  const told = [clean(span), clean(span)];
  expect(JSON.stringify(told)).not.toContain('hunter2');
  expect(told[1]).toMatchObject({ attributes: { text: '[masked:secret]', list: ['[masked:secret]'], number: 1 } });
});

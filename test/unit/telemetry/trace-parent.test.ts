import { anything, assert, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { toRootSpanId, toTraceId } from '#report/trace.ts';
import type { Carriers } from '#telemetry/trace-parent.ts';
import { parseCarrier, placeOf } from '#telemetry/trace-parent.ts';

const root = { traceId: toTraceId('INC-1'), spanId: toRootSpanId('INC-1') };
const spanOf = (n: number) => ({ traceId: String(n).repeat(32), spanId: String(n).repeat(16) });
const carrier = (n: number) => ({ traceparent: `00-${spanOf(n).traceId}-${spanOf(n).spanId}-01` });
const fresh = () => 'f'.repeat(32);

it('the trace of an incident follows from its id alone [telemetry:traces:vector]', () => {
  expect(root).toEqual({
    traceId: '721191b6cc82d409539fb6ce45480dca',
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
  });
  expect(toTraceId('INC-2')).not.toBe(root.traceId);
});

describe('traceparent', () => {
  const ids = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';
  const read = { traceId: ids.slice(0, 32), spanId: ids.slice(33), traceState: undefined };

  it.each([`00-${ids}-01`, `00-${ids}-00`, ` 00-${ids}-01 `, `01-${ids}-01`, `cc-${ids}-09-what-comes-later`])(
    'is read from %j',
    (traceparent) => {
      expect(parseCarrier({ traceparent })).toEqual(read);
    },
  );

  it.each([
    [undefined],
    [17],
    [''],
    [ids],
    [`ff-${ids}-01`],
    [`00-${ids}-01-more`],
    [`00-${ids.toUpperCase()}-01`],
    [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    [`00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`],
    [`00-${ids}`],
    [`00-${ids}-1`],
    [`cc-${ids}-01-${'x'.repeat(300)}`],
    [[`00-${ids}-01`]],
  ])('that is malformed is as good as none: %j', (traceparent) => {
    expect(parseCarrier({ traceparent })).toBeUndefined();
  });

  it('never throws, whatever a caller sends', () => {
    assert(
      property(anything(), anything(), (traceparent, tracestate) => {
        const { traceId = fresh() } = parseCarrier({ traceparent, tracestate }) ?? {};
        expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });

  it.each([
    ['vendor=1,other=2', 'vendor=1,other=2'],
    ['x'.repeat(513), undefined],
    ['a=b\nc=d', undefined],
    [17, undefined],
  ])('takes a tracestate along that is printable and short: %j', (tracestate, kept) => {
    expect(parseCarrier({ ...carrier(1), tracestate })?.traceState).toBe(kept);
  });
});

describe('the place of a request', () => {
  const all: Carriers = { meta: carrier(1), header: carrier(2), environment: carrier(3), argument: carrier(4) };
  const toIncident = { ...root, attributes: { 'fixgate.link': 'incident' } };

  it.each<[string, Carriers, number]>([
    ['_meta', all, 1],
    ['the header', { ...all, meta: {} }, 2],
    ['the environment', { environment: carrier(3), argument: carrier(4) }, 3],
    ['the argument', { argument: carrier(4) }, 4],
    ['the environment, behind a malformed _meta,', { meta: { traceparent: 'x' }, environment: carrier(3) }, 3],
  ])('is below the span that %s names, linked to the incident [telemetry:traces:parents]', (_, carriers, n) => {
    const { traceId, spanId } = spanOf(n);
    expect(placeOf(carriers, root, fresh)).toMatchObject({ traceId, parentSpanId: spanId, foreign: traceId });
    expect(placeOf(carriers, root, fresh).links).toContainEqual(toIncident);
  });

  it('is below the root of the incident when nobody names a span, and has no parent without an incident', () => {
    expect(placeOf({}, root, fresh)).toMatchObject({
      traceId: root.traceId,
      parentSpanId: root.spanId,
      links: [],
      foreign: undefined,
    });
    expect(placeOf({}, undefined, fresh)).toMatchObject({ traceId: fresh(), parentSpanId: undefined, links: [] });
  });

  it('needs no link where the caller goes on with our own trace', () => {
    const traceparent = `00-${root.traceId}-${'a'.repeat(16)}-01`;
    const place = placeOf({ meta: { traceparent } }, root, fresh);
    expect(place).toMatchObject({ parentSpanId: 'a'.repeat(16), links: [], foreign: undefined });
  });

  it('links the header beside _meta', () => {
    expect(placeOf(all, root, fresh).links).toEqual([
      { ...spanOf(2), attributes: { 'fixgate.link': 'http' } },
      toIncident,
    ]);
  });
});

import { describe, expect, it } from 'vitest';

import { createInFlight } from '#engine/in-flight.ts';

describe('calls in flight', () => {
  it('are counted until they are disposed, each once', () => {
    const inFlight = createInFlight();
    const first = inFlight.enter();
    const second = inFlight.enter();
    expect(inFlight.size).toBe(2);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(inFlight.size).toBe(1);
    second[Symbol.dispose]();
    expect(inFlight.size).toBe(0);
  });

  it('are idle at once when there are none', async () => {
    expect(await createInFlight().idle(0)).toBe(true);
  });

  it('are idle when the last has left', async () => {
    const inFlight = createInFlight();
    const calls = [inFlight.enter(), inFlight.enter()];
    const idle = inFlight.idle(10_000);
    for (const call of calls) call[Symbol.dispose]();
    expect(await idle).toBe(true);
  });

  it('are not idle when one outlasts the wait', async () => {
    const inFlight = createInFlight();
    using _ = inFlight.enter();
    expect(await inFlight.idle(1)).toBe(false);
  });

  it('take no new one while draining', () => {
    const inFlight = createInFlight();
    expect(inFlight.draining).toBe(false);
    inFlight.drain();
    expect(inFlight.draining).toBe(true);
    expect(() => inFlight.enter()).toThrow(expect.objectContaining({ code: 'provider_unavailable', retry: 'later' }));
    expect(inFlight.size).toBe(0);
  });
});

import { expect, it } from 'vitest';

import type { TimelineEvent } from '#domain/timeline.ts';
import { hostPrice } from '#policy/host-price.ts';
import { usdMicros } from '#policy/price.ts';

const edit = { wrote: true, ran: false };
const test = { wrote: false, ran: true };
const both = { wrote: true, ran: true };
const look = { wrote: false, ran: false };

const events = (calls: readonly object[]) =>
  calls.map(
    (data) => ({ type: 'call.admitted', data: { action: 'host_command', ...data } }) as unknown as TimelineEvent,
  );

it.each<[string, readonly object[], typeof edit, boolean]>([
  ['the first change', [], edit, true],
  ['a change after a change', [edit], edit, false],
  ['a change after a look at it', [edit, look], edit, false],
  ['a change after something was run', [edit, test], edit, true],
  ['a change after a change that ran something too', [both], edit, true],
  ['a command that changes and runs, again', [both], both, true],
  ['what runs and changes nothing', [edit], test, false],
  ['a change after an edit by a tool', [{ ...edit, action: 'host_write' }], edit, false],
  ['a change after the tools of the server ran something', [edit, { ...test, action: 'test' }], edit, false],
  ['the first change, whatever the tools of the server did', [{ ...test, action: 'test' }], edit, true],
])('an attempt is %s [hook:budget:spent]', (_case, before, { wrote, ran }, attempt) => {
  const price = hostPrice({ writes: wrote, runs: ran, bytesIn: 400 }, events(before));
  expect(price).toEqual({
    tool_calls: 1,
    usd: usdMicros({ bytesIn: 400, bytesOut: 0 }),
    ...(attempt && { patch_attempts: 1 }),
  });
});

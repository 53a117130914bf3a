import { describe, expect, it } from 'vitest';

import type { GuardStrength } from '#domain/guard.ts';
import type { TimelineType } from '#domain/timeline.ts';
import { countHostTools, toReportedGuard } from '#report/guard.ts';

import { event } from './records.ts';

const admitted = (strength: GuardStrength, ...reasons: string[]) =>
  event(1, 'call.admitted', { data: { guard: { strength, reasons } } });
const hooked = (type: TimelineType, actor: string, callId: string) => event(2, type, { actor, callId });

describe('the guard in the report', () => {
  it('is the weakest under which anything was admitted, not that of whoever prints it [report:guard:said]', () => {
    const now = { strength: 'advisory', reasons: ['stdio'] } as const;
    expect(toReportedGuard([admitted('enforced')], now)).toMatchObject({ strength: 'enforced', reasons: [], why: [] });
    expect(toReportedGuard([admitted('enforced'), admitted('advisory', 'writable')], now)).toMatchObject({
      strength: 'advisory',
      reasons: ['writable'],
      why: ['a file that decides can be written by other accounts'],
    });
  });

  it('is that of this process while nothing was admitted, and for records of older versions', () => {
    const now = { strength: 'advisory', reasons: ['stdio'] } as const;
    expect(toReportedGuard([], now)).toMatchObject({ ...now, records: null });
    expect(toReportedGuard([event(1, 'call.admitted')], now)).toMatchObject(now);
    const odd = event(1, 'call.admitted', {
      data: { guard: { strength: 'advisory', reasons: ['toString', 'stdio'] } },
    });
    expect(toReportedGuard([odd], now).reasons).toEqual(['stdio']);
  });

  it('counts what hooks judged and refused, once for each call, and nobody else [report:guard:hooks]', () => {
    const events = [
      hooked('call.free', 'hook:claude', 'a'),
      hooked('call.denied', 'hook:claude', 'a'),
      hooked('call.denied', 'hook:architect', 'b'),
      hooked('call.free', 'hook:claude', 'c'),
      hooked('call.denied', 'hook:claude/1.0', 'd'),
      hooked('call.denied', 'claude-code/2.1', 'e'),
      hooked('hook.failed', 'hook:claude', 'f'),
    ];
    expect(countHostTools(events)).toEqual({ judged: 3, denied: 2 });
  });
});

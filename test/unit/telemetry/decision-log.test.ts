import { expect, it } from 'vitest';

import type { TimelineEvent } from '#domain/timeline.ts';
import { createDecisionLog } from '#telemetry/decision-log.ts';

function event(type: TimelineEvent['type'], data: TimelineEvent['data'] = {}): TimelineEvent {
  const place = { chain: 'PD-1', seq: 3, at: 0, prevHash: '', hash: '' };
  return { ...place, type, actor: 'claude', tool: 'apply_patch', callId: 'c-1', summary: 'why', data };
}

it.each([
  [event('call.admitted'), 'info', 'why', 'allow'],
  [event('call.free'), 'info', 'why', 'allow'],
  [event('call.denied', { code: 'policy_denied', rule_ids: ['max_files'] }), 'warn', 'apply_patch denied: why', 'deny'],
  [event('call.denied', { code: 'budget_exhausted' }), 'warn', 'apply_patch denied: why', 'deny'],
  [
    event('call.denied', { code: 'approval_required' }),
    'warn',
    'apply_patch waits for approval: why',
    'require_approval',
  ],
  [event('call.invalid', { code: 'not_found' }), 'warn', 'why', undefined],
  [event('call.failed', { code: 'internal' }), 'error', 'why', undefined],
  [event('call.failed', { code: 'timeout' }), 'warn', 'why', undefined],
  [event('incident.escalated', { rule_id: 'risk/high' }), 'warn', 'handed over: why', undefined],
])('writes $type of $data as one line [telemetry:log:decisions]', (record, level, message, decision) => {
  const lines: unknown[] = [];
  createDecisionLog((...line) => void lines.push(line))(record);

  expect(lines).toEqual([
    [level, message, expect.objectContaining({ event: record.type, incident_id: 'PD-1', call_id: 'c-1', decision })],
  ]);
});

it.each(['call.succeeded', 'tests.finished', 'patch.applied', 'incident.opened'] as const)(
  'leaves %s to the records',
  (type) => {
    const lines: unknown[] = [];
    createDecisionLog((...line) => void lines.push(line))(event(type));

    expect(lines).toEqual([]);
  },
);

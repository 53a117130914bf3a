import { expect, it } from 'vitest';

import type { TimelineEvent } from '#domain/timeline.ts';
import { createDecisionLog } from '#telemetry/decision-log.ts';
import { withRootSpan } from '#telemetry/tracing.ts';

const rootOf = (id: string) => ({ traceId: `trace of ${id}`, spanId: 'root' });

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
  createDecisionLog((...line) => void lines.push(line), rootOf)(record);

  expect(lines).toEqual([
    [level, message, expect.objectContaining({ event: record.type, incident_id: 'PD-1', call_id: 'c-1', decision })],
  ]);
});

it.each(['call.succeeded', 'tests.finished', 'patch.applied', 'incident.opened'] as const)(
  'leaves %s to the records',
  (type) => {
    const lines: unknown[] = [];
    createDecisionLog((...line) => void lines.push(line), rootOf)(event(type));

    expect(lines).toEqual([]);
  },
);

it('names the root of the incident where no request is served, and leaves it to the log where one is [telemetry:log:trace]', async () => {
  const fields: unknown[] = [];
  const tell = createDecisionLog((_level, _message, said) => void fields.push(said), rootOf);
  const escalated = event('incident.escalated', { rule_id: 'budget/wall_seconds' });
  tell(escalated);
  tell({ ...escalated, chain: '_server' });
  await withRootSpan({ name: 'request', traceId: 'a'.repeat(32) }, () => tell(escalated));

  expect(fields[0]).toMatchObject({ trace_id: 'trace of PD-1', span_id: 'root' });
  for (const said of fields.slice(1)) expect(said).not.toHaveProperty('trace_id');
});

import { expect, it } from 'vitest';

import { MAX_PULL_REQUEST_BODY_BYTES } from '#domain/marker.ts';
import { toReads } from '#report/evidence.ts';
import { toPullRequestBody } from '#report/pull-request.ts';

import { approval, deployAnswer, kept } from './evidence-records.ts';
import { event, outsideCode, publishFacts } from './records.ts';

const admitted = (seconds: number, callId: string, data: Parameters<typeof event>[2] = {}) =>
  event(seconds, 'call.admitted', { tool: 'apply_patch', callId, ...data });
const waived = { rule: 'max_lines', approval: 'A-1', by: 'alice@example.com' };

it('names the likeliest deploy and how to roll it back [report:pull-request:rollback]', () => {
  const body = toPullRequestBody(publishFacts({ reads: toReads([deployAnswer]) }));
  expect(body).toContain(
    'The likeliest deploy is `deploy/42` (commit `abc1234def56`, 2026-03-02 08:36:00 UTC, confidence 0.84 high): `Drop the bound of the queue`. To roll it back, deploy `6c2ecb7adcfe deploy/41`. In the repository: `git revert --no-edit abc1234def56`.',
  );
  expect(body).not.toMatch(/mallory|A-3|A-4/);
  const first = kept(
    3,
    deployAnswer.text.replace('"rollback_to":"6c2ecb7adcfe deploy/41",', '').replace('"previous":"6c2ecb7adcfe",', ''),
  );
  expect(toPullRequestBody(publishFacts({ reads: toReads([first]) }))).toContain(
    'To roll it back, deploy the version before it.',
  );
  const unsure = kept(3, deployAnswer.text.replace('0.84 high', '0.40 low'));
  expect(toPullRequestBody(publishFacts({ reads: toReads([unsure]) }))).not.toContain('likeliest deploy');
});

it('names what is not logged any more [report:pull-request:gone]', () => {
  const rows = [
    { change: 'NEW', count: 4, base: 0, level: 'error', pattern: 'timeout' },
    ...['a', 'b', 'c', 'd'].map((name) => ({
      change: 'GONE',
      count: 0,
      base: 40,
      level: 'info',
      pattern: `job ${name} done @oncall`,
    })),
  ];
  const output = { status: 'ok', source: 'app-logs', matched: 4, rows };
  const answer = {
    tool: 'get_incident_logs',
    rows: 'rows',
    output,
    request: { source: 'app-logs', request: { of: 'logs' } },
  };
  const body = toPullRequestBody(publishFacts({ reads: toReads([kept(1, JSON.stringify(answer))]) }));
  expect(body).toContain('- `new: timeout (4 times, 0 before)`');
  expect(body.match(/^- `gone: job \w done @oncall \(40 times before\)`$/gm)).toHaveLength(3);
  expect(outsideCode(body)).not.toContain('@oncall');
});

it('names who waived a rule or approved a call, as far as they are believed [report:pull-request:allowed]', () => {
  const signed = approval(1, { id: 'A-1' });
  const decision = { ...signed.decision!, signature: 'armoured' };
  const body = toPullRequestBody(
    publishFacts({
      decisions: {
        events: [
          admitted(1, 'a', { data: { waived: [{ ...waived, by: 'mallory' }] } }),
          admitted(2, 'b', { data: { waived: [waived], approval: 'A-2', approved_by: 'mallory' } }),
          admitted(3, 'c', { data: { waived: [{ ...waived, approval: 'A-3' }], approval: 'A-4' } }),
        ],
        approvals: [
          { ...signed, decision },
          approval(2, { id: 'A-2', decision: { ...signed.decision!, by: '@bob `x`' } }),
        ],
      },
    }),
  );
  expect(body).toContain(
    '## Allowed by humans\n\n- Rule `max_lines` was waived by `alice@example.com` (`A-1`).\n- A call of `apply_patch` was approved by ',
  );
  expect(body).toContain('(`A-2`, not signed)');
  expect(body).not.toMatch(/mallory|A-3|A-4/);
  expect(outsideCode(body)).not.toContain('@bob');
  expect(toPullRequestBody(publishFacts())).not.toContain('Allowed by humans');
});

it('stays within its cap [report:pull-request:allowed]', () => {
  const events = Array.from({ length: 500 }, (_, n) =>
    admitted(n, `${n}`, { data: { waived: [{ ...waived, rule: `${n}${'x'.repeat(400)}` }] } }),
  );
  const body = toPullRequestBody(publishFacts({ decisions: { events, approvals: [approval(1, { id: 'A-1' })] } }));
  expect(body).toContain('- … and 480 more');
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_PULL_REQUEST_BODY_BYTES);
});

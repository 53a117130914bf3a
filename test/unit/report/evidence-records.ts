import { createHash } from 'node:crypto';

import type { JudgedApproval } from '#report/approvals.ts';
import type { KeptEvidence } from '#report/evidence.ts';

import { START } from './records.ts';

/** A kept text of the sample incident. */
export function kept(n: number, text: string, changes: Partial<KeptEvidence> = {}): KeptEvidence {
  return {
    uri: `incident://INC-1/evidence/${n}`,
    title: 'Whole answer',
    mimeType: 'application/json',
    text,
    sha256: createHash('sha256').update(text).digest('hex'),
    at: START + n * 1_000,
    ...changes,
  };
}

const window = { since: '2026-03-02T08:40:00.000Z', until: '2026-03-02T09:00:00.000Z' };

/** What `get_incident_logs` kept. */
export const logAnswer = kept(
  1,
  JSON.stringify({
    tool: 'get_incident_logs',
    rows: 'rows',
    output: {
      summary: '812 events, 2 patterns: 1 new.',
      status: 'ok',
      source: 'app-logs',
      window,
      matched: 812,
      rows: [
        { change: 'NEW', count: 400, base: 0, level: 'error', first: '2026-03-02T08:40:03Z', pattern: 'heap <num> MB' },
        { change: 'SAME', count: 412, base: 400, pattern: 'request served' },
      ],
      native_query: '{app="user-service"} |= "error"',
      ui_url: 'https://logs.example/explore?x=1',
    },
    request: { source: 'app-logs', request: { of: 'logs', query: { service: 'user-service' } } },
  }),
);

/** What `query_metrics` kept. */
export const metricAnswer = kept(
  2,
  JSON.stringify({
    tool: 'query_metrics',
    rows: 'rows',
    output: {
      summary: '1 series.',
      status: 'ok',
      source: 'prometheus',
      window,
      matched: 1,
      rows: [
        { name: 'heap_bytes', change_at: '2026-03-02T08:41:00.000Z', change_from: 120, change_to: 900, unit: 'MB' },
      ],
    },
    request: {
      source: 'prometheus',
      request: { of: 'metrics', query: { query: 'heap_bytes{service="user-service"}' } },
    },
  }),
);

/** What `list_recent_deploys` kept; it names who deployed. */
export const deployAnswer = kept(
  3,
  JSON.stringify({
    tool: 'list_recent_deploys',
    rows: 'rows',
    output: {
      summary: '2 found, 2 shown.',
      status: 'partial',
      source: 'git',
      window,
      matched: 2,
      rollback_to: '6c2ecb7adcfe deploy/41',
      rows: [
        {
          time: '2026-03-02T08:36:00.000Z',
          kind: 'tag',
          sha: 'abc1234def56',
          ref: 'deploy/42',
          by: 'Mallory Maker <mallory@example.com>',
          subject: 'Drop the bound of the queue',
          previous: '6c2ecb7adcfe',
          confidence: '0.84 high',
          why: ['4 min before the onset'],
        },
        { time: '2026-03-02T08:50:00.000Z', kind: 'tag', sha: 'fff1234def56', ref: 'deploy/43', subject: 'Later' },
      ],
    },
    request: { source: 'git', request: { of: 'deploys', query: { service: 'user-service', env: 'production' } } },
  }),
);

/** Requests of an answer, kept beside it. */
export const requestList = kept(
  4,
  JSON.stringify({
    reads: [
      {
        of: 'deploys',
        source: 'argocd',
        window,
        requests: ['GET /api/v1/applications/user-service'],
        answers: 3,
        sha256: 'a'.repeat(64),
      },
    ],
  }),
);

/** Everything that was read of the sample incident. */
export const evidence: readonly KeptEvidence[] = [logAnswer, metricAnswer, deployAnswer, requestList];

/** A question that was answered after `minutes`, or never. */
export function approval(minutes: number | undefined, changes: Partial<JudgedApproval> = {}): JudgedApproval {
  return {
    id: 'A-7f3a91c2',
    incidentId: 'INC-1',
    kind: 'publish',
    binding: 'b'.repeat(64),
    facts: {},
    question: 'The pull request touches a migration.',
    ruleIds: ['require_approval/migrations/**'],
    requestedBy: 'claude-code/2.1',
    requestedAt: START,
    expiresAt: START + 3_600_000,
    ...(minutes !== undefined && {
      decision: { verdict: 'approved', reason: 'Read it.', at: START + minutes * 60_000, by: 'alice@example.com' },
      believed: true,
    }),
    ...changes,
  };
}

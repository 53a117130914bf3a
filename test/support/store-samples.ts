import type { Amounts } from '#domain/budget.ts';
import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { PullRequestRecord, TestPlan, TestResult } from '#domain/remediation.ts';
import type { NewTimelineEvent, TimelineType } from '#domain/timeline.ts';
import type { NewPatchRecord } from '#state/store.ts';

/** 2026-03-01T12:00:00Z. */
export const NOON = Date.UTC(2026, 2, 1, 12);

/** A clock that stands still until a test moves it, backwards too. */
export function movableClock(at = NOON): Clock & { at: number } {
  const clock = { at, now: () => clock.at };
  return clock;
}

/** Caps that no test reaches by accident; wall time is what a year has. */
export const ampleCaps: Amounts = {
  tool_calls: 1_000_000,
  patch_attempts: 1_000_000,
  test_runs: 1_000_000,
  test_seconds: 1_000_000,
  wall_seconds: 31_536_000,
  bytes_out: 1_000_000,
  bytes_scanned: 1_000_000_000,
  prs: 1_000_000,
  usd: 1_000_000,
};

export function sampleIncident(id: string, changes: Partial<Incident> = {}): Incident {
  return {
    id,
    title: 'Memory of user-service grows until it is killed',
    severity: 'SEV2',
    severityConfirmed: false,
    service: 'user-service',
    startedAt: NOON - 60_000,
    rca: { text: 'processQueue keeps every job', url: 'https://wiki.example/rca' },
    repository: { location: '/srv/user-service', baseBranch: 'main', baseCommit: 'b'.repeat(40) },
    openedBy: 'human',
    openedAt: NOON,
    state: 'open',
    ...changes,
  };
}

export function sampleEvent(type: TimelineType, changes: Partial<NewTimelineEvent> = {}): NewTimelineEvent {
  return { type, actor: 'test-client/1.0', summary: `It says ${type}.`, data: { type }, ...changes };
}

export function samplePatch(fromTree: string, tree: string): NewPatchRecord {
  return {
    at: NOON,
    reason: 'Release jobs after processing',
    fromTree,
    tree,
    diffHash: `sha256:${tree}`,
    files: [{ path: 'src/queue.ts', change: 'modify', added: 2, removed: 1 }],
    writes: [{ path: 'src/queue.ts', after: { mode: '100644', head: 3, tail: 1, middle: Buffer.from('new') } }],
  };
}

export const samplePlan: TestPlan = {
  suite: 'unit',
  required: true,
  argv: ['node', '--test'],
  cwd: '.',
  env: {},
  format: 'node',
  scope: 'all',
  files: [],
  selection: 'every test',
  tree: 't1',
  timeoutSeconds: 60,
  sandbox: { isolation: 'full', network: false, services: [], limits: {} },
};

export function sampleResult(durationSeconds: number): TestResult {
  return {
    verdict: 'pass',
    counts: { total: 1, passed: 1, failed: 0, skipped: 0 },
    failures: [],
    exitCode: 0,
    durationSeconds,
    output: 'ok 1',
    outputTruncated: false,
  };
}

export const samplePullRequest: PullRequestRecord = {
  url: 'file:///srv/pr-1.md',
  branch: 'hotfix/PD-1',
  baseBranch: 'main',
  commit: 'c'.repeat(40),
  tree: 't1',
  diffHash: 'sha256:t1',
  draft: false,
  title: 'Release jobs after processing',
  at: NOON,
};

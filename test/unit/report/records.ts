import type { Amounts } from '#domain/budget.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { PatchRecord, TestResult, TestRun } from '#domain/remediation.ts';
import type { Risk } from '#domain/risk.ts';
import type { TimelineEvent, TimelineType } from '#domain/timeline.ts';
import type { ReportInput } from '#report/input.ts';
import type { PublishFacts } from '#report/pull-request.ts';

/** 2026-03-02 09:00:00 UTC. */
export const START = Date.UTC(2026, 2, 2, 9);

const hash = (char: string) => `sha256:${char.repeat(64)}`;
const BASE = 'b'.repeat(40);
const TREE_1 = '1'.repeat(40);
const TREE_2 = '2'.repeat(40);

export const incident: Incident = {
  id: 'INC-1',
  title: 'UserService.processQueue() leaks memory',
  severity: 'SEV2',
  severityConfirmed: true,
  service: 'user-service',
  startedAt: START - 1_200_000,
  rca: {
    text: 'Memory leak in UserService.processQueue() caused by commit abc1234.',
    url: 'https://aiops.example/rca/9',
  },
  repository: { location: '/srv/user-service.git', baseBranch: 'main', baseCommit: BASE },
  openedBy: 'human',
  openedAt: START,
  state: 'pr_open',
};

const caps: Amounts = {
  tool_calls: 40,
  patch_attempts: 3,
  test_runs: 6,
  test_seconds: 600,
  wall_seconds: 3_600,
  bytes_out: 500_000,
  bytes_scanned: 0,
  prs: 1,
  usd: 1_000_000,
};
const used: Amounts = {
  tool_calls: 6,
  patch_attempts: 2,
  test_runs: 2,
  test_seconds: 7,
  wall_seconds: 95,
  bytes_out: 9_000,
  bytes_scanned: 0,
  prs: 1,
  usd: 41_234,
};

export function event(
  seconds: number,
  type: TimelineType,
  fields: Partial<TimelineEvent> & { readonly data?: Record<string, Json> } = {},
): TimelineEvent {
  return {
    chain: 'INC-1',
    seq: seconds,
    at: START + seconds * 1_000,
    type,
    actor: 'claude-code/2.1',
    summary: type,
    data: {},
    prevHash: '',
    hash: '',
    ...fields,
  };
}

export const patches: readonly PatchRecord[] = [
  {
    n: 1,
    at: START + 40_000,
    reason: 'Clear the queue',
    fromTree: '0'.repeat(40),
    tree: TREE_1,
    diffHash: hash('1'),
    files: [{ path: 'src/users.js', change: 'modify', added: 1, removed: 0 }],
  },
  {
    n: 2,
    at: START + 60_000,
    reason: 'Bound the queue instead',
    fromTree: TREE_1,
    tree: TREE_2,
    diffHash: hash('2'),
    files: [
      { path: 'src/users.js', change: 'modify', added: 3, removed: 1 },
      { path: 'test/users.test.js', change: 'add', added: 12, removed: 0 },
    ],
  },
];

export function run(tree: string, startedSeconds: number, result: Partial<TestResult>, suite = 'unit'): TestRun {
  return {
    jobId: `job-${startedSeconds}`,
    incidentId: 'INC-1',
    callId: `call-${startedSeconds}`,
    status: 'finished',
    startedAt: START + startedSeconds * 1_000,
    finishedAt: START + startedSeconds * 1_000 + 2_000,
    plan: {
      suite,
      required: suite === 'unit',
      argv: ['node', '--test'],
      cwd: '.',
      env: {},
      format: 'node',
      scope: 'affected',
      files: [],
      selection: 'tests that import src/users.js',
      tree,
      timeoutSeconds: 60,
    },
    result: {
      verdict: 'pass',
      counts: { total: 14, passed: 14, failed: 0, skipped: 0 },
      failures: [],
      exitCode: 0,
      durationSeconds: 2,
      output: '',
      outputTruncated: false,
      ...result,
    },
  };
}

export const runs: readonly TestRun[] = [
  run(TREE_1, 45, {
    verdict: 'fail',
    counts: { total: 14, passed: 13, failed: 1, skipped: 0 },
    failures: [{ test: 'keeps order', message: 'expected 1, got 2', file: 'test/users.test.js', line: 8 }],
    reason: '1 of 14 tests failed.',
  }),
  run(TREE_2, 65, {}),
];

const refused = {
  code: 'policy_denied',
  rule_ids: ['protected_files/*.lock'],
  fix: 'Leave package.lock alone and change the source only.',
};

export const events: readonly TimelineEvent[] = [
  event(0, 'incident.opened', { actor: 'human', summary: 'INC-1 opened: UserService.processQueue() leaks memory' }),
  event(2, 'call.admitted', { tool: 'get_incident_logs', callId: 'a', summary: 'get_incident_logs admitted' }),
  event(3, 'call.succeeded', {
    tool: 'get_incident_logs',
    callId: 'a',
    summary: 'OK 812 lines matched, 3 patterns are new',
  }),
  event(30, 'call.denied', {
    tool: 'apply_patch',
    callId: 'b',
    summary: 'package.lock is protected: lock files decide what is installed.',
    data: refused,
  }),
  event(39, 'call.admitted', { tool: 'apply_patch', callId: 'c', summary: 'apply_patch admitted' }),
  event(40, 'patch.applied', { tool: 'apply_patch', callId: 'c', summary: 'Patch 1: 1 file, +1 -0' }),
  event(41, 'call.succeeded', { tool: 'apply_patch', callId: 'c', summary: 'OK Patch applied: 1 file, +1 -0 lines.' }),
  event(45, 'call.admitted', { tool: 'run_tests', callId: 'd', summary: 'run_tests admitted' }),
  event(47, 'call.succeeded', { tool: 'run_tests', callId: 'd', summary: 'OK Suite unit: fail, 13 passed, 1 failed' }),
  event(48, 'call.free', {
    tool: 'get_incident',
    callId: 'e',
    summary: 'OK INC-1 is a SEV2 incident in state patching.',
  }),
  event(49, 'call.free', {
    tool: 'get_incident',
    callId: 'f',
    summary: 'OK INC-1 is a SEV2 incident in state patching.',
  }),
  event(60, 'call.admitted', { tool: 'apply_patch', callId: 'g', summary: 'apply_patch admitted' }),
  event(61, 'call.succeeded', {
    tool: 'apply_patch',
    callId: 'g',
    summary: 'OK Patch applied: 2 files, +15 -1 lines.',
  }),
  event(90, 'call.admitted', { tool: 'open_pr', callId: 'h', summary: 'open_pr admitted' }),
  event(94, 'pull_request.opened', {
    tool: 'open_pr',
    callId: 'h',
    summary: 'Pull request opened: file:///out/INC-1-pull-request.md',
  }),
  event(95, 'call.succeeded', {
    tool: 'open_pr',
    callId: 'h',
    summary: 'OK Pull request opened: file:///out/INC-1-pull-request.md',
  }),
];

/** A finished remediation. */
export function reportInput(changes: Partial<ReportInput> = {}): ReportInput {
  return {
    at: START + 100_000,
    incident,
    references: { commits: ['abc1234'], files: ['src/users.js'], symbols: ['processQueue'] },
    events,
    patches,
    runs,
    verification: [{ suite: 'unit', green: true, state: 'green' }],
    pullRequest: {
      url: 'file:///out/INC-1-pull-request.md',
      branch: 'hotfix/INC-1',
      baseBranch: 'main',
      commit: 'c'.repeat(40),
      tree: TREE_2,
      diffHash: hash('2'),
      draft: true,
      title: 'hotfix(INC-1): bound the queue',
      at: START + 94_000,
    },
    caps,
    used,
    policy: { name: 'default', digest: hash('p'), mode: 'enforce', version: 1, from: 'records', others: [] },
    suitesFrom: 'records',
    current: {
      tree: TREE_2,
      diffHash: hash('2'),
      files: patches[1]?.files ?? [],
      diff: '--- a/src/users.js\n+++ b/src/users.js\n@@ -1 +1 @@\n-queue.push(user);\n+if (queue.length < 100) queue.push(user);\n',
    },
    openCalls: [],
    branch: 'hotfix/INC-1',
    guard: { strength: 'advisory', reasons: ['stdio'] },
    serverVersion: '0.1.0',
    ...changes,
  };
}

/** The same incident after its budget ran out. */
export function escalatedInput(changes: Partial<ReportInput> = {}): ReportInput {
  return reportInput({
    incident: {
      ...incident,
      state: 'escalated',
      escalation: {
        reason: 'The budget of this incident is used up: 3 of 3 patch attempts.',
        ruleId: 'budget/patch_attempts',
        at: START + 80_000,
      },
    },
    events: events.filter(({ callId }) => callId !== 'h'),
    patches: patches.slice(0, 1),
    runs: runs.slice(0, 1),
    verification: [{ suite: 'unit', green: false, state: 'fail' }],
    pullRequest: undefined,
    current: undefined,
    place: {
      clone: '/state/repos/0123.git',
      host: 'ops.example',
      branch: 'hotfix/INC-1',
      ref: 'refs/heads/hotfix/INC-1',
      commit: 'd'.repeat(40),
    },
    openCalls: [{ callId: 'z', tool: 'run_tests', at: START + 79_000 }],
    ...changes,
  });
}

/** The risk of the finished remediation. */
export const sampleRisk: Risk = {
  score: 13,
  band: 'low',
  factors: [
    { name: 'size', x: 0.12, weight: 15, points: 1.8 },
    { name: 'path_class', x: 0.3, weight: 25, points: 7.5 },
  ],
  modifiers: [],
  floors: [],
  unknowns: ['blast_radius'],
};

/** What `open_pr` says of the finished remediation. */
export function publishFacts(
  changes: { readonly action?: Partial<PublishFacts['action']>; readonly incident?: Partial<Incident> } & Partial<
    Omit<PublishFacts, 'action' | 'incident'>
  > = {},
): PublishFacts {
  const { action, incident: fields, ...rest } = changes;
  return {
    incident: { ...incident, state: 'verified', ...fields },
    action: {
      kind: 'publish',
      branch: 'hotfix/INC-1',
      baseBranch: 'main',
      baseCommit: BASE,
      tree: TREE_2,
      diffHash: hash('2'),
      netChanges: patches[1]?.files ?? [],
      title: 'bound the queue of processQueue',
      summary: 'The queue keeps at most 100 users; the oldest is dropped.',
      rootCause: 'Commit abc1234 removed the bound, so `processQueue()` keeps every user it has ever seen.',
      draft: true,
      verification: [{ suite: 'unit', green: true, state: 'green' }],
      exists: false,
      touched: [],
      triggers: [],
      pipelines: [],
      ...action,
    },
    references: { commits: ['abc1234'], files: ['src/users.js'], symbols: ['processQueue'] },
    risk: sampleRisk,
    runs,
    patches,
    policy: { name: 'default', digest: hash('p'), mode: 'enforce' },
    actor: 'claude-code/2.1',
    guard: { strength: 'advisory', reasons: ['stdio', 'same_account'] },
    serverVersion: '0.1.0',
    ...rest,
  };
}

/** What a Markdown renderer sees as text and markup: without code, escapes and the zero-width break. */
export function outsideCode(markdown: string): string {
  return markdown
    .replace(/^(`{3,})[a-z]*\n[\s\S]*?\n\1$/gm, ' ')
    .replace(/\\.|(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, ' ')
    .replaceAll('&#8203;', ' ');
}

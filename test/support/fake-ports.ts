import { createHash, randomUUID } from 'node:crypto';

import { FixgateError } from '#domain/errors.ts';
import type { LogEntry } from '#domain/evidence.ts';
import type { Incident } from '#domain/incident.ts';
import type { FileWrite, PullRequestFate, TestResult, TestRun, Verdict } from '#domain/remediation.ts';
import { toFileChanges } from '#domain/remediation.ts';
import type { Comparison } from '#domain/test-comparison.ts';
import type { EvidenceSources } from '#engine/sources.ts';
import type { CodeHost, LogSource, PublishRequest } from '#providers/sources.ts';
import type { Store } from '#state/store.ts';
import type { SuiteInfo, TestRunner, Workspace } from '#workspace/workspace.ts';

import { samplePlan } from './store-samples.ts';

type Tree = Readonly<Record<string, string>>;

/** Patches are JSON here: `{"path": "new content"}`, null deletes. Trees are named by their content. */
export function createFakeWorkspace(store: Store, base: Tree, now: () => number): Workspace {
  const trees = new Map([[nameOf(base), base]]);
  const treeOf = (incident: Incident) => store.patches(incident.id).at(-1)?.tree ?? nameOf(base);
  const contentOf = (incident: Incident) => trees.get(treeOf(incident)) ?? base;
  const changesTo = (tree: Tree) => toFileChanges(writesBetween(base, tree));
  return {
    async preview(incident, patch, reason) {
      const before = contentOf(incident);
      let edit: Record<string, string | null>;
      try {
        edit = JSON.parse(typeof patch === 'string' ? patch : (patch.patch ?? '')) as Record<string, string | null>;
      } catch {
        throw new FixgateError('invalid_input', 'The patch does not parse.\nOK it was applied', { fix: 'Send JSON.' });
      }
      const after = Object.fromEntries(
        Object.entries({ ...before, ...edit }).filter((entry) => entry[1] !== null),
      ) as Tree;
      trees.set(nameOf(after), after);
      const writes = writesBetween(before, after);
      const everTouched = [...new Set([...store.everTouched(incident.id), ...writes.map(({ path }) => path)])];
      return {
        kind: 'patch',
        reason,
        fromTree: nameOf(before),
        tree: nameOf(after),
        writes,
        reads: [],
        netChanges: changesTo(after),
        diffHash: `sha256:${nameOf(after)}`,
        everTouched,
        touched: everTouched.map((path) => ({ path, bytes: after[path]?.length ?? 0, lostTests: [] })),
      };
    },
    async apply({ action, incident, callId }, actor) {
      const { reason, fromTree, tree, diffHash, netChanges: files, sent } = action;
      const changes = toFileChanges(action.writes);
      const event = { type: 'patch.applied' as const, actor, callId, summary: reason, data: { tree } };
      const kept = store.recordPatch(
        incident.id,
        { at: now(), reason, fromTree, tree, diffHash, files, changes, ...(sent && { sent }), writes: [] },
        action.everTouched,
        event,
      );
      if (!kept) throw new FixgateError('conflict', 'The tree of the incident moved.', { fix: 'Read it again.' });
      return { tree, diffHash, files };
    },
    async current(incident) {
      const tree = treeOf(incident);
      const files = changesTo(contentOf(incident));
      return { tree, baseTree: nameOf(base), diffHash: `sha256:${tree}`, files, diff: '' };
    },
    async diffTo(incident, tree) {
      const known = store.patches(incident.id).some((patch) => patch.tree === tree);
      return known ? `diff to ${tree}\n` : undefined;
    },
    commit: async ({ action }, message, at) => nameOf({ tree: action.tree, message, at: `${at}` }),
    history: async () => ({ churn: 0, reverted: false }),
    revertOf: async () => undefined,
    keepBranch: async () => undefined,
    references: async () => ({ commits: [], files: [], symbols: [] }),
    async read(incident, path, from = 'tree') {
      const content = (from === 'base' ? base : contentOf(incident))[path];
      return content === undefined ? undefined : Buffer.from(content);
    },
    list: async (incident) => Object.keys(contentOf(incident)),
  };
}

/** Suites whose runs come out as a test says; a `running` one stays so until it is cancelled. */
export interface FakeTestRunner extends TestRunner {
  /** What the next runs say; `pass` when nothing is left. */
  readonly outcomes: (Verdict | 'running')[];
  readonly cancelled: string[];
  output: string;
  /** What the next runs say of the base commit. */
  readonly comparisons: Comparison[];
  /** The command of the suite. */
  argv: readonly string[];
}

export function createFakeTestRunner(
  store: Store,
  treeOf: (incident: Incident) => Promise<string>,
  suites: readonly SuiteInfo[],
): FakeTestRunner {
  const event = (type: 'tests.started' | 'tests.finished') => ({ type, actor: 'server', summary: type, data: {} });
  const found = (jobId: string): TestRun => {
    const run = store.getTestRun(jobId);
    if (!run) throw new FixgateError('not_found', 'There is no such run.', { fix: 'Start one.' });
    return run;
  };
  const runner: FakeTestRunner = {
    outcomes: [],
    cancelled: [],
    comparisons: [],
    output: 'ok 1',
    argv: ['node', '--test'],
    async plan(incident, { suite = suites[0]?.name ?? '', scope, files, namePattern, timeoutSeconds = 60 }) {
      const tree = await treeOf(incident);
      const plan = {
        ...samplePlan,
        suite,
        scope,
        files,
        tree,
        timeoutSeconds,
        argv: runner.argv,
        ...(namePattern !== undefined && { namePattern }),
      };
      return { kind: 'test', plan, commands: [{ command: runner.argv, origin: `suite ${suite}` }] };
    },
    async start({ action, incident, callId }) {
      const jobId = `job-${randomUUID()}`;
      store.startTestRun({ jobId, incidentId: incident.id, callId, plan: action.plan }, event('tests.started'));
      const verdict = runner.outcomes.shift() ?? 'pass';
      if (verdict === 'running') return found(jobId);
      const comparison = runner.comparisons.shift();
      const result = { ...resultOf(verdict, runner.output), ...(comparison && { comparison }) };
      store.finishTestRun(jobId, result, event('tests.finished'));
      return found(jobId);
    },
    wait: async (jobId) => found(jobId),
    async cancel(jobId) {
      runner.cancelled.push(jobId);
      store.finishTestRun(jobId, resultOf('infra_error', ''), event('tests.finished'));
    },
    suites: async () => suites,
  };
  return runner;
}

/** A code host that keeps one pull request per branch, and fails as often as a test says. */
export function createFakeHost(): CodeHost & {
  readonly requests: PublishRequest[];
  failures: number;
  /** What it says became of the pull request. */
  fate: PullRequestFate;
} {
  const host = {
    requests: [] as PublishRequest[],
    failures: 0,
    fate: { outcome: 'open' } as PullRequestFate,
    outcome: async () => host.fate,
    async publish(_permit: unknown, request: PublishRequest) {
      host.requests.push(request);
      if (host.failures > 0) {
        host.failures -= 1;
        throw new FixgateError('provider_unavailable', 'The code host did not answer within 10 s.', {
          fix: 'Try again in 30 s.',
        });
      }
      return { url: 'file:///pr.md', created: host.requests.length === 1, draft: request.draft, warnings: [] };
    },
  };
  return host;
}

/** One source of each kind; the logs are what a test puts in, or those of `logSource`. */
export function createFakeSources(entries: LogEntry[], logSource?: LogSource): EvidenceSources {
  return {
    logs: (_incident, { query }) => ({
      name: 'files',
      ...(query !== undefined && { text: query }),
      source: logSource ?? {
        async *read({ window: { since, until } }) {
          const within = ({ at }: LogEntry) => at === undefined || (at >= since && at < until);
          yield { entries: entries.filter(within), scannedBytes: 100 };
        },
      },
    }),
    metrics: () => ({
      name: 'metrics',
      source: {
        language: 'PromQL',
        query: async () => ({ series: [] }),
        search: async () => [],
        compose: ({ metric }) => metric,
        fitStep: (_window, stepMs) => stepMs,
      },
    }),
    deploys: () => [
      {
        name: 'git',
        source: {
          list: async () => ({ deploys: [], warnings: [] }),
          compare: async (base, head) => ({ base, head, commits: [], files: [], diff: '', diffTruncated: false }),
        },
      },
    ],
  };
}

function resultOf(verdict: Verdict, output: string): TestResult {
  const failed = verdict === 'pass' ? 0 : 1;
  return {
    verdict,
    counts: { total: 1, passed: 1 - failed, failed, skipped: 0 },
    failures: failed ? [{ test: 'drains the queue', message: 'expected 0, got 1' }] : [],
    exitCode: failed,
    durationSeconds: 1.5,
    output,
    outputTruncated: false,
  };
}

function writesBetween(from: Tree, to: Tree): FileWrite[] {
  const paths = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((path) => from[path] !== to[path]);
  return paths.map((path) => ({
    path,
    ...(from[path] !== undefined && { before: { mode: '100644' as const, oid: nameOf({ [path]: from[path] }) } }),
    ...(to[path] !== undefined && { after: { mode: '100644' as const, content: Buffer.from(to[path]) } }),
    added: to[path] === undefined ? 0 : 1,
    removed: from[path] === undefined ? 0 : 1,
  }));
}

function nameOf(tree: Tree): string {
  return createHash('sha1')
    .update(JSON.stringify(Object.entries(tree).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex');
}

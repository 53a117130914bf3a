import { readFileSync } from 'node:fs';

import type { PatchAction, PublishAction, TestAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { FileWrite } from '#domain/remediation.ts';
import { guards } from '#policy/guards/index.ts';
import { parsePolicy } from '#policy/load.ts';
import type { Policy } from '#policy/schema.ts';
import type { Finding } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';

export const shippedText = readFileSync(new URL('../../../policies/default.yaml', import.meta.url), 'utf8');

export const shipped: Policy = parsePolicy(shippedText, 'policies/default.yaml');

export const incident: Incident = {
  id: 'INC-7',
  title: 'Orders are late',
  severity: 'SEV2',
  severityConfirmed: true,
  startedAt: 0,
  repository: { location: '/srv/orders', baseBranch: 'main', baseCommit: 'a'.repeat(40) },
  openedBy: 'human',
  openedAt: 0,
  state: 'open',
};

export function write(path: string, change: Partial<FileWrite> = {}): FileWrite {
  return {
    path,
    before: { mode: '100644', oid: 'b'.repeat(40) },
    after: { mode: '100644', content: Buffer.from('text\n') },
    added: 1,
    removed: 1,
    ...change,
  };
}

export function patch(change: Partial<PatchAction> = {}): PatchAction {
  const writes = change.writes ?? [write('src/orders.js')];
  return {
    kind: 'patch',
    reason: 'stop the leak',
    fromTree: 't1',
    tree: 't2',
    writes,
    reads: [],
    netChanges: writes.map(({ path, added, removed }) => ({ path, change: 'modify', added, removed })),
    diffHash: 'sha256:0',
    everTouched: writes.map((each) => each.path),
    touched: writes.map(({ path, after }) => ({ path, bytes: after?.content.length ?? 0, lostTests: [] })),
    ...change,
  };
}

export function touching(...paths: string[]): PatchAction {
  return patch({ writes: paths.map((path) => write(path)) });
}

export function running(...commands: (string | readonly string[])[]): TestAction {
  return {
    kind: 'test',
    plan: {
      suite: 'smoke',
      required: true,
      argv: ['npm', 'test'],
      cwd: '.',
      env: {},
      format: 'exit_code',
      scope: 'all',
      files: [],
      selection: 'everything',
      tree: 't2',
      timeoutSeconds: 60,
      sandbox: { isolation: 'full', network: false, services: [], limits: {} },
    },
    commands: commands.map((command) => ({ command, origin: 'suite smoke' })),
  };
}

export function publishing(change: Partial<PublishAction> = {}): PublishAction {
  return {
    kind: 'publish',
    branch: 'hotfix/INC-7',
    baseBranch: 'main',
    baseCommit: 'a'.repeat(40),
    tree: 't2',
    diffHash: 'sha256:0',
    netChanges: [{ path: 'src/orders.js', change: 'modify', added: 2, removed: 1 }],
    title: 'Stop the leak',
    summary: '',
    rootCause: '',
    draft: false,
    verification: [{ suite: 'unit', green: true, state: 'green' }],
    exists: false,
    touched: [],
    triggers: [],
    pipelines: [],
    ...change,
  };
}

export function findings(
  action: PatchAction | TestAction | PublishAction,
  policy: Policy = shipped,
): readonly Finding[] {
  const verdict = judge(guards, action, policy, incident);
  return verdict.effect === 'allow' ? [] : verdict.findings;
}

export function rules(action: PatchAction | TestAction | PublishAction, policy: Policy = shipped): readonly string[] {
  return findings(action, policy).map((finding) => finding.rule);
}

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { toReport } from '#report/json.ts';
import type { Report } from '#report/schema.ts';

import { architectReport } from '../support/architect-report.ts';
import { hasProgram, missing } from '../support/needs.ts';
import { approval, evidence } from '../unit/report/evidence-records.ts';
import { escalatedInput, reportInput } from '../unit/report/records.ts';

const withoutJq = missing('jq', hasProgram('jq'));
const published = toReport(reportInput({ evidence, approvals: [approval(2)] }));
const handedOver = toReport(escalatedInput());

/** A filter that was written for architect's report, and the same in TypeScript. */
type OneLiner = readonly [filter: string, answer: (report: Report) => unknown];

const forArchitect: readonly OneLiner[] = [
  ['.status', ({ status }) => status],
  ['.status == "success"', ({ status }) => status === 'success'],
  ['.stop_reason // "none"', (report) => report.stop_reason ?? 'none'],
  ['.task', ({ task }) => task],
  ['.agent', ({ agent }) => agent],
  ['.model', ({ model }) => model],
  ['.files_modified | length', (report) => report.files_modified.length],
  ['[.files_modified[].path]', (report) => report.files_modified.map(({ path }) => path)],
  [
    '[.files_modified[] | select(.action == "created") | .path]',
    (report) => report.files_modified.filter(({ action }) => action === 'created').map(({ path }) => path),
  ],
  [
    '[.quality_gates[] | select(.passed)] | length',
    (report) => report.quality_gates.filter(({ passed }) => passed).length,
  ],
  [
    '[.quality_gates[] | select(.passed | not) | .name]',
    (report) => report.quality_gates.filter(({ passed }) => !passed).map(({ name }) => name),
  ],
  ['all(.quality_gates[]; .passed)', (report) => report.quality_gates.every(({ passed }) => passed)],
  ['.errors | length', (report) => report.errors.length],
  ['.errors | map(test("^Step [0-9]+, [a-z_]+: ")) | all', () => true],
  ['.total_cost <= 1', (report) => report.total_cost <= 1],
  ['.duration_seconds | type', () => 'number'],
  ['.steps', ({ steps }) => steps],
  ['[.timeline[] | {step, tool, duration}] | length', (report) => report.timeline.length],
  ['[.timeline[] | .duration] | add', (report) => report.timeline.reduce((sum, { duration }) => sum + duration, 0)],
  ['(.git_diff // "") | length <= 50026', () => true],
  [
    'keys_unsorted[:13] | join(",")',
    () =>
      'task,agent,model,status,duration_seconds,steps,total_cost,files_modified,quality_gates,errors,git_diff,timeline,stop_reason',
  ],
  [
    '"\\(.status): \\(.files_modified | length) files, $\\(.total_cost)"',
    (report) => `${report.status}: ${report.files_modified.length} files, $${report.total_cost}`,
  ],
];

const forOurs: readonly OneLiner[] = [
  ['.schema_version', () => 1],
  ['.pr.url // "none"', (report) => report.pr?.url ?? 'none'],
  [
    '.policy | [.hash, .version, (.denials | length)]',
    ({ policy }) => [policy.hash, policy.version, policy.denials.length],
  ],
  [
    '[.verification[] | select(.required and (.green | not)) | .suite]',
    (report) => report.verification.filter(({ required, green }) => required && !green).map(({ suite }) => suite),
  ],
  [
    '.trace | [.trace_id, .span_id, (.linked | length)]',
    ({ trace }) => [trace.trace_id, trace.span_id, trace.linked.length],
  ],
  ['.suggested_actions[0].type', (report) => report.suggested_actions[0]?.type],
  ['.escalation.hand_over.resume // "none"', (report) => report.escalation?.hand_over.resume ?? 'none'],
  ['[.approvals[] | .waited_seconds]', (report) => report.approvals.map(({ waited_seconds: waited }) => waited)],
  ['.origins.total_cost.origin', () => 'estimated'],
  [
    '[.evidence[] | select(.kind == "logs") | .sha256]',
    (report) => report.evidence.filter(({ kind }) => kind === 'logs').map(({ sha256 }) => sha256),
  ],
  ['.environment.server_version', ({ environment }) => environment.server_version],
];

describe('the JSON schema', () => {
  const text = readFileSync(new URL('../../ops/report.schema.json', import.meta.url), 'utf8');
  const shipped = z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);

  it.each([
    ['a published report', published],
    ['a handed-over one', handedOver],
  ])("takes %s, which architect's schema takes as well [report:json:schema, report:json:architect]", (_, report) => {
    const plain = JSON.parse(JSON.stringify(report)) as object;
    expect(shipped.safeParse(plain).error).toBeUndefined();
    expect(architectReport.safeParse(plain).error).toBeUndefined();
    expect(shipped.safeParse({ ...plain, status: 'done' }).success).toBe(false);
    expect(shipped.safeParse({ ...plain, unknown: 1 }).success).toBe(false);
  });
});

describe('jq one-liners', () => {
  it.for([...forArchitect, ...forOurs])(
    '%s works on the report [report:json:architect, report:json:jq]',
    ([filter, answer], { skip }) => {
      if (withoutJq !== undefined) skip(withoutJq);
      for (const report of [published, handedOver]) {
        const { stdout, stderr } = spawnSync('jq', ['-c', filter], { input: JSON.stringify(report), encoding: 'utf8' });
        expect(stderr).toBe('');
        expect(JSON.parse(stdout)).toEqual(answer(report));
      }
    },
  );
});

import { describe, expect, it } from 'vitest';

import type { Json } from '#domain/json.ts';
import { toHandOver } from '#report/hand-over.ts';
import type { ReportInput } from '#report/input.ts';
import { toReport } from '#report/json.ts';
import { toMarkdown } from '#report/markdown.ts';
import { toRemediation } from '#report/remediation.ts';
import { HandOver } from '#report/schema-hand-over.ts';
import { toSlackMessage } from '#report/slack.ts';

import { escalatedInput, event, outsideCode, patches, reportInput, run, runs, START } from './records.ts';

/** A kept answer of `list_recent_deploys`. */
function ranking(...rows: readonly Readonly<Record<string, Json>>[]): Pick<ReportInput, 'evidence'> {
  const all = rows.map((row) => ({ kind: 'tag', time: '2026-03-02T08:00:00.000Z', why: ['at the onset'], ...row }));
  const output = { status: 'ok', source: 'git', rollback_to: 'beef0000cafe v41', rows: all };
  const text = JSON.stringify({
    tool: 'list_recent_deploys',
    rows: 'rows',
    request: { source: 'git', request: { of: 'deploys' } },
    output,
  });
  const kept = { uri: 'incident://INC-1/evidence/1', title: 't', mimeType: 'application/json', sha256: 'a'.repeat(64) };
  return { evidence: [{ ...kept, at: START, text }] };
}

const suspect = {
  sha: 'c0ffee123456',
  ref: 'v42',
  by: 'Ada Byron',
  subject: 'Keep finished jobs (#812)',
  previous: 'beef0000cafe',
  confidence: '0.84 high',
};
const said = (data: Record<string, Json>, at = 81) =>
  event(at, 'hand_over.told', { data: { reason: 'stuck', unknowns: [], suggested_actions: [], ...data } });
const withWords = (...data: readonly Record<string, Json>[]) =>
  escalatedInput({ events: [...escalatedInput().events, ...data.map((each, index) => said(each, 81 + index))] });

describe('the package of a hand-over', () => {
  it('names the runbook of the service, if there is one [hand-over:package:runbook]', () => {
    const page = (input: ReportInput) => toMarkdown(toReport(input));
    expect(toHandOver(escalatedInput()).runbook).toBeNull();
    expect(page(escalatedInput())).not.toContain('Runbook');
    expect(page(escalatedInput({ runbook: 'docs/run`book.md' }))).toContain('- Runbook: `` docs/run`book.md ``');
  });

  it('has everything that whoever takes over needs [hand-over:package:complete]', () => {
    const diffs = new Map([[patches[0]?.tree ?? '', '--- a/src/users.js\n+++ b/src/users.js\n']]);
    const hand = toHandOver(escalatedInput({ ...ranking(suspect), diffs }));

    expect(HandOver.safeParse(hand).error).toBeUndefined();
    expect(hand.severity).toBe('SEV2');
    expect(hand.suspects[0]).toMatchObject({
      ref: 'v42',
      commit: 'c0ffee123456',
      author: 'Ada Byron',
      pull_request: '#812',
      confidence: 0.84,
    });
    expect(hand.tried).toMatchObject([
      {
        n: 1,
        diff: '--- a/src/users.js\n+++ b/src/users.js\n',
        tests: [{ suite: 'unit', verdict: 'fail', failing: ['keeps order'], message: 'expected 1, got 2' }],
      },
    ]);
    expect(hand).toMatchObject({ branch: 'hotfix/INC-1', tree: '1'.repeat(40), base_commit: 'b'.repeat(40) });
    expect(hand.budget.find(({ kind }) => kind === 'usd')).toEqual({ kind: 'usd', used: 0.0412, cap: 1 });
    expect(hand.trace.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(hand.summary.length).toBeLessThanOrEqual(10);
    expect(hand.summary).toEqual([
      'INC-1 (SEV2) in user-service: UserService.processQueue() leaks memory',
      'Stopped by budget/patch_attempts: The budget of this incident is used up: 3 of 3 patch attempts.',
      'The trouble began at 2026-03-02T08:40:00.000Z.',
      'Cause: Memory leak in UserService.processQueue() caused by commit abc1234.',
      'Suspect (confidence 0.84): v42 Keep finished jobs (#812)',
      'Tried 1 change; the last: unit fail; failing: keeps order',
      'Left: Required suite unit (fail).',
      'Left: No pull request was opened.',
      'Used: tool calls 6 of 40, patch attempts 2 of 3, test runs 2 of 6, usd 0.0412 of 1.',
      expect.stringMatching(/^Next: Take over by hand/),
    ]);
  });

  it.each([
    ['0.60 medium', 'rollback'],
    ['0.59 medium', 'escalate'],
  ])(
    'suggests the rollback first when the confidence in a deploy is %s: %s [hand-over:package:rollback]',
    (confidence, first) => {
      const hand = toHandOver(escalatedInput(ranking({ ...suspect, confidence })));
      expect(hand.suggested_actions[0]?.type).toBe(first);
    },
  );

  it.each<[string, Record<string, Json>, string | null]>([
    ['a link of the deploy', { links: ['https://github.com/a/b/pull/77'] }, 'https://github.com/a/b/pull/77'],
    ['a merge', { subject: 'Merge pull request #5 from x/y' }, '#5'],
    ['the commit under suspicion', { subject: 'release', suspect: 'abcdef123456 Keep jobs (#9)' }, '#9'],
    ['nothing', { subject: 'release 42' }, null],
    ['no web address', { subject: 'r', links: ['javascript:alert(1)//pull/7'] }, null],
  ])('names the pull request of a suspect by %s', (_, row, expected) => {
    expect(toHandOver(escalatedInput(ranking({ ...suspect, ...row }))).suspects[0]?.pull_request).toBe(expected);
  });

  it('takes the last diagnosis of the agent before the analysis, and that before the ranking [hand-over:package:diagnosis]', () => {
    const bare = escalatedInput().incident;
    const { rca: _rca, ...without } = bare;
    const ranked = { ...ranking(suspect), incident: without };

    expect(
      toHandOver(withWords({ diagnosis: 'first' }, { diagnosis: 'second', confidence: 0.4, unknowns: ['why now'] }))
        .diagnosis,
    ).toMatchObject({
      text: 'second',
      by: 'agent',
      confidence: 0.4,
      unknowns: expect.arrayContaining(['why now', 'What the logs say: none were read.']),
    });
    expect(toHandOver(escalatedInput(ranking(suspect))).diagnosis).toMatchObject({ by: 'analysis', confidence: null });
    expect(toHandOver(escalatedInput(ranked)).diagnosis).toMatchObject({
      by: 'ranking',
      confidence: 0.84,
      text: 'The deploy v42: Keep finished jobs (#812)',
    });
    expect(toHandOver(escalatedInput({ incident: without })).diagnosis).toMatchObject({ by: null, text: null });
  });

  it('blames the same deploy everywhere, and goes back to what ran before that one [report:diagnosis:one]', () => {
    const { rca: _, ...bare } = escalatedInput().incident;
    const other = { ...suspect, sha: 'facade123456', ref: 'v43', subject: 'Log', previous: 'c0ffee123456' };
    const input = (...rows: readonly Readonly<Record<string, Json>>[]) =>
      escalatedInput({ ...ranking(...rows), incident: bare });
    const both = toReport(input({ ...other, confidence: '0.55 medium' }, { ...suspect, confidence: '0.64 medium' }));
    const { summary, suggested_actions: actions } = both.escalation?.hand_over ?? {
      summary: [],
      suggested_actions: [],
    };
    expect(summary.slice(3, 5)).toEqual([
      'Cause (confidence 0.64): The deploy v42: Keep finished jobs (#812)',
      'Suspect (confidence 0.64): v42 Keep finished jobs (#812)',
    ]);
    expect(actions[0]?.description).toBe('Roll v42 back to beef0000cafe v41.');
    expect(toRemediation(both)).toContain("git revert --no-edit 'c0ffee123456'");
    expect(toSlackMessage(both).text).toContain('*Most Likely Cause*: tag v42');
    const first = toHandOver(input({ ...other, confidence: '0.61 medium' }, { ...suspect, confidence: '0.9 high' }));
    expect(first.diagnosis.text).toBe('The deploy v43: Log');
    expect(first.suggested_actions[0]?.description).toBe('Roll v43 back to c0ffee123456.');
    // A commit that ranks before a likely deploy may be one that it brought: the way back stays the first thing to do.
    const brought = toHandOver(
      input(
        { sha: 'facade123456', kind: 'commit', subject: 'Log', confidence: '0.7 high' },
        { ...suspect, confidence: '0.62 medium' },
      ),
    );
    expect(brought.diagnosis.text).toBe('The deploy v42: Keep finished jobs (#812)');
    expect(brought.suggested_actions[0]).toMatchObject({
      type: 'rollback',
      command: 'git revert --no-edit c0ffee123456',
    });
  });

  it('takes the cause of a pull request for what the agent says [report:diagnosis:pull-request]', () => {
    const data = { root_cause: 'The queue keeps jobs.' };
    const opened = escalatedInput({ events: [...escalatedInput().events, event(70, 'pull_request.opened', { data })] });
    expect(toHandOver(opened).diagnosis).toMatchObject({
      text: 'The queue keeps jobs.',
      by: 'agent',
      confidence: null,
    });
    expect(toHandOver(opened).summary).toContain('Cause, agent, unchecked: The queue keeps jobs.');
  });

  it('cuts long diffs, the oldest first', () => {
    const many = Array.from({ length: 9 }, (_, index) => ({
      ...(patches[0] as NonNullable<(typeof patches)[0]>),
      n: index + 1,
      tree: `${index}`.repeat(40),
    }));
    const diffs = new Map(many.map(({ tree }) => [tree, '+line\n'.repeat(10_000)]));
    const tried = toHandOver(escalatedInput({ patches: many, diffs })).tried;
    expect(tried.reduce((sum, { diff }) => sum + (diff?.length ?? 0), 0)).toBeLessThan(101_000);
    expect(tried[0]?.diff).toBeNull();
    expect(tried[8]?.diff).toMatch(/\[diff cut: \d+ of 60000 characters shown\]\n$/);
  });

  it.each<[string, Partial<ReportInput>, string]>([
    ['a kind that is used up', {}, 'fixgate resume INC-1 --grant patch_attempts=1 --reason "…"'],
    [
      'several',
      { used: { ...escalatedInput().used, tool_calls: 40, usd: 1_000_000 } },
      'fixgate resume INC-1 --grant tool_calls=10,patch_attempts=1,usd=0.5 --reason "…"',
    ],
  ])('names the command that lets the work go on, with %s [hand-over:package:resume]', (_, changes, command) => {
    expect(toHandOver(escalatedInput(changes)).resume).toBe(command);
  });

  it.each<[string, Partial<ReportInput>, string]>([
    ['red', {}, 'the failing tests of each attempt are listed.'],
    [
      'green',
      { patches, runs, verification: [{ suite: 'unit', green: true, state: 'green' }] },
      'its last suites were green, not published.',
    ],
    ['untested', { runs: [] }, 'what is left is listed.'],
  ])(
    'names a command that brings the last change back, and says that it is %s [hand-over:package:next]',
    (_, changes, end) => {
      expect(toHandOver(escalatedInput(changes)).next_action).toBe(
        `Take over by hand: continue from the last change with the commands that fixgate report INC-1 --format remediation prints, or start again at the base commit; ${end}`,
      );
    },
  );

  it('says whose words the analysis of an incident that an agent opened is [hand-over:package:diagnosis]', () => {
    const opened = { ...escalatedInput().incident, openedBy: 'agent' as const };
    expect(toHandOver(escalatedInput({ incident: opened })).summary).toContain(
      'Cause, agent, unchecked: Memory leak in UserService.processQueue() caused by commit abc1234.',
    );
  });

  it('shows what the first failing test says, on one line, cut and escaped [hand-over:package:complete]', () => {
    const message = `expected <b>1</b>\ngot @all ${'x'.repeat(300)}`;
    const failed = run('1'.repeat(40), 45, { verdict: 'fail', failures: [{ test: 'keeps order', message }] });
    const report = toReport(escalatedInput({ runs: [failed] }));
    const said = report.escalation?.hand_over.tried[0]?.tests[0]?.message ?? '';
    expect(said).toMatch(/^expected <b>1<\/b> got @all x+…$/);
    expect(said).toHaveLength(200);
    const page = toMarkdown(report);
    expect(page).toContain('failing: `keeps order` (expected &lt;b&gt;1&lt;/b&gt; got @&#8203;all');
    expect(page).toContain('(needs an approver, see policy.md#approvals)');
  });

  it('asks for the open approval first, where one is waited for [hand-over:package:resume]', () => {
    const asked = {
      id: 'A-1',
      incidentId: 'INC-1',
      kind: 'publish' as const,
      binding: '',
      facts: {},
      question: '',
      ruleIds: [],
      requestedBy: 'a',
      requestedAt: START,
      expiresAt: START + 1_000_000,
    };
    const escalation = { reason: 'r', ruleId: 'risk/high', at: START };
    const input = escalatedInput({ approvals: [asked], incident: { ...escalatedInput().incident, escalation } });
    expect(toHandOver(input).resume).toBe('fixgate approve A-1 --reason "…" && fixgate resume INC-1 --reason "…"');
    expect(toHandOver({ ...input, at: START + 2_000_000 }).resume).toBe('fixgate resume INC-1 --reason "…"');
    expect(toHandOver({ ...input, humanProof: 'signed' }).resume).toBe(
      'fixgate approve A-1 --reason "…" --key FILE && fixgate resume INC-1 --reason "…" --key FILE',
    );
  });

  it('is part of the report and of its page, with nothing in it that is markup of others [hand-over:package:complete]', () => {
    const hostile = '<img src=x> [a](http://evil) @everyone\n# Heading\n```\nfence';
    const report = toReport(
      escalatedInput({
        ...ranking({ ...suspect, by: hostile, subject: hostile }),
        events: [...escalatedInput().events, said({ diagnosis: hostile, suggested_actions: [hostile] })],
        diffs: new Map([[patches[0]?.tree ?? '', hostile]]),
      }),
    );
    const page = toMarkdown(report);
    expect(report.escalation?.hand_over.diagnosis.by).toBe('agent');
    expect(page).toContain('## Hand-over');
    expect(page).not.toMatch(/^# Heading/m);
    expect(outsideCode(page.replaceAll(/^ {3}/gm, ''))).not.toMatch(/<img|@everyone|\]\(http/);
    expect(toReport(reportInput()).escalation).toBeNull();
  });
});

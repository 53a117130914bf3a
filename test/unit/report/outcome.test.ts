import { describe, expect, it } from 'vitest';

import type { HumanProof } from '#domain/key-option.ts';
import type { PullRequestFate } from '#domain/remediation.ts';
import { toReport } from '#report/json.ts';
import { toGithub, toMarkdown } from '#report/markdown.ts';
import { toPostmortemMarkdown } from '#report/postmortem-markdown.ts';
import { Report } from '#report/schema.ts';

import { escalatedInput, incident, reportInput, START } from './records.ts';

const HOUR = 3_600_000;
const merge = '1'.repeat(40);
const merged: PullRequestFate = { outcome: 'merged', mergedAt: START + HOUR, mergeCommit: merge };
const closed: PullRequestFate = { outcome: 'closed', closedAt: START + HOUR };
const reverted: PullRequestFate = {
  ...merged,
  outcome: 'reverted',
  revertedAt: START + 2 * HOUR,
  revertedBy: '9'.repeat(40),
};

function inputWith(fate: PullRequestFate | undefined) {
  const { pullRequest } = reportInput();
  if (!pullRequest) throw new Error('the sample has a pull request');
  const known = fate && { fate, askedAt: START + 3 * HOUR, answeredAt: START + 3 * HOUR };
  return reportInput({ pullRequest: { ...pullRequest, ...known } });
}

const [MERGED_AT, REVERTED_AT] = ['2026-03-02 10:00:00 UTC', '2026-03-02 11:00:00 UTC'];

describe('what became of the pull request [report:outcome:forms]', () => {
  it.each<[string, PullRequestFate | undefined, object]>([
    ['nobody asked', undefined, { outcome: null, asked_at: null, merged_at: null, reverted_by: null }],
    ['it is open', { outcome: 'open' }, { outcome: 'open', asked_at: '2026-03-02T12:00:00.000Z', closed_at: null }],
    ['it was merged', merged, { outcome: 'merged', merged_at: '2026-03-02T10:00:00.000Z', merge_commit: merge }],
    ['it was closed', closed, { outcome: 'closed', closed_at: '2026-03-02T10:00:00.000Z', merge_commit: null }],
    [
      'it was taken back',
      reverted,
      { outcome: 'reverted', reverted_at: '2026-03-02T11:00:00.000Z', reverted_by: '9'.repeat(40) },
    ],
  ])('stands in report.json when %s, as its schema says', (_, fate, expected) => {
    const report = toReport(inputWith(fate));
    expect(report.pr).toMatchObject(expected);
    expect(report.pull_request).toEqual(report.pr);
    expect(Report.parse(report)).toEqual(report);
    expect('pr.outcome' in report.origins).toBe(fate !== undefined);
  });

  it('is not told, asked for or built on where it was opened under another configuration [report:outcome:own]', () => {
    const { pullRequest } = reportInput();
    const foreign = pullRequest && { ...pullRequest, isForeign: true as const };
    const report = toReport(reportInput({ pullRequest: foreign }));
    expect(report.pr).toMatchObject({ url: pullRequest?.url, other_configuration: true });
    expect(toReport(reportInput()).pr?.other_configuration).toBe(false);
    expect([report.status, report.suggested_actions.filter(({ type }) => type === 'code_fix')]).toEqual([
      'partial',
      [],
    ]);
    expect(report.next_action).toMatch(
      /^Look into who opened .* under another configuration, then open .* with open_pr/,
    );
    expect(toMarkdown(report)).toContain('| Status | WARN: pull request of another configuration, not verified |');
    for (const text of [toMarkdown(report), toGithub(report), toPostmortemMarkdown(report)])
      expect(text).toContain('opened under another configuration: look at the address before you follow it');
    const handedOver = toReport({ ...escalatedInput(), pullRequest: foreign }).escalation?.hand_over;
    expect(JSON.stringify(handedOver)).toContain('under another configuration');
    expect(handedOver?.left).toContain('No pull request was opened.');
  });

  it('names the key that closing the incident takes where humans sign', () => {
    const next = (humanProof: HumanProof) => toReport({ ...inputWith(merged), humanProof }).next_action;
    expect(next('advisory')).toMatch(/fixgate incident close INC-1 --reason "…"\.$/);
    expect(next('none')).toContain('fixgate incident close INC-1 --reason "…". For that, humans need keys here first');
    expect(next('signed')).toMatch(/fixgate incident close INC-1 --reason "…" --key FILE\.$/);
  });

  it.each<[PullRequestFate | undefined, string, string, string]>([
    [undefined, 'success', 'OK: pull request open and verified', 'Review the pull request: '],
    [{ outcome: 'open' }, 'success', 'OK: pull request open and verified', 'Review the pull request: '],
    [merged, 'success', 'OK: pull request merged and verified', 'See that production recovers'],
    [closed, 'partial', 'WARN: pull request closed without a merge', 'Find out why the pull request was closed'],
    [reverted, 'partial', 'WARN: pull request merged and taken back', 'Find out why the merged change was taken'],
  ])('decides status and next action: %j', (fate, status, line, next) => {
    const report = toReport(inputWith(fate));
    expect(report.status).toBe(status);
    expect(report.next_action.startsWith(next)).toBe(true);
    for (const text of [toMarkdown(report), toGithub(report)]) expect(text).toContain(`| Status | ${line} |`);
    const asksForReview = report.suggested_actions.some(({ type }) => type === 'code_fix');
    expect(asksForReview).toBe(fate === undefined || fate.outcome === 'open');
  });

  it('is told with its times in Markdown and in the post-mortem', () => {
    const report = toReport(inputWith(reverted));
    const phrase = `merged at ${MERGED_AT} as 111111111111, taken back at ${REVERTED_AT} by 999999999999`;
    expect(toMarkdown(report)).toContain(phrase);
    expect(toGithub(report)).toContain(phrase);
    const postmortem = toPostmortemMarkdown(report);
    expect(postmortem).toContain(`| Merged at | ${MERGED_AT}, commit \`111111111111\` |`);
    expect(postmortem).toContain(`| Reverted at | ${REVERTED_AT}, commit \`999999999999\` |`);
    expect(postmortem).toContain('The fix was reverted.');
    expect(postmortem).toContain('Find out why the fix was taken back');
    const other = toPostmortemMarkdown(toReport(inputWith(closed)));
    expect(other).toContain(`| Closed at | ${MERGED_AT} |`);
    expect(other).not.toContain('Merged at');
  });

  it('is what the hand-over goes on from', () => {
    const { pullRequest } = inputWith(merged);
    const { next_action: next } = toReport(escalatedInput({ pullRequest }));
    expect(next).toMatch(/^Take over by hand: see that production recovers/);
  });
});

describe('what a human says of the diagnosis [report:diagnosis:judged]', () => {
  const closure = { at: START + HOUR, by: 'alice', reason: 'Recovered.', resolution: 'resolved' as const };

  it.each([[undefined], ['right'], ['wrong']] as const)('stands in the report: %s', (diagnosis) => {
    const over = {
      ...incident,
      state: 'closed' as const,
      closure: { ...closure, ...(diagnosis && { diagnosis }) },
    };
    const report = toReport(reportInput({ incident: over }));
    expect(report.diagnosis.judged).toBe(diagnosis ?? null);
    const said = `A human said at the end that the diagnosis was ${diagnosis}.`;
    expect(toMarkdown(report).includes(said)).toBe(diagnosis !== undefined);
    expect('diagnosis.judged' in report.origins).toBe(diagnosis !== undefined);
  });
});

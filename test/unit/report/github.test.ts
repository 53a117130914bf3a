import { describe, expect, it } from 'vitest';

import { toReport } from '#report/json.ts';
import { toGithub, toMarkdown } from '#report/markdown.ts';

import { approval, evidence } from './evidence-records.ts';
import { escalatedInput, event, incident, outsideCode, reportInput } from './records.ts';

describe('the report for GitHub', () => {
  it('begins with the status in the words of architect and folds the rest [report:github:form]', () => {
    const text = toGithub(toReport(reportInput({ evidence })));
    expect(text.split('\n')[0]).toBe('## OK fixgate: UserService.processQueue() leaks memory');
    expect([...text.matchAll(/<summary>(.*)<\/summary>/g)].map((match) => match[1])).toEqual([
      'Suggested actions',
      'Root-cause analysis',
      'Diagnosis',
      'Change',
      'Tests',
      'Policy',
      'Guard',
      'Timeline (UTC)',
      'Evidence',
      'Budget',
      'Where the facts come from',
    ]);
    expect(text.match(/<details>/g)).toHaveLength(11);
    expect(text.match(/<\/details>/g)).toHaveLength(11);
    expect(text).toContain('721191b6cc82d409539fb6ce45480dca');
  });

  it.each([
    ['WARN', reportInput({ pullRequest: undefined, incident: { ...incident, state: 'verified' } })],
    ['FAIL', escalatedInput()],
  ])('says %s', (word, input) => {
    expect(toGithub(toReport(input)).startsWith(`## ${word} fixgate: `)).toBe(true);
    expect(toMarkdown(toReport(input))).toContain(`| Status | ${word}: `);
  });

  it('leaves whole sections out of what GitHub would not take, and says which', () => {
    const many = Array.from({ length: 2_000 }, (_, index) =>
      event(index, 'call.free', { tool: 'get_incident', callId: `c${index}`, summary: 'x'.repeat(150) }),
    );
    const text = toGithub(toReport(reportInput({ events: many })));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain('Left out, being too long: Timeline (UTC).');
    expect(text).toContain('<summary>Budget</summary>');
  });
});

describe.each([
  ['GitHub', toGithub],
  ['Markdown', toMarkdown],
])('hostile text in the form for %s', (_name, render) => {
  const hostile =
    '</details><script>x</script> ![a](https://evil.example) @everyone [b](javascript:x) | cell\n# Approved';

  it('is no markup, wherever it stands [report:markdown:readable]', () => {
    const rows = ['Drop the bound of the queue', 'heap <num> MB', 'deploy/42', '4 min before the onset'];
    const report = toReport(
      escalatedInput({
        incident: { ...escalatedInput().incident, title: hostile, service: hostile, rca: { text: hostile } },
        events: [
          event(1, 'call.succeeded', { tool: hostile, callId: 'a', summary: hostile }),
          event(2, 'hand_over.told', {
            data: { reason: hostile, diagnosis: hostile, unknowns: [hostile], suggested_actions: [hostile] },
          }),
        ],
        approvals: [approval(3, { question: hostile, requestedBy: hostile })],
        evidence: evidence.map((each) => ({
          ...each,
          text: rows.reduce((text, row) => text.replaceAll(row, JSON.stringify(hostile).slice(1, -1)), each.text),
        })),
      }),
    );
    const text = outsideCode(render(report)).replaceAll(/^<details>$|^<\/details>$/gm, '');
    expect(text).not.toMatch(/<(?:script|\/details)|!\[|\]\(|@everyone|^# Approved/m);
  });
});

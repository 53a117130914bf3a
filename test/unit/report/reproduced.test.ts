import { describe, expect, it } from 'vitest';

import { toReport } from '#report/json.ts';
import { toMarkdown } from '#report/markdown.ts';
import { toPostmortem } from '#report/postmortem.ts';
import { toPullRequestBody } from '#report/pull-request.ts';

import { patches, publishFacts, reportInput, run } from './records.ts';

const [first, second] = patches;
const added = { path: 'test/users.test.js', change: 'add' as const, added: 12, removed: 0 };
const fixed = { path: 'src/users.js', change: 'modify' as const, added: 3, removed: 1 };
const failure = { test: 'keeps order', message: 'expected 1, got 2', file: 'test/users.test.js' };

/** The first patch adds the test, which fails; the second mends the code. */
const records = {
  patches: [
    { ...first!, files: [added], changes: [added] },
    { ...second!, files: [fixed, added], changes: [fixed] },
  ],
  runs: [run(first!.tree, 45, { verdict: 'fail', failures: [failure] }), run(second!.tree, 65, {})],
};
const words =
  'Failed before the fix, on the code of the base commit (tree `111111111111`): `keeps order` in `test/users.test.js`; the suite is green with it.';

describe('a test that was added, failed, and is followed by the fix [tests:report:reproduced]', () => {
  const report = toReport(reportInput(records));

  it('is named in the report, which calls nothing unknown of it', () => {
    expect(report.verification[0]?.reproduced).toEqual([
      { test: 'keeps order', file: 'test/users.test.js', tree: first!.tree },
    ]);
    expect(report.diagnosis.unknowns.join()).not.toContain('no test failed');
    expect(toMarkdown(report)).toContain(words);
  });

  it('is counted in the post-mortem', () => {
    expect(toPostmortem(report).resolution.verified_by).toEqual([
      'suite unit: green, 14 passed; 1 test failed before the fix, on the code of the base commit',
    ]);
  });

  it('is named in the pull request', () => {
    expect(toPullRequestBody(publishFacts(records))).toContain(words);
  });
});

it.each([
  [
    'was edited with the fix',
    {
      patches: [
        records.patches[0]!,
        { ...records.patches[1]!, changes: [fixed, { ...added, change: 'modify' as const }] },
      ],
    },
  ],
  ['failed on other code', { patches: [{ ...records.patches[0]!, files: [fixed, added] }, records.patches[1]!] }],
  ['is of a suite that is not green', { verification: [{ suite: 'unit', green: false, state: 'fail' as const }] }],
])('a test that %s is none [tests:report:reproduced]', (_why, changes) => {
  const report = toReport(reportInput({ ...records, ...changes }));
  expect(report.verification[0]?.reproduced).toEqual([]);
  expect(report.diagnosis.unknowns.join()).toContain('no test failed');
});

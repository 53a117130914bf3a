import { describe, expect, it } from 'vitest';

import { toCommitMessage, toPullRequestBody, toPullRequestTitle } from '#report/pull-request.ts';

import { outsideCode, publishFacts, run } from './records.ts';

const hostile =
  '</details><script>x</script> @oncall Fixes #1 ![a](http://evil)\n<!-- fixgate incident:INC-9 -->\n---\n# Approved\nSigned-off-by: Eve <e@x>';

describe('the title', () => {
  it.each([
    ['bound the queue', 'hotfix(INC-1): bound the queue'],
    ['hotfix(INC-1): bound the queue', 'hotfix(INC-1): bound the queue'],
    ['  two\nlines ', 'hotfix(INC-1): two lines'],
    ['', 'hotfix(INC-1): remediation'],
    ['fixes #3 by @bob', 'hotfix(INC-1): fixes # 3 by @ bob'],
  ])('of %j is %j', (title, expected) => {
    expect(toPullRequestTitle(publishFacts({ action: { title } }))).toBe(expected);
  });

  it('is never longer than forges take', () => {
    expect(toPullRequestTitle(publishFacts({ action: { title: 'x'.repeat(999) } })).length).toBe(200);
  });
});

describe('the commit message', () => {
  it('has the form that people and tools read [workspace:commit:message]', () => {
    expect(toCommitMessage(publishFacts())).toMatchInlineSnapshot(`
      "hotfix(INC-1): bound the queue of processQueue

      Symptom: UserService.processQueue() leaks memory

      Root cause: Commit abc1234 removed the bound, so \`processQueue()\` keeps
      every user it has ever seen.

      The queue keeps at most 100 users; the oldest is dropped.

      Incident-Id: INC-1
      Severity: SEV2
      RCA-Link: https://aiops.example/rca/9
      Risk-Score: 13.0 (low)
      Diff-Hash: sha256:2222222222222222222222222222222222222222222222222222222222222222
      Verified-By: run_tests unit affected 14 passed
      Trace-Id: 721191b6cc82d409539fb6ce45480dca
      Policy-Hash: sha256:pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp
      Assisted-by: claude-code/2.1
      Rollback: git revert of this commit, which changes 2 files and nothing else
      "
    `);
  });

  it.each(['INC-1', 'x'.repeat(64)])('has a subject of at most 72 characters for %s', (id) => {
    const [subject = ''] = toCommitMessage(
      publishFacts({ action: { title: 'word '.repeat(40) }, incident: { id } }),
    ).split('\n');
    expect(subject.length).toBeLessThanOrEqual(72);
    expect(subject).toMatch(/^hotfix\([^)]+\): word word/);
  });

  it('has no trailer, mention or closing keyword that an agent wrote [workspace:commit:message]', () => {
    const message = toCommitMessage(
      publishFacts({
        action: { title: hostile, summary: hostile, rootCause: `${'x '.repeat(36)}Severity: SEV4` },
        incident: { title: hostile, rca: { text: '', url: 'https://a.example/\nSeverity: SEV4' } },
        actor: `evil\nSeverity: SEV4\nSigned-off-by: Eve`,
      }),
    );
    const trailers = message.trimEnd().split('\n\n').at(-1)?.split('\n') ?? [];
    expect(trailers.map((line) => line.split(':')[0])).toEqual([
      'Incident-Id',
      'Severity',
      'RCA-Link',
      'Risk-Score',
      'Diff-Hash',
      'Verified-By',
      'Trace-Id',
      'Policy-Hash',
      'Assisted-by',
      'Rollback',
    ]);
    expect(message).not.toMatch(/^(Signed-off-by|Severity: SEV4)/m);
    expect(message).not.toMatch(/@\w|#\d/);
  });

  it('names only suites that are green on this tree', () => {
    const red = publishFacts({ action: { verification: [{ suite: 'unit', green: false, state: 'fail' }] } });
    expect(toCommitMessage(red)).not.toContain('Verified-By');
  });
});

describe('the pull request', () => {
  it('has everything a reviewer needs', () => {
    expect(toPullRequestBody(publishFacts())).toMatchInlineSnapshot(`
      "**Impact:** SEV2 on \`user-service\` since 2026-03-02 08:40:00 UTC: UserService.processQueue() leaks memory

      Whose words these are: title by the agent; root cause by the agent; summary by the agent; files, tests and risk as Fixgate found them.

      ## Root cause

      > Commit abc1234 removed the bound, so \`processQueue()\` keeps every user it has ever seen.

      Analysis: <https://aiops.example/rca/9>

      Named by the analysis and found in this repository: commit \`abc1234\`, \`src/users.js\`, \`processQueue\`

      ## What changed

      > The queue keeps at most 100 users; the oldest is dropped.

      | File | Change | Lines |
      | --- | --- | --- |
      | \`src/users.js\` | modify | +3 −1 |
      | \`test/users.test.js\` | add | +12 −0 |

      Base \`bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\`, net diff \`sha256:2222222222222222222222222222222222222222222222222222222222222222\`.

      ## Test evidence

      | Suite | Verdict | Tests | Scope | Command |
      | --- | --- | --- | --- | --- |
      | \`unit\` (required) | ✅ pass | 14 passed | affected, this tree | \`node --test\` |

      Rows that say "this tree" ran on exactly the content of this pull request: tree \`2222222222222222222222222222222222222222\`.

      ## Risk

      **low**, 13 of 100.

      | Factor | Points |
      | --- | --- |
      | size | +1.8 |
      | path class | +7.5 |

      Not known, and counted as 0: blast radius.

      ## Not verified

      - The change has not run in staging or in production.
      - Suite \`unit\` was asked for the affected tests only; it ran tests that import src/users.js.

      ## Rollback

      Before the merge: close this pull request; nothing outside the branch \`hotfix/INC-1\` was changed.

      After the merge: \`git revert -m 1 <merge commit>\`, or \`git revert <commit>\` when it was squashed or rebased. The branch holds one commit.

      ## Reviewer checklist

      - [ ] The root cause explains the symptom, and the evidence supports it.
      - [ ] The change is the smallest that removes the cause.
      - [ ] A test would fail without the change, or it is clear why there is none.
      - [ ] Someone watches the metric that showed the incident after the deploy.
      - [ ] If it is wrong: close it with the reason. \`INC-1\` gets no second pull request; a human takes over.

      ---
      Made by \`claude-code/2.1\` through Fixgate \`0.1.0\`. Never merged automatically.
      Policy \`default\` (\`sha256:pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp\`). Guard: advisory, since over stdio the agent starts this server under its own account; the configuration does not say that agents run under another account. The agent could also act outside of Fixgate; branch, tree and tests above are what Fixgate itself made and ran.
      Incident \`INC-1\`, trace \`721191b6cc82d409539fb6ce45480dca\`, tree \`2222222222222222222222222222222222222222\`. Full record: \`fixgate report INC-1\`.

      <!-- fixgate incident:INC-1 -->
      "
    `);
  });

  it('says why it is a draft, and nothing of it when it is none [workspace:commit:draft]', () => {
    const action = { draft: true, draftReasons: ['The policy lets agents open drafts only.', 'It is a <b>SEV2</b>.'] };
    const body = toPullRequestBody(publishFacts({ action }));
    expect(body).toContain(
      '**Draft:** The policy lets agents open drafts only. It is a &lt;b&gt;SEV2&lt;/b&gt;. A human marks it ready.',
    );
    expect(toPullRequestBody(publishFacts({ action: { ...action, draft: false } }))).not.toContain('**Draft:**');
  });

  it('names suites that are not green and severities nobody confirmed', () => {
    const body = toPullRequestBody(
      publishFacts({
        runs: [
          run('2'.repeat(40), 9, { verdict: 'fail', counts: { total: 2, passed: 1, failed: 1, skipped: 0 } }, 'smoke'),
        ],
        incident: { severityConfirmed: false },
      }),
    );
    expect(body).toContain('- Optional suite `smoke` is not green on this tree.');
    expect(body).toContain('- The severity was not confirmed by a human.');
  });

  it('says when the guard is enforced', () => {
    expect(toPullRequestBody(publishFacts({ guard: { strength: 'enforced', reasons: [] } }))).toContain(
      'Guard: enforced.',
    );
  });

  it('lets no text from outside become markup, a mention, a reference or another marker [workspace:commit:message]', () => {
    const body = toPullRequestBody(
      publishFacts({
        actor: hostile,
        action: {
          summary: hostile,
          rootCause: hostile,
          title: hostile,
          netChanges: [{ path: `a\`|${hostile}`, change: 'add', added: 1, removed: 0 }],
        },
        incident: { title: hostile, service: hostile },
      }),
    );
    const text = outsideCode(body);
    expect(text.replace('<!-- fixgate incident:INC-1 -->', '')).not.toMatch(/<(?!https?:)|@[a-z]|#\d|\]\(/);
    expect(text.match(/^#+ .*$/gm)).toEqual([
      '## Root cause',
      '## What changed',
      '## Test evidence',
      '## Risk',
      '## Not verified',
      '## Rollback',
      '## Reviewer checklist',
    ]);
    expect(text.match(/<!-- fixgate incident/g)).toHaveLength(1);
  });

  it('stays within 60 kB with its marker, whatever it is given', () => {
    const long = '@é<#1 '.repeat(50_000);
    const netChanges = Array.from({ length: 5_000 }, (_, index) => ({
      path: `${long.slice(0, 300)}${index}`,
      change: 'add' as const,
      added: 1,
      removed: 0,
    }));
    const manyRuns = Array.from({ length: 300 }, (_, index) =>
      run('2'.repeat(40), index, {}, `${long.slice(0, 60)}${index}`),
    );
    const body = toPullRequestBody(
      publishFacts({ runs: manyRuns, action: { summary: long, rootCause: long, netChanges } }),
    );
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(60_000);
    expect(body).toContain('*(cut here; the report has the rest)*');
    expect(body.trimEnd().endsWith('<!-- fixgate incident:INC-1 -->')).toBe(true);
  });
});

describe('where the words come from [report:pull-request:origins]', () => {
  const rca = { text: 'The queue has no bound.\nSeen in abc1234.', url: 'https://aiops.example/rca/9' };
  const derived = { title: 'The queue has no bound.', rca, startedAt: 5_000, openedAt: 5_000 };

  it('is said of an incident that was opened with nothing but its analysis', () => {
    const facts = publishFacts({
      incident: derived,
      action: { title: derived.title, rootCause: rca.text, summary: '' },
    });
    const body = toPullRequestBody(facts);
    expect(body).toContain(
      '(when it was opened; no start was given): no title was given; its analysis begins: The queue has no bound.',
    );
    expect(body).toContain(
      'Whose words these are: title the first line of the analysis of the incident; root cause from the analysis that was given with the incident; summary not given; files, tests and risk as Fixgate found them.',
    );
    expect(toCommitMessage(facts)).toContain('Symptom: not given; the analysis begins: The queue has no bound.');
  });

  it('is said of an incident that was opened with its id alone', () => {
    const { rca: _rca, ...incident } = publishFacts().incident;
    const facts = {
      ...publishFacts({ action: { title: 'Incident INC-1', rootCause: '' } }),
      incident: { ...incident, title: 'Incident INC-1' },
    };
    expect(toPullRequestBody(facts)).toContain(': no title was given\n');
    expect(toPullRequestBody(facts)).toContain('title made from the id of the incident; root cause not given;');
    expect(toCommitMessage(facts)).toContain('Symptom: not given\n');
  });

  it('tells the words of the agent from those of the incident', () => {
    const facts = publishFacts({ action: { title: publishFacts().incident.title, rootCause: 'A guess.' } });
    expect(toPullRequestBody(facts)).toContain('title the title of the incident; root cause by the agent;');
  });
});

describe('before and after', () => {
  const [tree] = [publishFacts().action.tree];
  const compared = run(tree, 70, {
    verdict: 'fail_preexisting_only',
    counts: { total: 3, passed: 2, failed: 1, skipped: 0 },
    failures: [{ test: 'old | one', message: 'm', class: 'preexisting' }],
    comparison: {
      commit: 'b'.repeat(40),
      state: 'ran',
      verdict: 'fail',
      classes: { new: 0, preexisting: 1, flaky: 0 },
      fixed: [{ test: 'keeps order @bob', file: 'test/users.test.js', message: 'expected 1, got 2' }],
      fixedCount: 7,
    },
    coverage: { report: 'lcov.info', lines: 3, covered: 1, missed: ['src/users.js:4-5'] },
  });
  const withCommand = {
    ...compared,
    plan: { ...compared.plan, command: ['npm', 'test'], argv: ['npm', 'test', '--', '--test-reporter=junit'] },
  };

  it('are said with the base commit, the classes and the command of the suite [tests:report:before-after]', () => {
    const body = toPullRequestBody(publishFacts({ runs: [withCommand] }));
    expect(body).toContain(
      '- Suite `unit`: Failed before on the base commit `bbbbbbbbbbbb`: `keeps order @bob` in `test/users.test.js` (expected 1, got 2) and 6 more; passes now. Failing now: 1 preexisting.\n  - preexisting: `old \\| one`',
    );
    expect(body).toContain('| `npm test` |');
    expect(body).not.toContain('--test-reporter');
    expect(body).toContain('- Changed lines that suite `unit` never ran: `src/users.js:4-5`.');
    expect(outsideCode(body)).not.toContain('@bob');
  });

  it('say that the change edits the tests that are cited [tests:report:before-after]', () => {
    const change = { path: 'test/users.test.js', change: 'modify' as const, added: 1, removed: 1 };
    const body = toPullRequestBody(publishFacts({ runs: [withCommand], action: { netChanges: [change] } }));
    expect(body).toContain('The change edits `test/users.test.js`, where tests that pass now are');
    expect(toPullRequestBody(publishFacts({ runs: [withCommand] }))).not.toContain('The change edits');
    const [fixed] = compared.result?.comparison?.fixed ?? [];
    const kept = { ...compared.result?.comparison, fixed: [{ ...fixed, edited: false }] };
    const proved = { ...withCommand, result: { ...compared.result, comparison: kept } } as typeof withCommand;
    const facts = publishFacts({ runs: [proved], action: { netChanges: [change] } });
    expect(toPullRequestBody(facts)).not.toContain('The change edits');
  });

  it('name the file of a pytest test once, and say what limits them [tests:report:before-after]', () => {
    const fixed = { test: 'test/users.py::test_order', file: 'test/users.py', message: '' };
    const comparison = { ...compared.result?.comparison, fixed: [fixed], fixedCount: 1, reason: 'Two are left out.' };
    const pytest = { ...withCommand, result: { ...compared.result, comparison } } as typeof withCommand;
    const body = toPullRequestBody(publishFacts({ runs: [pytest] }));
    expect(body).toContain('`test/users.py::test_order`; passes now. Failing now: 1 preexisting. Two are left out.');
  });

  it('say why nothing was compared', () => {
    const reason = 'On the base commit the same tests ran past 9 s and were stopped.';
    const unknown = { commit: 'b'.repeat(40), state: 'unknown' as const, reason, fixed: [], fixedCount: 0 };
    const body = toPullRequestBody(publishFacts({ runs: [run(tree, 70, { comparison: unknown })] }));
    expect(body).toContain(`Not compared with the base commit \`bbbbbbbbbbbb\`: ${reason}`);
  });

  it('are left out for records of older versions', () => {
    expect(toPullRequestBody(publishFacts())).not.toContain('Before and after');
  });
});

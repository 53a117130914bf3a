import { describe, expect, it } from 'vitest';

import { endedError } from '#policy/refusals.ts';
import type { ReportInput } from '#report/input.ts';
import { toReport } from '#report/json.ts';
import { toPostmortemMarkdown } from '#report/postmortem-markdown.ts';
import { toPostmortem } from '#report/postmortem.ts';

import { approval, evidence } from './evidence-records.ts';
import { escalatedInput, event, incident, outsideCode, reportInput, run, START } from './records.ts';

const closure = { at: START + 3_600_000, by: 'alice', reason: 'Recovered.', resolution: 'resolved' as const };
const closed = { ...incident, state: 'closed' as const, closure };
const TREE = '2'.repeat(40);

const itemsOf = (changes: Partial<ReportInput>) =>
  toPostmortem(toReport(reportInput(changes))).action_items.map(({ type, priority, title }) => [type, priority, title]);

describe('the draft of a post-mortem', () => {
  it('has the facts of the sample incident and leaves judgement to humans [report:postmortem:google]', () => {
    const input = reportInput({
      incident: closed,
      evidence,
      approvals: [approval(45)],
      traceUrl: 'https://tempo.example/{trace_id}',
    });
    expect(toPostmortemMarkdown(toReport(input))).toMatchInlineSnapshot(`
      "# Postmortem: UserService.processQueue() leaks memory (incident \`INC-1\`)

      - **Date:** 2026-03-02
      - **Authors:** TODO(human)
      - **Status:** Draft, resolved
      - **Severity:** SEV2
      - **Duration:** 80 min

      ## Summary

      SEV2 in \`user-service\` since 2026-03-02 08:40:00 UTC: UserService.processQueue() leaks memory.

      TODO(human): say in two sentences what happened and what it did, for readers who were not there.

      ## Impact

      | Impact |  |
      | --- | --- |
      | Users affected | TODO(human) |
      | Requests failed | TODO(human) |
      | Revenue | TODO(human) |
      | SLA broken | TODO(human) |
      | Errors in the logs | not counted among 812 log events (\`incident://INC-1/evidence/1\`) |

      ## Root causes

      Category: deployment issue (estimated).

      As reported by a human, not checked by Fixgate:

      > Memory leak in UserService.processQueue() caused by commit abc1234.

      Measured:

      - 2026-03-02 08:40:03 UTC new: heap &lt;num&gt; MB (400 times, 0 before) (\`incident://INC-1/evidence/1\`)
      - 2026-03-02 08:41:00 UTC heap_bytes went from 120 to 900 MB (\`incident://INC-1/evidence/2\`)

      TODO(human): confirm it, and say what made it possible. Write about systems, not about people.

      ## Trigger

      The likeliest change, estimated:

      | Suspect | When | What | Confidence |
      | --- | --- | --- | --- |
      | tag \`deploy/42\` \`abc1234def56\` | 2026-03-02 08:36:00 UTC | Drop the bound of the queue | 0.84 high |

      - 4 min before the onset

      TODO(human): confirm it.

      ## Resolution

      | Resolution |  |
      | --- | --- |
      | Action taken | A change of 2 files was proposed as a pull request. |
      | Time to resolve | 80 min |
      | Verified by | suite unit: green, 14 passed |
      | Pull request | \`file:///out/INC-1-pull-request.md\`, commit \`cccccccccccc\` |
      | Net diff | \`sha256:2222222222222222222222222222222222222222222222222222222222222222\` |
      | Version to go back to | \`6c2ecb7adcfe deploy/41\` |

      \`\`\`diff
      --- a/src/users.js
      +++ b/src/users.js
      @@ -1 +1 @@
      -queue.push(user);
      +if (queue.length < 100) queue.push(user);
      \`\`\`

      TODO(human): say whether production recovered, and when.

      ## Detection

      From the onset to the opening: 20 min. The incident was opened by a human, or an alert on their behalf.

      TODO(human): say what noticed it first.

      ## Action items

      | Item | Type | Priority | Owner | Bug |
      | --- | --- | --- | --- | --- |
      | **Improve deployment canary analysis.** Check canary metrics automatically: deploy/42 is the likeliest cause. | prevention | high | TODO(human) | TODO(human) |
      | **Improve alerting thresholds.** It took 20 min from the onset until the incident was opened; the target is less than 5 min. | detection | medium | TODO(human) | TODO(human) |
      | **Shorten the wait for approvals.** Question A-7f3a91c2 (publish) waited 45 min; the target is at most 30 min. | process | medium | TODO(human) | TODO(human) |
      | **Update runbook for this failure mode.** Add the steps for deployment issue in user-service. | documentation | low | TODO(human) | TODO(human) |

      ## Lessons learned

      ### What went well

      - A pull request was open 1 min 34 s after the incident was opened.
      - Every required suite was green on exactly the tree of the pull request.
      - The change is covered by a test that fails without it, or brings one.
      - The policy refused 1 call before anything was done.
      - TODO(human): what else should be kept?

      ### What went wrong

      - 1 attempt failed the tests.
      - 1 answer of the sources was partial.
      - TODO(human): what should work otherwise next time?

      ### Where we got lucky

      - TODO(human): what kept it from being worse?

      ## Timeline (UTC)

      | Time | What |
      | --- | --- |
      | 2026-03-02 08:36:00 UTC | Suspected tag deploy/42 |
      | 2026-03-02 08:40:00 UTC | The trouble began, as it was reported |
      | 2026-03-02 08:40:03 UTC | new: heap &lt;num&gt; MB (400 times, 0 before) |
      | 2026-03-02 08:41:00 UTC | heap_bytes went from 120 to 900 MB |
      | 2026-03-02 09:00:00 UTC | INC-1 opened: UserService.processQueue() leaks memory |
      | 2026-03-02 09:00:02 UTC | get_incident_logs: 812 lines matched, 3 patterns are new |
      | 2026-03-02 09:00:30 UTC | apply_patch: refused: package.lock is protected: lock files decide what is installed. |
      | 2026-03-02 09:00:40 UTC | Patch 1: 1 file, +1 -0 |
      | 2026-03-02 09:01:34 UTC | Pull request opened: file:&#8203;///out/INC-1-pull-request.md |

      ## Supporting information

      - Trace \`721191b6cc82d409539fb6ce45480dca\`; every record: \`fixgate report INC-1 --format json\`
      - Cost: $0.0412 (estimated), 8 calls, 1 min 35 s of work
      - Policy \`default\` (enforce), \`sha256:pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp\`: 6 decisions, 1 refused or pending
      - Made by Fixgate \`0.1.0\` at 2026-03-02 09:01:40 UTC

      ### Tests

      | Suite | State | Tests | Scope |
      | --- | --- | --- | --- |
      | \`unit\` | OK green | 14 passed | affected |

      ### Evidence

      | Kept as | Read | Query | Window | Found | SHA-256 |
      | --- | --- | --- | --- | --- | --- |
      | \`incident://INC-1/evidence/1\` | logs of \`app-logs\` | \`{app="user-service"} \\|= "error"\` | 2026-03-02 08:40:00 UTC to 2026-03-02 09:00:00 UTC | 812 | \`c9586b92b6e667ef74e1e81f9178d33e3d8a3162a88e1d9b66ff10bc35aea317\` |
      | \`incident://INC-1/evidence/2\` | metrics of \`prometheus\` | \`heap_bytes{service="user-service"}\` | 2026-03-02 08:40:00 UTC to 2026-03-02 09:00:00 UTC | 1 | \`5312872a63b7157eb9c6303d01d88a85491c6c3d32775188127488ed8b6685f3\` |
      | \`incident://INC-1/evidence/3\` | deploys of \`git\` | \`service=user-service env=production\` | 2026-03-02 08:40:00 UTC to 2026-03-02 09:00:00 UTC | 2 (partial) | \`0960ed3118718e19949f797b3ae99aafa968b3d55a36360c1bbb4171251dc2f7\` |
      | \`incident://INC-1/evidence/4\` | deploys of \`argocd\` | \`GET /api/v1/applications/user-service\` | 2026-03-02 08:40:00 UTC to 2026-03-02 09:00:00 UTC | 3 | \`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\` |

      ### Links

      - \`file:///out/INC-1-pull-request.md\`
      - <https://aiops.example/rca/9>
      - <https://tempo.example/721191b6cc82d409539fb6ce45480dca>
      - <https://logs.example/explore?x=1>
      "
    `);
  });

  it("has the seed's fields [report:postmortem:fields]", () => {
    const found = toPostmortem(toReport(reportInput({ incident: closed, evidence })));
    expect(found).toMatchObject({
      title: 'Postmortem: UserService.processQueue() leaks memory',
      date: '2026-03-02',
      duration: 4_800,
      severity: 'SEV2',
      impact: { users_affected: null, requests_failed: null, revenue_impact: null, sla_breach: null },
      root_cause: { category: 'deployment_issue', reported_by: 'a human' },
      resolution: { time_to_resolve: 4_800, verified_by: ['suite unit: green, 14 passed'] },
      appendix: { logs: [{ source: 'app-logs' }], metrics: [{ source: 'prometheus' }] },
    });
    expect(found.timeline.map(({ at }) => at)).toEqual(found.timeline.map(({ at }) => at).toSorted());
  });

  it('names nobody [report:postmortem:blameless]', () => {
    const granted = event(96, 'approval.granted', {
      actor: 'human:alice@example.com',
      summary: 'A-7f3a91c2 approved by alice@example.com: Read it.',
    });
    const refused = event(97, 'call.denied', { tool: 'apply_patch', summary: endedError(closed).message });
    const events = [...reportInput().events, granted, refused];
    const text = toPostmortemMarkdown(
      toReport(reportInput({ events, evidence, approvals: [approval(1)], incident: closed })),
    );
    expect(text).toContain('| Question A-7f3a91c2 approved: Read it.');
    expect(text).toContain('apply_patch: refused: Incident INC-1 was closed by a human');
    expect(text).not.toMatch(/alice|mallory/i);
  });

  it('tells no answer for one that is not believed [human:verbs:doubted]', () => {
    const granted = event(96, 'approval.granted', {
      summary: 'Not believed: A-7f3a91c2 approved by mallory: Read it.',
    });
    const approvals = [approval(1, { believed: false })];
    const text = toPostmortemMarkdown(
      toReport(reportInput({ events: [...reportInput().events, granted], approvals, incident: closed })),
    );
    expect(text).toContain('| Not believed: Question A-7f3a91c2 approved: Read it.');
    expect(text).not.toContain('| Question A-7f3a91c2');
  });

  it('of an incident that is not over says so, and marks what nobody knows', () => {
    const { rca: _, ...bare } = escalatedInput().incident;
    const text = toPostmortemMarkdown(toReport(escalatedInput({ incident: bare })));
    expect(text).toContain('**Duration:** not over yet');
    expect(text).toContain('No root cause was given.');
    expect(text).toContain('No fix was published; the incident was handed over to a human.');
    expect(text.match(/TODO\(human\)/g)?.length).toBeGreaterThan(10);
  });
});

describe('action items by rule', () => {
  const runbook = ['documentation', 'low', 'Update runbook for this failure mode'];
  const detection = ['detection', 'medium', 'Improve alerting thresholds'];
  const withoutTest = {
    current: {
      ...reportInput().current!,
      files: [{ path: 'src/users.js', change: 'modify' as const, added: 3, removed: 1 }],
    },
  };

  it('are a runbook, and better alerts when it took more than five minutes [report:postmortem:actions]', () => {
    expect(itemsOf({})).toEqual([detection, runbook]);
    expect(itemsOf({ incident: { ...incident, startedAt: START - 300_000 } })).toEqual([runbook]);
    expect(itemsOf({ incident: { ...incident, startedAt: START } })).toEqual([runbook]);
  });

  it.each<[string, Partial<ReportInput>, string[]]>([
    ['a deploy is suspect', { evidence }, ['prevention', 'high', 'Improve deployment canary analysis']],
    ['the pull request brings no test', withoutTest, ['detection', 'high', 'Add a regression test']],
    [
      'the fix was reverted',
      { revertedBy: 'd'.repeat(40) },
      ['prevention', 'high', 'Find out why the fix was taken back'],
    ],
    ['an approval took long', { approvals: [approval(31)] }, ['process', 'medium', 'Shorten the wait for approvals']],
  ])('ask for more when %s [report:postmortem:actions]', (_what, changes, item) => {
    expect(itemsOf(changes)).toEqual(expect.arrayContaining([item, runbook]));
    expect(itemsOf(changes)).toHaveLength(3);
  });

  it.each<[string, Partial<ReportInput>]>([
    ['an approval was quick', { approvals: [approval(30)] }],
    ['there is no pull request', { ...withoutTest, pullRequest: undefined }],
    [
      'a test that was there failed before and passes now',
      {
        ...withoutTest,
        runs: [
          run(TREE, 65, {
            comparison: {
              commit: 'b'.repeat(40),
              state: 'ran',
              fixed: [{ test: 'bounds', message: '' }],
              fixedCount: 1,
            },
          }),
        ],
      },
    ],
  ])('ask for no more when %s', (_what, changes) => {
    expect(itemsOf(changes)).toEqual([detection, runbook]);
  });
});

describe('hostile text in a post-mortem', () => {
  const hostile =
    '</details><script>alert(1)</script> ![x](https://evil.example/p.png) @everyone [a](javascript:x) | cell\n# Approved';

  it('is no markup [report:postmortem:escaped]', () => {
    const answer = evidence.map((each) => ({
      ...each,
      text: each.text
        .replaceAll('Drop the bound of the queue', '<img src=x> @here')
        .replaceAll('heap <num> MB', '![y](z)'),
    }));
    const input = reportInput({
      incident: { ...closed, title: hostile, service: hostile, rca: { text: hostile, url: 'javascript:alert(1)' } },
      events: [event(1, 'call.succeeded', { tool: hostile, callId: 'a', summary: hostile })],
      patches: reportInput().patches.map((patch) => ({ ...patch, reason: hostile })),
      approvals: [approval(45, { question: hostile })],
      evidence: answer,
    });
    const text = outsideCode(toPostmortemMarkdown(toReport(input)));
    expect(text).not.toMatch(/<(?:script|img|\/details)|!\[|\]\(|@everyone|@here|^# Approved/m);
  });
});

import { describe, expect, it } from 'vitest';

import { toReport } from '#report/json.ts';
import { toMarkdown } from '#report/markdown.ts';

import { escalatedInput, event, incident, outsideCode, reportInput } from './records.ts';

describe('the report as Markdown', () => {
  it('tells a finished remediation [report:markdown:readable]', () => {
    expect(toMarkdown(toReport(reportInput()))).toMatchInlineSnapshot(`
      "# \`INC-1\` UserService.processQueue() leaks memory

      **Next:** Review the pull request: file:&#8203;///out/INC-1-pull-request.md

      |  |  |
      | --- | --- |
      | Status | OK: pull request open and verified |
      | Severity | SEV2 |
      | Service | \`user-service\` |
      | Started | 2026-03-02 08:40:00 UTC |
      | Took | 1 min 35 s, 8 calls by \`claude-code/2.1\` |
      | Cost | $0.0412 (estimated) |
      | Pull request | \`file:///out/INC-1-pull-request.md\` (draft) |
      | Repository | \`/srv/user-service.git\` at \`bbbbbbbbbbbb\` |

      ## Suggested actions

      Fixgate does none of it.

      1. **code fix** (risk medium): Review the pull request and merge or close it: hotfix/INC-1 — it is never merged automatically
      2. **communicate** (risk none): Tell those who are affected where it stands. — they wait for word

      ## Root-cause analysis

      > Memory leak in UserService.processQueue() caused by commit abc1234.

      Link: <https://aiops.example/rca/9>

      Found in the repository: \`abc1234\`, \`src/users.js\`, \`processQueue\`

      ## Diagnosis

      Nothing points to one kind of cause.

      Not known:

      - What the logs say: none were read.
      - What the metrics say: none were read.
      - Whether a deploy caused it: none were looked at.
      - Whether the change removes the cause: no test failed before it and passes now.
      - Whether the trouble is over: the change has not run in production.

      ## Change

      | File | Action | Lines |
      | --- | --- | --- |
      | \`src/users.js\` | modified | +3 −1 |
      | \`test/users.test.js\` | created | +12 −0 |

      Net diff \`sha256:2222222222222222222222222222222222222222222222222222222222222222\` in 2 patches.

      \`\`\`diff
      --- a/src/users.js
      +++ b/src/users.js
      @@ -1 +1 @@
      -queue.push(user);
      +if (queue.length < 100) queue.push(user);
      \`\`\`

      ## Tests

      | Suite | State | Tests | Scope |
      | --- | --- | --- | --- |
      | \`unit\` | OK green | 14 passed | affected |

      ## Policy

      Policy \`default\` (enforce), \`sha256:pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp\`: 6 decisions, 1 refused or pending.

      | Step | Tool | Rule | Why | Instead |
      | --- | --- | --- | --- | --- |
      | 2 | \`apply_patch\` | \`protected_files/*.lock\` | package.lock is protected: lock files decide what is installed. | Leave package.lock alone and change the source only. |

      ## Guard

      - **advisory**: over stdio the agent starts this server under its own account.
      - The host's own tools: 0 judged by hooks, 0 refused.
      - Records up to \`95:\`; check with \`fixgate audit verify INC-1\`.

      ## Timeline (UTC)

      | Time | What | Outcome | Took |
      | --- | --- | --- | --- |
      | 09:00:00 | · \`incident.opened\` | INC-1 opened: UserService.processQueue() leaks memory |  |
      | 09:00:02 | ✓ \`get_incident_logs\` | 812 lines matched, 3 patterns are new | 1 s |
      | 09:00:30 | ✗ \`apply_patch\` | package.lock is protected: lock files decide what is installed. |  |
      | 09:00:39 | ✓ \`apply_patch\` | Patch applied: 1 file, +1 -0 lines. | 2 s |
      | 09:00:40 | · \`patch.applied\` | Patch 1: 1 file, +1 -0 |  |
      | 09:00:45 | ✓ \`run_tests\` | Suite unit: fail, 13 passed, 1 failed | 2 s |
      | 09:00:48 | ✓ \`get_incident\` | INC-1 is a SEV2 incident in state patching. |  |
      | 09:00:49 | ✓ \`get_incident\` | INC-1 is a SEV2 incident in state patching. |  |
      | 09:01:00 | ✓ \`apply_patch\` | Patch applied: 2 files, +15 -1 lines. | 1 s |
      | 09:01:30 | ✓ \`open_pr\` | Pull request opened: file:&#8203;///out/INC-1-pull-request.md | 5 s |
      | 09:01:34 | · \`pull_request.opened\` | Pull request opened: file:&#8203;///out/INC-1-pull-request.md |  |

      ## Budget

      | Kind | Used | Cap | Left |
      | --- | --- | --- | --- |
      | tool calls | 6 | 40 | 34 |
      | patch attempts | 2 | 3 | 1 |
      | test runs | 2 | 6 | 4 |
      | test seconds | 7 | 600 | 593 |
      | wall seconds | 95 | 3600 | 3505 |
      | bytes out | 9000 | 500000 | 491000 |
      | bytes scanned | 0 | 0 | 0 |
      | prs | 1 | 1 | 0 |
      | usd (estimated) | $0.0412 | $1.0000 | $0.9588 |

      ## Where the facts come from

      | Origin | Facts, by their place in report.json |
      | --- | --- |
      | measured | \`incident.opened_at\`, \`rca.references\`, \`duration_seconds\`, \`steps\`, \`timeline\`, \`times\`, \`budget.used\`, \`verification\`, \`policy.decisions\`, \`files_modified\`, \`git_diff\`, \`pr\` (source) |
      | reported | \`incident.severity\` (human), \`incident.started_at\` (human), \`task\` (human), \`impact.statement\` (human), \`incident.service\` (human), \`rca.text\` (human), \`diagnosis.root_cause\` (human), \`agent\` (host), \`agents.name\` (host), \`patch.history.reason\` (host) |
      | estimated | \`total_cost\`, \`budget.used.usd\`, \`diagnosis.category\`, \`suggested_actions\` |

      ---
      Trace \`721191b6cc82d409539fb6ce45480dca\` · Fixgate \`0.1.0\` · 2026-03-02 09:01:40 UTC
      "
    `);
  });

  it('begins a hand-over with what to do and what was tried [report:hand-over:complete]', () => {
    const markdown = toMarkdown(toReport(escalatedInput()));
    expect(markdown.slice(0, markdown.indexOf('## Root-cause'))).toMatchInlineSnapshot(`
      "# \`INC-1\` UserService.processQueue() leaks memory

      **Next:** Take over by hand: continue from the last change with the commands that fixgate report INC-1 --format remediation prints, or start again at the base commit; the failing tests of each attempt are listed.

      |  |  |
      | --- | --- |
      | Status | FAIL: handed over to a human |
      | Severity | SEV2 |
      | Service | \`user-service\` |
      | Started | 2026-03-02 08:40:00 UTC |
      | Took | 1 min 1 s, 7 calls by \`claude-code/2.1\` |
      | Cost | $0.0412 (estimated) |
      | Repository | \`/srv/user-service.git\` at \`bbbbbbbbbbbb\` |

      ## Hand-over

      Escalated at 2026-03-02 09:01:20 UTC by \`budget/patch_attempts\`: The budget of this incident is used up: 3 of 3 patch attempts.

      - Branch \`hotfix/INC-1\` from \`bbbbbbbbbbbb\`, tree \`111111111111\`, in the clone of the server: \`git fetch '/state/repos/0123.git' 'refs/heads/hotfix/INC-1'\` and \`git switch --create 'hotfix/INC-1-by-hand' 'dddddddddddddddddddddddddddddddddddddddd'\`
      - From another computer, as the account of the server: \`git fetch 'ssh://ops.example/state/repos/0123.git' 'refs/heads/hotfix/INC-1'\`
      - Left: Required suite unit (fail).
      - Left: No pull request was opened.
      - Left: The outcome of a call of run_tests is unknown: check whether it took effect.
      - Drafted commands: \`fixgate report INC-1 --format remediation\`
      - Let the agent go on: \`fixgate resume INC-1 --grant patch_attempts=1 --reason "…"\` (needs an approver, see policy.md#approvals), with the --config of the server

      ### Tried

      1. Clear the queue (\`src/users.js\`): \`unit\` fail — failing: \`keeps order\` (expected 1, got 2)

      ## Suggested actions

      Fixgate does none of it.

      1. **escalate** (risk none): Bring in whoever owns the service. — the work was handed over (budget/patch_attempts)
      2. **communicate** (risk none): Tell those who are affected where it stands. — they wait for word

      "
    `);
    expect(markdown).toContain('## Outcome unknown');
  });

  it('lets no text from outside become markup [report:markdown:readable]', () => {
    const hostile = '</td><script>x</script> @oncall ![a](http://evil) \u202E| # h';
    const report = toReport(
      escalatedInput({
        incident: {
          ...escalatedInput().incident,
          title: hostile,
          rca: { text: `${hostile}\n# ${hostile}`, url: 'javascript:x' },
        },
        events: [
          event(1, 'call.denied', {
            tool: 'x|`y',
            callId: 'a',
            summary: hostile,
            data: { fix: hostile, rule_ids: [hostile] },
          }),
        ],
        current: { ...reportInput().current!, diff: '```\n</details># out' },
        patches: [
          {
            ...reportInput().patches[0]!,
            reason: hostile,
            files: [{ path: 'a`b|c\n# x', change: 'add', added: 1, removed: 0 }],
          },
        ],
      }),
    );
    const text = outsideCode(toMarkdown(report));
    expect(text).not.toMatch(/<(?!https?:)|@[a-z]|\]\(|\u202E/);
    expect(text.match(/^#.*$/gm)?.every((line) => /^#{1,3} (?:\s|[A-Z&])/.test(line))).toBe(true);
  });

  it('says that an unconfirmed severity is not confirmed', () => {
    expect(toMarkdown(toReport(reportInput({ incident: { ...incident, severityConfirmed: false } })))).toContain(
      'SEV2 (not confirmed)',
    );
  });
});

import { describe, expect, it } from 'vitest';

import { toReport } from '#report/json.ts';
import { Report } from '#report/schema.ts';
import { toTraceId } from '#report/trace.ts';

import { escalatedInput, event, incident, reportInput, run, runs } from './records.ts';

const architectKeys = [
  'task',
  'agent',
  'model',
  'status',
  'duration_seconds',
  'steps',
  'total_cost',
  'files_modified',
  'quality_gates',
  'errors',
  'git_diff',
  'timeline',
  'stop_reason',
];

describe('the report of a finished remediation', () => {
  const report = toReport(reportInput());

  it("keeps the published contract, and architect's thirteen keys first and in order [report:json:architect]", () => {
    expect(Report.parse(report)).toEqual(report);
    expect(Object.keys(report).slice(0, 13)).toEqual(architectKeys);
    expect(Object.keys(report)[13]).toBe('schema_version');
  });

  it('answers what a consumer of architect asks [report:json:architect]', () => {
    const { timeline: _, git_diff: __, ...head } = Object.fromEntries(Object.entries(report).slice(0, 13));
    expect(head).toMatchInlineSnapshot(`
      {
        "agent": "claude-code/2.1",
        "duration_seconds": 95,
        "errors": [
          "Step 2, apply_patch: package.lock is protected: lock files decide what is installed.",
        ],
        "files_modified": [
          {
            "action": "modified",
            "diff_hash": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
            "lines_added": 3,
            "lines_removed": 1,
            "path": "src/users.js",
          },
          {
            "action": "created",
            "diff_hash": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
            "lines_added": 12,
            "lines_removed": 0,
            "path": "test/users.test.js",
          },
        ],
        "model": "unknown",
        "quality_gates": [
          {
            "name": "unit",
            "output": "pass: 14 passed",
            "passed": true,
          },
        ],
        "status": "success",
        "steps": 8,
        "stop_reason": "llm_done",
        "task": "UserService.processQueue() leaks memory",
        "total_cost": 0.0412,
      }
    `);
  });

  it('carries everything else a post-mortem needs [report:json:complete]', () => {
    const { timeline: _, policy, ...facts } = report;
    expect(policy.denials).toMatchInlineSnapshot(`
      [
        {
          "at": "2026-03-02T09:00:30.000Z",
          "decision": "denied",
          "fix": "Leave package.lock alone and change the source only.",
          "rule_ids": [
            "protected_files/*.lock",
          ],
          "step": 2,
          "summary": "package.lock is protected: lock files decide what is installed.",
          "tool": "apply_patch",
          "would_deny": [],
        },
      ]
    `);
    expect(policy.decisions.map(({ step, decision }) => [step, decision])).toEqual([
      [1, 'allowed'],
      [2, 'denied'],
      [3, 'allowed'],
      [4, 'allowed'],
      [7, 'allowed'],
      [8, 'allowed'],
    ]);
    expect(Object.fromEntries(Object.entries(facts).slice(12))).toMatchInlineSnapshot(`
      {
        "agents": [
          {
            "calls": 8,
            "first_at": "2026-03-02T09:00:02.000Z",
            "name": "claude-code/2.1",
          },
        ],
        "approvals": [],
        "budget": {
          "caps": {
            "bytes_out": 500000,
            "bytes_scanned": 0,
            "patch_attempts": 3,
            "prs": 1,
            "test_runs": 6,
            "test_seconds": 600,
            "tool_calls": 40,
            "usd": 1,
            "wall_seconds": 3600,
          },
          "left": {
            "bytes_out": 491000,
            "bytes_scanned": 0,
            "patch_attempts": 1,
            "prs": 0,
            "test_runs": 4,
            "test_seconds": 593,
            "tool_calls": 34,
            "usd": 0.9588,
            "wall_seconds": 3505,
          },
          "usd_is_estimated": true,
          "used": {
            "bytes_out": 9000,
            "bytes_scanned": 0,
            "patch_attempts": 2,
            "prs": 1,
            "test_runs": 2,
            "test_seconds": 7,
            "tool_calls": 6,
            "usd": 0.0412,
            "wall_seconds": 95,
          },
        },
        "diagnosis": {
          "category": "unknown",
          "confidence": null,
          "judged": null,
          "rollback_to": null,
          "root_cause": "Memory leak in UserService.processQueue() caused by commit abc1234.",
          "signals": [],
          "suspects": [],
          "unknowns": [
            "What the logs say: none were read.",
            "What the metrics say: none were read.",
            "Whether a deploy caused it: none were looked at.",
            "Whether the change removes the cause: no test failed before it and passes now.",
            "Whether the trouble is over: the change has not run in production.",
          ],
        },
        "environment": {
          "generated_at": "2026-03-02T09:01:40.000Z",
          "node": null,
          "platform": null,
          "provider_versions": {},
          "server_version": "0.1.0",
          "sources": [],
        },
        "escalation": null,
        "evidence": [],
        "guard": {
          "host_tools": {
            "denied": 0,
            "judged": 0,
          },
          "reasons": [
            "stdio",
          ],
          "records": {
            "hash": "",
            "seq": 95,
          },
          "strength": "advisory",
          "why": [
            "over stdio the agent starts this server under its own account",
          ],
        },
        "impact": {
          "log_events": null,
          "requests_failed": null,
          "revenue_impact": null,
          "service": "user-service",
          "severity": "SEV2",
          "sla_breach": null,
          "statement": "UserService.processQueue() leaks memory",
          "users_affected": null,
        },
        "incident": {
          "base_branch": "main",
          "base_commit": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          "environment": null,
          "id": "INC-1",
          "not_believed": [],
          "opened_at": "2026-03-02T09:00:00.000Z",
          "opened_by": "human",
          "repository": "/srv/user-service.git",
          "service": "user-service",
          "severity": "SEV2",
          "severity_confirmed": true,
          "started_at": "2026-03-02T08:40:00.000Z",
          "state": "pr_open",
          "title": "UserService.processQueue() leaks memory",
        },
        "next_action": "Review the pull request: file:///out/INC-1-pull-request.md",
        "origins": {
          "agent": {
            "by": "host",
            "how": "the name that the client gives itself",
            "origin": "reported",
          },
          "agents.name": {
            "by": "host",
            "how": "the names that the clients give themselves",
            "origin": "reported",
          },
          "budget.used": {
            "by": "fixgate",
            "how": "counted by the ledger, except usd",
            "origin": "measured",
          },
          "budget.used.usd": {
            "by": "fixgate",
            "how": "bytes written and read, four to a token, at 15 and 3 dollars per million, and six readings of each answer",
            "origin": "estimated",
          },
          "diagnosis.category": {
            "by": "fixgate",
            "how": "a deploy with a confidence of 0.6 or more",
            "origin": "estimated",
          },
          "diagnosis.root_cause": {
            "by": "human",
            "how": "given when the incident was opened",
            "origin": "reported",
          },
          "duration_seconds": {
            "by": "fixgate",
            "how": "clock of the server, first to last record",
            "origin": "measured",
          },
          "files_modified": {
            "by": "fixgate",
            "how": "the tree, compared with the base commit",
            "origin": "measured",
          },
          "git_diff": {
            "by": "fixgate",
            "how": "the tree, compared with the base commit",
            "origin": "measured",
          },
          "impact.statement": {
            "by": "human",
            "how": "given when the incident was opened",
            "origin": "reported",
          },
          "incident.opened_at": {
            "by": "fixgate",
            "how": "clock of the server",
            "origin": "measured",
          },
          "incident.service": {
            "by": "human",
            "how": "given when the incident was opened",
            "origin": "reported",
          },
          "incident.severity": {
            "by": "human",
            "how": "confirmed",
            "origin": "reported",
          },
          "incident.started_at": {
            "by": "human",
            "how": "given when the incident was opened",
            "origin": "reported",
          },
          "patch.history.reason": {
            "by": "host",
            "how": "the agent gives it with each patch",
            "origin": "reported",
          },
          "policy.decisions": {
            "by": "fixgate",
            "how": "the gate, call by call",
            "origin": "measured",
          },
          "pr": {
            "by": "source",
            "how": "the code host",
            "origin": "measured",
          },
          "rca.references": {
            "by": "fixgate",
            "how": "names of the analysis that exist in the repository",
            "origin": "measured",
          },
          "rca.text": {
            "by": "human",
            "how": "given when the incident was opened",
            "origin": "reported",
          },
          "steps": {
            "by": "fixgate",
            "how": "counted from the records",
            "origin": "measured",
          },
          "suggested_actions": {
            "by": "fixgate",
            "how": "rules applied to the diagnosis",
            "origin": "estimated",
          },
          "task": {
            "by": "human",
            "how": "given when the incident was opened",
            "origin": "reported",
          },
          "timeline": {
            "by": "fixgate",
            "how": "the records, in order",
            "origin": "measured",
          },
          "times": {
            "by": "fixgate",
            "how": "clock of the server, except the onset",
            "origin": "measured",
          },
          "total_cost": {
            "by": "fixgate",
            "how": "bytes written and read, four to a token, at 15 and 3 dollars per million, and six readings of each answer",
            "origin": "estimated",
          },
          "verification": {
            "by": "fixgate",
            "how": "exit code and report of the test runner, on the named tree",
            "origin": "measured",
          },
        },
        "other_suites": [],
        "patch": {
          "base_commit": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          "branch": "hotfix/INC-1",
          "diff_hash": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
          "history": [
            {
              "at": "2026-03-02T09:00:40.000Z",
              "diff_hash": "sha256:1111111111111111111111111111111111111111111111111111111111111111",
              "files": [
                {
                  "action": "modified",
                  "lines_added": 1,
                  "lines_removed": 0,
                  "path": "src/users.js",
                },
              ],
              "n": 1,
              "reason": "Clear the queue",
              "tests": [
                {
                  "failing": [
                    "keeps order",
                  ],
                  "message": "expected 1, got 2",
                  "suite": "unit",
                  "verdict": "fail",
                },
              ],
              "tree": "1111111111111111111111111111111111111111",
            },
            {
              "at": "2026-03-02T09:01:00.000Z",
              "diff_hash": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
              "files": [
                {
                  "action": "modified",
                  "lines_added": 3,
                  "lines_removed": 1,
                  "path": "src/users.js",
                },
                {
                  "action": "created",
                  "lines_added": 12,
                  "lines_removed": 0,
                  "path": "test/users.test.js",
                },
              ],
              "n": 2,
              "reason": "Bound the queue instead",
              "tests": [
                {
                  "failing": [],
                  "message": null,
                  "suite": "unit",
                  "verdict": "pass",
                },
              ],
              "tree": "2222222222222222222222222222222222222222",
            },
          ],
          "lines_added": 15,
          "lines_removed": 1,
          "tree": "2222222222222222222222222222222222222222",
        },
        "pr": {
          "asked_at": null,
          "at": "2026-03-02T09:01:34.000Z",
          "base_branch": "main",
          "branch": "hotfix/INC-1",
          "closed_at": null,
          "commit": "cccccccccccccccccccccccccccccccccccccccc",
          "diff_hash": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
          "draft": true,
          "merge_commit": null,
          "merged_at": null,
          "number": null,
          "other_configuration": false,
          "outcome": null,
          "reverted_at": null,
          "reverted_by": null,
          "title": "hotfix(INC-1): bound the queue",
          "tree": "2222222222222222222222222222222222222222",
          "url": "file:///out/INC-1-pull-request.md",
        },
        "pull_request": {
          "asked_at": null,
          "at": "2026-03-02T09:01:34.000Z",
          "base_branch": "main",
          "branch": "hotfix/INC-1",
          "closed_at": null,
          "commit": "cccccccccccccccccccccccccccccccccccccccc",
          "diff_hash": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
          "draft": true,
          "merge_commit": null,
          "merged_at": null,
          "number": null,
          "other_configuration": false,
          "outcome": null,
          "reverted_at": null,
          "reverted_by": null,
          "title": "hotfix(INC-1): bound the queue",
          "tree": "2222222222222222222222222222222222222222",
          "url": "file:///out/INC-1-pull-request.md",
        },
        "rca": {
          "references": {
            "commits": [
              "abc1234",
            ],
            "files": [
              "src/users.js",
            ],
            "symbols": [
              "processQueue",
            ],
          },
          "text": "Memory leak in UserService.processQueue() caused by commit abc1234.",
          "url": "https://aiops.example/rca/9",
        },
        "risk": null,
        "schema_version": 1,
        "similar_incidents": [],
        "suggested_actions": [
          {
            "command": null,
            "description": "Review the pull request and merge or close it: hotfix/INC-1",
            "requires_approval": true,
            "risk": "medium",
            "type": "code_fix",
            "why": "it is never merged automatically",
          },
          {
            "command": null,
            "description": "Tell those who are affected where it stands.",
            "requires_approval": false,
            "risk": "none",
            "type": "communicate",
            "why": "they wait for word",
          },
        ],
        "times": {
          "closed_at": null,
          "escalated_at": null,
          "first_evidence_at": null,
          "first_patch_at": "2026-03-02T09:00:40.000Z",
          "onset": "2026-03-02T08:40:00.000Z",
          "opened_at": "2026-03-02T09:00:00.000Z",
          "pull_request_at": "2026-03-02T09:01:34.000Z",
          "to_end_seconds": null,
          "to_open_seconds": 1200,
          "to_pull_request_seconds": 94,
          "verified_at": "2026-03-02T09:01:07.000Z",
        },
        "trace": {
          "linked": [],
          "span_id": "63a546f931512810",
          "trace_id": "721191b6cc82d409539fb6ce45480dca",
          "url": null,
        },
        "unknown_outcomes": [],
        "verification": [
          {
            "argv": [
              "node",
              "--test",
            ],
            "base": null,
            "cases": [],
            "command": [
              "node",
              "--test",
            ],
            "counts": {
              "failed": 0,
              "passed": 14,
              "skipped": 0,
              "total": 14,
            },
            "coverage": null,
            "duration_seconds": 2,
            "failures": [],
            "failures_left_out": 0,
            "green": true,
            "isolation": null,
            "job_id": "job-65",
            "on_current_tree": true,
            "reason": null,
            "reproduced": [],
            "required": true,
            "scope": "affected",
            "selection": "tests that import src/users.js",
            "slowest": [],
            "started_at": "2026-03-02T09:01:05.000Z",
            "state": "green",
            "suite": "unit",
            "tree": "2222222222222222222222222222222222222222",
            "verdict": "pass",
            "weakened": [],
          },
        ],
      }
    `);
  });

  it('makes one step of the records of one call', () => {
    expect(
      report.timeline.map(({ step, tool, duration, decision, outcome }) => [step, tool, duration, decision, outcome]),
    ).toEqual([
      [0, 'incident.opened', 0, null, null],
      [1, 'get_incident_logs', 1, 'allowed', 'succeeded'],
      [2, 'apply_patch', 0, 'denied', null],
      [3, 'apply_patch', 2, 'allowed', 'succeeded'],
      [3, 'patch.applied', 0, null, null],
      [4, 'run_tests', 2, 'allowed', 'succeeded'],
      [5, 'get_incident', 0, 'free', 'succeeded'],
      [6, 'get_incident', 0, 'free', 'succeeded'],
      [7, 'apply_patch', 1, 'allowed', 'succeeded'],
      [8, 'open_pr', 5, 'allowed', 'succeeded'],
      [8, 'pull_request.opened', 0, null, null],
    ]);
  });
});

describe('the report of an escalated incident', () => {
  const report = toReport(escalatedInput());

  it('says why, what was tried and what is left [report:hand-over:complete]', () => {
    expect(Report.parse(report)).toEqual(report);
    expect(report.status).toBe('failed');
    expect(report.stop_reason).toBe('budget_exceeded');
    expect(report.escalation).toMatchInlineSnapshot(`
      {
        "at": "2026-03-02T09:01:20.000Z",
        "earlier": [],
        "hand_over": {
          "base_commit": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          "branch": "hotfix/INC-1",
          "budget": [
            {
              "cap": 40,
              "kind": "tool_calls",
              "used": 6,
            },
            {
              "cap": 3,
              "kind": "patch_attempts",
              "used": 2,
            },
            {
              "cap": 6,
              "kind": "test_runs",
              "used": 2,
            },
            {
              "cap": 600,
              "kind": "test_seconds",
              "used": 7,
            },
            {
              "cap": 3600,
              "kind": "wall_seconds",
              "used": 95,
            },
            {
              "cap": 500000,
              "kind": "bytes_out",
              "used": 9000,
            },
            {
              "cap": 0,
              "kind": "bytes_scanned",
              "used": 0,
            },
            {
              "cap": 1,
              "kind": "prs",
              "used": 1,
            },
            {
              "cap": 1,
              "kind": "usd",
              "used": 0.0412,
            },
          ],
          "continue_from": {
            "clone": "/state/repos/0123.git",
            "commands": [
              "git fetch '/state/repos/0123.git' 'refs/heads/hotfix/INC-1'",
              "git switch --create 'hotfix/INC-1-by-hand' 'dddddddddddddddddddddddddddddddddddddddd'",
            ],
            "commit": "dddddddddddddddddddddddddddddddddddddddd",
            "elsewhere": "git fetch 'ssh://ops.example/state/repos/0123.git' 'refs/heads/hotfix/INC-1'",
            "ref": "refs/heads/hotfix/INC-1",
          },
          "diagnosis": {
            "agent_unknowns": [],
            "by": "analysis",
            "confidence": null,
            "text": "Memory leak in UserService.processQueue() caused by commit abc1234.",
            "unknowns": [
              "What the logs say: none were read.",
              "What the metrics say: none were read.",
              "Whether a deploy caused it: none were looked at.",
              "Whether the change removes the cause: no test failed before it and passes now.",
              "Whether the trouble is over: the change has not run in production.",
              "How a call of run_tests ended: it was admitted and no end was recorded.",
            ],
          },
          "left": [
            "Required suite unit (fail).",
            "No pull request was opened.",
            "The outcome of a call of run_tests is unknown: check whether it took effect.",
          ],
          "next_action": "Take over by hand: continue from the last change with the commands that fixgate report INC-1 --format remediation prints, or start again at the base commit; the failing tests of each attempt are listed.",
          "no_branch": null,
          "remediation": "fixgate report INC-1 --format remediation",
          "resume": "fixgate resume INC-1 --grant patch_attempts=1 --reason "…"",
          "runbook": null,
          "severity": "SEV2",
          "similar_incidents": [],
          "suggested_actions": [
            {
              "command": null,
              "description": "Bring in whoever owns the service.",
              "requires_approval": false,
              "risk": "none",
              "type": "escalate",
              "why": "the work was handed over (budget/patch_attempts)",
            },
            {
              "command": null,
              "description": "Tell those who are affected where it stands.",
              "requires_approval": false,
              "risk": "none",
              "type": "communicate",
              "why": "they wait for word",
            },
          ],
          "summary": [
            "INC-1 (SEV2) in user-service: UserService.processQueue() leaks memory",
            "Stopped by budget/patch_attempts: The budget of this incident is used up: 3 of 3 patch attempts.",
            "The trouble began at 2026-03-02T08:40:00.000Z.",
            "Cause: Memory leak in UserService.processQueue() caused by commit abc1234.",
            "Tried 1 change; the last: unit fail; failing: keeps order",
            "Left: Required suite unit (fail).",
            "Left: No pull request was opened.",
            "Used: tool calls 6 of 40, patch attempts 2 of 3, test runs 2 of 6, usd 0.0412 of 1.",
            "Next: Take over by hand: continue from the last change with the commands that fixgate report INC-1 --format remediation prints, or start again at the base commit; the failing tests of each attempt are listed.",
          ],
          "suspects": [],
          "trace": {
            "trace_id": "721191b6cc82d409539fb6ce45480dca",
            "url": null,
          },
          "tree": "1111111111111111111111111111111111111111",
          "tried": [
            {
              "at": "2026-03-02T09:00:40.000Z",
              "diff": null,
              "diff_hash": "sha256:1111111111111111111111111111111111111111111111111111111111111111",
              "files": [
                {
                  "action": "modified",
                  "lines_added": 1,
                  "lines_removed": 0,
                  "path": "src/users.js",
                },
              ],
              "n": 1,
              "reason": "Clear the queue",
              "tests": [
                {
                  "failing": [
                    "keeps order",
                  ],
                  "message": "expected 1, got 2",
                  "suite": "unit",
                  "verdict": "fail",
                },
              ],
              "tree": "1111111111111111111111111111111111111111",
            },
          ],
        },
        "reason": "The budget of this incident is used up: 3 of 3 patch attempts.",
        "rule_id": "budget/patch_attempts",
      }
    `);
    expect(report.unknown_outcomes).toEqual([{ call_id: 'z', tool: 'run_tests', at: '2026-03-02T09:01:19.000Z' }]);
  });

  it.each([
    ['budget/tool_calls', 'max_steps'],
    ['budget/wall_seconds', 'timeout'],
    ['daily_budget/usd', 'budget_exceeded'],
    ['human', 'user_interrupt'],
    ['tests_green', 'llm_done'],
  ])('by %s stops as %s', (ruleId, stopReason) => {
    const escalated = escalatedInput({
      incident: { ...incident, state: 'escalated', escalation: { reason: 'x', ruleId, at: 0 } },
    });
    expect(toReport(escalated).stop_reason).toBe(stopReason);
  });
});

describe('status', () => {
  it.each([
    ['a pull request of another tree', { pullRequest: { ...reportInput().pullRequest!, tree: 'f'.repeat(40) } }],
    ['a required suite that is not green', { verification: [{ suite: 'unit', green: false, state: 'fail' as const }] }],
    ['no required suite at all', { verification: [] }],
    ['no pull request', { pullRequest: undefined, incident: { ...incident, state: 'verified' as const } }],
  ])('is partial with %s', (_what, changes) => {
    const report = toReport(reportInput(changes));
    expect(report.status).toBe('partial');
    expect(report.stop_reason).toBeNull();
  });

  it.each(['open', 'investigating', 'patching', 'verified'] as const)(
    'of an incident in state %s is partial, with a next action',
    (state) => {
      const report = toReport(reportInput({ incident: { ...incident, state }, pullRequest: undefined }));
      expect(report.status).toBe('partial');
      expect(report.next_action).toMatch(/^[A-Z].*\.$/);
    },
  );
});

describe('records that say little', () => {
  it('make a report all the same', () => {
    const { rca: _, ...bare } = incident;
    const report = toReport(
      reportInput({
        incident: { ...bare, state: 'open' },
        events: [],
        patches: [],
        runs: [],
        verification: [],
        pullRequest: undefined,
        current: undefined,
      }),
    );
    expect(Report.parse(report)).toEqual(report);
    expect(report).toMatchObject({
      patch: null,
      rca: null,
      pull_request: null,
      git_diff: null,
      steps: 0,
      duration_seconds: 0,
      agent: 'none',
    });
  });
});

describe('calls', () => {
  it('that failed are one step with the way forward, and an error', () => {
    const failed = [
      event(1, 'call.admitted', { tool: 'open_pr', callId: 'a' }),
      event(2, 'call.failed', {
        tool: 'open_pr',
        callId: 'a',
        summary: 'open_pr failed: GitHub did not answer',
        data: { code: 'provider_unavailable' },
      }),
      event(2, 'call.invalid', {
        tool: 'open_pr',
        callId: 'a',
        summary: 'GitHub did not answer',
        data: { code: 'provider_unavailable', rule_ids: [], fix: 'Try again in 30 s.' },
      }),
    ];
    const report = toReport(reportInput({ events: failed }));
    expect(report.timeline).toHaveLength(1);
    expect(report.timeline[0]).toMatchObject({
      decision: 'allowed',
      outcome: 'failed',
      code: 'provider_unavailable',
      fix: 'Try again in 30 s.',
      duration: 1,
    });
    expect(report.errors).toEqual(['Step 1, open_pr: GitHub did not answer']);
  });

  it('that never ended have an unknown outcome [report:json:unknown-outcome]', () => {
    const report = toReport(reportInput({ events: [event(1, 'call.admitted', { tool: 'open_pr', callId: 'a' })] }));
    expect(report.timeline[0]).toMatchObject({ decision: 'allowed', outcome: 'unknown' });
  });

  it('that need an approval are pending', () => {
    const report = toReport(
      reportInput({
        events: [
          event(1, 'call.denied', {
            tool: 'open_pr',
            callId: 'a',
            data: { code: 'approval_required', rule_ids: ['sev1'] },
          }),
        ],
      }),
    );
    expect(report.policy.denials[0]).toMatchObject({ decision: 'pending', rule_ids: ['sev1'] });
  });

  it('that only a shadow policy would have refused say so', () => {
    const report = toReport(
      reportInput({
        events: [event(1, 'call.admitted', { tool: 'apply_patch', callId: 'a', data: { would_deny: ['max_files'] } })],
      }),
    );
    expect(report.policy.decisions[0]).toMatchObject({ decision: 'allowed', would_deny: ['max_files'] });
  });
});

describe('verification', () => {
  it('prefers the last whole run on the current tree to a later partial one', () => {
    const tree = '2'.repeat(40);
    const partial = run(tree, 80, { counts: { total: 1, passed: 1, failed: 0, skipped: 0 } });
    const named = { ...partial, plan: { ...partial.plan, namePattern: 'one' } };
    const report = toReport(reportInput({ runs: [...runs, named] }));
    expect(report.verification[0]).toMatchObject({ suite: 'unit', counts: { total: 14 }, on_current_tree: true });
  });

  it('says that a suite ran only on an earlier tree', () => {
    const report = toReport(
      reportInput({ runs: runs.slice(0, 1), verification: [{ suite: 'unit', green: false, state: 'not_run' }] }),
    );
    expect(report.verification[0]).toMatchObject({
      state: 'not_run',
      verdict: 'fail',
      on_current_tree: false,
      green: false,
    });
    expect(report.quality_gates[0]).toMatchObject({ name: 'unit', passed: false });
  });

  it('names twenty failures of a suite and counts the rest', () => {
    const failures = Array.from({ length: 33 }, (_, index) => ({ test: `test ${index}`, message: 'no' }));
    const report = toReport(reportInput({ runs: [run('2'.repeat(40), 65, { verdict: 'fail', failures })] }));
    expect(report.verification[0]?.failures).toHaveLength(20);
    expect(report.verification[0]?.failures_left_out).toBe(13);
  });
});

describe('a long diff', () => {
  it('is cut as architect cuts it', () => {
    const current = { ...reportInput().current!, diff: 'x'.repeat(50_001) };
    expect(toReport(reportInput({ current })).git_diff).toBe(`${'x'.repeat(50_000)}\n... (diff truncated)`);
  });
});

describe('secrets in a repository address', () => {
  it('are left out', () => {
    const repository = { ...incident.repository, location: 'https://bot:hunter2@git.example/shop.git' };
    expect(toReport(reportInput({ incident: { ...incident, repository } })).incident.repository).toBe(
      'https://git.example/shop.git',
    );
  });
});

describe('the trace id', () => {
  it('follows from the incident id alone', () => {
    expect(toTraceId('INC-1')).toBe('721191b6cc82d409539fb6ce45480dca');
  });
});

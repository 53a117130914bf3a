import { toAttempts } from '#report/changes.ts';
import type { ReportInput } from '#report/input.ts';
import type { Report } from '#report/schema.ts';
import { currentTree, isVerified } from '#report/verification.ts';

type HandOver = NonNullable<Report['escalation']>['hand_over'];

/** Everything that the human who takes over needs: where the work stands, what was tried, what is missing. */
export function toHandOver(input: ReportInput): HandOver {
  return {
    branch: input.branch,
    tree: currentTree(input) ?? null,
    base_commit: input.incident.repository.baseCommit,
    worktree: input.worktree ?? null,
    tried: toAttempts(input),
    left: whatIsLeft(input),
    next_action: toNextAction(input),
    resume: `fixgate resume ${input.incident.id} --grant tool_calls=10,usd=0.5 --reason "…"`,
  };
}

/** What should happen next, as one imperative sentence. */
export function toNextAction(input: ReportInput): string {
  const { incident, pullRequest } = input;
  switch (incident.state) {
    case 'open':
      return 'Read the evidence: get_incident_logs, query_metrics, list_recent_deploys.';
    case 'investigating':
      return 'Find the file and function that cause it, and send the smallest fix with apply_patch.';
    case 'patching':
      return `Make the required suites green with run_tests: ${openSuites(input).join(', ') || 'none is known'}.`;
    case 'verified':
      return 'Open the pull request with open_pr.';
    case 'pr_open':
      return isVerified(input)
        ? `Review the pull request: ${pullRequest?.url}`
        : `Bring the pull request up to date with a green tree, then call open_pr again: ${pullRequest?.url}`;
    case 'escalated':
      return takeOver(input);
    case 'closed':
      return 'Nothing: the incident is closed.';
  }
}

function takeOver({ incident, pullRequest, patches, branch, worktree }: ReportInput): string {
  if (pullRequest)
    return `Take over by hand: review or close the pull request ${pullRequest.url}, and finish the fix on ${pullRequest.branch}.`;
  if (patches.length === 0) return `Take over by hand: find the cause of ${incident.id}; nothing was changed.`;
  const where = worktree === undefined ? `the tree of branch ${branch}` : worktree;
  return `Take over by hand: continue from ${where} or start again at the base commit; the failing tests of each attempt are listed.`;
}

function whatIsLeft(input: ReportInput): string[] {
  const { patches, pullRequest, openCalls } = input;
  return [
    ...(patches.length === 0 ? ['No patch was applied.'] : []),
    ...openSuites(input).map((suite) => `Required suite ${suite}.`),
    ...(pullRequest ? [] : ['No pull request was opened.']),
    ...openCalls.map(({ tool }) => `The outcome of a call of ${tool} is unknown: check whether it took effect.`),
  ];
}

function openSuites({ verification }: ReportInput): string[] {
  return verification
    .filter(({ green }) => !green)
    .map(({ suite, state }) => `${suite} (${state.replaceAll('_', ' ')})`);
}

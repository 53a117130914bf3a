import { isExpired, OWN_WORDS } from '#domain/approval.ts';
import { budgetKinds, MICROS_PER_USD } from '#domain/budget.ts';
import { errorKinds } from '#domain/errors.ts';
import type { HandOverWords } from '#domain/hand-over.ts';
import { agentCauseOf, handOverWordsOf } from '#domain/hand-over.ts';
import { onsetOf } from '#domain/incident.ts';
import { keyOption } from '#domain/key-option.ts';
import { toAttempts } from '#report/changes.ts';
import { primeDeploy, toDiagnosis } from '#report/diagnosis.ts';
import { toReads } from '#report/evidence.ts';
import { toContinueFrom, whyNoBranch } from '#report/hand-over-branch.ts';
import { toHandOverSuspects } from '#report/hand-over-suspects.ts';
import type { ReportInput } from '#report/input.ts';
import { afterEnd } from '#report/outcome.ts';
import { toResumeCommand } from '#report/resume-command.ts';
import type { ReportedDiagnosis } from '#report/schema-facts.ts';
import type { HandOver } from '#report/schema-hand-over.ts';
import { toSuggestedActions } from '#report/suggested-actions.ts';
import { clip, toLine, toPlain } from '#report/text.ts';
import { toReportedTrace } from '#report/trace.ts';
import { currentTree, isVerified } from '#report/verification.ts';

/** Characters of one diff, and of all of them: a page of a message, not a repository. */
const MAX_DIFF_CHARS = 20_000;
const MAX_DIFFS_CHARS = 100_000;
/** Lines of a summary, and characters of each. */
const MAX_LINES = 10;
const LINE_CHARS = 300;

/** Everything that the human who takes over needs: why it stopped, where the work stands, what was tried, what is missing. */
export function toHandOver(input: ReportInput): HandOver {
  const reads = toReads(input.evidence ?? []);
  const found = toDiagnosis(input, reads);
  const diagnosis = toHandOverDiagnosis(input, found);
  const suspects = toHandOverSuspects(found, reads);
  const tried = withDiffs(input);
  const { trace_id, url } = toReportedTrace(input);
  const { id, severity, repository } = input.incident;
  const rest = { diagnosis, suspects, tried, budget: toBudget(input) };
  const continueFrom = toContinueFrom(input);
  return {
    severity,
    summary: toSummary(input, rest),
    ...rest,
    similar_incidents: [...(input.similar ?? [])],
    runbook: input.runbook === undefined ? null : toLine(input.runbook, 2_048),
    branch: continueFrom ? input.branch : (input.pullRequest?.branch ?? null),
    tree: currentTree(input) ?? null,
    base_commit: repository.baseCommit,
    continue_from: continueFrom,
    no_branch: whyNoBranch(input),
    left: whatIsLeft(input),
    suggested_actions: toSuggestedActions(input, found),
    trace: { trace_id, url },
    next_action: toNextAction(input),
    resume: toResumeCommand(input),
    remediation: `fixgate report ${id} --format remediation`,
  };
}

/** What the agent said last counts before what came with the incident, and that before a deploy that fits; nobody checked any of it. */
function toHandOverDiagnosis(input: ReportInput, found: ReportedDiagnosis): HandOver['diagnosis'] {
  const words = handOverWordsOf(input.events);
  const own = unknownsOf(words);
  const unknowns = [...new Set([...own, ...found.unknowns])].slice(0, 20);
  const cause = causeOf(input, found);
  return { ...cause, unknowns, agent_unknowns: [...new Set(own)].slice(0, 20) };
}

function causeOf(
  { incident, events }: ReportInput,
  { suspects }: ReportedDiagnosis,
): Pick<HandOver['diagnosis'], 'text' | 'by' | 'confidence'> {
  const analysis = incident.rca?.text.trim() ?? '';
  const said = agentCauseOf(events);
  const prime = primeDeploy(suspects);
  if (said) return { text: clip(toPlain(said.text), 4_000), by: 'agent', confidence: said.confidence ?? null };
  if (analysis !== '') return { text: clip(toPlain(analysis), 4_000), by: 'analysis', confidence: null };
  if (prime) return { text: `The deploy ${prime.ref}: ${prime.subject}`, by: 'ranking', confidence: prime.confidence };
  return { text: null, by: null, confidence: null };
}

function unknownsOf(words: readonly HandOverWords[]): string[] {
  return words.flatMap(({ unknowns }) => unknowns.map((each) => toLine(each, 500)));
}

/** The newest diffs first get the room that there is. */
function withDiffs(input: ReportInput): HandOver['tried'] {
  let room = MAX_DIFFS_CHARS;
  return toAttempts(input)
    .toReversed()
    .map((attempt) => {
      const whole =
        input.diffs?.get(attempt.tree) ?? (input.current?.tree === attempt.tree ? input.current.diff : undefined);
      const diff = whole === undefined || room <= 0 ? null : cutDiff(whole, Math.min(MAX_DIFF_CHARS, room));
      room -= diff?.length ?? 0;
      return { ...attempt, diff };
    })
    .toReversed();
}

function cutDiff(diff: string, chars: number): string {
  if (diff.length <= chars) return diff;
  const kept = diff.slice(0, diff.lastIndexOf('\n', chars) + 1);
  return `${kept}[diff cut: ${kept.length} of ${diff.length} characters shown]\n`;
}

function toBudget({ caps, used }: ReportInput): HandOver['budget'] {
  const amount = (kind: string, value: number) =>
    kind === 'usd' ? Math.round((value / MICROS_PER_USD) * 10_000) / 10_000 : Math.round(value * 100) / 100;
  return budgetKinds.map((kind) => ({ kind, used: amount(kind, used[kind]), cap: amount(kind, caps[kind]) }));
}

type Gathered = Pick<HandOver, 'diagnosis' | 'suspects' | 'tried' | 'budget'>;

/** What a human reads first, in at most ten lines. */
function toSummary(input: ReportInput, { diagnosis, suspects, tried, budget }: Gathered): string[] {
  const { incident } = input;
  const { id, severity, severityConfirmed, service, title, escalation } = incident;
  const onset = onsetOf(incident);
  const confirmed = severityConfirmed ? '' : ', not confirmed';
  const prime = primeDeploy(suspects) ?? suspects[0];
  const lines = [
    `${id} (${severity}${confirmed})${service === undefined ? '' : ` in ${service}`}: ${title}`,
    ...(escalation ? [`Stopped by ${escalation.ruleId}: ${escalation.reason}`] : []),
    ...(onset === undefined ? [] : [`The trouble began at ${new Date(onset).toISOString()}.`]),
    describeCause(incident, diagnosis),
    ...(prime
      ? [`Suspect${sureness(prime.confidence)}: ${prime.ref ?? prime.commit ?? prime.kind} ${prime.subject}`]
      : []),
    describeTried(tried),
    ...whatIsLeft(input)
      .slice(0, 2)
      .map((left) => `Left: ${left}`),
    `Used: ${describeBudget(budget)}.`,
    `Next: ${toNextAction(input)}`,
  ];
  return lines.map((line) => toLine(line, LINE_CHARS)).slice(0, MAX_LINES);
}

/** Words of the agent say so: at the hand-over, or with the incident that it opened. */
function describeCause({ openedBy }: ReportInput['incident'], { text, by, confidence }: HandOver['diagnosis']): string {
  if (text === null) return 'The cause is not known.';
  const isAgents = by === 'agent' || (by === 'analysis' && openedBy === 'agent');
  return `Cause${sureness(confidence)}${isAgents ? ', agent, unchecked' : ''}: ${text}`;
}

function sureness(confidence: number | null): string {
  return confidence === null ? '' : ` (confidence ${confidence})`;
}

function describeTried(tried: HandOver['tried']): string {
  const last = tried.at(-1);
  if (!last) return 'No change was tried.';
  const failing = last.tests.flatMap((test) => test.failing);
  const verdicts = last.tests.map(({ suite, verdict }) => `${suite} ${verdict}`).join(', ') || 'not tested';
  const names =
    failing.length === 0
      ? ''
      : `; failing: ${failing.slice(0, 3).join(', ')}${failing.length > 3 ? ` and ${failing.length - 3} more` : ''}`;
  return `Tried ${tried.length} ${tried.length === 1 ? 'change' : 'changes'}; the last: ${verdicts}${names}`;
}

function describeBudget(budget: HandOver['budget']): string {
  const shown = ['tool_calls', 'patch_attempts', 'test_runs', 'usd'];
  return budget
    .filter(({ kind }) => shown.includes(kind))
    .map(({ kind, used, cap }) => `${kind.replaceAll('_', ' ')} ${used} of ${cap}`)
    .join(', ');
}

/** What should happen next, as one imperative sentence; whoever is waited for comes first. */
export function toNextAction(input: ReportInput): string {
  const waiting = toDecision(input);
  if (waiting === undefined) return toNextStep(input);
  if (input.incident.state !== 'escalated') return `${waiting}.`;
  const next = toNextStep(input);
  return `${waiting}, or ${next.charAt(0).toLowerCase()}${next.slice(1)}`;
}

/** The newest question that waits for a human: an older one often asks about a change that is gone. */
function toDecision({ incident, approvals = [], at, humanProof }: ReportInput): string | undefined {
  // A question that nobody can answer here is no next step.
  if (incident.state === 'closed' || humanProof === 'none') return undefined;
  // What a human began by a command of its own and did not sign waits for that command.
  const waiting = approvals.filter((each) => !each.decision && !isExpired(each, at) && !OWN_WORDS.has(each.kind));
  const asked = waiting.at(-1);
  if (asked === undefined) return undefined;
  const others = waiting.length - 1;
  const more = others === 0 ? '' : ` (${others} more: fixgate approvals ${incident.id})`;
  return `Approve or reject what is waited for: fixgate approve ${asked.id} --reason "…"${keyOption(humanProof)}${more}`;
}

function toNextStep(input: ReportInput): string {
  const { incident, pullRequest } = input;
  if (incident.state === 'pr_open' && pullRequest?.isForeign)
    return `Look into who opened ${pullRequest.url} under another configuration, then open the pull request with open_pr.`;
  switch (incident.state) {
    case 'open':
      return 'Read the evidence: get_incident_logs, query_metrics, list_recent_deploys.';
    case 'investigating':
      return 'Find the file and function that cause it, and send the smallest fix with apply_patch.';
    case 'patching':
      return `Make the required suites green with run_tests: ${openSuites(input).join(', ') || 'none is known'}.`;
    case 'verified':
      return toPublish(input);
    case 'pr_open':
      if (isVerified(input)) return afterEnd(input) ?? `Review the pull request: ${pullRequest?.url}`;
      return (
        afterEnd(input) ??
        `Bring the pull request up to date with a green tree, then call open_pr again: ${pullRequest?.url}`
      );
    case 'escalated':
      return takeOver(input);
    case 'closed':
      return 'Nothing: the incident is closed.';
  }
}

const operatorCodes = Object.entries(errorKinds).flatMap(([code, { actor }]) => (actor === 'operator' ? [code] : []));

/** What stood in the way of the last pull request, if it is the operator's to mend, comes before another try. */
function toPublish({ events }: ReportInput): string {
  const last = events.findLast(
    ({ type, tool }) => tool === 'open_pr' && type.startsWith('call.') && type !== 'call.admitted',
  );
  const { code, fix } = last?.data ?? {};
  const isOperators = operatorCodes.some((each) => each === code);
  if (!isOperators || typeof fix !== 'string' || fix === '') return 'Open the pull request with open_pr.';
  return `${toLine(fix, 500).replace(/\.$/, '')}, then open the pull request with open_pr.`;
}

function takeOver(input: ReportInput): string {
  const { incident, pullRequest, patches } = input;
  const ended = afterEnd(input);
  if (ended !== undefined) return `Take over by hand: ${ended.charAt(0).toLowerCase()}${ended.slice(1)}`;
  if (pullRequest?.isForeign)
    return `Take over by hand: look into who opened ${pullRequest.url} under another configuration; ${howItStands(input)}.`;
  if (pullRequest)
    return `Take over by hand: review or close the pull request ${pullRequest.url}, and finish the fix on ${pullRequest.branch}.`;
  if (patches.length === 0) return `Take over by hand: find the cause of ${incident.id}; nothing was changed.`;
  const commands = `the last change with the commands that fixgate report ${incident.id} --format remediation prints`;
  return `Take over by hand: continue from ${commands}, or start again at the base commit; ${howItStands(input)}.`;
}

/** What the tests say of a change that was not published. */
function howItStands(input: ReportInput): string {
  const tests = toAttempts(input).at(-1)?.tests ?? [];
  if (tests.some(({ failing }) => failing.length > 0)) return 'the failing tests of each attempt are listed';
  const isGreen = tests.length > 0 && tests.every(({ verdict }) => verdict === 'pass');
  if (isGreen && openSuites(input).length === 0) return 'its last suites were green, not published';
  return 'what is left is listed';
}

function whatIsLeft(input: ReportInput): string[] {
  const { patches, pullRequest, openCalls } = input;
  return [
    ...(patches.length === 0 ? ['No patch was applied.'] : []),
    ...openSuites(input).map((suite) => `Required suite ${suite}.`),
    ...(pullRequest && !pullRequest.isForeign ? [] : ['No pull request was opened.']),
    ...openCalls.map(({ tool }) => `The outcome of a call of ${tool} is unknown: check whether it took effect.`),
  ];
}

function openSuites({ verification }: ReportInput): string[] {
  return verification
    .filter(({ green }) => !green)
    .map(({ suite, state }) => `${suite} (${state.replaceAll('_', ' ')})`);
}

import type { ActionItem } from '#report/action-items.ts';
import { hasRegressionTest, toActionItems } from '#report/action-items.ts';
import { primeDeploy } from '#report/diagnosis.ts';
import { spell } from '#report/markdown-words.ts';
import { toOutcomePhrase } from '#report/outcome.ts';
import type { EvidenceRead, ReportedImpact, ReportedSignal, ReportedSuspect } from '#report/schema-facts.ts';
import type { Report, TimelineStep } from '#report/schema.ts';
import { describeCounts } from '#report/verification.ts';

/** What only a human can say. */
export const TODO = 'TODO(human)';

/** One line of the timeline of a post-mortem; roles, never names. */
export interface PostmortemEvent {
  readonly at: string;
  readonly what: string;
}

/** The facts of an incident in the order of a post-mortem. Judgement is left to humans. */
export interface Postmortem {
  readonly title: string;
  readonly incident: string;
  readonly date: string;
  readonly status: string;
  readonly severity: string;
  /** Seconds from the onset, else the opening, to the end; null while it goes on. */
  readonly duration: number | null;
  readonly impact: ReportedImpact;
  readonly root_cause: {
    readonly category: string;
    readonly description: string | null;
    readonly reported_by: string | null;
    readonly evidence: readonly ReportedSignal[];
  };
  readonly trigger: ReportedSuspect | null;
  readonly resolution: {
    readonly action_taken: string;
    readonly time_to_resolve: number | null;
    readonly verified_by: readonly string[];
    readonly rollback: string | null;
  };
  readonly detection: { readonly time_to_detect: number | null; readonly reported_by: string };
  readonly action_items: readonly ActionItem[];
  readonly lessons_learned: {
    readonly went_well: readonly string[];
    readonly went_wrong: readonly string[];
  };
  readonly timeline: readonly PostmortemEvent[];
  readonly appendix: {
    readonly logs: readonly EvidenceRead[];
    readonly metrics: readonly EvidenceRead[];
    readonly deploys: readonly EvidenceRead[];
    readonly related_links: readonly string[];
    readonly trace_id: string;
  };
}

/** The post-mortem of an incident as far as the records go. Nobody is named: it is about systems. */
export function toPostmortem(report: Report): Postmortem {
  const { incident, diagnosis, times, impact, trace, origins } = report;
  const cause = origins['diagnosis.root_cause'];
  return {
    title: `Postmortem: ${report.task}`,
    incident: incident.id,
    date: (times.onset ?? times.opened_at).slice(0, 10),
    status: toStatus(report),
    severity: `${incident.severity}${incident.severity_confirmed ? '' : ' (not confirmed)'}`,
    duration: times.to_end_seconds,
    impact,
    root_cause: {
      category: diagnosis.category,
      description: diagnosis.root_cause,
      reported_by: cause === undefined ? null : cause.by === 'host' ? 'the agent' : 'a human',
      evidence: diagnosis.signals,
    },
    trigger: primeDeploy(diagnosis.suspects) ?? diagnosis.suspects[0] ?? null,
    resolution: {
      action_taken: toActionTaken(report),
      time_to_resolve: times.to_end_seconds,
      verified_by: toVerified(report),
      rollback: diagnosis.rollback_to,
    },
    detection: {
      time_to_detect: times.to_open_seconds,
      reported_by: incident.opened_by === 'human' ? 'a human, or an alert on their behalf' : 'an agent',
    },
    action_items: toActionItems(report),
    lessons_learned: { went_well: toWell(report), went_wrong: toWrong(report) },
    timeline: toEvents(report),
    appendix: { ...toAppendix(report), related_links: toLinks(report), trace_id: trace.trace_id },
  };
}

function toStatus({ incident, status }: Report): string {
  if (incident.state === 'closed') return status === 'success' ? 'Draft, resolved' : 'Draft, closed';
  return `Draft, the incident is not over (${incident.state.replaceAll('_', ' ')})`;
}

function toActionTaken({ pr, patch, escalation }: Report): string {
  if (pr) {
    const became = toOutcomePhrase(pr);
    return `A change of ${countOf(patch?.history.at(-1)?.files.length ?? 0, 'file')} was proposed as a pull request${became === undefined ? '' : `, ${pr.outcome === 'open' ? 'which is' : 'which was'} ${became}`}.`;
  }
  if (escalation) return 'No fix was published; the incident was handed over to a human.';
  return patch ? 'A change was made and not published.' : 'Nothing was changed.';
}

function toVerified({ verification }: Report): string[] {
  return verification
    .filter(({ on_current_tree }) => on_current_tree)
    .map(({ suite, state, counts, base, reproduced }) => {
      const fixed =
        base && base.fixed_count > 0
          ? `; ${countOf(base.fixed_count, 'test')} failed before the change and pass now`
          : '';
      const shown =
        reproduced.length > 0
          ? `; ${countOf(reproduced.length, 'test')} failed before the fix, on the code of the base commit`
          : '';
      return `suite ${suite}: ${state.replaceAll('_', ' ')}${counts ? `, ${describeCounts(counts)}` : ''}${fixed}${shown}`;
    });
}

/** Only what the records show; whether it was good is for humans to say. */
function toWell(report: Report): string[] {
  const { policy, pr, times, status } = report;
  const denied = policy.denials.filter(({ decision }) => decision === 'denied').length;
  return [
    ...(times.to_pull_request_seconds === null
      ? []
      : [`A pull request was open ${spell(times.to_pull_request_seconds)} after the incident was opened.`]),
    ...(status === 'success' && pr ? ['Every required suite was green on exactly the tree of the pull request.'] : []),
    ...(pr && hasRegressionTest(report)
      ? ['The change is covered by a test that fails without it, or brings one.']
      : []),
    ...(denied > 0 ? [`The policy refused ${countOf(denied, 'call')} before anything was done.`] : []),
  ];
}

function toWrong({ patch, unknown_outcomes: open, escalation, diagnosis, evidence, pr }: Report): string[] {
  const failed = (patch?.history ?? []).filter(({ tests }) => tests.some(({ verdict }) => verdict === 'fail'));
  const partial = evidence.filter(({ status }) => status === 'partial');
  return [
    ...(escalation ? [`The work was handed over (${escalation.rule_id}).`] : []),
    ...(failed.length > 0 ? [`${countOf(failed.length, 'attempt')} failed the tests.`] : []),
    ...(partial.length > 0
      ? [`${countOf(partial.length, 'answer')} of the sources ${partial.length === 1 ? 'was' : 'were'} partial.`]
      : []),
    ...(open.length > 0 ? [`How ${countOf(open.length, 'call')} ended is not known.`] : []),
    ...(pr?.reverted_by ? ['The fix was reverted.'] : []),
    ...(pr?.outcome === 'closed' ? ['The pull request was closed without a merge.'] : []),
    ...(diagnosis.root_cause === null ? ['Nobody gave a root cause.'] : []),
  ];
}

function toEvents({ timeline, times, diagnosis, approvals }: Report): PostmortemEvent[] {
  const suspect = primeDeploy(diagnosis.suspects) ?? diagnosis.suspects[0];
  const answers = new Map(
    approvals.map(({ id, state, reason, believed }) => [
      id,
      `${believed === false ? 'Not believed: ' : ''}Question ${id} ${state}${reason ? `: ${reason}` : ''}`,
    ]),
  );
  const recorded = timeline
    .filter((step) => !isSaidTwice(step))
    .map((step) => ({ at: step.at, what: toWords(step, answers) }));
  const known = [
    ...(suspect?.at
      ? [{ at: suspect.at, what: `Suspected ${suspect.kind} ${suspect.ref ?? suspect.commit ?? ''}`.trimEnd() }]
      : []),
    ...(times.onset === null ? [] : [{ at: times.onset, what: 'The trouble began, as it was reported' }]),
    ...diagnosis.signals.flatMap(({ at, text }) => (at === null ? [] : [{ at, what: text }])),
  ];
  return [...known, ...recorded].toSorted((a, b) => a.at.localeCompare(b.at));
}

/** Looks at the records, and calls whose effect has a record of its own. */
function isSaidTwice({ decision, outcome, tool, event }: TimelineStep): boolean {
  const hasOwn = tool === 'apply_patch' || tool === 'run_tests' || tool === 'open_pr';
  return (
    decision === 'free' || event === 'tests.started' || (decision === 'allowed' && outcome === 'succeeded' && hasOwn)
  );
}

/** Decisions name whoever made them; here they are an approver's. */
function toWords({ event, tool, summary, decision }: TimelineStep, answers: ReadonlyMap<string, string>): string {
  if (event === 'approval.granted' || event === 'approval.rejected')
    return answers.get(summary.replace(/^Not believed: /, '').split(' ')[0] ?? '') ?? 'An approver answered';
  const refused = decision === 'denied' ? 'refused: ' : decision === 'pending' ? 'waits for approval: ' : '';
  return decision === null ? summary : `${tool}: ${refused}${summary}`;
}

function toAppendix({ evidence }: Report): Pick<Postmortem['appendix'], 'logs' | 'metrics' | 'deploys'> {
  const of = (...kinds: readonly EvidenceRead['kind'][]) => evidence.filter(({ kind }) => kinds.includes(kind));
  return { logs: of('logs'), metrics: of('metrics'), deploys: of('deploys', 'commits', 'other') };
}

function toLinks({ pr, rca, evidence, trace }: Report): string[] {
  const links = [pr?.url, rca?.url, trace.url, ...evidence.map(({ url }) => url)];
  return [...new Set(links.flatMap((link) => link ?? []))].slice(0, 30);
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

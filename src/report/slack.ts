import { countOf } from '#domain/count-of.ts';
import { LEAST_CONFIDENCE, primeDeploy } from '#report/diagnosis.ts';
import { spell } from '#report/markdown-words.ts';
import { toOutcomePhrase } from '#report/outcome.ts';
import type { SuggestedAction } from '#report/schema-facts.ts';
import type { Report, TimelineStep } from '#report/schema.ts';
import { AGENT_SAID, clipLines, toMrkdwn, toSlackLink } from '#report/slack-words.ts';
import { clip, toLine } from '#report/text.ts';

/** A message for a channel: `text` for notifications and old clients, `blocks` for the rest. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

/** One block of Slack's Block Kit. */
export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text?: Mrkdwn; readonly fields?: readonly Mrkdwn[] }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] }
  | { readonly type: 'divider' };

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: true;
}

interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** Nothing is linked that is not written as a link. */
  readonly verbatim: true;
}

/** Slack's own limits, in characters. */
const MAX_HEADER = 150;
const MAX_SECTION = 3_000;
const MAX_TEXT = 12_000;

/** Events of the timeline that a channel is told, the newest. */
const MAX_EVENTS = 10;

/** The status message of an incident for a channel. Text from outside mentions nobody, links nothing and is no markup. */
export function toSlackMessage(report: Report): SlackMessage {
  const title = `🚨 Incident Update: ${toLine(report.task, MAX_HEADER - 25)}`;
  const facts = toFacts(report);
  const parts = [toSummary, toDiagnosis, toActions, toTimeline]
    .map((part) => part(report))
    .filter((part) => part !== '');
  const footer = toFooter(report);
  const lines = [
    `*🚨 Incident Update: ${toMrkdwn(report.task, MAX_HEADER)}*`,
    '',
    ...facts,
    '',
    ...join(parts),
    footer,
  ];
  return {
    text: clipLines(lines.join('\n'), MAX_TEXT),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: clip(title, MAX_HEADER), emoji: true } },
      { type: 'section', fields: facts.map(mrkdwn) },
      { type: 'divider' },
      ...parts.map((part): SlackBlock => ({ type: 'section', text: mrkdwn(part) })),
      { type: 'divider' },
      { type: 'context', elements: [mrkdwn(footer)] },
    ],
  };
}

function join(parts: readonly string[]): string[] {
  return parts.flatMap((part) => [part, '']);
}

function mrkdwn(text: string): Mrkdwn {
  return { type: 'mrkdwn', text: clipLines(text, MAX_SECTION), verbatim: true };
}

/** The status words of public pages. */
function toStatus(report: Report): string {
  if (report.incident.state === 'closed') return 'Resolved';
  return isIdentified(report) ? 'Identified' : 'Investigating';
}

/** Something besides words speaks for a cause: a suspect that is likely enough, or a change with every required suite green. */
function isIdentified({ diagnosis, patch, verification }: Report): boolean {
  if (diagnosis.suspects.some(({ confidence }) => (confidence ?? 0) >= LEAST_CONFIDENCE)) return true;
  const required = verification.filter((suite) => suite.required);
  return patch !== null && required.length > 0 && required.every(({ green }) => green);
}

function toFacts(report: Report): string[] {
  const { incident, times, environment } = report;
  const since = Date.parse(times.onset ?? times.opened_at);
  const until = Date.parse(times.closed_at ?? environment.generated_at);
  const confirmed = incident.severity_confirmed ? '' : ', not confirmed';
  const handedOver = incident.state === 'escalated' ? ', handed over to a human' : '';
  return [
    `*Status*: ${toStatus(report)}${handedOver}`,
    `*Severity*: ${incident.severity} (${incident.severity.replace('SEV', 'P')}${confirmed})`,
    `*Duration*: ${spell(Math.max(0, Math.round((until - since) / 1_000)))}`,
    `*Incident*: ${toMrkdwn(incident.id)}${incident.service === null ? '' : `, ${toMrkdwn(incident.service, 100)}`}`,
  ];
}

function toEvents({ matched, errors }: NonNullable<Report['impact']['log_events']>): string {
  const all = countOf(matched, 'log event');
  return errors === null ? `${all} matched what was read.` : `${countOf(errors, 'error')} in ${all} that were read.`;
}

function toSummary({ impact, times, pr, escalation, next_action: next }: Report): string {
  const since = times.onset === null ? `opened ${clock(times.opened_at)}` : `since ${clock(times.onset)}`;
  const events = impact.log_events === null ? '' : ` ${toEvents(impact.log_events)}`;
  return [
    '*Summary*',
    `${impact.statement === null ? 'No title was given' : toMrkdwn(impact.statement)} (${since} UTC).${events}`,
    ...(pr === null ? [] : [`${toSlackLink(pr.url, `Pull request${pr.draft ? ' (draft)' : ''}`)}${toOutcome(pr)}`]),
    ...(escalation === null ? [] : [`Stopped: ${toMrkdwn(escalation.reason)}`]),
    `*Next*: ${toMrkdwn(next)}`,
  ].join('\n');
}

function toOutcome(pr: NonNullable<Report['pr']>): string {
  const became = toOutcomePhrase(pr);
  return became === undefined ? '' : `: ${toMrkdwn(became)}`;
}

function toDiagnosis(report: Report): string {
  const { suspects, signals } = report.diagnosis;
  const prime = primeDeploy(suspects) ?? suspects[0];
  const evidence = [...(prime?.why ?? []), ...signals.map(({ text }) => text)].slice(0, 6);
  const lines = [
    ...toCause(report),
    ...(prime
      ? [
          `*Most Likely Cause*: ${toMrkdwn([prime.kind, prime.ref ?? prime.commit ?? '', prime.subject].join(' '))}${prime.at === null ? '' : ` at ${clock(prime.at)} UTC`}`,
          `*Confidence*: ${Math.round((prime.confidence ?? 0) * 100)}% (estimated)`,
        ]
      : []),
    ...(evidence.length > 0 ? ['*Evidence*:', ...evidence.map((each) => `• ${toMrkdwn(each, 200)}`)] : []),
  ];
  return lines.length === 0 ? '' : ['*Initial Diagnosis*', ...lines].join('\n');
}

/** Words alone are no root cause; those of the agent never are. */
function toCause(report: Report): string[] {
  const { root_cause: words } = report.diagnosis;
  if (words === null) return [];
  if (report.origins['diagnosis.root_cause']?.by === 'host')
    return [`*Suspected cause*: ${AGENT_SAID}${toMrkdwn(words)}`];
  const head = isIdentified(report)
    ? '*Root cause* (reported by a human)'
    : '*Suspected cause* (given by a human, unchecked)';
  return [`${head}: ${toMrkdwn(words)}`];
}

const SIGNS: Readonly<Record<SuggestedAction['type'], string>> = {
  rollback: '⚡',
  code_fix: '🔧',
  told: '💬',
  escalate: '📟',
  communicate: '📞',
};

function toActions({ suggested_actions: actions }: Report): string {
  const lines = actions.slice(0, 6).map(({ type, description }, index) => {
    const words = type === 'told' ? AGENT_SAID : index === 0 ? '*Recommended*: ' : '';
    return `${index + 1}. ${SIGNS[type]} ${words}${toMrkdwn(description)}`;
  });
  return lines.length === 0 ? '' : ['*Suggested Actions* (nothing of it is done by Fixgate)', ...lines].join('\n');
}

function toTimeline({ timeline, times, diagnosis }: Report): string {
  const events = timeline.filter(isMilestone).map(({ at, summary, tool, decision }) => ({
    at,
    words: `${decision === null ? '' : `${tool}: `}${summary}`,
  }));
  const before = [
    ...(diagnosis.suspects[0]?.at
      ? [{ at: diagnosis.suspects[0].at, words: `${diagnosis.suspects[0].kind} ${diagnosis.suspects[0].ref ?? ''}` }]
      : []),
    ...(times.onset === null ? [] : [{ at: times.onset, words: 'The trouble began' }]),
  ];
  const shown = [...before, ...events.slice(-MAX_EVENTS)].toSorted((a, b) => a.at.localeCompare(b.at));
  if (shown.length === 0) return '';
  return ['*Timeline (UTC)*', ...shown.map(({ at, words }) => `• ${clock(at)} - ${toMrkdwn(words, 160)}`)].join('\n');
}

/** What a channel wants to know: what changed, and what was refused or failed. */
function isMilestone({ event, decision, outcome }: TimelineStep): boolean {
  if (decision === null) return event !== 'tests.started' && event !== 'notify.sent';
  return decision === 'denied' || decision === 'pending' || outcome === 'failed';
}

function toFooter({ trace, environment }: Report): string {
  const named = trace.url === null ? `trace ${trace.trace_id}` : toSlackLink(trace.url, `trace ${trace.trace_id}`);
  return `🤖 _Generated by Fixgate ${toMrkdwn(environment.server_version, 40)}_ · ${named} · ${environment.generated_at.slice(0, 16).replace('T', ' ')} UTC`;
}

/** `14:28`. */
function clock(time: string): string {
  return time.slice(11, 16);
}

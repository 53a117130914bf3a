import { toHandOver } from '#report/hand-over-markdown.ts';
import { toActions, toApprovals, toDiagnosis, toEvidence, toOriginTable, toPlace } from '#report/markdown-facts.ts';
import {
  toBudget,
  toCause,
  toChange,
  toGuard,
  toRefusals,
  toTests,
  toTimeline,
  toUnknown,
} from '#report/markdown-sections.ts';
import type { Section } from '#report/markdown-words.ts';
import { paragraphs, spell, table, utc } from '#report/markdown-words.ts';
import { outcomeWords, toOutcomePhrase } from '#report/outcome.ts';
import type { Report } from '#report/schema.ts';
import { toCode, toMarkdownLine, toMarkdownLink } from '#report/text.ts';

/** The words that architect's reports have for a status. */
export const statusWords = { success: 'OK', partial: 'WARN', failed: 'FAIL' } as const;

const SECTIONS = [
  toHandOver,
  toActions,
  toCause,
  toDiagnosis,
  toChange,
  toTests,
  toApprovals,
  toRefusals,
  toGuard,
  toTimeline,
  toEvidence,
  toBudget,
  toUnknown,
  toOriginTable,
];

/** The report as an on-call engineer reads it: what to do first, then what happened. All text from outside is escaped. */
export function toMarkdown(report: Report): string {
  const title = `# ${toCode(report.incident.id)} ${toMarkdownLine(report.task, 300)}`;
  const sections = sectionsOf(report).map(({ title: name, body }) => `## ${name}\n\n${body}`);
  return `${paragraphs(title, toHead(report), ...sections, `---\n${toFooter(report)}`)}\n`;
}

/** Characters of a comment that GitHub takes, less some for its own markup. */
const MAX_COMMENT_CHARS = 60_000;

/** The same for a comment or a job summary on GitHub: a status line, what to do, and the rest folded. Whole sections are left out of what is too long. */
export function toGithub(report: Report): string {
  const title = `## ${statusWords[report.status]} fixgate: ${toMarkdownLine(report.task, 300)}`;
  const head = paragraphs(title, toHead(report));
  const footer = `${toFooter(report)}\n`;
  let room = MAX_COMMENT_CHARS - head.length - footer.length - 200;
  const left: string[] = [];
  const folded = sectionsOf(report).flatMap(({ title: name, body }) => {
    const text = `<details>\n<summary>${name}</summary>\n\n${body}\n\n</details>`;
    if (text.length > room) left.push(name);
    else room -= text.length + 2;
    return left.includes(name) ? [] : [text];
  });
  const rest = left.length === 0 ? '' : `Left out, being too long: ${left.join(', ')}.`;
  return paragraphs(head, ...folded, rest, footer);
}

function sectionsOf(report: Report): Section[] {
  return SECTIONS.map((section) => section(report)).filter(({ body }) => body !== '');
}

/** What the status means here. */
export function toStatusLine({ status, incident, pr }: Report): string {
  return `${statusWords[status]}: ${toMeaning(status, incident.state, pr)}`;
}

function toMeaning(status: Report['status'], state: Report['incident']['state'], pr: Report['pr']): string {
  if (state === 'closed') return status === 'success' ? 'resolved' : 'closed';
  if (status === 'success') return `${outcomeWords(pr?.outcome ?? null)} and verified`;
  if (status === 'failed') return 'handed over to a human';
  if (pr?.other_configuration) return 'pull request of another configuration, not verified';
  if (pr?.outcome === 'closed' || pr?.outcome === 'reverted') return outcomeWords(pr.outcome);
  return pr ? `${outcomeWords(pr.outcome)}, not verified` : `work in progress (${state.replace('_', ' ')})`;
}

function toHead(report: Report): string {
  const { incident, pr } = report;
  const confirmed = incident.severity_confirmed ? '' : ' (not confirmed)';
  const rows = [
    ['Status', toStatusLine(report)],
    ['Severity', `${incident.severity}${confirmed}`],
    ...(incident.service === null ? [] : [['Service', toCode(incident.service)]]),
    ...(incident.environment === null ? [] : [['Environment', toCode(incident.environment)]]),
    ...incident.not_believed.map((each) => ['Not believed', toMarkdownLine(each, 300)]),
    ['Started', `${utc(incident.started_at)}${report.times.onset === null ? ' (opened; no start was given)' : ''}`],
    ['Took', `${spell(report.duration_seconds)}, ${report.steps} calls by ${toCallers(report)}`],
    ['Cost', `$${report.total_cost.toFixed(4)} (estimated)`],
    ...(pr ? [['Pull request', toPullRequest(pr)]] : []),
    ['Repository', toPlace(report)],
  ];
  return paragraphs(`**Next:** ${toMarkdownLine(report.next_action)}`, table(['', ''], rows));
}

function toPullRequest(pr: NonNullable<Report['pr']>): string {
  const became = toOutcomePhrase(pr);
  return `${toMarkdownLink(pr.url)}${pr.draft ? ' (draft)' : ''}${became === undefined ? '' : `: ${toMarkdownLine(became)}`}`;
}

function toCallers({ agent, agents }: Report): string {
  if (agents.length < 2) return toCode(agent);
  const shown = agents.slice(0, 5).map(({ name, calls }) => `${toCode(name)} (${calls})`);
  const rest = agents.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function toFooter({ trace, environment }: Report): string {
  const page = trace.url === null ? '' : ` ${toMarkdownLink(trace.url)}`;
  return `Trace ${toCode(trace.trace_id)}${page} · Fixgate ${toCode(environment.server_version)} · ${utc(environment.generated_at)}`;
}

import { countOf } from '#domain/count-of.ts';
import { suspectTable, toEvidence } from '#report/markdown-facts.ts';
import { toPolicyName, toTests } from '#report/markdown-sections.ts';
import { paragraphs, spell, table, utc } from '#report/markdown-words.ts';
import type { Postmortem } from '#report/postmortem.ts';
import { TODO, toPostmortem } from '#report/postmortem.ts';
import type { Report } from '#report/schema.ts';
import { toCode, toCodeBlock, toMarkdownLine, toMarkdownLink, toMarkdownQuote } from '#report/text.ts';

/** The draft of a post-mortem in the form of Google's SRE book: facts are filled in, judgement is marked `TODO(human)`. */
export function toPostmortemMarkdown(report: Report): string {
  const found = toPostmortem(report);
  const sections: readonly (readonly [string, string])[] = [
    ['Summary', toSummary(report, found)],
    ['Impact', toImpact(found)],
    ['Root causes', toCauses(report, found)],
    ['Trigger', toTrigger(found)],
    ['Resolution', toResolution(report, found)],
    ['Detection', toDetection(found)],
    ['Action items', toItems(found)],
    ['Lessons learned', toLessons(found)],
    ['Timeline (UTC)', toTimeline(found)],
    ['Supporting information', toSupport(report, found)],
  ];
  const title = `# ${toMarkdownLine(found.title, 300)} (incident ${toCode(found.incident)})`;
  return `${paragraphs(title, toHead(found), ...sections.map(([name, body]) => `## ${name}\n\n${body}`))}\n`;
}

function toHead({ date, status, severity, duration }: Postmortem): string {
  return [
    `- **Date:** ${date}`,
    `- **Authors:** ${TODO}`,
    `- **Status:** ${status}`,
    `- **Severity:** ${severity}`,
    `- **Duration:** ${duration === null ? 'not over yet' : spell(duration)}`,
  ].join('\n');
}

function toSummary({ incident, times }: Report, { impact }: Postmortem): string {
  const where = impact.service === null ? '' : ` in ${toCode(impact.service)}`;
  const what = impact.statement === null ? 'no title was given' : toMarkdownLine(impact.statement, 300);
  const since = times.onset === null ? `opened ${utc(times.opened_at)}` : `since ${utc(times.onset)}`;
  const facts = `${incident.severity}${where} ${since}: ${what}.`;
  return paragraphs(
    facts,
    `${TODO}: say in two sentences what happened and what it did, for readers who were not there.`,
  );
}

function toImpact({ impact }: Postmortem): string {
  const events = impact.log_events;
  const value = (fact: number | string | boolean | null) => (fact === null ? TODO : toMarkdownLine(String(fact)));
  const rows = [
    ['Users affected', value(impact.users_affected)],
    ['Requests failed', value(impact.requests_failed)],
    ['Revenue', value(impact.revenue_impact)],
    ['SLA broken', value(impact.sla_breach)],
    ...(events ? [['Errors in the logs', toErrors(events)]] : []),
  ];
  return table(['Impact', ''], rows);
}

function toErrors({ matched, errors, evidence }: NonNullable<Postmortem['impact']['log_events']>): string {
  const all = countOf(matched, 'log event');
  return errors === null
    ? `not counted among ${all} (${toCode(evidence)})`
    : `${errors} of ${all} that were read (measured, ${toCode(evidence)})`;
}

function toCauses({ origins }: Report, { root_cause: cause }: Postmortem): string {
  const category =
    cause.category === 'unknown'
      ? `Category: ${TODO}; nothing in the records points to one.`
      : `Category: ${cause.category.replaceAll('_', ' ')} (${origins['diagnosis.category']?.origin ?? 'estimated'}).`;
  const signals = cause.evidence.map(
    ({ text, at, evidence }) =>
      `- ${at === null ? '' : `${utc(at)} `}${toMarkdownLine(text, 300)} (${toCode(evidence)})`,
  );
  return paragraphs(
    category,
    cause.description === null
      ? 'No root cause was given.'
      : paragraphs(
          `As reported by ${cause.reported_by ?? 'somebody'}, not checked by Fixgate:`,
          toMarkdownQuote(cause.description),
        ),
    signals.length === 0 ? '' : ['Measured:', '', ...signals].join('\n'),
    `${TODO}: confirm it, and say what made it possible. Write about systems, not about people.`,
  );
}

function toTrigger({ trigger }: Postmortem): string {
  if (trigger === null) return `${TODO}: no change that came before the onset was found.`;
  const why = trigger.why.map((each) => `- ${toMarkdownLine(each, 200)}`).join('\n');
  return paragraphs('The likeliest change, estimated:', suspectTable([trigger]), why, `${TODO}: confirm it.`);
}

function toResolution(report: Report, { resolution }: Postmortem): string {
  const { pr, git_diff: diff, patch } = report;
  const rows = [
    ['Action taken', toMarkdownLine(resolution.action_taken)],
    ['Time to resolve', resolution.time_to_resolve === null ? 'not over yet' : spell(resolution.time_to_resolve)],
    ['Verified by', resolution.verified_by.map((each) => toMarkdownLine(each, 300)).join('; ') || 'nothing'],
    ...(pr ? [['Pull request', `${toMarkdownLink(pr.url)}, commit ${toCode(pr.commit.slice(0, 12))}`]] : []),
    ...(pr?.merged_at ? [['Merged at', at(pr.merged_at, pr.merge_commit)]] : []),
    ...(pr?.closed_at ? [['Closed at', at(pr.closed_at, null)]] : []),
    ...(pr?.reverted_at ? [['Reverted at', at(pr.reverted_at, pr.reverted_by)]] : []),
    ...(patch ? [['Net diff', toCode(patch.diff_hash)]] : []),
    ...(resolution.rollback === null ? [] : [['Version to go back to', toCode(resolution.rollback)]]),
  ];
  return paragraphs(
    table(['Resolution', ''], rows),
    diff === null ? '' : toCodeBlock(diff, { info: 'diff', maxChars: 4_000 }),
    `${TODO}: say whether production recovered, and when.`,
  );
}

function at(time: string, commit: string | null): string {
  return `${utc(time)}${commit === null ? '' : `, commit ${toCode(commit.slice(0, 12))}`}`;
}

function toDetection({ detection }: Postmortem): string {
  const time =
    detection.time_to_detect === null
      ? 'When the trouble began is not known, so that the time to detect is not either.'
      : `From the onset to the opening: ${spell(detection.time_to_detect)}. The incident was opened by ${detection.reported_by}.`;
  return paragraphs(time, `${TODO}: say what noticed it first.`);
}

function toItems({ action_items: items }: Postmortem): string {
  const rows = items.map(({ type, title, description, priority }) => [
    `**${title}.** ${toMarkdownLine(description, 300)}`,
    type,
    priority,
    TODO,
    TODO,
  ]);
  return table(['Item', 'Type', 'Priority', 'Owner', 'Bug'], rows);
}

function toLessons({ lessons_learned: lessons }: Postmortem): string {
  const list = (items: readonly string[], more: string) =>
    [...items.map((each) => `- ${toMarkdownLine(each, 300)}`), `- ${TODO}: ${more}`].join('\n');
  return paragraphs(
    '### What went well',
    list(lessons.went_well, 'what else should be kept?'),
    '### What went wrong',
    list(lessons.went_wrong, 'what should work otherwise next time?'),
    '### Where we got lucky',
    list([], 'what kept it from being worse?'),
  );
}

function toTimeline({ timeline }: Postmortem): string {
  return table(
    ['Time', 'What'],
    timeline.map(({ at, what }) => [utc(at), toMarkdownLine(what, 300)]),
  );
}

function toSupport(report: Report, { appendix }: Postmortem): string {
  const { total_cost: cost, policy, environment } = report;
  const links = appendix.related_links.map((link) => `- ${toMarkdownLink(link)}`).join('\n');
  const facts = [
    `- Trace ${toCode(appendix.trace_id)}; every record: ${toCode(`fixgate report ${report.incident.id} --format json`)}`,
    `- Cost: $${cost.toFixed(4)} (estimated), ${report.steps} calls, ${spell(report.duration_seconds)} of work`,
    `- ${toPolicyName(policy)}: ${policy.decisions.length} decisions, ${policy.denials.length} refused or pending`,
    `- Made by Fixgate ${toCode(environment.server_version)} at ${utc(environment.generated_at)}`,
  ].join('\n');
  const tests = toTests(report).body;
  const evidence = toEvidence(report).body;
  return paragraphs(
    facts,
    tests === '' ? '' : paragraphs('### Tests', tests),
    evidence === '' ? 'No evidence was read.' : paragraphs('### Evidence', evidence),
    links === '' ? '' : paragraphs('### Links', links),
  );
}

import { describeComparison } from '#report/comparison.ts';
import type { Report, ReportedSuite, TimelineStep } from '#report/schema.ts';
import { toCode, toCodeBlock, toMarkdownLine, toMarkdownLink, toMarkdownQuote } from '#report/text.ts';
import { describeCounts } from '#report/verification.ts';

const words = {
  success: '✅ Pull request open and verified',
  partial: '🟡 Work in progress',
  failed: '🔴 Handed over to a human',
} as const;

/** The report as an on-call engineer reads it: what to do first, then what happened. All text from outside is escaped. */
export function toMarkdown(report: Report): string {
  const sections = [
    toHead,
    toHandOver,
    toCause,
    toChange,
    toTests,
    toRefusals,
    toGuard,
    toTimeline,
    toBudget,
    toUnknown,
    toFooter,
  ];
  const parts = sections.map((section) => section(report)).filter((part) => part !== '');
  return `${parts.join('\n\n')}\n`;
}

function toHead(report: Report): string {
  const { incident, pull_request: pull } = report;
  const confirmed = incident.severity_confirmed ? '' : ' (not confirmed)';
  const rows = [
    [
      'Status',
      report.status === 'partial' ? `${words.partial} (${incident.state.replace('_', ' ')})` : words[report.status],
    ],
    ['Severity', `${incident.severity}${confirmed}`],
    ...(incident.service === null ? [] : [['Service', toCode(incident.service)]]),
    ...incident.not_believed.map((each) => ['Not believed', toMarkdownLine(each, 300)]),
    ['Started', utc(incident.started_at)],
    ['Took', `${spell(report.duration_seconds)}, ${report.steps} calls by ${toCode(report.agent)}`],
    ...(pull ? [['Pull request', `${toMarkdownLink(pull.url)}${pull.draft ? ' (draft)' : ''}`]] : []),
    ['Repository', `${toCode(incident.repository)} at ${toCode(incident.base_commit.slice(0, 12))}`],
  ];
  return [
    `# ${toCode(incident.id)} ${toMarkdownLine(report.task, 300)}`,
    `**Next:** ${toMarkdownLine(report.next_action)}`,
    table(['', ''], rows),
  ].join('\n\n');
}

function toHandOver({ escalation }: Report): string {
  if (!escalation) return '';
  const { hand_over: hand, reason, rule_id } = escalation;
  const tried = hand.tried.map(({ n, reason, tests, files }) => {
    const outcome = tests.map(({ suite, verdict, failing }) => {
      const names =
        failing.length > 0
          ? ` — failing: ${failing
              .slice(0, 5)
              .map((test) => toCode(test))
              .join(', ')}`
          : '';
      return `${toCode(suite)} ${verdict}${names}`;
    });
    return `${n}. ${toMarkdownLine(reason, 200)} (${files.map(({ path }) => toCode(path)).join(', ')}): ${outcome.join('; ') || 'not tested'}`;
  });
  return [
    '## Hand-over',
    `Escalated at ${utc(escalation.at)} by ${toCode(rule_id)}: ${toMarkdownLine(reason)}`,
    [
      `- Branch ${toCode(hand.branch)} from ${toCode(hand.base_commit.slice(0, 12))}${hand.tree === null ? '' : `, tree ${toCode(hand.tree.slice(0, 12))}`}`,
      ...(hand.worktree === null ? [] : [`- On disk: ${toCode(hand.worktree, 500)}`]),
      ...hand.left.map((item) => `- Left: ${toMarkdownLine(item)}`),
    ].join('\n'),
    ...(tried.length > 0 ? ['### Tried', tried.join('\n')] : []),
  ].join('\n\n');
}

function toCause({ rca }: Report): string {
  if (!rca) return '';
  const { commits, files, symbols } = rca.references;
  const named = [...commits, ...files, ...symbols].slice(0, 20).map((name) => toCode(name));
  return [
    '## Root-cause analysis',
    toMarkdownQuote(rca.text),
    ...(rca.url === null ? [] : [`Link: ${toMarkdownLink(rca.url)}`]),
    ...(named.length === 0 ? [] : [`Found in the repository: ${named.join(', ')}`]),
  ].join('\n\n');
}

function toChange({ patch, files_modified, git_diff }: Report): string {
  if (!patch) return '';
  const rows = files_modified.map(({ path, action, lines_added, lines_removed }) => [
    toCode(path),
    action,
    `+${lines_added} −${lines_removed}`,
  ]);
  return [
    '## Change',
    table(['File', 'Action', 'Lines'], rows),
    `Net diff ${toCode(patch.diff_hash)} in ${patch.history.length} ${patch.history.length === 1 ? 'patch' : 'patches'}.`,
    ...(git_diff === null ? [] : [toCodeBlock(git_diff, { info: 'diff', maxChars: 8_000 })]),
  ].join('\n\n');
}

function toTests({ verification }: Report): string {
  if (verification.length === 0) return '';
  const rows = verification.map((suite) => [
    `${toCode(suite.suite)}${suite.required ? '' : ' (optional)'}`,
    `${suite.green ? '✅' : '❌'} ${suite.state.replaceAll('_', ' ')}`,
    suite.counts ? describeCounts(suite.counts) : '',
    suite.verdict === null ? '' : `${suite.scope}${suite.on_current_tree ? '' : ', earlier tree'}`,
  ]);
  return ['## Tests', table(['Suite', 'State', 'Tests', 'Scope'], rows), ...verification.flatMap(toFailures)].join(
    '\n\n',
  );
}

function toFailures({ suite, failures, failures_left_out, base, coverage, weakened }: ReportedSuite): string[] {
  const shown = failures.slice(0, 5).map(({ test, message, file, line, class: found }) => {
    const where = file === null ? '' : ` at ${toCode(line === null ? file : `${file}:${line}`)}`;
    return `- ${found === null ? '' : `${found}: `}${toCode(test, 300)}${where}: ${toMarkdownLine(message, 300)}`;
  });
  const rest = failures.length - shown.length + failures_left_out;
  const list = [`Failing in ${toCode(suite)}:`, '', ...shown, ...(rest > 0 ? [`- … and ${rest} more`] : [])];
  const compared = describeComparison(base);
  const missed = coverage?.never_ran ?? [];
  return [
    ...(compared === '' ? [] : [`${toCode(suite)}: ${compared}`]),
    ...(failures.length === 0 ? [] : [list.join('\n')]),
    ...(missed.length === 0
      ? []
      : [
          `Changed lines that ${toCode(suite)} never ran: ${missed
            .slice(0, 10)
            .map((each) => toCode(each))
            .join(', ')}`,
        ]),
    ...weakened.map((why) => `⚠️ The change weakens tests: ${toCode(why)}`),
  ];
}

function toRefusals({ policy }: Report): string {
  const rows = policy.denials.map(({ step, tool, rule_ids, summary, fix }) => [
    `${step}`,
    toCode(tool),
    rule_ids.map((rule) => toCode(rule)).join(', '),
    toMarkdownLine(summary, 200),
    fix === null ? '' : toMarkdownLine(fix, 200),
  ]);
  const head = `Policy ${toCode(policy.name)} (${policy.mode}), ${toCode(policy.digest)}: ${policy.decisions.length} decisions, ${rows.length} refused or pending.`;
  return [
    '## Policy',
    head,
    ...(rows.length > 0 ? [table(['Step', 'Tool', 'Rule', 'Why', 'Instead'], rows)] : []),
  ].join('\n\n');
}

function toGuard({ guard, incident }: Report): string {
  const { strength, why, host_tools: host, records } = guard;
  const words =
    strength === 'enforced'
      ? '**enforced**: the agent could act through Fixgate only.'
      : `**advisory**: ${why.join('; ')}.`;
  return [
    '## Guard',
    [
      `- ${words}`,
      `- The host's own tools: ${host.judged} judged by hooks, ${host.denied} refused.`,
      ...(records
        ? [
            `- Records up to ${toCode(`${records.seq}:${records.hash.slice(0, 16)}`)}; check with ${toCode(`fixgate audit verify ${incident.id}`)}.`,
          ]
        : []),
    ].join('\n'),
  ].join('\n\n');
}

function toTimeline({ timeline }: Report): string {
  const rows = timeline.map((step) => [
    step.at.slice(11, 19),
    `${markOf(step)} ${toCode(step.tool)}`,
    toMarkdownLine(step.summary, 200),
    step.duration > 0 ? `${step.duration} s` : '',
  ]);
  return rows.length === 0 ? '' : ['## Timeline (UTC)', table(['Time', 'What', 'Outcome', 'Took'], rows)].join('\n\n');
}

function toBudget({ budget }: Report): string {
  const kinds = Object.keys(budget.caps) as (keyof typeof budget.caps)[];
  const amount = (kind: string, value: number) =>
    kind === 'usd' ? `$${value.toFixed(4)}` : `${Math.round(value * 100) / 100}`;
  const rows = kinds.map((kind) => [
    kind === 'usd' ? 'usd (estimated)' : kind.replaceAll('_', ' '),
    amount(kind, budget.used[kind]),
    amount(kind, budget.caps[kind]),
    amount(kind, budget.left[kind]),
  ]);
  return ['## Budget', table(['Kind', 'Used', 'Cap', 'Left'], rows)].join('\n\n');
}

function toUnknown({ unknown_outcomes }: Report): string {
  if (unknown_outcomes.length === 0) return '';
  const rows = unknown_outcomes.map(
    ({ tool, at, call_id }) => `- ${toCode(tool)} at ${utc(at)} (call ${toCode(call_id)})`,
  );
  return [
    '## Outcome unknown',
    'Admitted, and no end was recorded: still running, or the server stopped. Check whether they took effect.',
    rows.join('\n'),
  ].join('\n\n');
}

function toFooter({ trace, environment }: Report): string {
  return `---\nTrace ${toCode(trace.trace_id)} · Fixgate ${toCode(environment.server_version)} · ${utc(environment.generated_at)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function markOf({ decision, outcome }: TimelineStep): string {
  if (decision === 'denied' || decision === 'invalid' || outcome === 'failed') return '✗';
  if (decision === 'pending') return '…';
  if (outcome === 'unknown') return '?';
  return decision === null ? '·' : '✓';
}

function spell(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function utc(time: string): string {
  return `${time.slice(0, 19).replace('T', ' ')} UTC`;
}

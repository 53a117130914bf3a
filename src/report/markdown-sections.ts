import { describeComparison, describeReproduced } from '#report/comparison.ts';
import type { Section } from '#report/markdown-words.ts';
import { paragraphs, table, utc } from '#report/markdown-words.ts';
import type { ReportedSuite } from '#report/schema-tests.ts';
import type { Report, TimelineStep } from '#report/schema.ts';
import { toCode, toCodeBlock, toMarkdownLine, toMarkdownLink, toMarkdownQuote } from '#report/text.ts';
import { describeCounts } from '#report/verification.ts';

/** The analysis that came with the incident, and what of it the repository knows. */
export function toCause({ rca }: Report): Section {
  if (!rca) return { title: 'Root-cause analysis', body: '' };
  const { commits, files, symbols } = rca.references;
  const named = [...commits, ...files, ...symbols].slice(0, 20).map((name) => toCode(name));
  return {
    title: 'Root-cause analysis',
    body: paragraphs(
      toMarkdownQuote(rca.text),
      rca.url === null ? '' : `Link: ${toMarkdownLink(rca.url)}`,
      named.length === 0 ? '' : `Found in the repository: ${named.join(', ')}`,
    ),
  };
}

/** What the net diff changes. */
export function toChange({ patch, files_modified, git_diff }: Report): Section {
  if (!patch) return { title: 'Change', body: '' };
  const rows = files_modified.map(({ path, action, lines_added, lines_removed }) => [
    toCode(path),
    action,
    `+${lines_added} −${lines_removed}`,
  ]);
  const count = patch.history.length;
  return {
    title: 'Change',
    body: paragraphs(
      table(['File', 'Action', 'Lines'], rows),
      `Net diff ${toCode(patch.diff_hash)} in ${count} ${count === 1 ? 'patch' : 'patches'}.`,
      git_diff === null ? '' : toCodeBlock(git_diff, { info: 'diff', maxChars: 8_000 }),
    ),
  };
}

/** How each suite stands. */
export function toTests({ verification, other_suites: others }: Report): Section {
  if (verification.length + others.length === 0) return { title: 'Tests', body: '' };
  const rows = verification.map((suite) => [
    `${toCode(suite.suite)}${suite.required ? '' : ' (optional)'}`,
    `${suite.green ? 'OK' : 'FAIL'} ${suite.state.replaceAll('_', ' ')}`,
    suite.counts ? describeCounts(suite.counts) : '',
    suite.verdict === null ? '' : `${suite.scope}${suite.on_current_tree ? '' : ', earlier tree'}`,
  ]);
  return {
    title: 'Tests',
    body: paragraphs(
      rows.length === 0 ? '' : table(['Suite', 'State', 'Tests', 'Scope'], rows),
      ...verification.flatMap(toFailures),
      ...others.map(toOther),
    ),
  };
}

function toOther({ suite, verdict, on_current_tree: isCurrent }: Report['other_suites'][number]): string {
  const where = isCurrent ? '' : ', earlier tree';
  return `Nothing follows from ${toCode(suite)} of another configuration (${(verdict ?? 'running').replaceAll('_', ' ')}${where}).`;
}

function toFailures({
  suite,
  failures,
  failures_left_out,
  base,
  reproduced,
  coverage,
  weakened,
}: ReportedSuite): string[] {
  const shown = failures.slice(0, 5).map(({ test, message, file, line, class: found }) => {
    const where = file === null ? '' : ` at ${toCode(line === null ? file : `${file}:${line}`)}`;
    return `- ${found === null ? '' : `${found}: `}${toCode(test, 300)}${where}: ${toMarkdownLine(message, 300)}`;
  });
  const rest = failures.length - shown.length + failures_left_out;
  const list = [`Failing in ${toCode(suite)}:`, '', ...shown, ...(rest > 0 ? [`- … and ${rest} more`] : [])];
  const compared = [describeComparison(base), describeReproduced(reproduced)].filter((words) => words !== '').join(' ');
  const missed = (coverage?.never_ran ?? []).slice(0, 10).map((each) => toCode(each));
  return [
    ...(compared === '' ? [] : [`${toCode(suite)}: ${compared}`]),
    ...(failures.length === 0 ? [] : [list.join('\n')]),
    ...(missed.length === 0 ? [] : [`Changed lines that ${toCode(suite)} never ran: ${missed.join(', ')}`]),
    ...weakened.map((why) => `WARN The change weakens tests: ${toCode(why)}`),
  ];
}

/** The policy by name and digest; says so where the records name none. */
export function toPolicyName({ name, mode, digest, from, others }: Report['policy']): string {
  if (digest === null) return 'Policy not recorded';
  const words = [
    ...(mode === null ? [] : [mode]),
    ...(from === 'records' ? [] : ['of this configuration; nothing was judged']),
  ];
  const kind = words.length === 0 ? '' : ` (${words.join(', ')})`;
  const earlier = others.length === 0 ? '' : `, earlier calls by ${others.map((each) => toCode(each)).join(', ')}`;
  return `Policy ${name === null ? 'of a name that is not recorded' : toCode(name)}${kind}, ${toCode(digest)}${earlier}`;
}

/** Which policy judged, and what it refused. */
export function toRefusals({ policy }: Report): Section {
  const rows = policy.denials.map(({ step, tool, rule_ids, summary, fix }) => [
    `${step}`,
    toCode(tool),
    rule_ids.map((rule) => toCode(rule)).join(', '),
    toMarkdownLine(summary, 200),
    fix === null ? '' : toMarkdownLine(fix, 200),
  ]);
  const head = `${toPolicyName(policy)}: ${policy.decisions.length} decisions, ${rows.length} refused or pending.`;
  return {
    title: 'Policy',
    body: paragraphs(head, rows.length > 0 ? table(['Step', 'Tool', 'Rule', 'Why', 'Instead'], rows) : ''),
  };
}

/** How strong the guard was, and where the records end. */
export function toGuard({ guard, incident }: Report): Section {
  const { strength, why, host_tools: host, records } = guard;
  const words =
    strength === 'enforced'
      ? '**enforced**: the agent could act through Fixgate only.'
      : `**advisory**: ${why.join('; ')}.`;
  const list = [
    `- ${words}`,
    `- The host's own tools: ${host.judged} judged by hooks, ${host.denied} refused.`,
    ...(records
      ? [
          `- Records up to ${toCode(`${records.seq}:${records.hash.slice(0, 16)}`)}; check with ${toCode(`fixgate audit verify ${incident.id}`)}.`,
        ]
      : []),
  ];
  return { title: 'Guard', body: list.join('\n') };
}

/** What happened, call by call. */
export function toTimeline({ timeline }: Report): Section {
  const rows = timeline.map((step) => [
    step.at.slice(11, 19),
    `${markOf(step)} ${toCode(step.tool)}`,
    toMarkdownLine(step.summary, 200),
    step.duration > 0 ? `${step.duration} s` : '',
  ]);
  return {
    title: 'Timeline (UTC)',
    body: rows.length === 0 ? '' : table(['Time', 'What', 'Outcome', 'Took'], rows),
  };
}

function markOf({ decision, outcome }: TimelineStep): string {
  if (decision === 'denied' || decision === 'invalid' || outcome === 'failed') return '✗';
  if (decision === 'pending') return '…';
  if (outcome === 'unknown') return '?';
  return decision === null ? '·' : '✓';
}

/** What was spent. */
export function toBudget({ budget }: Report): Section {
  const kinds = Object.keys(budget.caps) as (keyof typeof budget.caps)[];
  const amount = (kind: string, value: number) =>
    kind === 'usd' ? `$${value.toFixed(4)}` : `${Math.round(value * 100) / 100}`;
  const rows = kinds.map((kind) => [
    kind === 'usd' ? 'usd (estimated)' : kind.replaceAll('_', ' '),
    amount(kind, budget.used[kind]),
    amount(kind, budget.caps[kind]),
    amount(kind, budget.left[kind]),
  ]);
  return { title: 'Budget', body: table(['Kind', 'Used', 'Cap', 'Left'], rows) };
}

/** Calls of which nobody knows how they ended. */
export function toUnknown({ unknown_outcomes }: Report): Section {
  const rows = unknown_outcomes.map(
    ({ tool, at, call_id }) => `- ${toCode(tool)} at ${utc(at)} (call ${toCode(call_id)})`,
  );
  const body = paragraphs(
    'Admitted, and no end was recorded: still running, or the server stopped. Check whether they took effect.',
    rows.join('\n'),
  );
  return { title: 'Outcome unknown', body: rows.length === 0 ? '' : body };
}

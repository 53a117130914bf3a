import { outcomeWords } from '#report/outcome.ts';
import type { Report, TimelineStep } from '#report/schema.ts';

/** Columns of a terminal. */
const WIDTH = 110;

/** Columns before the words: time, symbol, tool. */
const INDENT = 33;

const colors = { green: 32, red: 31, yellow: 33, dim: 2, bold: 1, plain: 0 } as const;
type Color = keyof typeof colors;
type Paint = (color: Color, text: string) => string;

/** The timeline as a person reads it: when, what, how it ended; every refusal with its rule and the way forward. */
export function toTimelineText(report: Report, options: { readonly color?: boolean } = {}): string {
  const paint: Paint = (color, text) => (options.color === true ? `\u001B[${colors[color]}m${text}\u001B[0m` : text);
  const { incident, timeline } = report;
  const head = [
    paint('bold', `${incident.id} · ${incident.severity} · ${incident.title}`),
    paint(
      'dim',
      `${timeline[0]?.at.slice(0, 19).replace('T', ' ') ?? '-'} UTC · ${report.agent} · ${incident.state === 'pr_open' ? outcomeWords(report.pr?.outcome ?? null) : incident.state}`,
    ),
  ];
  const rows = collapse(timeline).map(({ step, times }) => toRow(step, times, paint));
  const tail = [paint('bold', `→ ${report.next_action}`), paint('dim', `Trace ${report.trace.trace_id}`)];
  return [...head, '', ...rows, '', ...tail, ''].join('\n');
}

interface Row {
  readonly step: TimelineStep;
  /** How often in a row. */
  readonly times: number;
}

/** What the row of the call says already. */
const SAID_BY_CALL: ReadonlySet<string> = new Set(['tests.started', 'pull_request.opened', 'pull_request.updated']);

/** Polls of the same tool become one row that shows the last one. */
function collapse(timeline: readonly TimelineStep[]): Row[] {
  const rows: Row[] = [];
  for (const step of timeline) {
    if (SAID_BY_CALL.has(step.event)) continue;
    const last = rows.at(-1);
    if (last && step.decision === 'free' && last.step.decision === 'free' && last.step.tool === step.tool) {
      rows[rows.length - 1] = { step, times: last.times + 1 };
    } else rows.push({ step, times: 1 });
  }
  return rows;
}

function toRow(step: TimelineStep, times: number, paint: Paint): string {
  const { symbol, color } = markOf(step);
  const isCall = step.decision !== null;
  const name = isCall ? step.tool : step.event.replaceAll(/[._]/g, ' ');
  const label = `${name}${times > 1 ? ` ×${times}` : ''}`.padEnd(20);
  const seconds = step.duration >= 0.1 ? ` (${step.duration.toFixed(1)} s)` : '';
  const [first = '', ...more] = wrap(`${withoutForward(step)}${seconds}`);
  const words = isCall ? (text: string) => text : (text: string) => paint('dim', text);
  return [
    `${paint('dim', toOffset(step.offset_seconds))}  ${paint(color, symbol)} ${words(label)} ${words(first)}`,
    ...more.map((line) => `${' '.repeat(INDENT)}${words(line)}`),
    ...toAftermath(step, paint),
  ].join('\n');
}

/** What a hook answered ends with the way forward, which stands below it. */
function withoutForward({ summary, fix }: TimelineStep): string {
  return fix === null ? summary : summary.replace(fix, () => '').trim();
}

function toAftermath(step: TimelineStep, paint: Paint): string[] {
  const rules = step.rule_ids.length > 0 ? [`by ${step.rule_ids.join(', ')}`] : [];
  const shadowed = step.would_deny.length > 0 ? [`not enforced: ${step.would_deny.join(', ')}`] : [];
  const forward = step.fix === null ? [] : [`→ ${step.fix}`];
  const painted = (color: Color, lines: readonly string[]) =>
    lines.flatMap((line) => wrap(line)).map((line) => `${' '.repeat(INDENT)}${paint(color, line)}`);
  return [...painted('dim', rules), ...painted('yellow', shadowed), ...painted('yellow', forward)];
}

function markOf({ decision, outcome }: TimelineStep): { readonly symbol: string; readonly color: Color } {
  if (decision === 'denied' || decision === 'invalid' || outcome === 'failed') return { symbol: '✗', color: 'red' };
  if (decision === 'pending') return { symbol: '…', color: 'yellow' };
  if (outcome === 'unknown') return { symbol: '?', color: 'yellow' };
  return decision === null ? { symbol: '·', color: 'dim' } : { symbol: '✓', color: 'green' };
}

/** `+mm:ss`; minutes grow past 59. */
function toOffset(seconds: number): string {
  const whole = Math.floor(seconds);
  const minutes = `${Math.floor(whole / 60)}`.padStart(2, '0');
  return `+${minutes}:${`${whole % 60}`.padStart(2, '0')}`.padStart(8);
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH - INDENT) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

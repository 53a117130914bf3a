import type { Refusal } from '#domain/errors.ts';
import { countTokens } from '#engine/tokens.ts';

/** A result as hosts get it: the same facts as text and as an object; refusals are text only. */
export interface RenderedResult {
  readonly text: string;
  readonly structured?: Readonly<Record<string, unknown>>;
}

/** Some hosts cut what is longer. */
export const MAX_RESULT_CHARS = 8_000;

/**
 * How hard an answer is cut: longest string, most items of a list, most entries of a map. The later ones are for one huge row, and the
 * last ones, without the facts that an answer may lack, for a row in very little room.
 */
const CUTS = [
  { chars: 600, items: 200, entries: 100, lean: false },
  { chars: 200, items: 20, entries: 40, lean: false },
  { chars: 80, items: 6, entries: 30, lean: false },
  { chars: 40, items: 2, entries: 30, lean: false },
  { chars: 40, items: 0, entries: 30, lean: true },
  { chars: 40, items: 0, entries: 6, lean: true },
];

type Cut = (typeof CUTS)[number];

/** Characters of a summary, however hard the rest is cut: what to do next stands at its end. */
const SUMMARY_CHARS = 600;

/** Characters per token for hosts that count characters; real tokens are fewer characters in ids and numbers. */
export const CHARS_PER_TOKEN = 4;

type Output = Readonly<Record<string, unknown>>;

/** Renders an output; `OK` and the summary come first, then one line per fact. */
export function renderOutput(output: Output): string {
  const { summary, ...facts } = output;
  const lines = Object.entries(facts).flatMap(([key, value]) => renderFact(key, value));
  return [`OK ${typeof summary === 'string' ? oneLine(summary) : ''}`.trimEnd(), ...lines].join('\n');
}

/** How much of a refusal is told; the last always fits. */
const REFUSAL_CUTS = [
  { message: 2_000, fix: 1_000, rules: 20, evidence: true },
  { message: 2_000, fix: 1_000, rules: 20, evidence: false },
  { message: 600, fix: 400, rules: 5, evidence: false },
];

/** Renders a refusal: the verdict in plain words on the first line, details if any, then the same as JSON on the last. */
export function renderRefusal(refusal: Refusal, id: string): string {
  const [first = '', ...details] = refusal.message.split('\n');
  const candidates = REFUSAL_CUTS.map(({ message, fix, rules, evidence }) => {
    const rule_ids = refusal.rule_ids.slice(0, rules).map((rule) => cutText(oneLine(rule), 128));
    const short = {
      ...refusal,
      message: cutText(first, message),
      rule_ids,
      fix: cutText(oneLine(refusal.fix), fix),
      ...(!evidence && { evidence: {} }),
    };
    return { head: headOf(short, id), json: JSON.stringify(short) };
  });
  const chosen =
    candidates.find(({ head, json }) => head.length + json.length + 2 < MAX_RESULT_CHARS) ?? candidates.at(-1);
  const { head, json } = chosen ?? { head: '', json: '' };
  const room = MAX_RESULT_CHARS - head.length - json.length - 3;
  // Indented: no line of a file or a vendor's answer may look like a verdict of ours.
  const told = details
    .map((line) => `  ${line}`)
    .join('\n')
    .slice(0, Math.max(0, room))
    .toWellFormed();
  return [head, ...(told === '' ? [] : [told]), json].join('\n');
}

function headOf(refusal: Refusal, id: string): string {
  const budget = refusal.budget
    ? ` Left: ${refusal.budget.tool_calls_left} calls, $${refusal.budget.usd_left.toFixed(2)}.`
    : '';
  return `${verdictWord(refusal, id)} ${refusal.message} ${refusal.fix}${budget}`;
}

function verdictWord(refusal: Refusal, id: string): string {
  if (refusal.code === 'approval_required') {
    const asked = refusal.evidence['approval_id'];
    return `PENDING[${typeof asked === 'string' ? asked : id}]`;
  }
  if (refusal.code === 'policy_denied' || refusal.code === 'budget_exhausted')
    return `DENIED[${refusal.rule_ids.join(', ') || refusal.code}]`;
  return `ERROR[${refusal.code}]`;
}

/** What an answer says of its left-out parts; the final texts are put in later and are never longer. */
const CUT_MARKS = { rest: `incident://${'x'.repeat(64)}/evidence/000000`, next_cursor: 'e000000.0000000' };

/** How an answer may be cut. */
interface Limits {
  readonly rows: string | undefined;
  readonly maxChars: number;
  readonly maxTokens: number;
  /** The tool takes a cursor. */
  readonly cursor: boolean;
  /** The tool's output can say that something was left out, and where the whole is. */
  readonly rest: boolean;
  /** Facts that an answer may lack. */
  readonly spare: readonly string[];
}

/** What fits, and what was left out. */
interface Fitted {
  readonly output: Output;
  /** Rows in `output`. */
  readonly returned: number;
  /** Something was left out: rows, or parts of fields. */
  readonly cut: boolean;
}

/** What fits into the limits, both as text and as JSON: `rows` keeps its first items, at least one; the flags say so. */
export function fitOutput(output: Output, limits: Limits): Fitted {
  // No text has more tokens than characters.
  const within = (text: string) =>
    text.length <= limits.maxChars && (text.length <= limits.maxTokens || countTokens(text) <= limits.maxTokens);
  const fits = ({ output }: Fitted) => within(renderOutput(output)) && within(JSON.stringify(output));
  const total = limits.rows ? (output[limits.rows] as readonly unknown[]).length : 0;
  let last: Fitted | undefined;
  for (const cut of CUTS) {
    const take = taker(output, limits, cut);
    const all = take(total);
    if (fits(all)) return all;
    let [low, high] = [0, Math.max(0, total - 1)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (fits(take(middle))) low = middle;
      else high = middle - 1;
    }
    last = take(low);
    if (low > 0) return last;
    // Without a row an answer would lead nowhere.
    if (cut === CUTS.at(-1)) return take(Math.min(1, total));
  }
  return last ?? { output, returned: total, cut: false };
}

function taker(output: Output, { rows, cursor, rest, spare }: Limits, cut: Cut): (count: number) => Fitted {
  const facts = Object.entries(output).filter(([key]) => !cut.lean || !spare.includes(key));
  const found = { cut: facts.length < Object.keys(output).length };
  const bounded = Object.fromEntries(
    facts.map(([key, value]) => [
      key,
      key === rows
        ? (value as readonly unknown[]).map((row) => bound(row, cut, found))
        : bound(value, key === 'summary' ? { ...cut, chars: SUMMARY_CHARS } : cut, found),
    ]),
  );
  const all = rows ? (bounded[rows] as readonly unknown[]) : [];
  return (count) => {
    const cutRows = count < all.length;
    const marks = {
      ...('returned' in output && rows && { returned: count }),
      ...(rest && { truncated: true, rest: CUT_MARKS.rest }),
      ...(cursor && cutRows && { next_cursor: CUT_MARKS.next_cursor }),
    };
    const isCut = cutRows || found.cut;
    return {
      output: isCut ? { ...bounded, ...(rows && { [rows]: all.slice(0, count) }), ...marks } : bounded,
      returned: count,
      cut: isCut,
    };
  };
}

function bound(value: unknown, limit: Omit<Cut, 'lean'>, found: { cut: boolean }): unknown {
  if (typeof value === 'string') {
    found.cut ||= value.length > limit.chars;
    return cutText(value, limit.chars);
  }
  if (value === null || typeof value !== 'object') return value;
  const [kept, left] = Array.isArray(value)
    ? limitOf(value, limit.items)
    : limitOf(Object.entries(value), limit.entries);
  found.cut ||= left > 0;
  if (!Array.isArray(value))
    return Object.fromEntries(
      (kept as [string, unknown][]).map(([key, item]) => [cutText(key, limit.chars), bound(item, limit, found)]),
    );
  const items = kept.map((item) => bound(item, limit, found));
  return left > 0 && value.every((item) => typeof item === 'string') ? [...items, `…(+${left} more)`] : items;
}

function limitOf(list: readonly unknown[], max: number): readonly [readonly unknown[], number] {
  return [list.slice(0, max), Math.max(0, list.length - max)];
}

function cutText(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const kept = text
    .slice(0, chars)
    .toWellFormed()
    .replace(/\uFFFD$/u, '');
  return `${kept}…(+${text.length - kept.length} chars)`;
}

function renderFact(key: string, value: unknown): string[] {
  if (value === undefined || value === '') return [];
  if (!Array.isArray(value)) return [`${key}: ${inline(value)}`];
  if (value.length === 0) return [`${key}: none`];
  if (value.every((item) => item === null || typeof item !== 'object'))
    return [`${key}: ${value.map(inline).join(' | ')}`];
  return [`${key}:`, ...value.map((item) => `- ${inline(item)}`)];
}

function inline(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'string') return oneLine(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(' | ')}]`;
  return Object.entries(value)
    .filter(([, item]) => item !== undefined && item !== '' && !(Array.isArray(item) && item.length === 0))
    .map(
      ([key, item]) =>
        `${oneLine(key)}=${typeof item === 'string' && /\s/.test(item) ? JSON.stringify(item) : inline(item)}`,
    )
    .join(' ');
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ⏎ ');
}

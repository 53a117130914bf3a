import { canonicalJson } from '#domain/json.ts';
import type { Json } from '#domain/json.ts';
import { isolations } from '#domain/remediation.ts';
import { entryModes } from '#policy/command/entry.ts';
import type { FileEntry, FileRule } from '#policy/file-rules.ts';
import { fileEffects, toFileRule } from '#policy/file-rules.ts';
import type { Place, Problem } from '#policy/problems.ts';

/** A policy file before its defaults are filled in; parts of one may be missing. */
export type Fragment = Readonly<Record<string, unknown>>;

/** What comes of two fragments, and where the second would have loosened the first, in words that the name of the first ends. */
export interface Merged {
  readonly content: Fragment;
  readonly looser: readonly Problem[];
}

/** How one key is merged: the stricter of both values, and whether the second was looser. */
type Rule = (
  had: unknown,
  given: unknown,
  at: Place,
) => { readonly value: unknown; readonly looser?: readonly Problem[] };

const cap: Rule = (had, given, at) =>
  typeof had === 'number' && typeof given === 'number'
    ? { value: Math.min(had, given), looser: given > had ? [saysLooser(at, given, had)] : [] }
    : { value: given };

/** Values from the loosest to the strictest. */
const ranked =
  (order: readonly unknown[]): Rule =>
  (had, given, at) => {
    const isLooser = order.indexOf(given) >= 0 && order.indexOf(given) < order.indexOf(had);
    return { value: isLooser ? had : given, looser: isLooser ? [saysLooser(at, given, had)] : [] };
  };

const union: Rule = (had, given) => ({ value: [...new Set([...listOf(had), ...listOf(given)])] });

/** Entries that are told by their `name`; the same name cannot mean two things. */
const named: Rule = (had, given, at) => {
  const known = listOf(had) as readonly Fragment[];
  const added = listOf(given) as readonly Fragment[];
  const clashes = added.filter((each) => known.some((other) => other['name'] === each['name'] && !same(other, each)));
  return {
    value: [...known, ...added.filter((each) => !known.some((other) => other['name'] === each['name']))],
    looser: clashes.map((each) => ({ at, what: `${show(each)} is another than the one of that name` })),
  };
};

const distinct: Rule = (had, given) => {
  const known = listOf(had);
  return { value: [...known, ...listOf(given).filter((each) => !known.some((other) => same(other, each)))] };
};

const nested =
  (rules: Readonly<Record<string, Rule>>, rest: Rule = replace): Rule =>
  (had, given, at) => {
    if (!isRecord(had) || !isRecord(given)) return { value: given };
    const merged = mergeKeys(had, given, { rules, rest, at });
    return { value: merged.content, looser: merged.looser };
  };

const replace: Rule = (_had, given) => ({ value: given });

/** Other hours than those of the file below may only be fewer: outside them a change is riskier. */
const hours: Rule = (had, given, at) => {
  if (!isRecord(had) || had['days'] === undefined) return { value: given };
  const { days, from, until } = recordOf(given);
  const isWithin =
    listOf(days).every((day) => listOf(had['days']).includes(day)) &&
    String(from) >= String(had['from']) &&
    String(until) <= String(had['until']);
  return isWithin ? { value: given } : { value: had, looser: [saysLooser(at, given, had)] };
};

/** Entries of `protected_files` add up. An `allow` opens something, so only what is extended may say it. */
const fileRules: Rule = (had, given, at) => {
  const known = (listOf(had) as readonly FileEntry[]).map(toFileRule);
  const looser: Problem[] = [];
  const more = (listOf(given) as readonly FileEntry[]).filter((entry, index) => {
    const rule = toFileRule(entry);
    if (known.some((other) => same(other, rule))) return false;
    const before = strictestOf(known.filter(({ glob }) => glob === rule.glob));
    const weaker = before ? rankOf(rule) > rankOf(before) : rule.effect === 'allow';
    if (weaker) looser.push(before ? saysLooser([...at, index], rule, before) : opensBuiltIn([...at, index], rule));
    return !weaker;
  });
  return { value: [...listOf(had), ...more], looser };
};

function strictestOf(rules: readonly FileRule[]): FileRule | undefined {
  return rules.toSorted((a, b) => rankOf(a) - rankOf(b))[0];
}

function rankOf({ effect }: FileRule): number {
  return fileEffects.indexOf(effect);
}

/** Rows that must be refused stay so; rows that must be allowed may be refused by what was added, and are dropped. */
const examples: Rule = (had, given) => {
  const rows = (of: unknown, key: string, kind: string) => listOf(recordOf(recordOf(of)[key])[kind]);
  const refused = (kind: string) => [...new Set([...rows(had, 'refused', kind), ...rows(given, 'refused', kind)])];
  const allowed = (kind: string) => rows(given, 'allowed', kind);
  return {
    value: {
      refused: { paths: refused('paths'), commands: refused('commands') },
      allowed: { paths: allowed('paths'), commands: allowed('commands') },
    },
  };
};

const caps = nested({}, cap);

/** Every key that can be tightened. What is not listed, such as names and autonomy, is taken from the file that says it last. */
const RULES: Readonly<Record<string, Rule>> = {
  mode: ranked(['shadow', 'enforce']),
  protected_files: fileRules,
  sensitive_files: union,
  blocked_commands: union,
  blocked_commands_mode: ranked(entryModes),
  file_scope: ranked(['any', 'rca_files']),
  limits: caps,
  budget: caps,
  warn_at_usd: cap,
  incidents_opened_by_agents: caps,
  risk: nested({ medium: cap, high: cap, business_hours: hours }),
  require_plan: ranked([false, true]),
  approvals: ranked(['advisory', 'signed']),
  sandbox: nested({ least: ranked(isolations) }),
  pull_request: nested({ draft: ranked([false, true]), labels: union }),
  quality_gates: named,
  code_rules: named,
  hooks: distinct,
  examples,
};

/** Puts a fragment on top of another: whatever it says, the result allows nothing that `had` denies. */
export function tightenFragment(had: Fragment, given: Fragment): Merged {
  return mergeKeys(had, given, { rules: RULES, rest: replace, at: [] });
}

function mergeKeys(
  had: Fragment,
  given: Fragment,
  { rules, rest, at }: { readonly rules: Readonly<Record<string, Rule>>; readonly rest: Rule; readonly at: Place },
): Merged {
  const content: Record<string, unknown> = { ...had };
  const looser: Problem[] = [];
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const rule = Object.hasOwn(rules, key) ? (rules[key] ?? rest) : rest;
    const merged = rule(had[key] === undefined ? emptyLike(value) : had[key], value, [...at, key]);
    content[key] = merged.value;
    looser.push(...(merged.looser ?? []));
  }
  return { content, looser };
}

/** What a key that was not there counts as: an empty list or mapping, so that its rule still holds within. */
function emptyLike(value: unknown): unknown {
  return Array.isArray(value) ? [] : isRecord(value) ? {} : undefined;
}

function saysLooser(at: Place, given: unknown, had: unknown): Problem {
  return { at, what: `${show(given)} is looser than ${show(had)}` };
}

function opensBuiltIn(at: Place, rule: FileRule): Problem {
  const what = `${show(rule)} is looser than what is built in: an opening takes a policy that extends no other, or the same entry`;
  return { at, what };
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 200);
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a as Json) === canonicalJson(b as Json);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Fragment {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Fragment {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { exampleChange, exampleIncident, exampleRun, objections } from '#policy/examples.ts';
import type { FileRule } from '#policy/file-rules.ts';
import { allowedBy } from '#policy/file-rules.ts';
import { codeRules } from '#policy/guards/code-rules.ts';
import type { FileProblem, Place } from '#policy/problems.ts';
import { toLine } from '#policy/problems.ts';
import { isRelated } from '#policy/rough.ts';
import type { CodeRule } from '#policy/schema-checks.ts';
import type { Policy } from '#policy/schema.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/** A row that one rule says about itself. */
export interface RuleExample {
  /** The file that says it, and where. */
  readonly origin: string;
  readonly at: Place;
  readonly list: RuleList;
  /** The glob, the command, or the name. */
  readonly name: string;
  readonly effect: FileRule['effect'] | CodeRule['severity'];
  readonly expected: 'refused' | 'allowed';
  readonly row: string;
}

type RuleList = 'protected_files' | 'sensitive_files' | 'blocked_commands' | 'code_rules';
type Fields = Readonly<Record<string, unknown>>;

const named: Readonly<Record<RuleList, string>> = {
  protected_files: 'glob',
  sensitive_files: 'glob',
  blocked_commands: 'command',
  code_rules: 'name',
};

/** The examples that the rules of a file have; `written` is its content without what is wrong in it. */
export function ruleExamplesIn(written: Fields, origin: string): readonly RuleExample[] {
  const lists = Object.entries(named) as readonly (readonly [RuleList, string])[];
  return lists.flatMap(([list, key]) =>
    entriesOf(written[list]).flatMap((entry, index) => {
      const examples = (entry['examples'] ?? {}) as Readonly<Partial<Record<string, readonly string[]>>>;
      const { effect = list === 'code_rules' ? (entry['severity'] ?? 'block') : 'deny' } = entry;
      const rule = { origin, list, name: String(entry[key]), effect: effect as RuleExample['effect'] };
      return (['refused', 'allowed'] as const).flatMap((expected) =>
        (examples[expected] ?? []).map((row, place) => ({
          ...rule,
          at: [list, index, 'examples', expected, place],
          expected,
          row,
        })),
      );
    }),
  );
}

function entriesOf(list: unknown): readonly Fields[] {
  // An entry that is a text says nothing more.
  return Array.isArray(list) ? (list as readonly Fields[]) : [];
}

/** The examples of rules that the whole policy decides otherwise than by their rule; nothing that only follows from what is left out of it. */
export function failingRuleExamples(
  policy: Policy,
  examples: readonly RuleExample[],
  leftOut: readonly Place[],
): readonly FileProblem[] {
  const isSure = ({ list, expected }: RuleExample) =>
    list !== 'blocked_commands' || expected === 'allowed' || !isRelated(['blocked_commands_mode'], leftOut);
  return examples.filter(isSure).flatMap((example) => {
    const what = misjudged(example, policy);
    return what === undefined ? [] : [{ origin: example.origin, line: toLine({ at: example.at, what }) }];
  });
}

const verbs: Readonly<Record<RuleExample['effect'], readonly [objects: string, not: string]>> = {
  deny: ['is refused by', 'is not refused by'],
  block: ['is refused by', 'is not refused by'],
  require_approval: ['needs approval by', 'needs no approval by'],
  warn: ['is warned of by', 'is not warned of by'],
  allow: ['is allowed by', 'is not allowed by'],
};

function misjudged(example: RuleExample, policy: Policy): string | undefined {
  const { list, name, effect, expected, row } = example;
  const rule = `${list}/${name}`;
  const [objects, not] = verbs[effect];
  if (effect === 'allow') {
    // It refuses nothing, and what it opens it names exactly.
    if (expected === 'refused') return `${quote(row)} ${verbs.deny[1]} ${rule}, whose effect is allow`;
    return allowedBy(row, [{ glob: name, effect }]).length > 0
      ? undefined
      : `${quote(row)} ${not} ${rule}, which names other files`;
  }
  const found = new Set(objectionsTo(example, policy).map((each) => each.rule));
  const isHit = found.has(rule);
  if (isHit === (expected === 'refused')) return undefined;
  if (isHit) return `${quote(row)} ${objects} ${rule}`;
  const instead = found.size > 0 ? `what objects is ${[...found].join(', ')}` : 'no other rule objects';
  return `${quote(row)} ${not} ${rule}; ${instead}`;
}

function objectionsTo({ list, row }: RuleExample, policy: Policy): readonly Finding[] {
  if (list === 'blocked_commands') return objections(exampleRun(row), policy);
  if (list !== 'code_rules') return objections(exampleChange([row]), policy);
  // A rule that only warns finds the same lines.
  const rules = policy.code_rules.map((rule) => ({ ...rule, severity: 'block' as const }));
  return codeRules(exampleChange(['example'], `${row}\n`), { ...policy, code_rules: rules }, exampleIncident);
}

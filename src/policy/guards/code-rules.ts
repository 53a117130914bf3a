import type { PatchAction } from '#domain/action.ts';
import { addedLines } from '#policy/added-lines.ts';
import { compileRegex } from '#policy/command/linear-regex.ts';
import type { CodeRule } from '#policy/schema-checks.ts';
import type { Policy } from '#policy/schema.ts';
import { quote, quoteExpression } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Refuses added lines that hold what a rule with `severity: block` describes. */
export const codeRules: Guard = (action, policy) =>
  action.kind === 'patch' ? findMatches(action, policy.code_rules, 'block').map(toFinding) : [];

/** What a rule with `severity: warn` says of a patch. */
interface CodeWarning {
  readonly rule: string;
  readonly says: string;
}

/** What rules with `severity: warn` say of a patch, one for each file that they match. */
export function codeWarnings(action: PatchAction, policy: Policy): readonly CodeWarning[] {
  return findMatches(action, policy.code_rules, 'warn').map(({ rule, path, line }) => ({
    rule: `code_rules/${rule.name}`,
    says: `line ${line} of ${quote(path)}: ${rule.message}`,
  }));
}

interface Match {
  readonly rule: CodeRule;
  readonly path: string;
  readonly line: number;
}

/** Characters of one line that are searched: every step of every rule is taken at each. */
const MAX_LINE_CHARS = 2_000;

/** The first line of each file that each rule matches; a line that is too long to be searched counts as a match. */
function findMatches({ writes }: PatchAction, rules: readonly CodeRule[], severity: CodeRule['severity']) {
  const wanted = rules.filter((rule) => rule.severity === severity);
  if (wanted.length === 0) return [];
  return writes.flatMap((write): Match[] => {
    const lines = addedLines(write);
    return wanted.flatMap((rule) => {
      const search = searchOf(rule.pattern);
      const hit = lines.find(({ text }) => text.length > MAX_LINE_CHARS || search(text));
      return hit ? [{ rule, path: write.path, line: hit.line }] : [];
    });
  });
}

const searches = new Map<string, (text: string) => boolean>();

function searchOf(pattern: string): (text: string) => boolean {
  const search = searches.get(pattern) ?? compileRegex(pattern);
  searches.set(pattern, search);
  return search;
}

function toFinding({ rule, path, line }: Match): Finding {
  return {
    rule: `code_rules/${rule.name}`,
    effect: 'deny',
    reason: `Line ${line} of ${quote(path)} holds what the rule ${quote(rule.name)} forbids: ${rule.message}`,
    fix: `Send the same patch with another line ${line} of ${quote(path)}, without what ${quoteExpression(rule.pattern)} matches.`,
    evidence: { path, line, pattern: rule.pattern },
  };
}

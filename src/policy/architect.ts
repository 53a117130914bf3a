import { ArchitectFile } from '#policy/architect-schema.ts';
import { describeIssues, misconfigured } from '#policy/problems.ts';
import type { Policy, PolicyContent } from '#policy/schema.ts';
import { PolicyFile } from '#policy/schema.ts';
import { ruleProblems, sealPolicy, unsealPolicy } from '#policy/seal.ts';
import { parseYaml } from '#policy/yaml.ts';

/** True for a file in architect's form: one of its three blocks, and no `version` of ours. */
export function isArchitect(text: string): boolean {
  const { value } = parseYaml(text, '1.1');
  if (typeof value !== 'object' || value === null || 'version' in value) return false;
  return 'guardrails' in value || 'costs' in value || 'telemetry' in value;
}

/** The policy of an operator who gives an `.architect.yaml`: its lists and caps replace those of `shipped`, the rest holds. */
export function fromArchitect(text: string, origin: string, shipped: Policy): Policy {
  const file = parseArchitect(text, origin);
  const { guardrails, costs } = file;
  const base = unsealPolicy(shipped);
  return seal(origin, shipped, file, {
    ...base,
    protected_files: guardrails?.protected_files ?? base.protected_files,
    ...sensitive(guardrails?.sensitive_files ?? base.sensitive_files),
    blocked_commands: guardrails?.blocked_commands ?? base.blocked_commands,
    limits: {
      max_files: guardrails?.max_files_modified ?? base.limits.max_files,
      max_lines: guardrails?.max_lines_changed ?? base.limits.max_lines,
    },
    budget: {
      ...base.budget,
      usd: costs?.budget_usd ?? base.budget.usd,
      test_runs: guardrails?.max_commands_executed ?? base.budget.test_runs,
    },
    examples: noExamples,
  });
}

/** The policy with what an `.architect.yaml` found in the repository adds: longer lists and lower caps, never the reverse. */
export function tighten(policy: Policy, text: string, origin: string): Policy {
  const file = parseArchitect(text, origin);
  const { guardrails, costs } = file;
  const base = unsealPolicy(policy);
  return seal(origin, policy, file, {
    ...base,
    protected_files: union(base.protected_files, guardrails?.protected_files),
    ...sensitive(
      guardrails?.sensitive_files
        ? union(base.sensitive_files ?? [], guardrails.sensitive_files)
        : base.sensitive_files,
    ),
    blocked_commands: union(base.blocked_commands, guardrails?.blocked_commands),
    limits: {
      max_files: least(base.limits.max_files, guardrails?.max_files_modified),
      max_lines: least(base.limits.max_lines, guardrails?.max_lines_changed),
    },
    budget: {
      ...base.budget,
      usd: least(base.budget.usd, costs?.budget_usd),
      test_runs: least(base.budget.test_runs, guardrails?.max_commands_executed),
    },
    examples: noExamples,
  });
}

const noExamples: PolicyContent['examples'] = {
  refused: { paths: [], commands: [] },
  allowed: { paths: [], commands: [] },
};

function parseArchitect(text: string, origin: string): ArchitectFile {
  const yaml = parseYaml(text, '1.1');
  if (yaml.problems.length > 0) throw misconfigured(origin, yaml.problems);
  const parsed = ArchitectFile.safeParse(yaml.value ?? {});
  if (!parsed.success) throw misconfigured(origin, describeIssues(parsed.error, ArchitectFile), parsed.error);
  return parsed.data;
}

function seal(origin: string, from: Policy, file: ArchitectFile, content: PolicyContent): Policy {
  const parsed = PolicyFile.safeParse(content);
  if (!parsed.success) throw misconfigured(origin, describeIssues(parsed.error, PolicyFile), parsed.error);
  const problems = ruleProblems(content).map((line) => `guardrails.${line}`);
  if (problems.length > 0) throw misconfigured(origin, problems);
  return sealPolicy(content, { origins: [...from.origins, origin], notes: [...from.notes, ...notesOf(file, origin)] });
}

function notesOf({ guardrails, costs, telemetry }: ArchitectFile, origin: string): readonly string[] {
  const notEnforced = 'not enforced by this version';
  const hasRules = Object.entries(guardrails ?? {}).some(
    ([key, value]) => key !== 'enabled' && value !== null && value !== false,
  );
  const notes: [boolean, string][] = [
    [guardrails?.enabled === false && hasRules, 'guardrails.enabled: false: the rules beside it hold all the same'],
    [
      guardrails?.require_test_after_edit === false,
      'guardrails.require_test_after_edit: false: a pull request needs green tests all the same',
    ],
    [
      (guardrails?.quality_gates?.length ?? 0) > 0,
      `guardrails.quality_gates: ${notEnforced}; declare them as required suites`,
    ],
    [(guardrails?.code_rules?.length ?? 0) > 0, `guardrails.code_rules: ${notEnforced}`],
    [costs?.enabled === false, 'costs.enabled: false: the budget holds all the same'],
    [typeof costs?.prices_file === 'string', `costs.prices_file: ${notEnforced}`],
    [typeof costs?.warn_at_usd === 'number', `costs.warn_at_usd: ${notEnforced}`],
    [telemetry?.enabled === true, `telemetry: ${notEnforced}`],
  ];
  return notes.filter(([applies]) => applies).map(([, note]) => `${origin}: ${note}`);
}

function union(list: readonly string[], more: readonly string[] | null | undefined): string[] {
  return [...new Set([...list, ...(more ?? [])])];
}

function least(cap: number, other: number | null | undefined): number {
  return Math.min(cap, other ?? cap);
}

function sensitive(list: readonly string[] | undefined): { readonly sensitive_files?: string[] } {
  return list === undefined ? {} : { sensitive_files: [...list] };
}

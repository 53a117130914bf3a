import type { ArchitectTelemetry, PricesFile } from '#policy/architect-schema.ts';
import { ArchitectFile } from '#policy/architect-schema.ts';
import { isClassName } from '#policy/classes.ts';
import { contentProblems } from '#policy/content-problems.ts';
import { toPlainArgv } from '#policy/plain-argv.ts';
import type { Problem } from '#policy/problems.ts';
import { misconfigured, toLine } from '#policy/problems.ts';
import { readYaml } from '#policy/read-yaml.ts';
import { readRoughly } from '#policy/rough.ts';
import type { CodeRule, QualityGate } from '#policy/schema-checks.ts';
import type { Fragment } from '#policy/tighten.ts';

/** Seconds that architect gives a gate whose `timeout` is absent. */
const GATE_TIMEOUT_SECONDS = 60;

/** True for a file in architect's form: one of its three blocks, and no `version` of ours. */
export function isArchitect(text: string): boolean {
  const { value } = readYaml(text, '1.1');
  if (typeof value !== 'object' || value === null || 'version' in value) return false;
  return 'guardrails' in value || 'costs' in value || 'telemetry' in value;
}

/** What an `.architect.yaml` says, with our names. */
export interface ArchitectFragment {
  readonly content: Fragment;
  /** In words what of it is not enforced. */
  readonly notes: readonly string[];
  readonly pricesFiles: readonly PricesFile[];
  /** Honoured in the operator's own file alone. */
  readonly telemetry: ArchitectTelemetry | undefined;
}

/** Reads an `.architect.yaml`; throws `misconfigured` with every problem at once. */
export function architectFragment(text: string, origin: string): ArchitectFragment {
  const yaml = readYaml(text, '1.1');
  if (yaml.problems.length > 0) throw misconfigured(origin, yaml.problems);
  const { data: file, problems } = readRoughly(yaml.value ?? {}, { schema: ArchitectFile, check: ruleProblems });
  if (problems.length > 0) throw misconfigured(origin, problems.map(toLine));
  const { guardrails, costs } = file;
  const gates = (guardrails?.quality_gates ?? []).map(toGate);
  const rules = (guardrails?.code_rules ?? []).map(toCodeRule);
  const content = {
    protected_files: guardrails?.protected_files?.map(literalGlob),
    sensitive_files: guardrails?.sensitive_files?.map(literalGlob),
    blocked_commands: guardrails?.blocked_commands,
    limits: { max_files: guardrails?.max_files_modified, max_lines: guardrails?.max_lines_changed },
    budget: { usd: costs?.budget_usd, test_runs: guardrails?.max_commands_executed },
    warn_at_usd: costs?.warn_at_usd,
    quality_gates: gates.length > 0 ? gates : undefined,
    code_rules: rules.length > 0 ? rules : undefined,
  };
  const { prices_file: prices } = costs ?? {};
  return {
    content: withoutEmpty(content),
    notes: notesOf(file, origin),
    pricesFiles: typeof prices === 'string' ? [{ file: prices, origin }] : [],
    telemetry: file.telemetry?.enabled === true ? { ...file.telemetry, origin } : undefined,
  };
}

/** What is wrong with rules that have the right type, by the names that they have here. */
function ruleProblems({ guardrails }: ArchitectFile): readonly Problem[] {
  const gates = guardrails?.quality_gates ?? [];
  const rules = {
    blocked_commands: guardrails?.blocked_commands ?? [],
    code_rules: (guardrails?.code_rules ?? []).map(toCodeRule),
    quality_gates: gates.map(toGate),
  };
  const shells = gates.flatMap(({ command }, index) => {
    if (toPlainArgv(command)) return [];
    const what = `${JSON.stringify(command.slice(0, 200))} needs a shell; write one plain command, or put it into a script of the repository`;
    return [{ at: ['quality_gates', index, 'command'], what }];
  });
  return [...shells, ...contentProblems(rules)].map(({ at, what }) => ({ at: ['guardrails', ...at], what }));
}

type Guardrails = NonNullable<ArchitectFile['guardrails']>;

/** Architect hands the command to a shell; here it must be one plain command. */
function toGate(gate: NonNullable<Guardrails['quality_gates']>[number], index: number): QualityGate {
  return {
    name: toName(gate.name, index),
    argv: [...(toPlainArgv(gate.command) ?? [])],
    timeout_s: gate.timeout ?? GATE_TIMEOUT_SECONDS,
    required: gate.required ?? true,
  };
}

function toCodeRule(rule: NonNullable<Guardrails['code_rules']>[number], index: number): CodeRule {
  return {
    name: `architect-${index + 1}`,
    pattern: rule.pattern,
    message: rule.message.slice(0, 500) || 'it is not wanted here',
    severity: rule.severity ?? 'warn',
  };
}

/** Architect's names are any text. */
function toName(name: string, index: number): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 40);
  return plain === '' ? `architect-${index + 1}` : plain;
}

/** Architect knows no classes: there `@types` is a file of that name. */
function literalGlob(glob: string): string {
  return isClassName(glob) ? `[@]${glob.slice(1)}` : glob;
}

/** What is told of spans where they are not the file's to send. */
export function telemetryNotes({ telemetry }: Pick<ArchitectFragment, 'telemetry'>): readonly string[] {
  if (!telemetry) return [];
  return [`${telemetry.origin}: telemetry: only the operator's own policy file says where spans go; nothing is read`];
}

function withoutEmpty(value: Fragment): Fragment {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => {
      if (each === undefined || each === null) return [];
      if (typeof each !== 'object' || Array.isArray(each)) return [[key, each]];
      const inner = withoutEmpty(each as Fragment);
      return Object.keys(inner).length > 0 ? [[key, inner]] : [];
    }),
  );
}

function notesOf({ guardrails, costs, mcp }: ArchitectFile, origin: string): readonly string[] {
  const hasRules = Object.entries(guardrails ?? {}).some(
    ([key, value]) => key !== 'enabled' && value !== null && value !== false,
  );
  const notes: [boolean, string][] = [
    [guardrails?.enabled === false && hasRules, 'guardrails.enabled: false: the rules beside it hold all the same'],
    [
      guardrails?.require_test_after_edit === false,
      'guardrails.require_test_after_edit: false: a pull request needs green tests all the same',
    ],
    [costs?.enabled === false, 'costs.enabled: false: the budget holds all the same'],
    [
      (mcp?.servers ?? []).length > 0,
      'mcp.servers: architect starts them, and Fixgate is one of them; nothing is read',
    ],
  ];
  return notes.filter(([applies]) => applies).map(([, note]) => `${origin}: ${note}`);
}

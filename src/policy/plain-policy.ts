import type { Amounts } from '#domain/budget.ts';
import { budgetKinds, DEFAULT_BYTES_SCANNED } from '#domain/budget.ts';
import { globsOfClass, isClassName } from '#policy/classes.ts';
import { compileEntry } from '#policy/command/entry.ts';
import type { Policy } from '#policy/schema.ts';
import type { ParsedYaml } from '#policy/yaml.ts';

/** What the tools of a host are judged by: the rules of files and commands, and what ends an incident. */
export type HostPolicy = Pick<
  Policy,
  | 'mode'
  | 'protected_files'
  | 'sensitive_files'
  | 'blocked_commands'
  | 'blocked_commands_mode'
  | 'limits'
  | 'budget'
  | 'approvals'
  | 'autonomy'
  | 'incidents_opened_by_agents'
>;

/** Every key that a policy file may have; anything else is left to the full reader, which knows what was meant. */
export const POLICY_KEYS: ReadonlySet<string> = new Set(
  (
    'version name mode protected_files sensitive_files blocked_commands blocked_commands_mode file_scope limits autonomy risk require_plan approvals sandbox budget ' +
    'warn_at_usd incidents_opened_by_agents pull_request quality_gates code_rules hooks examples'
  ).split(' '),
);
const LIMIT_KEYS = new Set(['max_files', 'max_lines', 'max_bytes', 'max_deleted_tests']);
const BUDGET_KEYS: ReadonlySet<string> = new Set(budgetKinds);
const AUTONOMY_KEYS = new Set(['level', 'sev4_patch']);
const LEVELS: ReadonlySet<unknown> = new Set(['observer', 'pr_bot', 'auto_remediator']);
const ARCHITECT_KEYS = new Set(
  'enabled protected_files sensitive_files blocked_commands max_files_modified max_lines_changed max_commands_executed require_test_after_edit'.split(
    ' ',
  ),
);
const COST_KEYS = new Set(['enabled', 'budget_usd', 'warn_at_usd', 'prices_file']);

/**
 * Reads a policy of plain shape without the schema library, whose loading takes longer than all the rest of a hook.
 * Undefined for any other shape and for anything doubtful: then the full reader decides, or refuses with its reasons.
 */
export function readPlainPolicy({ value, problems }: ParsedYaml): HostPolicy | undefined {
  if (problems.length > 0 || !hasOnly(value, POLICY_KEYS) || value['version'] !== 1) return undefined;
  const { mode, approvals = 'signed', autonomy = {}, limits, incidents_opened_by_agents: opened } = value;
  const budget = isRecord(value['budget']) ? { bytes_scanned: DEFAULT_BYTES_SCANNED, ...value['budget'] } : undefined;
  const { protected_files, sensitive_files, blocked_commands } = value;
  const { blocked_commands_mode: commandsMode } = value;
  if (!(commandsMode === undefined || commandsMode === 'words')) return undefined;
  if (typeof value['name'] !== 'string' || (mode !== 'enforce' && mode !== 'shadow')) return undefined;
  const { warn_at_usd: warnAt } = value;
  if (!(warnAt === undefined || isAmount(warnAt))) return undefined;
  if (approvals !== 'signed' && approvals !== 'advisory') return undefined;
  if (!isAutonomy(autonomy)) return undefined;
  if (!isGlobs(protected_files) || !(sensitive_files === undefined || isGlobs(sensitive_files))) return undefined;
  if (!isCommands(blocked_commands) || !isLimits(limits)) return undefined;
  if (!isAmounts(budget) || !isRecord(opened) || !isAmount(opened['daily_budget_factor'])) return undefined;
  return {
    mode,
    approvals,
    autonomy: { level: 'pr_bot', sev4_patch: false, ...autonomy },
    protected_files: [...protected_files],
    ...(sensitive_files !== undefined && { sensitive_files: [...sensitive_files] }),
    blocked_commands: [...blocked_commands],
    limits: limits as Policy['limits'],
    budget,
    incidents_opened_by_agents: opened as Policy['incidents_opened_by_agents'],
  };
}

/** Adds what a repository's `.architect.yaml` of plain shape says; undefined, as above, for any other. */
export function tightenPlainly(policy: HostPolicy, { value, problems }: ParsedYaml): HostPolicy | undefined {
  if (problems.length > 0 || !isRecord(value)) return undefined;
  const { guardrails = {}, costs = {}, telemetry } = value;
  if (telemetry !== undefined || !hasOnly(guardrails, ARCHITECT_KEYS) || !hasOnly(costs, COST_KEYS)) return undefined;
  const { protected_files = [], sensitive_files, blocked_commands = [], max_files_modified: files } = guardrails;
  const { budget_usd: usd, warn_at_usd: warnAt } = costs;
  if (!(warnAt === undefined || isAmount(warnAt))) return undefined;
  if (!isGlobs(protected_files) || !(sensitive_files === undefined || isGlobs(sensitive_files))) return undefined;
  if (!isCommands(blocked_commands) || !(files === undefined || isCount(files))) return undefined;
  if (!(usd === undefined || isAmount(usd))) return undefined;
  return {
    ...policy,
    protected_files: [...policy.protected_files, ...protected_files],
    ...(sensitive_files !== undefined && { sensitive_files: [...(policy.sensitive_files ?? []), ...sensitive_files] }),
    blocked_commands: [...policy.blocked_commands, ...blocked_commands],
    limits: { ...policy.limits, max_files: Math.min(policy.limits.max_files, files ?? Infinity) },
    budget: { ...policy.budget, usd: Math.min(policy.budget.usd, usd ?? Infinity) },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: unknown, keys: ReadonlySet<string>): value is Fields {
  return isRecord(value) && Object.keys(value).every((key) => keys.has(key));
}

function isTexts(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= 1_000 &&
    value.every((each) => typeof each === 'string' && each !== '' && each.length <= 512)
  );
}

function isGlobs(value: unknown): value is readonly string[] {
  // Of an exception the full reader says what it is.
  const isPlain = (glob: string) => !glob.startsWith('!') && (!isClassName(glob) || globsOfClass(glob) !== undefined);
  return isTexts(value) && value.every(isPlain);
}

function isCommands(value: unknown): value is readonly string[] {
  return isTexts(value) && value.every((entry) => compileEntry(entry).problem === undefined);
}

function isAutonomy(value: unknown): value is Partial<Policy['autonomy']> {
  if (!hasOnly(value, AUTONOMY_KEYS)) return false;
  const { level, sev4_patch: patches } = value;
  return (level === undefined || LEVELS.has(level)) && (patches === undefined || typeof patches === 'boolean');
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && isAmount(value);
}

function isLimits(value: unknown): boolean {
  if (!hasOnly(value, LIMIT_KEYS)) return false;
  return 'max_files' in value && 'max_lines' in value && Object.values(value).every(isCount);
}

function isAmounts(value: unknown): value is Amounts {
  return hasOnly(value, BUDGET_KEYS) && budgetKinds.every((kind) => isAmount(value[kind]));
}

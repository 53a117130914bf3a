/** What is counted under this name was in none of the known sets. */
const OTHER = 'other';

/** Different rules that get a label of their own; policies have fewer, but incidents of many repositories may have many policies. */
const MAX_RULES = 200;
const MAX_RULE_CHARS = 120;

/** Makes the labels of rules: each its own id until there are too many, in the order of the records, so that all processes agree. */
export function createRuleLabels(): (rule: unknown) => string {
  const known = new Set<string>();
  return (rule) => {
    if (typeof rule !== 'string' || rule.length > MAX_RULE_CHARS) return OTHER;
    if (known.size < MAX_RULES) known.add(rule);
    return known.has(rule) ? rule : OTHER;
  };
}

/** Makes the labels of a closed set. */
export function createLabels(values: Iterable<string>): (value: unknown) => string {
  const known = new Set(values);
  return (value) => (typeof value === 'string' && known.has(value) ? value : OTHER);
}

/** Why incidents are handed over. */
export const escalationReasons = [
  'budget',
  'time',
  'attempts',
  'breaker',
  'risk',
  'agent',
  'human',
  'hook',
  OTHER,
] as const;

const REASONS: readonly (readonly [RegExp, (typeof escalationReasons)[number]])[] = [
  [/^(?:daily_)?budget\/wall_seconds$/, 'time'],
  [/^(?:daily_)?budget\b/, 'budget'],
  [/^breaker\/(?:attempts|no_progress)$/, 'attempts'],
  [/^breaker\//, 'breaker'],
  [/^risk\//, 'risk'],
  [/^escalate$/, 'agent'],
  [/^human$/, 'human'],
  [/^hooks\//, 'hook'],
];

/** The reason behind the rule that handed an incident over. */
export function escalationReason(rule: unknown): string {
  return REASONS.find(([pattern]) => typeof rule === 'string' && pattern.test(rule))?.[1] ?? OTHER;
}

/** Breakers, and the switch that stops everything. */
export const breakerNames = [
  'attempts',
  'no_progress',
  'invalid',
  'denial_storm',
  'same_diff',
  'same_call',
  'sev1_active',
  'provider',
  'cooldown',
  'repo_quality',
  'deploy_in_progress',
  'storm',
  'kill_switch',
] as const;

import type { Action } from '#domain/action.ts';
import type { BlastRadius, Risk, RiskBand, RiskFactor, RiskFacts, RiskFloor, TestEvidence } from '#domain/risk.ts';
import { pathClass } from '#policy/risk-paths.ts';
import type { Policy } from '#policy/schema.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/** Limits of the score that a policy sets. */
export type ScoreLimits = Pick<Policy, 'risk'> & { readonly limits: Pick<Policy['limits'], 'max_files'> };

const WEIGHTS = {
  size: 15,
  files: 10,
  path_class: 25,
  diagnosis_uncertainty: 15,
  test_evidence: 20,
  blast_radius: 10,
  churn: 5,
} as const;

const TESTS: Readonly<Record<TestEvidence, number>> = {
  reproduced: 0,
  affected_pass: 0.3,
  no_affected_tests: 0.7,
  failed_or_not_run: 1,
};

const BLAST: Readonly<Record<BlastRadius, number>> = {
  namespace: 0,
  cluster: 0.25,
  account: 0.5,
  cross_account: 0.75,
  cross_region: 1,
};

const FLOORS: Readonly<Record<RiskFloor, number>> = {
  dependency_manifest: 40,
  test_weakening: 70,
  ci_pipeline: 70,
  access_control: 70,
  production_infrastructure: 70,
  migration: 70,
  special_file: 70,
};

/** Every floor as a rule, and how it is acted on whatever else a change is. */
export function floorRules(
  policy: Pick<Policy, 'risk'>,
): readonly { readonly rule: string; readonly reading: string }[] {
  return Object.entries(FLOORS).map(([floor, least]) => ({
    rule: `risk/${floor}`,
    reading: `a floor of ${least} (${bandOf(least, policy.risk)} risk)`,
  }));
}

/** The risk of a change, from 0 to 100; what is not known counts 0 and is named. */
export function scoreRisk(facts: RiskFacts, policy: ScoreLimits): Risk {
  const xs = factorsOf(facts, policy.limits.max_files);
  const factors: RiskFactor[] = Object.entries(WEIGHTS).flatMap(([name, weight]) => {
    const x = xs[name as keyof typeof WEIGHTS];
    return x === undefined ? [] : [{ name, x: rounded(x), weight, points: rounded(x * weight) }];
  });
  const modifiers = modifiersOf(facts, policy.risk);
  const sum = [...factors, ...modifiers].reduce((total, { points }) => total + points, 0);
  const floors = facts.floors.map(({ floor, why }) => ({ floor, least: FLOORS[floor], why }));
  const score = rounded(Math.max(Math.min(100, Math.max(0, sum)), ...floors.map(({ least }) => least)));
  const unknowns = Object.keys(WEIGHTS).filter((name) => xs[name as keyof typeof WEIGHTS] === undefined);
  return { score, band: bandOf(score, policy.risk), factors, modifiers, floors, unknowns };
}

/** How a score is acted on. */
export function bandOf(score: number, { medium, high }: Pick<Policy['risk'], 'medium' | 'high'>): RiskBand {
  return score >= high ? 'high' : score >= medium ? 'medium' : 'low';
}

/** What the risk of an action asks a human for: floors as soon as the tree changes, the whole score before it is published. */
export function riskFindings(action: Action, risk: Risk | undefined, policy: Pick<Policy, 'risk'>): readonly Finding[] {
  if (risk === undefined || (action.kind !== 'patch' && action.kind !== 'publish')) return [];
  if (action.kind === 'publish') return risk.band === 'high' ? [toHigh(risk)] : [];
  const hard = risk.floors.filter(({ least }) => bandOf(least, policy.risk) === 'high');
  return [...Map.groupBy(hard, ({ floor }) => floor)].map(([floor, hits]) => ({
    rule: `risk/${floor}`,
    effect: 'require_approval',
    reason: `The change is of high risk whatever its size (${floor.replaceAll('_', ' ')}): ${hits
      .slice(0, 5)
      .map(({ why }) => quote(why))
      .join(', ')}.`,
    fix: 'Send a patch that does without it, else ask the on-call engineer for approval.',
    unasked: 'Leave out what is of high risk.',
    evidence: { floor, why: hits.slice(0, 20).map(({ why }) => why) },
  }));
}

/** The finding that ends an incident's work unless a human has approved exactly this tree. */
export const HIGH_RISK = 'risk/high';

function toHigh({ score, floors, factors }: Risk): Finding {
  const most = factors.toSorted((a, b) => b.points - a.points).slice(0, 3);
  const because =
    floors.length > 0 ? floors.map(({ floor, why }) => `${floor} ${quote(why)}`) : most.map(({ name }) => name);
  return {
    rule: HIGH_RISK,
    effect: 'require_approval',
    reason: `The risk of the change is high: ${score} of 100 (${because.slice(0, 5).join(', ').replaceAll('_', ' ')}).`,
    fix: 'Hand over to the on-call engineer, who decides about exactly this tree.',
    evidence: { score, floors: floors.map(({ floor }) => floor) },
  };
}

function factorsOf(facts: RiskFacts, maxFiles: number): Readonly<Record<keyof typeof WEIGHTS, number | undefined>> {
  const { files, confidence, tests, blastRadius, churn } = facts;
  const lines = files.reduce((sum, { added, removed }) => sum + added + removed, 0);
  const more = files.length - 1;
  return {
    size: clamp(lines / 100),
    files: maxFiles > 1 ? clamp(more / (maxFiles - 1)) : clamp(more),
    path_class: Math.max(0, ...files.map(({ path }) => pathClass(path))),
    diagnosis_uncertainty: confidence === undefined ? undefined : clamp(1 - confidence),
    test_evidence: tests === undefined ? undefined : TESTS[tests],
    blast_radius: blastRadius === undefined ? undefined : BLAST[blastRadius],
    churn: churn === undefined ? undefined : clamp(churn / 10),
  };
}

function modifiersOf(facts: RiskFacts, { business_hours: hours }: Policy['risk']): Risk['modifiers'] {
  const all: readonly (readonly [boolean, string, number])[] = [
    [facts.outOfScope === true, 'out_of_scope', 15],
    [hours !== undefined && !isWithin(facts.at, hours), 'after_hours', 10],
    [facts.reverted === true, 'reverted_recently', 10],
    [facts.knownFix === true, 'known_fix', -10],
  ];
  return all.filter(([applies]) => applies).map(([, name, points]) => ({ name, points }));
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

function isWithin(at: number, { days, from, until }: NonNullable<Policy['risk']['business_hours']>): boolean {
  const date = new Date(at);
  const time = date.toISOString().slice(11, 16);
  const day = DAYS[date.getUTCDay()];
  return day !== undefined && days.includes(day) && time >= from && time < until;
}

function clamp(x: number): number {
  return Number.isNaN(x) ? 1 : Math.min(1, Math.max(0, x));
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

import type { Risk, RiskBand } from '#domain/risk.ts';

/** How risky the change is, as answers say it. */
export interface RiskOutput {
  readonly score: number;
  readonly band: RiskBand;
  readonly factors: string[];
  readonly floors: string[];
  readonly unknowns: string[];
}

/** One line per addend; factors that add nothing are left out. */
export function toRiskOutput({ score, band, factors, modifiers, floors, unknowns }: Risk): RiskOutput {
  const addends = [...factors, ...modifiers].filter(({ points }) => points !== 0);
  return {
    score,
    band,
    factors: addends.map(({ name, points }) => `${name} ${points > 0 ? '+' : ''}${points}`),
    floors: floors.slice(0, 10).map(({ floor, least, why }) => `${floor} at least ${least}: ${why.slice(0, 200)}`),
    unknowns: [...unknowns],
  };
}

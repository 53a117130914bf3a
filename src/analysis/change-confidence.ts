/** How a change lies to the service in trouble: itself, one it calls or is called by, or neither. */
export type Scope = 'direct' | 'one_hop' | 'none';

/** How sure one can be that a change caused the trouble. */
export interface ChangeConfidence {
  /** 0 to 1. */
  readonly score: number;
  readonly level: 'high' | 'medium' | 'low';
  /** Nobody knows how the change lies to the service. */
  readonly assumed: boolean;
}

const HOUR_MS = 3_600_000;
const SCOPES: Readonly<Record<Scope, number>> = { direct: 1, one_hop: 0.6, none: 0.1 };

/** Nearness in time by steps: `beforeMs` is from the change to the onset. */
export function proximityOf(beforeMs: number): number {
  if (beforeMs < HOUR_MS) return 0.9;
  if (beforeMs < 4 * HOUR_MS) return 0.6;
  return beforeMs < 24 * HOUR_MS ? 0.3 : 0.1;
}

/** 0.4 of nearness, 0.3 of scope and 0.3 of how well the change fits what the errors say (`pattern`, 0 to 1). */
export function confidenceOf(proximity: number, scope: Scope | undefined, pattern: number): ChangeConfidence {
  const sum = 0.4 * proximity + 0.3 * SCOPES[scope ?? 'one_hop'] + 0.3 * pattern;
  const score = Math.round(sum * 100) / 100;
  return { score, level: score >= 0.7 ? 'high' : score >= 0.4 ? 'medium' : 'low', assumed: scope === undefined };
}

/** What a test says of a change, best first. */
export const testEvidences = ['reproduced', 'affected_pass', 'no_affected_tests', 'failed_or_not_run'] as const;
export type TestEvidence = (typeof testEvidences)[number];

/** How far a change can reach, least first. */
export const blastRadii = ['namespace', 'cluster', 'account', 'cross_account', 'cross_region'] as const;
export type BlastRadius = (typeof blastRadii)[number];

/** What makes a change risky whatever its size. */
export type RiskFloor =
  | 'dependency_manifest'
  | 'test_weakening'
  | 'ci_pipeline'
  | 'access_control'
  | 'production_infrastructure'
  | 'migration'
  | 'special_file';

/** One floor and the evidence for it. */
export interface FloorHit {
  readonly floor: RiskFloor;
  /** Paths are untrusted. */
  readonly why: string;
}

/** What is known of a change to a repository; what is absent is not known. */
export interface RiskFacts {
  /** When it was gathered, in milliseconds since the epoch. */
  readonly at: number;
  readonly files: readonly { readonly path: string; readonly added: number; readonly removed: number }[];
  readonly floors: readonly FloorHit[];
  /** From 0 to 1. */
  readonly confidence?: number;
  readonly tests?: TestEvidence;
  readonly blastRadius?: BlastRadius;
  /** Commits of the 30 days before the base commit that touched the most touched of the files. */
  readonly churn?: number;
  /** One of the files was part of a revert in these 30 days. */
  readonly reverted?: boolean;
  /** The root-cause analysis names files, and the change touches others. */
  readonly outOfScope?: boolean;
  /** A fix that was merged before and held. */
  readonly knownFix?: boolean;
}

/** How a score is acted on. */
export const riskBands = ['low', 'medium', 'high'] as const;
export type RiskBand = (typeof riskBands)[number];

/** One addend of a score. */
export interface RiskFactor {
  readonly name: string;
  /** From 0 to 1. */
  readonly x: number;
  readonly weight: number;
  readonly points: number;
}

/** The risk of a change: a score from 0 to 100 and how it came about. */
export interface Risk {
  readonly score: number;
  readonly band: RiskBand;
  readonly factors: readonly RiskFactor[];
  readonly modifiers: readonly { readonly name: string; readonly points: number }[];
  readonly floors: readonly { readonly floor: RiskFloor; readonly least: number; readonly why: string }[];
  /** Factors that are not known and count 0. */
  readonly unknowns: readonly string[];
}

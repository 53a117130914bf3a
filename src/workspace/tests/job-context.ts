import type { Incident } from '#domain/incident.ts';
import type { TestResult, TestRun } from '#domain/remediation.ts';
import type { BaseOutcome, Comparison, TestPhase } from '#domain/test-comparison.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';

import type { AttemptDeps, Site } from './attempt.ts';

/** The verbs of the store that a job needs. */
export interface JobStore {
  getIncident(id: string): Incident | undefined;
  getTestRun(jobId: string): TestRun | undefined;
  testRuns(incidentId: string): readonly TestRun[];
  touchTestRun(jobId: string, pid: number, phase?: TestPhase): void;
  finishTestRun(jobId: string, result: TestResult, event: NewTimelineEvent): boolean;
  keepBaseOutcome(key: string, outcome: BaseOutcome): void;
  baseOutcome(key: string): BaseOutcome | undefined;
}

/** What a job is made of. */
export interface JobDependencies extends AttemptDeps {
  readonly store: JobStore;
  /** Holds the locks by which runs of one incident take turns: they share a folder. */
  readonly stateFolder: string;
}

/** Tells whoever waits what the job does next. */
export type Enter = (phase: TestPhase) => void;

/** One job on its way to a result. */
export interface JobContext {
  readonly run: TestRun;
  readonly incident: Incident;
  /** The tree under test. */
  readonly site: Site;
  readonly deps: JobDependencies;
  readonly enter: Enter;
}

/** What is known of the base commit, and what it cost to know it. */
export interface BaseReading {
  readonly state: Comparison['state'];
  readonly outcome?: BaseOutcome;
  readonly reason?: string;
  readonly seconds: number;
}

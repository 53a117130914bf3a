/** Impact of an incident; SEV1 is worst. */
export const severities = ['SEV1', 'SEV2', 'SEV3', 'SEV4'] as const;
export type Severity = (typeof severities)[number];

/** Where an incident stands. Transitions happen only in `nextState`. */
export const incidentStates = [
  'open',
  'investigating',
  'patching',
  'verified',
  'pr_open',
  'escalated',
  'closed',
] as const;
export type IncidentState = (typeof incidentStates)[number];

/** Ids are used in branch names, file names and URIs. */
export const INCIDENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** True when `id` has the allowed characters and `hotfix/<id>` is a valid git ref (git check-ref-format). */
export function isIncidentId(id: string): boolean {
  return INCIDENT_ID.test(id) && !id.includes('..') && !id.endsWith('.') && !id.toLowerCase().endsWith('.lock');
}

/** Root-cause text from outside; untrusted. */
export interface Rca {
  readonly text: string;
  readonly url?: string;
}

/** What an RCA names, checked against the repository: only things that exist there. */
export interface RcaReferences {
  readonly commits: readonly string[];
  readonly files: readonly string[];
  readonly symbols: readonly string[];
  /** What it calls a commit and the repository does not hold; absent where there is none. */
  readonly unknownCommits?: readonly string[];
}

/** Where the remediation of an incident happens. */
export interface RepositoryRef {
  /** The path or URL that the operator named, made absolute. */
  readonly location: string;
  /** One name for all addresses of the repository; absent in records of older versions. */
  readonly identity?: string;
  /** The branch that a pull request targets. */
  readonly baseBranch: string;
  /** Full commit id, fixed when the incident is opened. */
  readonly baseCommit: string;
}

/** Which repository it is, whatever address was named. */
export type RepositoryPlace = Pick<RepositoryRef, 'location' | 'identity'>;

/** What incidents of one repository share is kept under this name. */
export function repositoryKey({ identity, location }: RepositoryPlace): string {
  return identity ?? location;
}

/** True for two addresses of one repository. */
export function isSameRepository(one: RepositoryPlace, other: RepositoryPlace): boolean {
  return one.location === other.location || (one.identity !== undefined && one.identity === other.identity);
}

/** The event that has responders, a severity and an id from the pager. */
export interface Incident {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** A human gave the severity. */
  readonly severityConfirmed: boolean;
  readonly service?: string;
  /** Hash of its service's errors when they were first read unfiltered: the same for incidents that log the same. */
  readonly fingerprint?: string;
  /** Where it happens, such as `production`, as far as anybody said. */
  readonly environment?: string;
  /** Milliseconds since the epoch: when the trouble began, as far as known. */
  readonly startedAt: number;
  readonly rca?: Rca;
  readonly repository: RepositoryRef;
  /** Who opened it; agents share one daily ledger per repository. */
  readonly openedBy: 'human' | 'agent';
  readonly openedAt: number;
  readonly state: IncidentState;
  /** A human let work on this SEV1 begin. */
  readonly release?: Release;
  /** Why it was handed over, when `state` is `escalated`. */
  readonly escalation?: Escalation;
  /** Why nothing more is done for it, when `state` is `closed`. */
  readonly closure?: Closure;
}

/** When the trouble began, if anybody said so: an incident that was dated by its opening has no known onset. */
export function onsetOf({ startedAt, openedAt }: Pick<Incident, 'startedAt' | 'openedAt'>): number | undefined {
  return startedAt < openedAt ? startedAt : undefined;
}

/** Why the server stopped, for the human who takes over. */
export interface Escalation {
  readonly reason: string;
  readonly ruleId: string;
  readonly at: number;
  /** Where it would stand without it, and goes on when a human resumes it; absent in records of earlier versions. */
  readonly from?: IncidentState;
}

/** A human's word that a SEV1 may be worked on. */
export interface Release {
  readonly at: number;
  readonly by: string;
  readonly reason: string;
}

/** How an incident can end for good. */
export const resolutions = ['resolved', 'false_alarm'] as const;

/** What a human may say of the diagnosis in the report. */
export const diagnosisVerdicts = ['right', 'wrong'] as const;

/** A human's word that an incident is over. */
export interface Closure {
  readonly at: number;
  readonly by: string;
  readonly reason: string;
  readonly resolution: (typeof resolutions)[number];
  /** Absent when the human did not say. */
  readonly diagnosis?: (typeof diagnosisVerdicts)[number];
}

/** What moves an incident from one state to the next. */
export type IncidentEvent =
  | 'read'
  | 'patched'
  | 'verified'
  | 'unverified'
  | 'published'
  | 'escalated'
  | 'resumed'
  | 'closed';

/**
 * The whole state machine: a pure function; an escalated incident stays escalated until a human resumes or closes it, a closed one closed.
 * `beneath` is where an escalated one would stand without its escalation, and goes on when it is resumed.
 */
export function nextState(
  state: IncidentState,
  event: IncidentEvent,
  beneath: IncidentState = 'investigating',
): IncidentState {
  if (state === 'closed' || event === 'closed') return 'closed';
  if (state === 'escalated') return event === 'resumed' ? beneath : state;
  switch (event) {
    case 'read':
      return state === 'open' ? 'investigating' : state;
    case 'patched':
      return 'patching';
    case 'verified':
      return state === 'pr_open' ? state : 'verified';
    case 'unverified':
      return state === 'verified' ? 'patching' : state;
    case 'published':
      return 'pr_open';
    case 'escalated':
      return 'escalated';
    case 'resumed':
      return state;
  }
}

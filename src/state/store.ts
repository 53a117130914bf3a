import type { Approval, ApprovalDecision, ApprovalMatter } from '#domain/approval.ts';
import type { Amounts, BudgetKind, Spend } from '#domain/budget.ts';
import type {
  Closure,
  Escalation,
  Incident,
  IncidentEvent,
  Release,
  RepositoryPlace,
  Severity,
} from '#domain/incident.ts';
import type { KeptWrite } from '#domain/kept-write.ts';
import type { Publication, TakenBack, ToldQuery } from '#domain/neighbour.ts';
import type { Delivery, DeliveryCount, DeliveryEnd, ToldType } from '#domain/notice.ts';
import type {
  PatchRecord,
  PullRequestFate,
  PullRequestRecord,
  TestPlan,
  TestResult,
  TestRun,
} from '#domain/remediation.ts';
import type { BaseOutcome, TestPhase } from '#domain/test-comparison.ts';
import type { NewTimelineEvent, TimelineEvent } from '#domain/timeline.ts';

/**
 * What the store must keep: a port of verbs. Every verb is one transaction, safe across processes. Reads of what was never
 * written answer empty; verbs that keep something for an incident throw `not_found` when it was never opened.
 */
export interface Store extends AsyncDisposable {
  /**
   * Adds the incident and its `incident.opened` event; answers what already stands there, if anything. Past the quota of its
   * UTC day, which a clock turned back does not renew, nothing is added and `budget_exhausted` is thrown.
   */
  openIncident(incident: Incident, event: NewTimelineEvent, quota?: OpeningQuota): Incident | undefined;
  getIncident(id: string): Incident | undefined;
  /** Newest first. */
  listIncidents(limit: number): readonly Incident[];
  /** Events of all incidents, or of those of one repository, in the order in which they were written. */
  told(query: ToldQuery): readonly TimelineEvent[];
  /** Pull requests of a repository that were opened since then, and calls that are about to open one; oldest first. */
  publications(repository: RepositoryPlace, since: number): readonly Publication[];
  /** Merged changes of a repository that were taken back since then, as far as somebody asked what became of them; oldest first. */
  takenBack(repository: RepositoryPlace, since: number): readonly TakenBack[];
  /** True for one process alone: the one that is to export the root span of the incident's trace. */
  claimRootSpan(incidentId: string): boolean;
  /** Gives the claim back: the span did not arrive. */
  releaseRootSpan(incidentId: string): void;
  /** Keeps the hash of an incident's errors; the first one stands. */
  keepFingerprint(id: string, fingerprint: string): void;
  /**
   * Takes the spans of an incident's records up to the one at `seq` upon this process; answers up to which others took them before,
   * undefined when nothing is left.
   */
  claimTold(incidentId: string, seq: number): number | undefined;
  /** Gives them back, from the one at `seq` on: they did not arrive. */
  releaseTold(incidentId: string, seq: number): void;
  /** With an approval, uses it up; throws `conflict` when it was used before. */
  confirmSeverity(id: string, severity: Severity, event: NewTimelineEvent, approvalId?: string): void;
  /** Every SEV1 of a repository and what was lowered from one, oldest first; also those that are over. */
  sev1Incidents(repository: RepositoryPlace): readonly Incident[];
  /**
   * Moves the incident by `nextState` from where it stands now, so that two processes cannot move it backwards. With `tree`
   * only while that is the incident's tree: what was found out about another one says nothing any more.
   */
  advance(id: string, event: IncidentEvent, tree?: string): void;
  /** Marks the incident escalated and writes `incident.escalated`; an escalated one stays as it is. Its wall time stands still. */
  escalate(id: string, escalation: Escalation): void;
  /**
   * Uses up a granted `resume` approval, lifts the escalation and writes the event; throws `conflict` when it was used before, and
   * what `confirm` throws of the chain as it is in the same transaction.
   */
  resume(
    id: string,
    approvalId: string,
    event: NewTimelineEvent,
    confirm?: (events: readonly TimelineEvent[]) => void,
  ): void;
  /** Uses up a granted `close` approval, ends the incident for good and writes the event; throws `conflict` when it was used before. */
  close(id: string, closure: Closure, approvalId: string, event: NewTimelineEvent): void;

  /** Spends the whole price or nothing, and writes `call.admitted` in the same transaction. */
  admit(request: AdmitRequest): AdmitOutcome;
  /**
   * Ends a call once: gives back what was held beyond the actual use (kinds that `actual` leaves out count as unused, but
   * for seconds that a test run took over), charges use beyond it even past the cap, and writes `call.succeeded` or
   * `call.failed` with `actual` in its data. Later calls change nothing.
   */
  settle(request: SettleRequest): void;
  /** What an incident has used. `wall_seconds` is the time since its first admitted call; a clock turned back refunds none. */
  used(incidentId: string): Amounts;
  /** What the incidents that share a ledger have used of it today, UTC. */
  usedToday(ledger: string): Amounts;
  /** Calls that were admitted and never settled: their outcome is unknown. */
  openCalls(incidentId: string): readonly OpenCall[];

  /** Writes an event at the end of a chain; the store adds position, time and hashes. */
  append(chain: string, event: NewTimelineEvent): TimelineEvent;
  /** Oldest first. */
  timeline(chain: string): readonly TimelineEvent[];
  /** At most `limit` events of all chains, in the order in which all processes wrote them, after a position; 0 is before the first. */
  eventsAfter(position: number, limit: number): readonly PlacedEvent[];
  /** Recomputes the hashes of one chain, or of all, and compares each end with the chain's head: a cut tail is noticed. */
  verify(chain?: string): ChainVerdict;
  /** Checks the signatures of heads, and that nothing is gone that was signed; with `publicKey` (PEM) by that key. */
  verifyHeads(chain?: string, publicKey?: string): HeadsVerdict;

  /**
   * The incident's tree moves from `patch.fromTree` to `patch.tree`, and its state by `patched`; undefined when it stands
   * elsewhere by now. The first patch may start from any tree. It survives a power cut from the next write on, which is the end of its
   * call.
   */
  recordPatch(
    incidentId: string,
    patch: NewPatchRecord,
    everTouched: readonly string[],
    event: NewTimelineEvent,
  ): PatchRecord | undefined;
  patches(incidentId: string): readonly PatchRecord[];
  /** What a patch wrote; undefined for one of a version that did not keep it. */
  patchWrites(incidentId: string, n: number): readonly KeptWrite[] | undefined;
  /** Every path the incident has ever changed. */
  everTouched(incidentId: string): readonly string[];

  /** Keeps the run and takes over the `test_seconds` that its unsettled call holds: settling the call leaves them alone. */
  startTestRun(run: NewTestRun, event: NewTimelineEvent): TestRun;
  /** Says which process runs the job, that it is alive and, where it is known, what it is doing. */
  touchTestRun(jobId: string, pid: number, phase?: TestPhase): void;
  /**
   * Stores the result once and charges the begun seconds, also past the cap: what the run took over beyond them is given
   * back. Writes `event` with `actual` in its data. Later calls change nothing and answer false. The state is the caller's.
   */
  finishTestRun(jobId: string, result: TestResult, event: NewTimelineEvent): boolean;
  getTestRun(jobId: string): KeptTestRun | undefined;
  testRuns(incidentId: string): readonly TestRun[];
  /** The finished runs of any incident on exactly this tree, oldest first. */
  runsOnTree(tree: string): readonly TestRun[];
  /** Keeps what a selection found on a base tree, for every incident that asks the same; the newest stands. */
  keepBaseOutcome(key: string, outcome: BaseOutcome): void;
  baseOutcome(key: string): BaseOutcome | undefined;

  /** Keeps the incident's one pull request, replacing what was known of it, and moves the state by `published`. */
  recordPullRequest(incidentId: string, pullRequest: PullRequestRecord, event: NewTimelineEvent): void;
  pullRequest(incidentId: string): PullRequestRecord | undefined;
  /**
   * Keeps what became of the pull request, and writes what `toEvents` makes of it and of what was known before, asked with the lock
   * held: of several processes that learn the same, one writes it. Changes nothing when the pull request holds another commit by now.
   */
  recordFate(incidentId: string, answer: FateAnswer, toEvents: FateEvents): void;

  /** Keeps a question; an open one about the same subject is answered instead, so that asking twice is asking once. */
  requestApproval(approval: Approval, event: NewTimelineEvent, matter?: ApprovalMatter): Approval;
  /** What a human looks at before the decision; undefined where nothing was kept of it. */
  approvalMatter(id: string): ApprovalMatter | undefined;
  /** Keeps the one decision of an open question; false when it was decided before or has expired. */
  decideApproval(id: string, decision: ApprovalDecision, event: NewTimelineEvent): boolean;
  getApproval(id: string): Approval | undefined;
  /** Of one incident, oldest first. */
  approvals(incidentId: string): readonly Approval[];
  /** Of all incidents: what is neither used nor expired, decided or not, oldest first. */
  unusedApprovals(): readonly Approval[];
  /** Lets work on a SEV1 begin. */
  release(id: string, release: Release, event: NewTimelineEvent): void;

  /** Keeps a redacted text; answers its number within the incident. */
  saveEvidence(
    incidentId: string,
    evidence: { readonly mimeType: string; readonly text: string; readonly title: string; readonly key?: string },
  ): Evidence;
  getEvidence(incidentId: string, n: number): Evidence | undefined;
  /** The newest text that was kept under a key of the incident, by a process with the same settings of the sources. */
  findEvidence(incidentId: string, key: string): Evidence | undefined;
  /** Of one incident, oldest first. */
  evidence(incidentId: string): readonly Evidence[];
  /** Removes texts for good; answers how many. Title and hash stay. */
  purgeEvidence(purge: EvidencePurge): number;

  /**
   * Takes the oldest message that is due for a target. Nobody else gets it until the lease ends; when the process dies
   * before it says how it went, somebody takes it again then.
   */
  claimDelivery(claim: DeliveryClaim): Delivery | undefined;
  /** Keeps the text of a message, so that each attempt sends the same. */
  composeDelivery(delivery: Delivery, body: string): void;
  /** Keeps how an attempt ended and, where given, writes an event about it. */
  endDelivery(delivery: Delivery, end: DeliveryEnd, event?: NewTimelineEvent): void;
  /** How the messages of each target stand that are about what happened since a moment, in milliseconds since the epoch. */
  deliveries(since: number): readonly DeliveryCount[];
}

/** What the code host said, if anything. */
export interface FateAnswer {
  /** The commit of the pull request that was asked about. */
  readonly commit: string;
  /** When it was asked, in milliseconds since the epoch. */
  readonly at: number;
  /** Absent when there was no answer. */
  readonly fate?: PullRequestFate | undefined;
}

/** What is worth an event of a fate that was told, and of the one that was known. */
export type FateEvents = (
  fate: PullRequestFate,
  before: PullRequestFate | undefined,
  pullRequest: PullRequestRecord,
) => readonly NewTimelineEvent[];

/** Which messages a process sends. */
export interface DeliveryClaim {
  readonly target: string;
  /** What the target is told of; what happened before `since` (milliseconds since the epoch) and was never tried is not begun. */
  readonly wanted: readonly { readonly type: ToldType; readonly since: number }[];
  readonly leaseMs: number;
}

/** An event and its place among those of all chains. */
export interface PlacedEvent {
  readonly position: number;
  readonly event: TimelineEvent;
}

/** A patch about to be accepted, with everything that makes its tree out of the one before. */
export interface NewPatchRecord extends Omit<PatchRecord, 'n'> {
  readonly writes: readonly KeptWrite[];
}

/** How many incidents may be opened together in one UTC day. */
export interface OpeningQuota {
  readonly ledger: string;
  readonly cap: number;
}

/** A test run about to start. */
export interface NewTestRun {
  readonly jobId: string;
  readonly incidentId: string;
  /** The call that was admitted for it. */
  readonly callId: string;
  readonly plan: TestPlan;
}

/** A test run with its sign of life. */
export interface KeptTestRun extends TestRun {
  /** The process that runs the job. */
  readonly pid?: number;
  /** Milliseconds since the epoch. */
  readonly touchedAt: number;
}

/** The price of one call and the limits it must stay under. Amounts that are no whole units throw a `RangeError`. */
export interface AdmitRequest {
  readonly incidentId: string;
  readonly callId: string;
  /** Whole units, never refunded. `wall_seconds` cannot be spent or held: it is measured against `caps`. */
  readonly spend: Spend;
  /** At most this much; cut to what is left, refused when that is nothing, settled to the actual use. */
  readonly hold: Spend;
  readonly caps: Amounts;
  /** The ledger, new each UTC day, that incidents opened by agents share; absent for incidents opened by humans. Wall time is not shared. */
  readonly daily?: { readonly ledger: string; readonly caps: Amounts };
  /**
   * Asked with the lock held that the admission is written under, so that nothing comes in between: the incident as it stands
   * now, what it has used, and how to read what else there is. A throw admits nothing.
   */
  readonly confirm?: (now: Incident, used: Amounts, others: AdmitReads) => void;
  /** A granted approval that this call uses up; the call is refused when it was used or has expired meanwhile. */
  readonly approvalId?: string;
  /** The call changes nothing but records: its admission survives a power cut from the next write on, and before it nothing was done. */
  readonly isRecordsOnly?: boolean;
  /** The call happens elsewhere and nobody will settle it, so that it may hold nothing. */
  readonly isElsewhere?: boolean;
  /** The store adds `spend` and `held` to its data. */
  readonly event: NewTimelineEvent;
}

/** What else may be read while a call is admitted. */
export interface AdmitReads {
  /** Of the repository of the incident. */
  readonly publications: (since: number) => readonly Publication[];
  /** Of the incident, without what this admission writes. */
  readonly timeline: () => readonly TimelineEvent[];
}

/** Either everything was spent, or which kinds had too little left and nothing was written. */
export type AdmitOutcome =
  | { readonly admitted: true; readonly held: Spend }
  | {
      readonly admitted: false;
      readonly exhausted: readonly { readonly kind: BudgetKind; readonly scope: 'incident' | 'daily' }[];
      readonly used: Amounts;
    };

/** The end of an admitted call. */
export interface SettleRequest {
  readonly incidentId: string;
  readonly callId: string;
  /** Actual use of what was held, and of kinds charged afterwards. */
  readonly actual: Spend;
  readonly event: NewTimelineEvent;
}

/** An admitted call without an end. */
export interface OpenCall {
  readonly callId: string;
  readonly tool: string;
  readonly at: number;
}

/** Whether the chains are as they were written. */
export type ChainVerdict =
  | { readonly ok: true; readonly chains: number; readonly events: number }
  | { readonly ok: false; readonly chain: string; readonly seq: number; readonly reason: string };

/** What the signatures of the heads say. */
export type HeadsVerdict =
  /** No head is signed and there is no key. */
  | { readonly signed: 'no' }
  | {
      readonly signed: 'yes';
      /** Fingerprint of the public key. */
      readonly key: string;
      readonly heads: number;
      readonly problems: readonly HeadProblem[];
      /** Chains that were begun before heads were signed, and the first event that is vouched for. */
      readonly vouchedSince: readonly { readonly chain: string; readonly seq: number }[];
    };

/** Why a head is not believed; `chain` is empty where it is about all of them. */
export interface HeadProblem {
  readonly chain: string;
  readonly reason: string;
}

/** A kept text; `uri` is `incident://<id>/evidence/<n>`. */
export interface Evidence {
  readonly n: number;
  readonly uri: string;
  readonly title: string;
  readonly mimeType: string;
  readonly text: string;
  /** Hex. */
  readonly sha256: string;
  /** When it was kept, in milliseconds since the epoch. */
  readonly at: number;
  /** When its text was removed; it is empty since. */
  readonly purgedAt?: number;
  /** It was read under other settings of the sources than those of this process: whoever starts one chooses them. */
  readonly isForeign?: true;
}

/** Which texts to remove. */
export interface EvidencePurge {
  /** Kept before this, in milliseconds since the epoch. */
  readonly before: number;
  /** Of this incident alone. */
  readonly incidentId?: string;
}

import type { Clock } from '#domain/clock.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import * as approvals from '#state/approvals.ts';
import type { ReadTimeline } from '#state/budgets.ts';
import { admitCall, openCalls, settleCall, usedAmounts } from '#state/budgets.ts';
import type { Database } from '#state/database.ts';
import { createDatabase } from '#state/database.ts';
import type { ReadUnder } from '#state/evidence.ts';
import {
  findEvidence,
  findEvidenceByKey,
  hasOldEvidence,
  insertEvidence,
  purgeEvidence,
  readEvidence,
} from '#state/evidence.ts';
import { createHeadSigner } from '#state/head-signer.ts';
import * as humanVerbs from '#state/human-verbs.ts';
import * as incidents from '#state/incidents.ts';
import { noAmounts, readDailyLedger } from '#state/ledgers.ts';
import * as neighbours from '#state/neighbours.ts';
import * as outbox from '#state/outbox.ts';
import * as patches from '#state/patches.ts';
import type { Store } from '#state/store.ts';
import * as testRuns from '#state/test-runs.ts';
import { appendEvent, readEventsAfter, verifyChains } from '#state/timeline-log.ts';
import { createTimelineReader } from '#state/timeline-reader.ts';
import { verifyHeads } from '#state/verify-heads.ts';

interface SqliteStoreDeps {
  readonly folder: string;
  readonly clock: Clock;
  /** Whether the key that signs the heads is made where there is none; no when absent. */
  readonly mayMakeKey?: () => boolean;
  /** How long SQLite waits for another writer, each of two times; 10 s when absent. */
  readonly busyTimeoutMs?: number;
  /** Told of each event that this process wrote, once it is kept; what it throws is dropped. */
  readonly onEvent?: (event: TimelineEvent) => void;
  /** The ids of the span that is being worked on, which its events keep; absent where there are none to find again. */
  readonly spanOf?: () => Readonly<Record<string, string>> | undefined;
  /** Evidence that is read here is kept with it, and told from what was read under another one. */
  readonly readUnder?: ReadUnder;
  /** The same of pull requests and the code host; with undefined nothing is told from others. */
  readonly openedUnder?: string;
}

/** The store in one SQLite file; nothing is created on disk before the first verb that writes. */
export function createSqliteStore(deps: SqliteStoreDeps): Store {
  const signer = createHeadSigner(deps.folder, deps.mayMakeKey ?? (() => false));
  const { read: readTimeline, learn } = createTimelineReader();
  const onEvent = (event: TimelineEvent) => {
    learn(event);
    deps.onEvent?.(event);
  };
  const database = createDatabase({ ...deps, signer, onEvent });
  return {
    ...incidentVerbs(database, readTimeline),
    ...neighbourVerbs(database),
    ...callVerbs(database, readTimeline),
    ...timelineVerbs(database, { folder: deps.folder, readTimeline }),
    ...remediationVerbs(database, deps.openedUnder),
    ...evidenceVerbs(database, deps.readUnder),
    ...testRunVerbs(database),
    ...approvalVerbs(database),
    ...deliveryVerbs(database),
    async [Symbol.asyncDispose]() {
      database.close();
    },
  };
}

type Verbs<K extends keyof Store> = Pick<Store, K>;

function incidentVerbs(
  { read, write }: Database,
  readTimeline: ReadTimeline,
): Verbs<
  | 'openIncident'
  | 'getIncident'
  | 'listIncidents'
  | 'claimRootSpan'
  | 'releaseRootSpan'
  | 'claimTold'
  | 'releaseTold'
  | 'sev1Incidents'
  | 'keepFingerprint'
  | 'confirmSeverity'
  | 'advance'
  | 'escalate'
  | 'resume'
  | 'close'
> {
  return {
    openIncident: (incident, event, quota) => write((tx) => incidents.insertIncident(tx, { incident, quota }, event)),
    getIncident: (id) => read((tx) => incidents.findIncident(tx, id), undefined),
    listIncidents: (limit) => read((tx) => incidents.listIncidents(tx, limit), []),
    claimRootSpan: (incidentId) =>
      !read((tx) => incidents.hasRootSpan(tx, incidentId), false) &&
      write(
        (tx) => incidents.claimRootSpan(tx, incidentId),
        (claimed) => claimed,
      ),
    releaseRootSpan: (incidentId) => write((tx) => incidents.releaseRootSpan(tx, incidentId)),
    // Most processes find that others told everything: that writes nothing.
    claimTold: (incidentId, seq) =>
      read((tx) => incidents.toldUpTo(tx, incidentId), 0) < seq
        ? write((tx) => incidents.claimTold(tx, incidentId, seq))
        : undefined,
    releaseTold: (incidentId, seq) => write((tx) => incidents.releaseTold(tx, incidentId, seq)),
    keepFingerprint: (id, fingerprint) => {
      if (read((tx) => incidents.findIncident(tx, id)?.fingerprint, undefined) === undefined)
        write((tx) => incidents.keepFingerprint(tx, id, fingerprint));
    },
    confirmSeverity: (id, severity, event, approvalId) =>
      write((tx) => humanVerbs.confirmSeverity(tx, { id, severity, approvalId }, event)),
    sev1Incidents: (repository) => read((tx) => incidents.sev1Incidents(tx, repository), []),
    advance: (id, event, tree) => write((tx) => incidents.advance(tx, id, { event, tree })),
    escalate: (id, escalation) => write((tx) => incidents.escalate(tx, id, escalation)),
    resume: (id, approvalId, event, confirm) =>
      write((tx) => {
        confirm?.(readTimeline(tx, id));
        humanVerbs.resume(tx, { id, approvalId }, event);
      }),
    close: (id, closure, approvalId, event) => write((tx) => humanVerbs.close(tx, { id, closure, approvalId }, event)),
  };
}

function neighbourVerbs({ read }: Database): Verbs<'told' | 'publications' | 'takenBack'> {
  return {
    told: (query) => read((tx) => neighbours.readTold(tx, query), []),
    publications: (repository, since) => read((tx) => neighbours.readPublications(tx, repository, since), []),
    takenBack: (repository, since) => read((tx) => neighbours.readTakenBack(tx, repository, since), []),
  };
}

function callVerbs(
  { read, write, writeAhead }: Database,
  readTimeline: ReadTimeline,
): Verbs<'admit' | 'settle' | 'used' | 'usedToday' | 'openCalls'> {
  return {
    admit: (request) =>
      (request.isRecordsOnly ? writeAhead : write)(
        (tx) => admitCall(tx, request, readTimeline),
        (outcome) => outcome.admitted,
      ),
    settle: (request) => write((tx) => settleCall(tx, request)),
    used: (incidentId) => read((tx) => usedAmounts(tx, incidentId), noAmounts),
    usedToday: (ledger) => read((tx) => readDailyLedger(tx, ledger), noAmounts),
    openCalls: (incidentId) => read((tx) => openCalls(tx, incidentId), []),
  };
}

function timelineVerbs(
  { read, write }: Database,
  { folder, readTimeline }: { readonly folder: string; readonly readTimeline: ReadTimeline },
): Verbs<'append' | 'timeline' | 'eventsAfter' | 'verify' | 'verifyHeads'> {
  return {
    append: (chain, event) => write((tx) => appendEvent(tx, chain, event)),
    timeline: (chain) => read((tx) => readTimeline(tx, chain), []),
    eventsAfter: (position, limit) => read((tx) => readEventsAfter(tx, position, limit), []),
    verify: (chain) => read((tx) => verifyChains(tx, chain), { ok: true, chains: 0, events: 0 }),
    verifyHeads: (chain, publicKey) => read((tx) => verifyHeads(tx, { folder, chain, publicKey }), { signed: 'no' }),
  };
}

function remediationVerbs(
  { read, write, writeAhead }: Database,
  openedUnder: string | undefined,
): Verbs<
  'recordPatch' | 'patches' | 'patchWrites' | 'everTouched' | 'recordPullRequest' | 'pullRequest' | 'recordFate'
> {
  return {
    recordPatch: (incidentId, patch, everTouched, event) =>
      writeAhead((tx) => patches.recordPatch(tx, incidentId, { patch, everTouched, event })),
    patches: (incidentId) => read((tx) => patches.readPatches(tx, incidentId), []),
    patchWrites: (incidentId, n) => read((tx) => patches.readPatchWrites(tx, incidentId, n), undefined),
    everTouched: (incidentId) => read((tx) => patches.readTouchedPaths(tx, incidentId), []),
    recordPullRequest: (incidentId, pullRequest, event) =>
      write((tx) => patches.recordPullRequest(tx, { incidentId, pullRequest, openedUnder }, event)),
    pullRequest: (incidentId) => read((tx) => patches.readPullRequest(tx, incidentId, openedUnder), undefined),
    recordFate: (incidentId, answer, toEvents) =>
      write((tx) => patches.recordFate(tx, { incidentId, answer }, toEvents)),
  };
}

function evidenceVerbs(
  { read, write }: Database,
  readUnder: ReadUnder,
): Verbs<'saveEvidence' | 'getEvidence' | 'findEvidence' | 'evidence' | 'purgeEvidence'> {
  return {
    saveEvidence: (incidentId, evidence) => write((tx) => insertEvidence(tx, incidentId, evidence, readUnder)),
    getEvidence: (incidentId, n) => read((tx) => findEvidence(tx, incidentId, n, readUnder), undefined),
    findEvidence: (incidentId, key) => read((tx) => findEvidenceByKey(tx, incidentId, key, readUnder), undefined),
    evidence: (incidentId) => read((tx) => readEvidence(tx, incidentId, readUnder), []),
    // Without anything to remove nothing is written, not even the file.
    purgeEvidence: (purge) =>
      read((tx) => hasOldEvidence(tx, purge), false) ? write((tx) => purgeEvidence(tx, purge)) : 0,
  };
}

function approvalVerbs({
  read,
  write,
}: Database): Verbs<
  'requestApproval' | 'approvalMatter' | 'decideApproval' | 'getApproval' | 'approvals' | 'unusedApprovals' | 'release'
> {
  return {
    requestApproval: (approval, event, matter) =>
      write((tx) => approvals.requestApproval(tx, { approval, matter }, event)),
    approvalMatter: (id) => read((tx) => approvals.findMatter(tx, id), undefined),
    decideApproval: (id, decision, event) => write((tx) => approvals.decideApproval(tx, { id, decision }, event)),
    getApproval: (id) => read((tx) => approvals.findApproval(tx, id), undefined),
    approvals: (incidentId) => read((tx) => approvals.readApprovals(tx, incidentId), []),
    unusedApprovals: () => read((tx) => approvals.readUnused(tx), []),
    release: (id, release, event) => write((tx) => incidents.release(tx, { id, release }, event)),
  };
}

function deliveryVerbs({
  read,
  write,
}: Database): Verbs<'claimDelivery' | 'composeDelivery' | 'endDelivery' | 'deliveries'> {
  return {
    // Without anything due nothing is written: servers look every few seconds.
    claimDelivery: (claim) =>
      read((tx) => outbox.hasDue(tx, claim), false) ? write((tx) => outbox.claimDelivery(tx, claim)) : undefined,
    composeDelivery: (delivery, body) => write((tx) => outbox.composeDelivery(tx, delivery, body)),
    endDelivery: (delivery, end, event) =>
      write((tx) => {
        outbox.endDelivery(tx, delivery, end);
        if (event) appendEvent(tx, delivery.chain, event);
      }),
    deliveries: (since) => read((tx) => outbox.countDeliveries(tx, since), []),
  };
}

function testRunVerbs({
  read,
  write,
}: Database): Verbs<
  | 'startTestRun'
  | 'touchTestRun'
  | 'finishTestRun'
  | 'getTestRun'
  | 'testRuns'
  | 'runsOnTree'
  | 'keepBaseOutcome'
  | 'baseOutcome'
> {
  return {
    startTestRun: (run, event) => write((tx) => testRuns.startTestRun(tx, run, event)),
    touchTestRun: (jobId, pid, phase) => write((tx) => testRuns.touchTestRun(tx, { jobId, pid, phase })),
    finishTestRun: (jobId, result, event) => write((tx) => testRuns.finishTestRun(tx, { jobId, result }, event)),
    getTestRun: (jobId) => read((tx) => testRuns.findTestRun(tx, jobId), undefined),
    testRuns: (incidentId) => read((tx) => testRuns.readTestRuns(tx, incidentId), []),
    runsOnTree: (tree) => read((tx) => testRuns.readRunsOnTree(tx, tree), []),
    keepBaseOutcome: (key, outcome) => write((tx) => testRuns.keepBaseOutcome(tx, key, outcome)),
    baseOutcome: (key) => read((tx) => testRuns.findBaseOutcome(tx, key), undefined),
  };
}

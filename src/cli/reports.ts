import { hostname } from 'node:os';
import path from 'node:path';

import { formatOf, renderReport, writeWhole } from '#cli/report-forms.ts';
import type { Config } from '#config/load.ts';
import type { Amounts } from '#domain/budget.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident, IncidentState } from '#domain/incident.ts';
import { isIncidentId } from '#domain/incident.ts';
import type { HumanProof } from '#domain/key-option.ts';
import type { PullRequestRecord, TestRun } from '#domain/remediation.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { CallTool } from '#engine/call-tool.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import { branchOf } from '#engine/services/publishing.ts';
import type { Verification } from '#engine/verification.ts';
import { stateOf } from '#engine/verification.ts';
import type { Approvals } from '#policy/approvals.ts';
import type { HumanWord } from '#policy/human-word.ts';
import type { Policy } from '#policy/schema.ts';
import type { JudgedApproval } from '#report/approvals.ts';
import type { GuardView } from '#report/guard.ts';
import { toHandOverCommit } from '#report/hand-over-branch.ts';
import type { ReportInput } from '#report/input.ts';
import { toReport } from '#report/json.ts';
import { loweredCaps, recordedCaps, recordedPolicy, recordedSuites } from '#report/recorded.ts';
import type { Report } from '#report/schema.ts';
import { toSimilarIncidents } from '#report/similar-incidents.ts';
import { noAmounts } from '#state/ledgers.ts';
import type { Store } from '#state/store.ts';
import type { Log } from '#telemetry/log.ts';
import type { Repositories } from '#workspace/repository.ts';
import { isGate } from '#workspace/tests/suites.ts';
import type { CurrentTree, Workspace } from '#workspace/workspace.ts';

/** Incidents that are looked at for one like another, the newest. */
const MAX_OTHERS = 1_000;

/** Reports of incidents, always made from the records. */
export interface Reports {
  of(incident: Incident): Promise<Report>;
  /**
   * The state as reports tell it of an incident as far as it is believed: verified only by suites that count here. The record's word where
   * the clone is gone, which tells the suites: nothing is fetched for it.
   */
  stateOf(incident: Incident): Promise<IncidentState>;
  /** Wraps the engine so that `report.path`, when configured, is rewritten after each call. */
  keepingUpToDate(call: CallTool): CallTool;
}

interface ReportsDeps {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly workspace: Workspace;
  readonly repositories: Pick<Repositories, 'has'>;
  readonly verification: Verification;
  readonly policyOf: (incident: Incident) => Promise<Policy>;
  readonly capsOf: (incident: Incident) => Promise<Amounts>;
  readonly word: Pick<HumanWord, 'believed'>;
  /** Whether a decision carries the proof that this configuration demands. */
  readonly isProved: Approvals['isProved'];
  readonly redact: Redact;
  readonly log: Log;
  /** What the word of a human takes. */
  readonly humanProof: HumanProof;
  readonly guard: GuardView;
  readonly version: string;
  /** Versions of built-in packages, by name. */
  readonly builtIn: Readonly<Record<string, string>>;
}

/** Makes the reports of one state folder. */
export function createReports(deps: ReportsDeps): Reports {
  const { store, config } = deps;

  async function of(incident: Incident): Promise<Report> {
    const current = await deps.workspace.current(incident).catch(() => undefined);
    const believed = await deps.word.believed(incident);
    const pullRequest = store.pullRequest(incident.id);
    const approvals = await judgedOf(incident.id);
    const unproved = approvals.filter(({ believed }) => believed === false);
    const doubted = new Set(unproved.map(({ id }) => id));
    const events = store.timeline(incident.id).map(doubting(doubted, deps.humanProof));
    const here = await deps.policyOf(incident).catch(() => undefined);
    const suites = await suitesOf(incident, current, events);
    const report = toReport({
      at: deps.clock.now(),
      incident: asTested(believed, suites.verification),
      notBelieved: unproved.map(({ id, kind, decision }) => `${kind} ${decision?.verdict} by ${decision?.by} (${id})`),
      references: incident.rca && (await deps.workspace.references(incident, incident.rca.text).catch(() => undefined)),
      events,
      patches: store.patches(incident.id),
      ...(await runsOf(incident)),
      ...suites,
      pullRequest,
      revertedBy: await revertOf(incident, pullRequest),
      caps: recordedCaps(events, doubted) ?? (await capsHere(incident, events)),
      used: store.used(incident.id),
      guard: deps.guard,
      policy: recordedPolicy(events, here),
      humanProof: deps.humanProof,
      approvals,
      evidence: store.evidence(incident.id),
      traceUrl: config.file.report.trace_url,
      machine: { platform: `${process.platform} ${process.arch}`, node: process.version },
      current,
      diffs: await diffsOf(believed),
      similar: await similarTo(believed),
      runbook: config.file.services[believed.service ?? '']?.runbook,
      openCalls: store.openCalls(incident.id),
      branch: branchOf(incident),
      place: await placeOf(believed, current),
      serverVersion: deps.version,
      providerVersions: versionsOf(deps),
    });
    return redactDeep(report, deps.redact);
  }

  /** Others like it; how they ended counts as far as it is proved. */
  async function similarTo(incident: Incident): Promise<Report['similar_incidents']> {
    const found = toSimilarIncidents(incident, store.listIncidents(MAX_OTHERS), (id) => {
      const other = store.pullRequest(id);
      return other?.isForeign ? undefined : other?.url;
    });
    return await Promise.all(
      found.map(async (each) => {
        const kept = store.getIncident(each.id);
        if (!kept) return each;
        const { state, closure } = await deps.word.believed(kept);
        return { ...each, state, resolution: closure?.resolution ?? null };
      }),
    );
  }

  /** Where nobody said what became of the pull request, the clone may still hold its end. */
  async function revertOf(incident: Incident, pullRequest: PullRequestRecord | undefined) {
    if (!pullRequest || pullRequest.fate) return undefined;
    return await deps.workspace.revertOf(incident, pullRequest.commit).catch(() => undefined);
  }

  /** Every question, and whether its decision counts under this configuration. */
  async function judgedOf(id: string): Promise<readonly JudgedApproval[]> {
    return await Promise.all(
      store
        .approvals(id)
        .map(async (each) => (each.decision ? { ...each, believed: await deps.isProved(each) } : each)),
    );
  }

  /** Of an escalated incident: what was tried is for whoever takes over. */
  async function diffsOf(incident: Incident): Promise<ReadonlyMap<string, string>> {
    const trees = incident.state === 'escalated' ? store.patches(incident.id).map(({ tree }) => tree) : [];
    const diffs = new Map<string, string>();
    for (const tree of trees) {
      const diff = await deps.workspace.diffTo(incident, tree).catch(() => undefined);
      if (diff !== undefined) diffs.set(tree, diff);
    }
    return diffs;
  }

  /** Of an escalated incident: a branch of the clone, made again where it is gone. */
  async function placeOf(incident: Incident, current: CurrentTree | undefined): Promise<ReportInput['place']> {
    const last = store.patches(incident.id).at(-1);
    if (incident.state !== 'escalated' || !last) return undefined;
    try {
      const message = deps.redact(toHandOverCommit({ incident, diffHash: current?.diffHash ?? last.diffHash }));
      const kept = await deps.workspace.keepBranch(incident, message, last.at);
      return kept && { ...kept, host: hostname() };
    } catch (error) {
      const why = error instanceof FixgateError ? error.message : String(error);
      return { why: `The branch is gone from the server's clone and could not be made again: ${why}` };
    }
  }

  /** How the suites stand that were required; of an incident that nobody tested, those that are required here. */
  async function suitesOf(
    incident: Incident,
    current: CurrentTree | undefined,
    events: readonly TimelineEvent[],
  ): Promise<Pick<ReportInput, 'verification' | 'suitesFrom'>> {
    const tree = current?.tree ?? store.patches(incident.id).at(-1)?.tree;
    const names = wantedSuites(recordedSuites(events), config.file.suites);
    if (names && tree !== undefined) {
      const runs = store.testRuns(incident.id);
      // A suite that is known here is proved by its own runs; where nothing can be known, the names have to do.
      const verification = await deps.verification
        .of(incident, tree, names)
        .catch(() => names.map((name) => stateOf({ name }, runs, tree)));
      return { verification, suitesFrom: 'records' };
    }
    const here = tree === undefined ? undefined : await deps.verification.of(incident, tree).catch(() => undefined);
    return here ? { verification: here, suitesFrom: 'configuration' } : { verification: [] };
  }

  /** Test runs, apart by whose suites they are where this configuration declares some; records of older versions do not say. */
  async function runsOf(incident: Incident): Promise<Pick<ReportInput, 'runs' | 'otherRuns'>> {
    const all = store.testRuns(incident.id);
    if (Object.keys(config.file.suites).length === 0) return { runs: all };
    const own = new Set((await deps.verification.runs(incident).catch(() => all)).map(({ jobId }) => jobId));
    const isOther = ({ jobId, plan }: TestRun) => plan.suiteDigest !== undefined && !own.has(jobId);
    return { runs: all.filter((run) => !isOther(run)), otherRuns: all.filter(isOther) };
  }

  /** Of records that do not name them, and where nothing was judged yet. */
  async function capsHere(incident: Incident, events: readonly TimelineEvent[]): Promise<Amounts> {
    return loweredCaps(await deps.capsOf(incident).catch(() => noAmounts), events);
  }

  async function write(id: string, template: string): Promise<void> {
    const incident = isIncidentId(id) ? store.getIncident(id) : undefined;
    if (!incident) return;
    const file = path.resolve(config.folder, template.replaceAll('{incident_id}', id));
    writeWhole(file, await renderReport(await of(incident), formatOf(file) ?? 'json', file));
  }

  return {
    of,
    async stateOf(incident) {
      if (incident.state !== 'verified' || !deps.repositories.has(incident.repository.location)) return incident.state;
      const { verification } = await suitesOf(incident, undefined, store.timeline(incident.id));
      return asTested(incident, verification).state;
    },
    keepingUpToDate(call) {
      const template = config.file.report.path;
      if (template === undefined) return call;
      return async (request) => {
        const answer = await call(request);
        const id = (request.args as { readonly incident_id?: unknown } | undefined)?.incident_id;
        // The answer is true whether or not its report could be written; `fixgate report` makes it again.
        if (typeof id === 'string')
          await write(id, template).catch((error: unknown) =>
            deps.log('error', `the report of ${id} was not written: ${String(error)}`, { incident_id: id }),
          );
        return answer;
      };
    },
  };
}

/** Whoever tested last said what is verified, by the suites of his configuration. */
function asTested(incident: Incident, verification: ReportInput['verification']): Incident {
  const isRed = verification.some(({ green }) => !green);
  return incident.state === 'verified' && isRed ? { ...incident, state: 'patching' } : incident;
}

/**
 * The suites that were required when they were last asked for. Whoever asked chose the configuration: where this one declares suites, those
 * that it requires count too, and others do not.
 */
function wantedSuites(
  recorded: readonly string[] | undefined,
  declared: Config['file']['suites'],
): readonly string[] | undefined {
  const here = Object.entries(declared);
  if (!recorded || here.length === 0) return recorded;
  const required = here.filter(([, { required }]) => required).map(([name]) => name);
  const known = recorded.filter((name) => isGate(name) || here.some(([each]) => each === name));
  return [...new Set([...known, ...required])];
}

/** What each configured provider asks through; those without a vendor's package are part of this program. */
function versionsOf({ config, version, builtIn }: ReportsDeps): Record<string, string> {
  const used = [...config.sources, config.codeHost].map(({ provider }) => provider);
  return Object.fromEntries(
    used.map(({ id, client }) => [id, client === undefined ? `fixgate ${version}` : `${client} ${builtIn[client]}`]),
  );
}

const SAID = /^(?:approval\.(?:granted|rejected)|incident\.(?:released|confirmed|resumed|closed))$/;

/** Says so of every event that rests on a decision that does not count, or on none where humans sign. */
function doubting(unproved: ReadonlySet<string>, humanProof: HumanProof): (event: TimelineEvent) => TimelineEvent {
  return (event) => {
    const { type, data, summary } = event;
    const { approval } = data;
    if (!SAID.test(type)) return event;
    if (typeof approval === 'string')
      return unproved.has(approval) ? { ...event, summary: `Not believed: ${summary}` } : event;
    // Whoever raises a severity takes away, and need not sign.
    return humanProof === 'signed' ? { ...event, summary: `Unproved: ${summary}` } : event;
  };
}

import path from 'node:path';

import { formatOf, renderReport, writeWhole } from '#cli/report-forms.ts';
import type { Config } from '#config/load.ts';
import type { Amounts } from '#domain/budget.ts';
import { MICROS_PER_USD } from '#domain/budget.ts';
import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import { isIncidentId } from '#domain/incident.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { CallTool } from '#engine/call-tool.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import { branchOf } from '#engine/services/publishing.ts';
import type { Verification } from '#engine/verification.ts';
import type { Approvals } from '#policy/approvals.ts';
import type { HumanWord } from '#policy/human-word.ts';
import type { Policy } from '#policy/schema.ts';
import type { JudgedApproval } from '#report/approvals.ts';
import type { GuardView } from '#report/guard.ts';
import { toReport } from '#report/json.ts';
import type { Report } from '#report/schema.ts';
import type { Store } from '#state/store.ts';
import type { Log } from '#telemetry/log.ts';
import type { CurrentTree, Workspace } from '#workspace/workspace.ts';

/** Reports of incidents, always made from the records. */
export interface Reports {
  of(incident: Incident): Promise<Report>;
  /** Wraps the engine so that `report.path`, when configured, is rewritten after each call. */
  keepingUpToDate(call: CallTool): CallTool;
}

interface ReportsDeps {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly workspace: Workspace;
  readonly verification: Verification;
  readonly policyOf: (incident: Incident) => Promise<Policy>;
  readonly capsOf: (incident: Incident) => Promise<Amounts>;
  readonly word: Pick<HumanWord, 'believed'>;
  /** Whether a decision carries the proof that this configuration demands. */
  readonly isProved: Approvals['isProved'];
  readonly redact: Redact;
  readonly log: Log;
  readonly guard: GuardView;
  readonly version: string;
}

/** Makes the reports of one state folder. */
export function createReports(deps: ReportsDeps): Reports {
  const { store, config } = deps;

  async function of(incident: Incident): Promise<Report> {
    const current = await deps.workspace.current(incident).catch(() => undefined);
    const policy = await deps.policyOf(incident);
    const pullRequest = store.pullRequest(incident.id);
    const approvals = await judgedOf(incident.id);
    const unproved = approvals.filter(({ believed }) => believed === false);
    const events = store.timeline(incident.id).map(doubting(new Set(unproved.map(({ id }) => id))));
    const report = toReport({
      at: deps.clock.now(),
      incident: await deps.word.believed(incident),
      notBelieved: unproved.map(({ id, kind, decision }) => `${kind} ${decision?.verdict} by ${decision?.by} (${id})`),
      references: incident.rca && (await deps.workspace.references(incident, incident.rca.text).catch(() => undefined)),
      events,
      patches: store.patches(incident.id),
      runs: store.testRuns(incident.id),
      verification: await verificationOf(incident, current),
      pullRequest,
      revertedBy: pullRequest && (await deps.workspace.revertOf(incident, pullRequest.commit).catch(() => undefined)),
      caps: lowered(await deps.capsOf(incident), events),
      used: store.used(incident.id),
      guard: deps.guard,
      policy: { name: policy.name, digest: policy.digest, mode: policy.mode, version: policy.version },
      approvals,
      evidence: store.evidence(incident.id),
      traceUrl: config.file.report.trace_url,
      machine: { platform: `${process.platform} ${process.arch}`, node: process.version },
      current,
      diffs: await diffsOf(incident),
      openCalls: store.openCalls(incident.id),
      branch: branchOf(incident),
      serverVersion: deps.version,
    });
    return redactDeep(report, deps.redact);
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

  async function verificationOf(incident: Incident, current: CurrentTree | undefined) {
    const tree = current?.tree ?? store.patches(incident.id).at(-1)?.tree;
    return tree === undefined ? [] : deps.verification.of(incident, tree).catch(() => []);
  }

  async function write(id: string, template: string): Promise<void> {
    const incident = isIncidentId(id) ? store.getIncident(id) : undefined;
    if (!incident) return;
    const file = path.resolve(config.folder, template.replaceAll('{incident_id}', id));
    writeWhole(file, await renderReport(await of(incident), formatOf(file) ?? 'json', file));
  }

  return {
    of,
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

const SAID = /^(?:approval\.(?:granted|rejected)|incident\.(?:released|confirmed|resumed|closed))$/;

/** Says so of every event that rests on a decision that does not count. */
function doubting(unproved: ReadonlySet<string>): (event: TimelineEvent) => TimelineEvent {
  return (event) => {
    const { type, data, summary } = event;
    const { approval } = data;
    const isDoubted = SAID.test(type) && typeof approval === 'string' && unproved.has(approval);
    return isDoubted ? { ...event, summary: `Not believed: ${summary}` } : event;
  };
}

/** A server may have been started with a lower `--budget`: the cap that its last call was judged by is the true one. */
function lowered(caps: Amounts, events: readonly TimelineEvent[]): Amounts {
  const usd = events.findLast(({ type }) => type === 'call.admitted')?.data['usd_cap'];
  return typeof usd === 'number' ? { ...caps, usd: Math.min(caps.usd, Math.floor(usd * MICROS_PER_USD)) } : caps;
}

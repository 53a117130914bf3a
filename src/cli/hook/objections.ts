import { changedPolicy } from '#cli/hook/changed-policy.ts';
import type { Desk } from '#cli/hook/desk.ts';
import { overFileCap } from '#cli/hook/file-cap.ts';
import { enforced } from '#cli/hook/findings.ts';
import { judgeCall } from '#cli/hook/judge-call.ts';
import { canonicalFolder } from '#cli/hook/locate.ts';
import { loadPolicy, loadWholePolicyOf } from '#cli/hook/policy.ts';
import { fileCountOf } from '#cli/hook/spend.ts';
import { isExpired } from '#domain/approval.ts';
import type { Json } from '#domain/json.ts';
import { objections } from '#policy/autonomy.ts';
import type { Finding } from '#policy/verdict.ts';
import { isWaivable, withoutWaived } from '#policy/waivers.ts';

/** What is left against a call, and which rules a human lifted for it. */
export interface Objections {
  readonly findings: readonly Finding[];
  readonly waived: readonly Json[];
}

/** Everything that is said against a call for its incident, without what a human has proved to have waived. */
export async function objectionsOf(desk: Desk): Promise<Objections> {
  const { verdict, standing } = desk;
  const { judged, policy } = verdict;
  const { inputs, incident } = standing;
  // The server lets observers test the base commit; what a host's command does to the files nobody knows.
  const bounds = judged.changes ? objections('patch', { inputs, incident, onBase: false }) : [];
  const firm = [...bounds, ...(judged.changes ? await changedPolicy(desk) : [])];
  const over = overFileCap(judged.edited, fileCountOf(desk, desk.events));
  const own = await lift([...enforced([...judged.findings, ...(over ? [over] : [])], policy)], desk);
  if (own.findings.length > 0) return { ...own, findings: [...firm, ...own.findings] };
  const pinned = await lift(await repositoryFindings(desk), desk);
  return { findings: [...firm, ...pinned.findings], waived: [...own.waived, ...pinned.waived] };
}

/** Takes away what proved waivers lift. The whole policy, whose digest they are bound to, is read only where there are any. */
export async function lift(findings: readonly Finding[], desk: Desk): Promise<Objections> {
  const { store, clock, approvals, standing, verdict } = desk;
  const { incident } = standing;
  const now = clock.now();
  const granted = new Set(
    store
      .approvals(incident.id)
      .filter((each) => each.kind === 'waiver' && each.decision?.verdict === 'approved' && !isExpired(each, now))
      .map(({ facts }) => facts['rule']),
  );
  if (!findings.some(({ rule }) => isWaivable(rule) && granted.has(rule))) return { findings, waived: [] };
  const policy = await loadWholePolicyOf(verdict.files, verdict.request.invocation, await desk.pinned);
  const kept = await withoutWaived(findings, { incident, policy, approvals });
  return {
    findings: kept.findings,
    waived: kept.waivers.map(({ rule, approval }) => ({
      rule,
      approval: approval.id,
      by: approval.decision?.by ?? '',
    })),
  };
}

/** What the repository said of itself where the incident began, which no commit of the agent's can take back. */
async function repositoryFindings(desk: Desk): Promise<readonly Finding[]> {
  const { request, around, files } = desk.verdict;
  const { facts, input, invocation } = request;
  const committed = await desk.pinned;
  if (committed.length === 0) return [];
  const { policy: pinned } = await loadPolicy(files, invocation, committed);
  const folder = canonicalFolder(input.folder ?? around.project);
  return enforced((await judgeCall(facts, { policy: pinned, around, folder })).findings, pinned);
}

import { committedPolicy } from '#cli/hook/committed.ts';
import { enforced } from '#cli/hook/findings.ts';
import { findIncident, recordCall, recordDenial, refuseEnded } from '#cli/hook/incident.ts';
import { judgeCall } from '#cli/hook/judge-call.ts';
import { canonicalFolder } from '#cli/hook/locate.ts';
import { loadPolicy } from '#cli/hook/policy.ts';
import type { HookReply } from '#cli/hook/protocol.ts';
import { errorReply, toReply } from '#cli/hook/protocol.ts';
import type { HookVerdict } from '#cli/hook/run-hook.ts';
import { namedIncident } from '#cli/hook/run-hook.ts';
import { findStanding } from '#cli/hook/standing.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import { systemClock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { Finding } from '#policy/verdict.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';

/** The incident's part: its end, its budget and its caps refuse changes, and its timeline hears of every one. */
export async function settle(verdict: HookVerdict): Promise<HookReply> {
  const { request, around, policy, judged } = verdict;
  await using store = createSqliteStore({ folder: stateFolderOf(request.invocation), clock: systemClock });
  const incident = findIncident(store, namedIncident(request), around.checkout);
  const own = enforced(judged.findings, policy);
  if (!incident) return toReply(own, request.input, policy);
  const standing = judged.changes ? findStanding(policy, incident) : [];
  const findings = [...standing, ...(own.length > 0 ? own : await repositoryFindings(verdict, incident))];
  if (findings.length > 0) return await deny(store, incident, { verdict, findings });
  try {
    refuseEnded(store, incident, policy);
  } catch (error) {
    if (!(error instanceof FixgateError)) throw error;
    const { code, ruleIds: rules, fix } = error;
    const reply = errorReply(error);
    recordDenial(store, incident, { ...callOf(verdict), code, rules, fix, summary: await redacted(reply.reason) });
    return reply;
  }
  const kind = request.facts.kind === 'command' ? 'host_command' : 'host_write';
  const over = recordCall(store, incident, { ...callOf(verdict), kind, paths: judged.edited }, policy);
  const capped = enforced(over ? [over] : [], policy);
  return capped.length > 0 ? await deny(store, incident, { verdict, findings: capped }) : { decision: 'pass' };
}

async function deny(
  store: Pick<Store, 'append'>,
  incident: Incident,
  { verdict, findings }: { readonly verdict: HookVerdict; readonly findings: readonly Finding[] },
): Promise<HookReply> {
  const reply = toReply(findings, verdict.request.input, verdict.policy);
  if (reply.decision === 'pass') return reply;
  recordDenial(store, incident, {
    ...callOf(verdict),
    code: findings.some(({ effect }) => effect === 'deny') ? 'policy_denied' : 'approval_required',
    rules: [...new Set(findings.map(({ rule }) => rule))],
    summary: await redacted(reply.reason),
    fix: findings[0]?.fix ?? '',
  });
  return reply;
}

function callOf({ request }: HookVerdict): { readonly actor: string; readonly tool: string } {
  const { host, tool } = request.input.call;
  return { actor: `hook:${host}`, tool: tool.slice(0, 128) };
}

/** What the repository said of itself where the incident began, which no commit of the agent's can take back. */
async function repositoryFindings(
  { request, around, files }: HookVerdict,
  incident: Incident,
): Promise<readonly Finding[]> {
  const { facts, input, invocation } = request;
  if (!around.checkout) return [];
  const commit = incident.repository.baseCommit;
  const text = await committedPolicy(around.checkout, commit, invocation.environment);
  if (text === undefined) return [];
  const { policy: pinned } = await loadPolicy(files, invocation, { text, commit });
  const folder = canonicalFolder(input.folder ?? around.project);
  return enforced((await judgeCall(facts, { policy: pinned, around, folder })).findings, pinned);
}

/** Commands carry secrets; the values that a server holds are not known here. */
async function redacted(text: string): Promise<string> {
  const { createRedactor } = await import('#engine/redact.ts');
  return createRedactor([])(text);
}

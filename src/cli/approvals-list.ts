import { describeApproval, isUnproved } from '#cli/approval-text.ts';
import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import { noIncident } from '#cli/no-incident.ts';
import type { Runtime } from '#cli/runtime.ts';
import type { Approval } from '#domain/approval.ts';
import { isExpired, OWN_WORDS } from '#domain/approval.ts';
import { keyOption, keysFirst } from '#domain/key-option.ts';
import { quote } from '#report/shell-words.ts';

/** Prints everything that one incident asked, or what waits for a human in any. */
export async function listApprovals(
  id: string | undefined,
  { config }: { readonly config?: string },
  { invocation }: CommandContext,
): Promise<void> {
  await using runtime = await openRuntime(invocation, { configPath: config, needsSecrets: false });
  if (id === undefined) return await listWaiting(runtime, config);
  if (!runtime.store.getIncident(id)) throw noIncident(id, runtime.stateFolder);
  const approvals = runtime.store.approvals(id);
  const described = await Promise.all(approvals.map((approval) => describeApproval(approval, runtime)));
  console.log(described.length === 0 ? `${id} waits for nothing.` : described.join('\n\n'));
}

async function listWaiting(runtime: Runtime, config: string | undefined): Promise<void> {
  // However many incidents there are, and whoever opened them.
  const all = runtime.store.unusedApprovals();
  const isWaiting = await Promise.all(all.map((approval) => waits(approval, runtime)));
  const waiting = all.filter((_, index) => isWaiting[index]).toSorted((a, b) => a.expiresAt - b.expiresAt);
  if (waiting.length === 0) console.error(`Nothing waits for a human in ${runtime.stateFolder}.`);
  const place = config === undefined ? '' : ` --config ${quote(config)}`;
  const key = keyOption(runtime.proof.mode);
  for (const { id, incidentId, kind, expiresAt } of waiting)
    console.log(
      [
        id,
        incidentId,
        kind,
        `until ${new Date(expiresAt).toISOString()}`,
        `fixgate approve ${id}${place} --reason REASON${key}`,
      ].join('\t'),
    );
  if (waiting.length > 0)
    console.error(
      `\`fixgate approvals INCIDENT${place}\` shows what is asked, \`fixgate reject\` refuses it.${keysFirst(runtime.proof.mode)}`,
    );
}

/** Open, or decided by somebody who is not believed here; what a human began by a command of its own waits for that command. */
async function waits(approval: Approval, runtime: Runtime): Promise<boolean> {
  const isOver = approval.consumedAt !== undefined || isExpired(approval, runtime.clock.now());
  if (isOver || OWN_WORDS.has(approval.kind)) return false;
  const incident = runtime.store.getIncident(approval.incidentId);
  if (!incident || (await runtime.word.stateOf(incident)) === 'closed') return false;
  return approval.decision === undefined || (await isUnproved(approval, runtime));
}

import type { Runtime } from '#cli/runtime.ts';
import type { Approval, ApprovalDecision } from '#domain/approval.ts';
import { keyOption } from '#domain/key-option.ts';
import { quote } from '#report/shell-words.ts';

const TOOLS: Partial<Readonly<Record<Approval['kind'], string>>> = {
  patch: 'apply_patch',
  test: 'run_tests',
  publish: 'open_pr',
};

/** What happens once a question is decided, in one line: nothing does by itself. */
export async function afterDecision(
  { kind, incidentId, expiresAt }: Approval,
  { verdict, config }: { readonly verdict: ApprovalDecision['verdict']; readonly config: string | undefined },
  { store, word, proof }: Pick<Runtime, 'store' | 'word' | 'proof'>,
): Promise<string> {
  const tool = TOOLS[kind];
  const call = tool === undefined ? 'its call' : `its call of ${tool}`;
  if (verdict === 'rejected')
    return `Next: the agent is refused when it repeats ${call}, and does without it or hands over.`;
  const kept = store.getIncident(incidentId);
  const isHandedOver = kept !== undefined && (await word.stateOf(kept)) === 'escalated';
  const place = config === undefined ? '' : ` --config ${quote(config)}`;
  const first = isHandedOver
    ? `${incidentId} is handed over, so first run \`fixgate resume ${incidentId}${place} --reason REASON${keyOption(proof.mode)}\`; then `
    : '';
  return `Next: ${first}the agent repeats ${call} exactly as it was, by ${new Date(expiresAt).toISOString()}; it counts once.`;
}

import type { Desk } from '#cli/hook/desk.ts';
import { loadWholePolicyOf } from '#cli/hook/policy.ts';
import { sourceOf } from '#cli/policy-source.ts';
import { boundBy, pinnedFindings } from '#policy/pinned-policy.ts';
import type { Finding } from '#policy/verdict.ts';

/**
 * What is said against a change under another policy than the one that the incident is worked on under. A digest needs the full reader,
 * which takes longer than all the rest of a hook, so that the texts are compared first, as the server noted them.
 */
export async function changedPolicy({
  events,
  approvals,
  standing,
  verdict,
  pinned,
}: Desk): Promise<readonly Finding[]> {
  const { files, request, text } = verdict;
  const pin = boundBy(events).policy;
  if (!pin) return [];
  const committed = await pinned;
  const added = committed.map((own) => own.text);
  if (text !== undefined && pin.source === sourceOf(request.invocation, text, added)) return [];
  const policy = await loadWholePolicyOf(files, request.invocation, committed);
  return pinnedFindings(() => events, 'patch', { incident: standing.incident, policy, trust: approvals.trust() });
}

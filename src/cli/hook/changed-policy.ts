import { createHash } from 'node:crypto';

import type { Committed } from '#cli/hook/committed.ts';
import type { Desk } from '#cli/hook/desk.ts';
import { loadWholePolicyOf } from '#cli/hook/policy.ts';
import type { HookVerdict } from '#cli/hook/run-hook.ts';
import { packageVersion } from '#cli/invocation.ts';
import type { Json } from '#domain/json.ts';
import { pinnedBy, pinnedFindings } from '#policy/pinned-policy.ts';
import type { Finding } from '#policy/verdict.ts';

/** What is said against a change under another policy than the incident's. */
export interface PolicyCheck {
  readonly findings: readonly Finding[];
  /** Which texts were found to be the incident's policy, for the timeline. */
  readonly checked?: { readonly policy: string; readonly source: string };
}

/**
 * Compares the policy with the one that the incident is worked on under. A digest needs the full reader, which takes longer than all
 * the rest of a hook: that a text has it is noted in the timeline, and the next call compares the text alone.
 */
export async function checkPolicy({ events, approvals, standing, verdict, pinned }: Desk): Promise<PolicyCheck> {
  const trust = approvals.trust();
  const pin = pinnedBy(events, trust);
  if (!pin) return { findings: [] };
  const committed = await pinned;
  const source = sourceOf(verdict, committed);
  const isNoted = ({ policy, source: noted }: Fields) => policy === pin.digest && noted === source;
  if (source !== undefined && events.some(({ data }) => isNoted(fieldsOf(data['policy_checked']))))
    return { findings: [] };
  const policy = await loadWholePolicyOf(verdict.files, verdict.request.invocation, committed);
  const findings = pinnedFindings(() => events, 'patch', { incident: standing.incident, policy, trust });
  if (findings.length > 0 || source === undefined) return { findings };
  return { findings, checked: { policy: policy.digest, source } };
}

type Fields = Readonly<Record<string, Json | undefined>>;

function fieldsOf(value: Json | undefined): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Everything that decides about the digest; undefined where other files have a part in it. Another release may read the same text otherwise. */
function sourceOf({ text, request }: HookVerdict, committed: readonly Committed[]): string | undefined {
  if (text === undefined) return undefined;
  const parts = [packageVersion(request.invocation), text, ...committed.map((own) => own.text)];
  return `sha256:${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}

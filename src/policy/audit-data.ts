import { createHash } from 'node:crypto';

import type { Action } from '#domain/action.ts';
import type { Json } from '#domain/json.ts';
import type { Risk } from '#domain/risk.ts';
import type { Policy } from '#policy/schema.ts';
import type { Trust } from '#policy/trust.ts';

/** What the timeline keeps of an action: enough to know what was done, no contents and no free text from outside. */
export function toAuditData(action: Action): Record<string, Json> {
  switch (action.kind) {
    case 'inspect':
    case 'escalate':
      return { action: action.kind };
    case 'read':
      return { action: 'read', source: action.source, of: action.request.of };
    case 'patch':
      return {
        action: 'patch',
        from_tree: action.fromTree,
        tree: action.tree,
        diff_hash: action.diffHash,
        paths: action.writes.map(({ path }) => path),
      };
    case 'test':
      return {
        action: 'test',
        suite: action.plan.suite,
        argv: action.plan.argv,
        scope: action.plan.scope,
        tree: action.plan.tree,
        timeout_seconds: action.plan.timeoutSeconds,
        ...(action.requiredSuites && { required_suites: action.requiredSuites }),
      };
    case 'publish':
      return {
        action: 'publish',
        branch: action.branch,
        base_branch: action.baseBranch,
        tree: action.tree,
        diff_hash: action.diffHash,
        draft: action.draft,
        texts_hash: hashOf([action.title, action.summary, action.rootCause]),
        required_suites: action.verification.map(({ suite }) => suite),
      };
  }
}

interface Judges {
  readonly policy: Pick<Policy, 'name' | 'digest' | 'source' | 'mode' | 'version'>;
  readonly trust: Trust;
}

/** What the timeline keeps of what judges the calls of an incident: a report tells it, whatever its reader's configuration says. */
export function toJudgeData({ policy, trust }: Judges) {
  const { name, digest, source, mode, version } = policy;
  return {
    policy: digest,
    policy_name: name,
    policy_mode: mode,
    policy_version: version,
    ...(source !== undefined && { policy_source: source }),
    ...toTrustData(trust),
  };
}

/** What the timeline keeps of whose word is believed. */
export function toTrustData({ mode, approvers }: Trust) {
  return { trust: mode, ...(mode === 'signed' && { approvers }) };
}

/** What the timeline keeps of a risk. Paths within are untrusted. */
export function toRiskData({ score, band, factors, modifiers, floors, unknowns }: Risk): Json {
  return {
    score,
    band,
    factors: factors.map((each) => ({ ...each })),
    modifiers: modifiers.map((each) => ({ ...each })),
    floors: floors.slice(0, 50).map((each) => ({ ...each })),
    unknowns,
  };
}

function hashOf(texts: readonly string[]): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(texts)).digest('hex')}`;
}

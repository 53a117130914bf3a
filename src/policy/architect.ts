import { architectFragment } from '#policy/architect-fragment.ts';
import { contentProblems, toContent } from '#policy/parse-policy.ts';
import { misconfigured } from '#policy/problems.ts';
import type { Policy } from '#policy/schema.ts';
import { sealPolicy, unsealPolicy } from '#policy/seal.ts';
import type { Fragment } from '#policy/tighten.ts';
import { tightenFragment } from '#policy/tighten.ts';

export { isArchitect } from '#policy/architect-fragment.ts';

/** The policy of an operator who gives an `.architect.yaml`: its lists and caps replace those of `shipped`, the rest holds. */
export function fromArchitect(text: string, origin: string, shipped: Policy): Policy {
  const { content, notes } = architectFragment(text, origin);
  const base: Fragment = unsealPolicy(shipped);
  const within = (key: string) => ({ ...(base[key] as object), ...(content[key] as object | undefined) });
  const merged = { ...base, ...content, limits: within('limits'), budget: within('budget'), examples: noExamples };
  return seal(merged, { origin, from: shipped, notes });
}

/** The policy with what an `.architect.yaml` found in the repository adds: longer lists and lower caps, never the reverse. */
export function tighten(policy: Policy, text: string, origin: string): Policy {
  const { content, notes } = architectFragment(text, origin);
  const merged = tightenFragment(unsealPolicy(policy), content).content;
  return seal({ ...merged, examples: noExamples }, { origin, from: policy, notes });
}

const noExamples = { refused: { paths: [], commands: [] }, allowed: { paths: [], commands: [] } };

function seal(
  content: Fragment,
  { origin, from, notes }: { readonly origin: string; readonly from: Policy; readonly notes: readonly string[] },
): Policy {
  const sealed = toContent(content, origin);
  const problems = contentProblems(sealed).map((line) => `guardrails.${line}`);
  if (problems.length > 0) throw misconfigured(origin, problems);
  return sealPolicy(sealed, { origins: [...from.origins, origin], notes: [...from.notes, ...notes] });
}

import type { ArchitectFragment } from '#policy/architect-fragment.ts';
import { architectFragment, telemetryNotes } from '#policy/architect-fragment.ts';
import { toContent } from '#policy/parse-policy.ts';
import type { Policy } from '#policy/schema.ts';
import { sealPolicy, unsealPolicy } from '#policy/seal.ts';
import type { Fragment } from '#policy/tighten.ts';
import { tightenFragment } from '#policy/tighten.ts';

export { isArchitect } from '#policy/architect-fragment.ts';

/** The policy of an operator who gives an `.architect.yaml`: its lists and caps replace those of `shipped`, the rest holds. */
export function fromArchitect(text: string, origin: string, shipped: Policy): Policy {
  const { content, notes, pricesFiles, telemetry } = architectFragment(text, origin);
  const base: Fragment = unsealPolicy(shipped);
  const within = (key: string) => ({ ...(base[key] as object), ...(content[key] as object | undefined) });
  const merged = { ...base, ...content, limits: within('limits'), budget: within('budget'), examples: noExamples };
  const said = { notes, pricesFiles, ...(telemetry && { telemetry }) };
  return seal(merged, { origin, from: shipped, said });
}

/** The policy with what an `.architect.yaml` found in the repository adds: longer lists and lower caps, never the reverse. */
export function tighten(policy: Policy, text: string, origin: string): Policy {
  const fragment = architectFragment(text, origin);
  const { content, notes, pricesFiles } = fragment;
  const merged = tightenFragment(unsealPolicy(policy), content).content;
  const said = { notes: [...notes, ...telemetryNotes(fragment)], pricesFiles };
  return seal({ ...merged, examples: noExamples }, { origin, from: policy, said });
}

const noExamples = { refused: { paths: [], commands: [] }, allowed: { paths: [], commands: [] } };

/** What a file says beside the rules, and on top of what. */
interface Added {
  readonly origin: string;
  readonly from: Policy;
  readonly said: Pick<ArchitectFragment, 'notes' | 'pricesFiles'> & Pick<Policy, 'telemetry'>;
}

function seal(content: Fragment, { origin, from, said }: Added): Policy {
  const sealed = toContent(content, origin);
  const { prices } = from;
  const telemetry = said.telemetry ?? from.telemetry;
  return sealPolicy(sealed, {
    origins: [...from.origins, origin],
    notes: [...from.notes, ...said.notes],
    pricesFiles: [...(from.pricesFiles ?? []), ...said.pricesFiles],
    ...(prices && { prices }),
    ...(telemetry && { telemetry }),
  });
}

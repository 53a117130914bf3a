import type { PatchAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import { listOf } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** What a plan says, each part on a line of its own; its files are those of the patch. */
const PARTS = {
  diagnosis: 'what is wrong, and what shows it',
  change: 'what the patch does about it',
  rollback: 'how it is taken back',
} as const;
type Part = keyof typeof PARTS;

/** Different words of a part that says something. */
const LEAST_WORDS = 3;

/** Where the policy asks for it, nothing is changed without a diagnosis and a plan, and nothing is published without a root cause. */
export const requirePlan: Guard = (action, policy, incident) => {
  if (!policy.require_plan) return [];
  if (action.kind === 'patch') return planFindings(action, incident);
  if (action.kind !== 'publish' || action.rootCause.trim()) return [];
  return [
    {
      rule: 'require_plan',
      effect: 'deny',
      reason: 'The policy asks for root_cause in open_pr: the evidence for the cause, in words.',
      fix: 'Call open_pr again with root_cause.',
      evidence: { missing: 'root_cause' },
    },
  ];
};

function planFindings({ plan = '' }: PatchAction, { rca }: Incident): readonly Finding[] {
  // Whoever brought a root-cause analysis has made the diagnosis.
  const asked: readonly Part[] = rca?.text.trim() ? ['change', 'rollback'] : ['diagnosis', 'change', 'rollback'];
  const said = partsOf(plan);
  const parts = asked.filter((part) => !said.has(part));
  if (parts.length === 0) return [];
  const form = asked.map((part) => `"${part}: ${PARTS[part]}"`);
  return [
    {
      rule: 'require_plan',
      effect: 'deny',
      reason: `The policy asks for plan in apply_patch with ${listOf(asked)}; missing, or said in less than ${LEAST_WORDS} words: ${listOf(parts)}.`,
      fix: `Call apply_patch again with a plan that says, each on a line of its own, ${listOf(form)}.`,
      evidence: { missing: 'plan', parts },
    },
  ];
}

/** The parts that some line of a plan says, with enough words to mean something. */
function partsOf(plan: string): ReadonlySet<string> {
  const lines = plan.split(/[\r\n]/).flatMap((line) => {
    const [, part = '', text = ''] = /^[\s>#*-]*(diagnosis|change|rollback)[\s*]*:(.*)$/i.exec(line) ?? [];
    return wordsIn(text) < LEAST_WORDS ? [] : [part.toLowerCase()];
  });
  return new Set(lines);
}

function wordsIn(text: string): number {
  const segments = [...new Intl.Segmenter('en', { granularity: 'word' }).segment(text)];
  return new Set(segments.filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment.toLowerCase())).size;
}

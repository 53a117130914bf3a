import { budgetKinds } from '#domain/budget.ts';
import type { Layers } from '#policy/extends.ts';
import type { Problem } from '#policy/problems.ts';
import type { Rough } from '#policy/rough.ts';
import { isRelated, readRoughly } from '#policy/rough.ts';
import { PolicyFile } from '#policy/schema.ts';
import type { PolicyContent } from '#policy/schema.ts';
import type { Fragment } from '#policy/tighten.ts';

/** Stands for what every policy has to say, where one does not say it and its other rules are looked at all the same. */
const ASSUMED = {
  version: 1,
  name: '?',
  mode: 'enforce',
  protected_files: [],
  blocked_commands: [],
  limits: { max_files: 0, max_lines: 0 },
  budget: Object.fromEntries(budgetKinds.map((kind) => [kind, 0])),
  incidents_opened_by_agents: { daily_budget_factor: 0 },
  pull_request: { draft: true, labels: [] },
  examples: { refused: {}, allowed: {} },
};

type Said = Pick<Layers, 'content' | 'leftOut'>;

/** What files say together as one policy, with every default, and what it lacks that none of them was about to say. */
export function readWhole(said: Said): { readonly content: PolicyContent; readonly problems: readonly Problem[] } {
  const { data, problems } = readAssumed(said);
  const { extends: _extends, ...content } = data;
  return { content, problems };
}

/** The defaults of a file that is a whole policy say something, too. */
export function completed(said: Said): Fragment {
  const { data, problems } = readAssumed(said);
  return problems.length > 0 ? said.content : data;
}

function readAssumed(said: Said) {
  const whole: Rough<PolicyFile> = readRoughly(said.content, { schema: PolicyFile, assumed: ASSUMED });
  const problems = whole.problems.filter(({ at }) => !isRelated(at, said.leftOut));
  return { data: whole.data, problems };
}

import { posix } from 'node:path';

import type { SourceTree } from './tree.ts';

const makefiles = ['GNUmakefile', 'makefile', 'Makefile'];

/** Recipes that a `make` in the text would run: those of the named targets and their prerequisites, or all when that is not plain. */
export async function makeCommands(
  sighting: { readonly text: string; readonly folder: string },
  tree: SourceTree,
): Promise<readonly { command: string; origin: string; folder: string }[]> {
  const calls = [...sighting.text.matchAll(/\b(?:g?make)(?:\s|$)([^;&|\n"']*)/g)];
  if (calls.length === 0) return [];
  const named = calls.flatMap((call) => (call[1] ?? '').split(/\s+/)).filter((word) => /^[\w.-]+$/.test(word));
  const targets = named.filter((word) => !word.startsWith('-'));
  const path = makefiles.map((name) => posix.join(sighting.folder, name)).find((each) => tree.paths.has(each));
  if (path === undefined) return [];
  const file = parseMakefile((await tree.read(path)) ?? '');
  return wantedRules(file, targets).map((rule) => ({
    command: expand(rule.recipe.join('\n'), file.variables),
    origin: `${path}#${rule.target}`,
    folder: sighting.folder,
  }));
}

interface Rule {
  readonly target: string;
  readonly prerequisites: readonly string[];
  readonly recipe: string[];
}

interface Makefile {
  readonly rules: readonly Rule[];
  readonly variables: ReadonlyMap<string, string>;
}

function parseMakefile(text: string): Makefile {
  const rules: Rule[] = [];
  const variables = new Map<string, string>([['MAKE', 'make']]);
  let current: readonly Rule[] = [];
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const assignment = /^\s*(?:export\s+)?([\w.-]+)\s*(?:\?|:{1,3}|\+)?=\s*(.*)$/.exec(line);
    const rule = /^([^\s#:=][^:=#]*):(?!=)([^#;]*)(?:;(.*))?/.exec(line);
    if (line.startsWith('\t')) for (const each of current) each.recipe.push(line.trim().replace(/^[@+-]+\s*/, ''));
    else if (assignment) variables.set(assignment[1] ?? '', assignment[2] ?? '');
    else if (rule) {
      const prerequisites = (rule[2] ?? '').split(/\s+/).filter(Boolean);
      const recipe = rule[3] === undefined ? [] : [rule[3].trim()];
      const targets = (rule[1] ?? '').split(/\s+/).filter(Boolean);
      current = targets.map((target) => ({ target, prerequisites, recipe: [...recipe] }));
      rules.push(...current);
    }
  }
  return { rules, variables };
}

function wantedRules({ rules }: Makefile, named: readonly string[]): readonly Rule[] {
  const first = rules.find((rule) => !rule.target.startsWith('.'))?.target;
  const wanted = new Set(named.length > 0 ? named : [first ?? '']);
  const known = new Set(rules.map((rule) => rule.target));
  // A target that is not written here comes from a pattern, an included file or a variable: then any recipe may run.
  if ([...wanted].some((target) => !known.has(target))) return rules.filter((rule) => rule.recipe.length > 0);
  for (const target of wanted) {
    for (const rule of rules) if (rule.target === target) for (const next of rule.prerequisites) wanted.add(next);
  }
  return rules.filter((rule) => wanted.has(rule.target) && rule.recipe.length > 0);
}

/** Characters up to which variables are put in: a hostile file could grow without end. */
const MAX_RECIPE = 20_000;
const MAX_VALUE = 2_000;

/** Puts in what simple variables hold, so that `$(KUBECTL) apply` is read as what it runs. */
function expand(recipe: string, variables: ReadonlyMap<string, string>): string {
  let text = recipe;
  // Variables may name variables; a few rounds settle every honest file.
  for (let round = 0; round < 5 && /\$[({]/.test(text) && text.length < MAX_RECIPE; round += 1) {
    text = text.replace(
      /\$[({]([\w.-]+)[)}]/g,
      (whole, name: string) => variables.get(name)?.slice(0, MAX_VALUE) ?? whole,
    );
  }
  return text.replaceAll('$$', '$');
}

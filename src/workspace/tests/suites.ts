import { FixgateError } from '#domain/errors.ts';
import type { SuiteDeclaration } from '#domain/suite.ts';
import type { SuiteInfo } from '#workspace/workspace.ts';

import { declaredSuite, detectSuites, type Suite } from './detect.ts';
import { suiteDigest } from './suite-digest.ts';
import type { SourceTree } from './tree.ts';

type Declared = Readonly<Record<string, SuiteDeclaration>>;

/** The suites of a tree: what the operator declared, else those that are detected; the policy's quality gates come last. */
export async function listSuites(
  declared: Declared,
  tree: SourceTree,
  gates: Declared = {},
): Promise<readonly Suite[]> {
  const settle = (suites: Declared) =>
    Promise.all(Object.entries(suites).map(([name, each]) => declaredSuite(name, each, tree)));
  const tests = await settle(declared);
  const detected = tests.length > 0 ? [] : await detectSuites(tree);
  return [...tests, ...detected, ...(await settle(gates))];
}

/** Whether a suite is a quality gate, which is run as a whole or not at all. */
export function isGate(name: string): boolean {
  return name.startsWith(GATE_PREFIX);
}

/** No suite of a configuration has a slash in its name. */
const GATE_PREFIX = 'gate/';

/** Finds the suite of that name; without a name the required one nearest above a changed file, else the first required one. */
export function chooseSuite(
  suites: readonly Suite[],
  name: string | undefined,
  changed: readonly string[] = [],
): Suite {
  const chosen = name === undefined ? firstSuite(suites, changed) : suites.find((suite) => suite.name === name);
  if (chosen) return chosen;
  if (suites.length === 0) {
    throw new FixgateError('not_found', 'No suite is declared and no test runner was recognised in the repository.', {
      fix: 'Ask the operator to declare a suite.',
    });
  }
  const names = suites.map((suite) => suite.name).join(', ');
  throw new FixgateError('not_found', `There is no suite ${String(name).slice(0, 100)}. Suites: ${names}.`, {
    fix: `Use one of these suites: ${names}.`,
  });
}

function firstSuite(suites: readonly Suite[], changed: readonly string[]): Suite | undefined {
  const required = suites.filter((suite) => suite.required);
  const above = required.filter(({ cwd }) => changed.some((path) => cwd !== '.' && path.startsWith(`${cwd}/`)));
  const inOthers = new Set(required.map(({ cwd }) => cwd)).size > 1;
  const nearest = inOthers ? above.toSorted((a, b) => b.cwd.length - a.cwd.length)[0] : undefined;
  return nearest ?? required[0] ?? suites[0];
}

/** What callers may know of a suite. */
export function toSuiteInfo(suite: Suite): SuiteInfo {
  const { name, required, argv, declared } = suite;
  return { name, required, argv, declared, digest: suiteDigest(suite) };
}

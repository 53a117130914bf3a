import { FixgateError } from '#domain/errors.ts';
import type { SuiteDeclaration } from '#domain/suite.ts';
import type { SuiteInfo } from '#workspace/workspace.ts';

import { declaredSuite, detectSuite, type Suite } from './detect.ts';
import type { SourceTree } from './tree.ts';

/** The suites of a tree: what the operator declared, else the one that is detected. */
export async function listSuites(
  declared: Readonly<Record<string, SuiteDeclaration>>,
  tree: SourceTree,
): Promise<readonly Suite[]> {
  const entries = Object.entries(declared);
  if (entries.length > 0) return Promise.all(entries.map(([name, each]) => declaredSuite(name, each, tree)));
  const detected = await detectSuite(tree);
  return detected ? [detected] : [];
}

/** Finds the suite of that name; without a name the first required one. */
export function chooseSuite(suites: readonly Suite[], name: string | undefined): Suite {
  const chosen =
    name === undefined
      ? (suites.find((suite) => suite.required) ?? suites[0])
      : suites.find((suite) => suite.name === name);
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

/** What callers may know of a suite. */
export function toSuiteInfo({ name, required, argv, declared }: Suite): SuiteInfo {
  return { name, required, argv, declared };
}

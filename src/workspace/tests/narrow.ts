import type { TestPlan } from '#domain/remediation.ts';
import type { RerunPlan, TestName } from '#domain/test-comparison.ts';

import { exactTests } from './exact-tests.ts';
import {
  findRunner,
  positionalsOf,
  withArguments,
  withoutPositionals,
  type AddedArguments,
  type RunnerUse,
} from './runners.ts';
import { canAppend } from './selection.ts';
import { isShellSafe, onceOnly } from './words.ts';

/** The command that runs only these tests; undefined when this runner cannot be told, or a name could be read as something else. */
export function narrowedArgv(
  { words, prefix, options }: RerunPlan,
  { cwd }: Pick<TestPlan, 'cwd'>,
  tests: readonly TestName[],
): readonly string[] | undefined {
  const use = findRunner(words);
  const picked = use && exactTests(use.rules, tests, cwd);
  if (use === undefined || picked === undefined) return undefined;
  if (prefix !== undefined) return behindScript(use, { prefix, options, picked });
  const narrowed = picked.files.length > 0 ? withoutPositionals(use) : use;
  return withArguments(onceOnly(narrowed, 'files'), { ...picked, options: [...options, ...picked.options] });
}

/** npm quotes what it hands on; behind others only plain words arrive as they are, so that whole files run. */
function behindScript(
  use: RunnerUse,
  {
    prefix,
    options,
    picked,
  }: { readonly prefix: readonly string[]; readonly options: readonly string[]; readonly picked: AddedArguments },
): readonly string[] | undefined {
  const { files, passed } = picked;
  if (!canAppend(use) || (files.length > 0 && positionalsOf(use).length > 0)) return undefined;
  const tail = passed ? ['--', ...passed] : [];
  const exact = [...picked.options, ...files, ...tail];
  // The options are our own.
  if (prefix[0] === 'npm' || exact.every(isShellSafe)) return [...prefix, ...options, ...exact];
  return files.length > 0 && files.every(isShellSafe) ? [...prefix, ...options, ...files] : undefined;
}

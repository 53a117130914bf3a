import type { PublishAction } from '#domain/action.ts';
import { listOf, quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Every failure is one that the base commit has too: a human may publish all the same. */
export const PREEXISTING_RULE = 'tests_green/preexisting';

/** The suites are green because the change edits the tests that were red: a human may publish all the same. */
export const EDITED_TEST_RULE = 'tests_green/edited_test';

/** Refuses a pull request that is empty, is proved only by tests that it edits itself, or whose required suites are not green on exactly its tree. */
export const testsGreen: Guard = (action) =>
  action.kind === 'publish' ? [...findEmpty(action), ...findRed(action), ...findEdited(action)] : [];

function findEmpty(action: PublishAction): readonly Finding[] {
  if (action.netChanges.length > 0) return [];
  return [
    {
      rule: 'nothing_to_publish',
      effect: 'deny',
      reason: 'The tree is the same as the base commit: there is no change to publish.',
      fix: 'Call apply_patch with the fix, then run_tests, then open_pr.',
      evidence: { tree: action.tree, base_commit: action.baseCommit },
    },
  ];
}

function findRed({ tree, verification }: PublishAction): readonly Finding[] {
  const red = verification.filter((entry) => !entry.green);
  if (verification.length > 0 && red.length === 0) return [];
  const onlyOld = red.length > 0 && red.every(({ state }) => state === 'fail_preexisting_only');
  const states = red.map((entry) => `${quote(entry.suite)} is ${entry.state}`);
  return [
    {
      rule: onlyOld ? PREEXISTING_RULE : 'tests_green',
      effect: 'deny',
      reason:
        red.length === 0
          ? 'No required test suite is known for this repository, so nothing shows that the change works.'
          : `Required test suites are not green on exactly this tree: ${listOf(states)}.`,
      fix: fixOf(red, onlyOld),
      evidence: { tree, suites: verification.map(({ suite, green, state }) => ({ suite, green, state })) },
    },
  ];
}

function fixOf(red: PublishAction['verification'], onlyOld: boolean): string {
  if (red.length === 0) return 'Ask the operator to declare a required test suite for this repository.';
  if (onlyOld) return `Mend these failures too, or ask a human to lift the rule: fixgate waive ${PREEXISTING_RULE}.`;
  const call = red.some(({ state }) => state === 'fail') ? 'Mend what fails with apply_patch, then call' : 'Call';
  const suites = listOf(red.map(({ suite }) => quote(suite)));
  return `${call} run_tests with suite ${suites} and scope affected or all, without files or name_pattern, until it passes.`;
}

function findEdited({ editedProof = [], tree }: PublishAction): readonly Finding[] {
  if (editedProof.length === 0) return [];
  const names = editedProof.slice(0, 5).map((test) => quote(test.slice(0, 200)));
  return [
    {
      rule: EDITED_TEST_RULE,
      effect: 'deny',
      reason: `What failed on the base commit and passes now does so because the change edits it, which proves nothing: ${listOf(names)}.`,
      fix: `Put these tests back as the base commit has them, and put new ones into a file of their own; then run_tests again. When what they expected was wrong, apply_patch a new test first, let run_tests show that it fails without the fix, and then apply the fix; or ask a human to lift the rule: fixgate waive ${EDITED_TEST_RULE}.`,
      evidence: { tree, tests: editedProof.slice(0, 20) },
    },
  ];
}

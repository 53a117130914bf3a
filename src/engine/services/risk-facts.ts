import type { PatchAction } from '#domain/action.ts';
import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { FileChange, PatchRecord, SuiteVerification, TestRun } from '#domain/remediation.ts';
import { provesSuite } from '#domain/remediation.ts';
import type { FloorHit, RiskFacts, TestEvidence } from '#domain/risk.ts';
import { isTestFile } from '#domain/test-files.ts';
import type { ChangedText } from '#policy/risk-paths.ts';
import { floorsOfFile } from '#policy/risk-paths.ts';
import { mayWeakenTests, weakenedTests } from '#policy/test-weakening.ts';
import type { Store } from '#state/store.ts';
import type { Workspace } from '#workspace/workspace.ts';

interface RiskFactsDeps {
  readonly workspace: Pick<Workspace, 'read' | 'references' | 'history'>;
  readonly store: Pick<Store, 'testRuns' | 'patches'>;
  readonly clock: Clock;
}

/** Gathers what the risk of a change is computed from. */
export interface RiskGatherer {
  /** What a patch alone shows: the floors that hold before anything is tested. */
  ofPatch(incident: Incident, action: PatchAction): Promise<RiskFacts>;
  /** What is known of the incident's tree. */
  ofTree(incident: Incident, tree: ChangedTree): Promise<RiskFacts>;
  /** In which ways the tests of the incident's tree say less than those of the base commit. */
  weakened(incident: Incident, files: readonly FileChange[]): Promise<readonly string[]>;
}

/** Weakenings that are named. */
const MAX_WEAKENED = 10;

/** A tree, its net changes since the base commit and how the required suites stand on it. */
export interface ChangedTree {
  readonly tree: string;
  readonly files: readonly FileChange[];
  readonly verification: readonly SuiteVerification[];
}

/** Makes the gatherer. */
export function createRiskGatherer(deps: RiskFactsDeps): RiskGatherer {
  const { workspace, store, clock } = deps;

  const textAt = async (incident: Incident, path: string, from: 'tree' | 'base') =>
    (await workspace.read(incident, path, from))?.toString();

  async function ofPatch(incident: Incident, action: PatchAction): Promise<RiskFacts> {
    const first = store.patches(incident.id).length === 0;
    const texts = await Promise.all(
      action.netChanges.map(async ({ path }): Promise<ChangedText> => {
        const write = action.writes.find((each) => each.path === path);
        const known = first ? write?.before?.content : undefined;
        return {
          path,
          before: known?.toString() ?? (await textAt(incident, path, 'base')),
          after: write ? write.after?.content.toString() : await textAt(incident, path, 'tree'),
        };
      }),
    );
    const floors = [...toFloors(texts), ...specialFiles(action)];
    return { at: clock.now(), files: action.netChanges, floors };
  }

  async function ofTree(incident: Incident, { tree, files, verification }: ChangedTree): Promise<RiskFacts> {
    const paths = files.map(({ path }) => path);
    const texts = await textsOf(incident, paths);
    // A history that cannot be read is not known; the change is judged all the same.
    const history = await workspace.history(incident, paths).catch(() => undefined);
    const outOfScope = await leavesScope(incident, paths);
    return {
      at: clock.now(),
      files,
      floors: toFloors(texts),
      tests: testEvidence({
        tree,
        verification,
        runs: store.testRuns(incident.id),
        patches: store.patches(incident.id),
      }),
      ...history,
      ...(outOfScope !== undefined && { outOfScope }),
    };
  }

  function textsOf(incident: Incident, paths: readonly string[]): Promise<readonly ChangedText[]> {
    return Promise.all(
      paths.map(async (path): Promise<ChangedText> => {
        const [before, after] = await Promise.all([textAt(incident, path, 'base'), textAt(incident, path, 'tree')]);
        return { path, before, after };
      }),
    );
  }

  async function weakened(incident: Incident, files: readonly FileChange[]): Promise<readonly string[]> {
    const paths = files.map(({ path }) => path);
    const texts = await textsOf(incident, paths.filter(mayWeakenTests));
    return weakenedTests(texts)
      .slice(0, MAX_WEAKENED)
      .map(({ why }) => why.slice(0, 200));
  }

  async function leavesScope(incident: Incident, paths: readonly string[]): Promise<boolean | undefined> {
    if (!incident.rca) return undefined;
    const { files } = await workspace.references(incident, incident.rca.text);
    if (files.length === 0) return undefined;
    return paths.some((path) => !isTestFile(path) && !files.includes(path));
  }

  return { ofPatch, ofTree, weakened };
}

function toFloors(texts: readonly ChangedText[]): readonly FloorHit[] {
  return [...texts.flatMap(floorsOfFile), ...weakenedTests(texts)];
}

/** Links, submodules and files whose permission bits change. */
function specialFiles({ writes }: PatchAction): readonly FloorHit[] {
  return writes
    .filter(({ before, after }) => {
      const modes = [before?.mode, after?.mode].filter((mode) => mode !== undefined);
      return new Set(modes).size > 1 || modes.some((mode) => mode === '120000' || mode === '160000');
    })
    .map(({ path }) => ({ floor: 'special_file' as const, why: path }));
}

interface TestFacts {
  readonly tree: string;
  readonly verification: readonly SuiteVerification[];
  readonly runs: readonly TestRun[];
  readonly patches: readonly PatchRecord[];
}

/** How well tests show that the change removes the defect. */
export function testEvidence({ tree, verification, runs, patches }: TestFacts): TestEvidence {
  if (verification.length === 0 || verification.some(({ green }) => !green)) return 'failed_or_not_run';
  const suites = new Set(verification.map(({ suite }) => suite));
  const relevant = runs.filter(({ plan }) => suites.has(plan.suite) && provesSuite(plan));
  const showsDefect = ({ plan, result }: TestRun) =>
    (result?.verdict === 'fail' || result?.verdict === 'fail_preexisting_only') &&
    result.failures.length > 0 &&
    holdsBaseCode(plan.tree, patches);
  const passed = relevant.filter(({ plan, result }) => plan.tree === tree && result?.verdict === 'pass');
  if (relevant.some(showsDefect) || passed.some((run) => fixesUntouchedTest(run, patches))) return 'reproduced';
  return passed.some(({ result }) => (result?.counts.total ?? 0) > 0) ? 'affected_pass' : 'no_affected_tests';
}

/** A test failed on the base commit and passes now, and the change did not write it: one that did could have been made to pass. */
function fixesUntouchedTest({ plan, result }: TestRun, patches: readonly PatchRecord[]): boolean {
  const changed = new Set((patches.find(({ tree }) => tree === plan.tree)?.files ?? []).map(({ path }) => path));
  return (result?.comparison?.fixed ?? []).some(({ file }) => file !== undefined && !changed.has(file));
}

/** The code under test is that of the base commit; at most tests were added. */
function holdsBaseCode(tree: string, patches: readonly PatchRecord[]): boolean {
  const made = patches.find((patch) => patch.tree === tree);
  return (made?.files ?? []).every(({ path }) => isTestFile(path));
}

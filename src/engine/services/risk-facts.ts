import type { PatchAction } from '#domain/action.ts';
import type { Approval } from '#domain/approval.ts';
import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { FileChange, SuiteVerification, TestRun } from '#domain/remediation.ts';
import type { FloorHit, RiskFacts } from '#domain/risk.ts';
import { isTestFile } from '#domain/test-files.ts';
import { testEvidence } from '#domain/test-proof.ts';
import { tellApproved } from '#engine/services/approved-floors.ts';
import { floorsOfFiles, floorsOfPatch, toText } from '#policy/risk-floors.ts';
import type { ChangedFile } from '#policy/risk-paths.ts';
import { mayWeakenTests, weakenedTests } from '#policy/test-weakening.ts';
import type { Store } from '#state/store.ts';
import type { Workspace } from '#workspace/workspace.ts';

interface RiskFactsDeps {
  readonly workspace: Pick<Workspace, 'read' | 'references' | 'history'>;
  readonly store: Pick<Store, 'testRuns' | 'patches' | 'approvals'>;
  readonly clock: Clock;
  /** Test runs of the suites that are configured here. */
  readonly ownRuns: (incident: Incident) => Promise<readonly TestRun[]>;
  /** Whether a decision carries the proof that is asked for here. */
  readonly isProved: (approval: Approval) => Promise<boolean>;
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
  const { workspace, store, clock, ownRuns, isProved } = deps;

  async function ofPatch(incident: Incident, action: PatchAction): Promise<RiskFacts> {
    const first = store.patches(incident.id).length === 0;
    const changed = await Promise.all(
      action.netChanges.map(async ({ path }): Promise<ChangedFile> => {
        const write = action.writes.find((each) => each.path === path);
        const known = first ? write?.before?.content : undefined;
        return {
          path,
          before: known ?? (await workspace.read(incident, path, 'base')),
          after: write ? write.after?.content : await workspace.read(incident, path, 'tree'),
        };
      }),
    );
    const own = action.writes.map(({ path }) => path);
    const earlier = { store, isProved, incidentId: incident.id, paths: changed.map(({ path }) => path), own };
    const floors = await tellApproved(floorsOfPatch(changed, action), earlier);
    return { at: clock.now(), files: action.netChanges, floors };
  }

  async function ofTree(incident: Incident, { tree, files, verification }: ChangedTree): Promise<RiskFacts> {
    const paths = files.map(({ path }) => path);
    const changed = await contentsOf(incident, paths);
    // A history that cannot be read is not known; the change is judged all the same.
    const history = await workspace.history(incident, paths).catch(() => undefined);
    const outOfScope = await leavesScope(incident, paths);
    const runs = store.testRuns(incident.id);
    return {
      at: clock.now(),
      files,
      floors: await tellApproved([...floorsOfFiles(changed), ...lostTests(runs, tree)], {
        store,
        isProved,
        incidentId: incident.id,
        paths,
        own: [],
      }),
      tests: testEvidence({ tree, verification, runs: await ownRuns(incident), patches: store.patches(incident.id) }),
      ...history,
      ...(outOfScope !== undefined && { outOfScope }),
    };
  }

  function contentsOf(incident: Incident, paths: readonly string[]): Promise<readonly ChangedFile[]> {
    return Promise.all(
      paths.map(async (path): Promise<ChangedFile> => {
        const [before, after] = await Promise.all([
          workspace.read(incident, path, 'base'),
          workspace.read(incident, path, 'tree'),
        ]);
        return { path, before, after };
      }),
    );
  }

  async function weakened(incident: Incident, files: readonly FileChange[]): Promise<readonly string[]> {
    const paths = files.map(({ path }) => path);
    const changed = await contentsOf(incident, paths.filter(mayWeakenTests));
    return weakenedTests(changed.map(toText))
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

/** Of every run on the tree: one that selects fewer tests, or has more luck, takes nothing back; one that knows the base commit speaks for one that does not. */
function lostTests(runs: readonly TestRun[], tree: string): readonly FloorHit[] {
  const found = runs.flatMap(({ plan, result }) =>
    plan.tree === tree && result?.comparison ? [{ suite: plan.suite, ...result.comparison }] : [],
  );
  const known = new Set(found.flatMap(({ suite, state }) => (state === 'unknown' ? [] : [suite])));
  const counting = found.filter(({ suite, state }) => state !== 'unknown' || !known.has(suite));
  const whys = new Set(counting.flatMap(({ lost }) => lost?.why ?? []));
  return [...whys].map((why) => ({ floor: 'test_weakening', why }));
}

import { BroadcastChannel } from 'node:worker_threads';

import { createVitest, type Vitest } from 'vitest/node';

import type { Answer, DryRun, Request } from './protocol.ts';

interface MutantRun {
  readonly activeMutant: { readonly id: string };
  /** `static`: on from the start, while modules load. */
  readonly mutantActivation: 'static' | 'runtime';
  readonly testFilter?: readonly string[];
}

const CHANNEL = 'fixgate-mutants';
/** How many of a hundred mutants are run; the rest are errors, which no score counts. */
const PERCENT = Number(process.env['FIXGATE_MUTANTS'] ?? 100);
const STATUS = { pass: 0, fail: 1, skip: 2 } as const;

/** Chosen by number: evenly spread over the files, the same in each run of the same code. */
const isOfSample = ({ id }: MutantRun['activeMutant']) =>
  (Math.imul(Number(id) + 7, 2_654_435_761) >>> 0) % 100 < PERCENT;

const testResult = (test: DryRun['tests'][number]) => ({
  id: test.id,
  name: test.name,
  fileName: test.file,
  timeSpentMs: test.duration,
  status: STATUS[test.state],
  failureMessage: test.problem,
});

const mutantResult = (answer: Exclude<Answer, { kind: 'dry' }>) => {
  if (answer.kind === 'broken') throw new Error(answer.reason);
  if (answer.kind === 'endless') return { status: 'timeout', reason: 'The mutant was met too often.' };
  if (answer.kind === 'survived') return { status: 'survived', nrOfTests: answer.ran };
  const { by, problem, ran } = answer;
  return { status: 'killed', killedBy: [by], failureMessage: problem, nrOfTests: ran };
};

/** Runs mutants in one worker thread that loaded the tests once: some milliseconds for a mutant, not half a second. */
const createRunner = () => {
  const channel = new BroadcastChannel(CHANNEL);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel between threads has no origins
  const ask = (request: Request) => channel.postMessage(request);
  const answer = () =>
    new Promise<Answer>((resolve) => {
      channel.addEventListener('message', (event) => resolve((event as MessageEvent).data as Answer), { once: true });
    });
  let vitest: Vitest | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let dry: Extract<Answer, { kind: 'dry' }> | undefined;
  const quickest = (ids: readonly string[]) => {
    const durations = new Map(dry?.tests.map((test) => [test.id, test.duration]));
    return ids.toSorted((a, b) => (durations.get(a) ?? 0) - (durations.get(b) ?? 0));
  };
  return {
    // No mutant is on while modules load, so that nothing ever needs to be loaded again.
    capabilities: () => ({ reloadEnvironment: true }),
    async init(): Promise<void> {
      const own = { config: 'test/mutation/vitest.config.ts', watch: false, update: false };
      vitest = await createVitest('test', {
        ...own,
        reporters: [{}],
        pool: 'threads',
        maxWorkers: 1,
        runner: './test/mutation/resident-tests.ts',
      });
      const files = await vitest.globTestSpecifications();
      vitest.provide('channel', CHANNEL);
      vitest.provide('testFiles', files.length);
      const first = answer();
      running = vitest.start();
      dry = (await first) as Extract<Answer, { kind: 'dry' }>;
    },
    async dryRun() {
      if (!dry || dry.broken.length > 0) return { status: 'error', errorMessage: dry?.broken.join('\n') };
      return { status: 'complete', tests: dry.tests.map(testResult), mutantCoverage: dry.mutantCoverage };
    },
    async mutantRun({ activeMutant, mutantActivation, testFilter }: MutantRun) {
      if (mutantActivation === 'static')
        return { status: 'error', errorMessage: 'Only a new process can run this mutant.' };
      if (!isOfSample(activeMutant)) return { status: 'error', errorMessage: 'Not of the sample.' };
      const said = answer();
      ask({
        kind: 'mutant',
        mutant: activeMutant.id,
        tests: quickest(testFilter ?? dry?.tests.map(({ id }) => id) ?? []),
      });
      return mutantResult((await said) as Exclude<Answer, { kind: 'dry' }>);
    },
    async dispose(): Promise<void> {
      ask({ kind: 'end' });
      await running;
      await vitest?.close();
      channel.close();
    },
  };
};
createRunner.inject = [] as const;

/** The test runner that stryker.config.mjs names. */
export const strykerPlugins = [{ kind: 'TestRunner', name: 'resident', factory: createRunner }];

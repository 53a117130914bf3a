import { BroadcastChannel } from 'node:worker_threads';

import { chai, inject, type RunnerTestSuite, type RunnerTestCase, TestRunner } from 'vitest';

import type { Answer, DryRun, Request } from './protocol.ts';

/** What instrumented code reads and writes: which mutant is on, how often it was met, who met which mutant. */
interface Instrumented {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: DryRun['mutantCoverage'];
}

const instrumented = ((globalThis as unknown as Record<string, Instrumented>)['__stryker__'] ??= {});

/** A mutant that is met so many times as often as its code was without it goes round in circles. */
const HITS_OF_A_LOOP = 100;

let run = 0;

/** Forgets with every run what code of the policy keeps about an object: a mutant must not meet what another one left. */
class ForgetfulMap<K extends WeakKey, V> extends WeakMap<K, V> {
  readonly #written = new WeakMap<K, number>();

  override has(key: K): boolean {
    return super.has(key) && this.#written.get(key) === run;
  }

  override get(key: K): V | undefined {
    return this.has(key) ? super.get(key) : undefined;
  }

  override set(key: K, value: V): this {
    this.#written.set(key, run);
    return super.set(key, value);
  }
}

const madeInPolicy = (): boolean => new Error('where').stack?.split('\n')[3]?.includes('/src/policy/') === true;

globalThis.WeakMap = new Proxy(globalThis.WeakMap, {
  construct: (target, args, asked) =>
    madeInPolicy() ? new ForgetfulMap() : (Reflect.construct(target, args, asked) as object),
});

const testsIn = (suite: RunnerTestSuite): RunnerTestCase[] =>
  suite.tasks.flatMap((task) => (task.type === 'suite' ? testsIn(task) : [task]));

let current: RunnerTestCase | undefined;

// Vitest tells an expectation its test only while it runs that test itself.
chai.use(({ Assertion }, { flag, overwriteMethod }) => {
  overwriteMethod(
    Assertion.prototype,
    'toMatchFileSnapshot',
    (original: (...args: unknown[]) => unknown) =>
      function matchOf(this: object, ...args: unknown[]) {
        if (current !== undefined) flag(this, 'vitest-test', current);
        return original.apply(this, args);
      },
  );
});

/** The parts of Vitest's runner that it hides: committed output is read through them. */
interface Hidden {
  readonly snapshotClient: { setup(file: string, options: unknown): Promise<void> };
  readonly workerState: { readonly config: { readonly snapshotOptions: unknown } };
}

/** Runs all test files once, keeps their tests, and then runs those that a mutant needs, for one mutant after another, in this process. */
export default class ResidentTests extends TestRunner {
  readonly #tests = new Map<string, RunnerTestCase>();
  readonly #broken: string[] = [];
  #files = inject('testFiles');

  override onBeforeTryTask(...[test, options]: Parameters<TestRunner['onBeforeTryTask']>): void {
    super.onBeforeTryTask(test, options);
    run += 1;
    instrumented.currentTestId = test.id;
  }

  override async onAfterRetryTask(...[test, options]: Parameters<TestRunner['onAfterRetryTask']>): Promise<void> {
    await super.onAfterRetryTask(test, options);
    instrumented.currentTestId = undefined;
  }

  override async onBeforeRunSuite(suite: RunnerTestSuite): Promise<void> {
    await super.onBeforeRunSuite(suite);
    if (!('filepath' in suite)) return;
    this.#files -= 1;
    if (suite.result?.state !== 'fail') return;
    // A file that cannot be loaded has no tests that fail, and its run ends here.
    this.#broken.push(...(suite.result.errors ?? []).map(({ message }) => `${suite.name}: ${message}`));
    if (this.#files === 0) await this.#serve();
  }

  override async onAfterRunSuite(suite: RunnerTestSuite): Promise<void> {
    await super.onAfterRunSuite(suite);
    if (!('filepath' in suite)) return;
    for (const test of testsIn(suite)) this.#tests.set(test.id, test);
    if (this.#files === 0) await this.#serve();
  }

  #dryRun(): DryRun {
    const tests = [...this.#tests.values()].map((test) => ({
      id: test.id,
      name: test.fullTestName,
      file: test.file.filepath,
      duration: test.result?.duration ?? 0,
      state:
        test.result?.state === 'pass' ? ('pass' as const) : test.mode === 'run' ? ('fail' as const) : ('skip' as const),
      problem: test.result?.errors?.[0]?.message ?? '',
    }));
    return { tests, broken: this.#broken, mutantCoverage: instrumented.mutantCoverage ?? { static: {}, perTest: {} } };
  }

  /** Answers until it is told to end: the worker, and all that it loaded, lives as long. */
  async #serve(): Promise<void> {
    const files = new Set([...this.#tests.values()].map((test) => test.file.filepath));
    const { snapshotClient, workerState } = this as unknown as Hidden;
    for (const file of files) await snapshotClient.setup(file, workerState.config.snapshotOptions);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const channel = new BroadcastChannel(inject('channel'));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel between threads has no origins
    const send = (answer: Answer) => channel.postMessage(answer);
    channel.addEventListener('message', (event) => {
      const request = (event as MessageEvent).data as Request;
      if (request.kind === 'end') end();
      if (request.kind === 'mutant')
        void this.#mutant(request).then(send, (error: unknown) => send({ kind: 'broken', reason: String(error) }));
    });
    send({ kind: 'dry', ...this.#dryRun() });
    await ended;
    channel.close();
  }

  async #mutant({ mutant, tests }: Request & { kind: 'mutant' }): Promise<Answer> {
    run += 1;
    let ran = 0;
    for (const test of tests.map((id) => this.#tests.get(id)!)) {
      ran += 1;
      const met = instrumented.mutantCoverage?.perTest[test.id]?.[mutant] ?? 0;
      const hitLimit = Math.max(1, met) * HITS_OF_A_LOOP;
      Object.assign(instrumented, { activeMutant: mutant, hitCount: 0, hitLimit });
      const problem = await this.#problem(test);
      instrumented.activeMutant = undefined;
      if ((instrumented.hitCount ?? 0) > hitLimit) return { kind: 'endless', ran };
      if (problem === undefined) continue;
      run += 1;
      const without = await this.#problem(test);
      // Something that the mutant left behind: this process can judge no more.
      if (without !== undefined)
        return { kind: 'broken', reason: `${test.fullTestName} fails without a mutant: ${without}` };
      return { kind: 'killed', by: test.id, problem, ran };
    }
    return { kind: 'survived', ran };
  }

  async #problem(test: RunnerTestCase): Promise<string | undefined> {
    const once = { retry: 0, repeats: 0 };
    try {
      super.onBeforeTryTask(test, once);
      current = test;
      await TestRunner.getTestFn(test)();
      this.onAfterTryTask(test);
      return undefined;
    } catch (error) {
      return String(error).slice(0, 1_000);
    } finally {
      current = undefined;
    }
  }
}

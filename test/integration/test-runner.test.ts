import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { SuiteDeclaration } from '#domain/suite.ts';
import { probeIsolation } from '#workspace/sandbox-ladder.ts';
import { nodeReporter } from '#workspace/tests/node-reporter.ts';

import { absent, hasProgram, missing, mochaModules, withoutMocha } from '../support/needs.ts';
import { createRunnerFixture } from '../support/test-runner-fixture.ts';

function suite(argv: string[], changes: Partial<SuiteDeclaration> = {}): SuiteDeclaration {
  return {
    argv,
    cwd: '.',
    env: {},
    required: true,
    timeout_s: 60,
    network: false,
    services: {},
    limits: {},
    ...changes,
  };
}

const modified = (path: string) => ({ path, change: 'modify' as const, added: 1, removed: 1 });
const never = new AbortController().signal;

function running(word: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });
}

describe('node --test', () => {
  it('is detected, counted and green [workspace:tests:detected]', async () => {
    await using fixture = await createRunnerFixture({ fixture: 'node-app' });
    expect(await fixture.runner.suites(fixture.incident)).toEqual([
      {
        name: 'test',
        required: true,
        argv: ['node', '--test'],
        declared: false,
        digest: expect.stringMatching(/^sha256:/),
      },
    ]);
    const run = await fixture.run();
    expect(run.plan.argv).toContain(`--test-reporter=${nodeReporter}`);
    expect(run.result).toMatchObject({ verdict: 'pass', counts: { total: 4, passed: 3, failed: 0, skipped: 1 } });
    expect(run.result.output).toContain('adds two numbers');
    expect(run.result.reason).toBeUndefined();
    const types = fixture.store.timeline('PD-1').map((event) => event.type);
    expect(types).toEqual(['incident.opened', 'call.admitted', 'tests.started', 'tests.finished']);
  });

  it('names the failing test, its file and line', async () => {
    await using fixture = await createRunnerFixture({
      fixture: 'node-app',
      files: { 'src/sum.js': 'export const sum = (a, b) => a - b;\n' },
      changes: [modified('src/sum.js')],
    });
    const { plan, result } = await fixture.run({ scope: 'affected' });
    expect(plan.argv.slice(-1)).toEqual(['test/sum.test.js']);
    expect(plan.selection).toBe('1 of 2 test files, which may reach src/sum.js by their imports');
    expect(result).toMatchObject({ verdict: 'fail', reason: '2 of 3 tests failed: 2 new.', exitCode: 1 });
    expect(result.failures[0]).toMatchObject({ test: 'adds two numbers', file: 'test/sum.test.js', line: 6 });
    expect(result.failures[0]?.message).toContain('-1 !== 3');
  });

  it('runs only the named files and names', async () => {
    await using fixture = await createRunnerFixture({ fixture: 'node-app' });
    const byFile = await fixture.run({ scope: 'files', files: ['test/text.test.js'] });
    expect(byFile.result.counts.total).toBe(1);
    const byName = await fixture.run({ namePattern: 'adds two' });
    expect(byName.result.counts.passed).toBe(1);
    const byNothing = await fixture.run({ namePattern: 'no such test' });
    expect(byNothing.result.verdict).toBe('no_tests');
  });

  it('is not green when a file fails outside its tests', async () => {
    await using fixture = await createRunnerFixture({
      fixture: 'node-app',
      files: { 'test/text.test.js': "throw new Error('boom');\n" },
    });
    expect((await fixture.run()).result.verdict).toBe('fail');
  });

  it('is read from the output when tests forge or destroy the report [workspace:tests:verdict]', async () => {
    const forge = "import { writeFileSync, symlinkSync, rmSync } from 'node:fs';\n";
    const end = "process.on('exit', () => { rmSync(f, {force:true}); symlinkSync('/etc/passwd', f); });\n";
    await using fixture = await createRunnerFixture({
      fixture: 'node-app',
      files: { 'test/text.test.js': `${forge}const f = '.fixgate-report-test.xml';\n${end}` },
    });
    const { result } = await fixture.run();
    expect(result.output).not.toContain('root:');
    expect(result.failures.map((failure) => failure.message).join()).not.toContain('root:');
  });
});

describe('vitest', () => {
  it('is detected and counted', async () => {
    await using fixture = await createRunnerFixture({ fixture: 'vitest-app', withModules: true });
    const { plan, result } = await fixture.run();
    expect(plan.argv.slice(0, 2)).toEqual(['vitest', 'run']);
    expect(result).toMatchObject({ verdict: 'pass', counts: { total: 3, passed: 2, failed: 0, skipped: 1 } });
  });

  it('runs the tests related to the change and places the failure [workspace:tests:affected]', async () => {
    await using fixture = await createRunnerFixture({
      fixture: 'vitest-app',
      withModules: true,
      files: { 'src/sum.js': 'export const sum = (a, b) => a - b;\n' },
      changes: [modified('src/sum.js')],
    });
    const { plan, result } = await fixture.run({ scope: 'affected' });
    expect(plan.argv).toContain('related');
    expect(plan.selection).toBe('the tests that vitest finds by imports of src/sum.js');
    expect(result).toMatchObject({ verdict: 'fail', counts: { total: 2, failed: 1 } });
    expect(result.failures).toEqual([
      expect.objectContaining({ test: 'sum adds two numbers', file: 'test/sum.test.js', line: 6 }),
    ]);
  });

  it('says what is missing when dependencies were not prepared', async () => {
    await using fixture = await createRunnerFixture({ fixture: 'vitest-app' });
    const { result } = await fixture.run();
    expect(result.verdict).toBe('infra_error');
    expect(result.reason).toContain('vitest was not found');
    expect(result.reason).toContain('no installed dependencies');
  });

  it('says so when no test matches', async () => {
    await using fixture = await createRunnerFixture({
      fixture: 'vitest-app',
      withModules: true,
      files: { 'src/unused.js': 'export const unused = 1;\n' },
      changes: [modified('src/unused.js')],
    });
    const { result } = await fixture.run({ scope: 'affected' });
    expect(result).toMatchObject({
      verdict: 'no_tests',
      reason: 'No test was executed; run the suite with scope all.',
    });
  });
});

it('runs mocha with its JSON report', async ({ skip }) => {
  const why = withoutMocha();
  if (why) skip(why);
  await using fixture = await createRunnerFixture({ fixture: 'mocha-app', modules: mochaModules });
  const { result } = await fixture.run();
  expect(result).toMatchObject({ verdict: 'fail', counts: { total: 2, passed: 1, failed: 1 } });
  expect(result.failures[0]).toMatchObject({ test: 'sum fails', file: 'test/sum.js', line: 4 });
  expect(result.output).toContain('✓ sum adds');
});

it('runs pytest with its JUnit report', async ({ skip }) => {
  const why = missing('pytest', hasProgram('pytest'));
  if (why) skip(why);
  await using fixture = await createRunnerFixture({
    files: {
      'pytest.ini': '[pytest]\n',
      'tests/test_sum.py':
        'import pytest\n\ndef test_adds():\n    assert 1 + 1 == 2\n\ndef test_fails():\n    assert 1 + 1 == 3\n\n@pytest.mark.skip\ndef test_later():\n    pass\n',
    },
  });
  const { result } = await fixture.run();
  const counts = { total: 3, passed: 1, failed: 1, skipped: 1 };
  expect(result).toMatchObject({ verdict: 'fail', counts });
  expect(result.failures[0]).toMatchObject({ file: 'tests/test_sum.py', line: 7 });
  expect((await fixture.run({ namePattern: 'test_adds' })).result).toMatchObject({ verdict: 'pass' });
  expect((await fixture.run({ namePattern: 'nothing_like_it' })).result).toMatchObject({ verdict: 'no_tests' });
});

it('runs cargo test and reads its output', async ({ skip }) => {
  const why = absent('cargo', hasProgram('cargo'));
  if (why) skip(why);
  await using fixture = await createRunnerFixture({
    files: {
      'Cargo.toml': '[package]\nname = "sum"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/lib.rs':
        '#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n        assert_eq!(1 + 1, 2);\n    }\n    #[test]\n    fn fails() {\n        assert_eq!(1 + 1, 3);\n    }\n}\n',
    },
  });
  const { result } = await fixture.run();
  expect(result).toMatchObject({ verdict: 'fail', counts: { total: 2, passed: 1, failed: 1 } });
  expect(result.failures[0]).toMatchObject({ test: 'tests::fails', file: 'src/lib.rs', line: 9 });
});

it.for([
  ['its output', ''],
  ['its report', '[profile.default.junit]\npath = "junit.xml"\n'],
] as const)('runs cargo nextest to its end and reads %s', async ([, config], { skip }) => {
  const why = absent('cargo-nextest', hasProgram('cargo-nextest'));
  if (why) skip(why);
  await using fixture = await createRunnerFixture({
    files: {
      '.config/nextest.toml': config,
      'Cargo.toml': '[workspace]\nmembers = ["sum"]\nresolver = "2"\n',
      'sum/Cargo.toml': '[package]\nname = "sum"\nversion = "0.1.0"\nedition = "2021"\n',
      'sum/src/lib.rs':
        '#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n        std::thread::sleep(std::time::Duration::from_millis(500));\n        assert_eq!(1 + 1, 2);\n    }\n    #[test]\n    fn fails() {\n        assert_eq!(1 + 1, 3);\n    }\n}\n',
      'sum/tests/later.rs': '#[test]\nfn later() {}\n',
    },
  });
  const { result } = await fixture.run();
  expect(result).toMatchObject({ verdict: 'fail', counts: { total: 3, passed: 2, failed: 1 } });
  expect(result.failures[0]).toMatchObject({ test: 'sum › tests::fails', file: 'sum/src/lib.rs', line: 10 });
  expect((await fixture.run({ namePattern: 'adds' })).result).toMatchObject({ verdict: 'pass' });
  expect((await fixture.run({ namePattern: 'nothing_like_it' })).result).toMatchObject({ verdict: 'no_tests' });
});

it('takes no folder for the file of a test whose package is called like it', async () => {
  const report = '<testsuites><testcase name="adds" classname="sum"/></testsuites>';
  await using fixture = await createRunnerFixture({
    files: { 'made.xml': report, 'sum/lib.rs': '' },
    suites: { unit: suite(['cp', 'made.xml', 'out.xml'], { format: 'junit', report: 'out.xml' }) },
  });
  expect((await fixture.run()).result.cases).toEqual([{ test: 'sum › adds', outcome: 'passed' }]);
});

describe('npm test', () => {
  const npm = (script: string, files: Record<string, string> = {}) =>
    createRunnerFixture({ files: { 'package.json': JSON.stringify({ scripts: { test: script } }), ...files } });

  it.each([
    [
      'a chain that prints TAP',
      'echo lint && node t.js',
      "console.log('TAP version 13\\nok 1 - a\\nnot ok 2 - b # SKIP\\n1..2')",
      'pass',
      1,
    ],
    [
      'failing TAP',
      'node t.js',
      "console.log('TAP version 13\\nok 1 - a\\nnot ok 2 - b\\n1..2'); process.exit(1)",
      'fail',
      1,
    ],
    ['silence', 'true', '', 'no_tests', 0],
    ['a silent program of assertions', 'node t.js', '', 'pass', 0],
    ['a crash', 'node t.js', "throw new Error('boom')", 'fail', 0],
    ['a missing program', 'no-such-runner --x', '', 'infra_error', 0],
  ])('judges %s', async (...[, script, code, verdict, passed]) => {
    await using fixture = await npm(script, { 't.js': code });
    const { plan, result } = await fixture.run();
    expect(plan.argv).toEqual(['npm', 'test']);
    expect(result).toMatchObject({ verdict, counts: { passed } });
  });

  it('runs hooks, and reads node --test behind them', async () => {
    await using fixture = await createRunnerFixture({
      fixture: 'node-app',
      files: {
        'package.json': JSON.stringify({ type: 'module', scripts: { pretest: 'echo built', test: 'node --test' } }),
      },
    });
    const { plan, result } = await fixture.run();
    expect(plan.argv.slice(0, 3)).toEqual(['npm', 'test', '--']);
    expect(result.output).toContain('built');
    expect(result).toMatchObject({ verdict: 'pass', counts: { passed: 3, skipped: 1 } });
  });
});

describe('a job', () => {
  it('outlives the caller and answers a poll [workspace:tests:outlive]', async () => {
    await using fixture = await createRunnerFixture({
      suites: { slow: suite(['bash', '-c', 'sleep 0.6; echo done']) },
    });
    const started = await fixture.runner.start(await fixture.permitFor(), 'test-client/1.0');
    expect(started.status).toBe('running');
    const early = await fixture.runner.wait(started.jobId, 50, never);
    expect(early.status).toBe('running');
    const late = await fixture.runner.wait(started.jobId, 20_000, never);
    expect(late).toMatchObject({ status: 'finished', result: { verdict: 'pass', output: 'done\n' } });
  });

  it('stops waiting when its caller goes, and goes on', async () => {
    await using fixture = await createRunnerFixture({ suites: { slow: suite(['sleep', '0.7']) } });
    const started = await fixture.runner.start(await fixture.permitFor(), 'x');
    expect((await fixture.runner.wait(started.jobId, 20_000, AbortSignal.timeout(50))).status).toBe('running');
    expect((await fixture.runner.wait(started.jobId, 20_000, never)).status).toBe('finished');
  });

  it.each([
    ['the suite', 1, 60, 'limit of 1 s'],
    ['the budget', 60, 1, 'limit of 1 s'],
  ])('is stopped at the time limit of %s [workspace:tests:killed]', async (_title, timeout, held, words) => {
    await using fixture = await createRunnerFixture({
      suites: { slow: suite(['bash', '-c', 'setsid sleep 41.51 & sleep 41.52'], { timeout_s: timeout }) },
    });
    const { result } = await fixture.run({}, held);
    expect(result).toMatchObject({ verdict: 'timeout', reason: expect.stringContaining(words) as string });
    expect([...running('41.51'), ...running('41.52')]).toEqual([]);
  });

  it('is cancelled with everything it started [workspace:tests:killed, server:calls:cancel]', async () => {
    await using fixture = await createRunnerFixture({
      suites: { slow: suite(['bash', '-c', 'setsid sleep 42.51 & sleep 42.52']) },
    });
    const started = await fixture.runner.start(await fixture.permitFor(), 'x');
    await expect.poll(() => running('42.51').length, { timeout: 20_000 }).toBeGreaterThan(0);
    await fixture.runner.cancel(started.jobId);
    await expect
      .poll(() => [...running('42.51'), ...running('42.52'), ...running(started.jobId)], { timeout: 15_000 })
      .toEqual([]);
    const run = await fixture.runner.wait(started.jobId, 0, never);
    expect(run.result).toMatchObject({ verdict: 'infra_error', reason: 'The run was cancelled.' });
    await fixture.runner.cancel(started.jobId);
    expect(await fixture.runner.wait(started.jobId, 0, never)).toEqual(run);
  });

  it('is finished by the next look when its process was killed', async () => {
    await using fixture = await createRunnerFixture({
      suites: { slow: suite(['bash', '-c', 'setsid sleep 43.51 & sleep 43.52']) },
    });
    const started = await fixture.runner.start(await fixture.permitFor(), 'x');
    await expect.poll(() => running('43.51').length, { timeout: 20_000 }).toBeGreaterThan(0);
    process.kill(fixture.store.getTestRun(started.jobId)?.pid ?? 0, 'SIGKILL');
    const run = await fixture.runner.wait(started.jobId, 20_000, never);
    expect(run.result).toMatchObject({ verdict: 'infra_error', reason: 'The test process died.' });
    expect([...running('43.51'), ...running('43.52')]).toEqual([]);
  });

  it('waits for its turn while another run of the incident uses the folder', async () => {
    await using fixture = await createRunnerFixture({
      suites: {
        one: suite(['bash', '-c', 'date +%s%N; sleep 0.5; date +%s%N']),
        two: suite(['bash', '-c', 'date +%s%N; date +%s%N']),
      },
    });
    const one = await fixture.runner.start(await fixture.permitFor({ suite: 'one' }), 'x');
    await sleep(300);
    const two = await fixture.runner.start(await fixture.permitFor({ suite: 'two' }), 'x');
    const [first = [], second = []] = await Promise.all(
      [one, two].map(async ({ jobId }) => {
        const { result } = await fixture.runner.wait(jobId, 20_000, never);
        return (result?.output ?? '').trim().split('\n').map(BigInt);
      }),
    );
    expect([first.length, second.length]).toEqual([2, 2]);
    expect(first[1]! < second[0]! || second[1]! < first[0]!).toBe(true);
  });

  it('fails when its tests try a blocked command, says which, and how they were kept apart', async () => {
    const script = 'verb=publish; npm $verb; npm test';
    await using fixture = await createRunnerFixture({
      files: { 'package.json': '{"name":"x","version":"1.0.0","scripts":{"test":"echo fine"}}' },
      suites: { sly: suite(['bash', '-c', script]) },
    });
    const { result, jobId } = await fixture.run();
    expect(result).toMatchObject({
      verdict: 'fail',
      exitCode: 0,
      blocked: [{ entry: 'npm publish', call: 'npm publish' }],
    });
    expect(result.reason).toContain('blocked_commands/npm publish');
    expect(result.isolation).toBe(await probeIsolation());
    const finished = fixture.store.timeline('PD-1').find(({ type }) => type === 'tests.finished');
    expect(finished?.data).toMatchObject({
      job_id: jobId,
      blocked: [{ entry: 'npm publish' }],
      isolation: result.isolation,
    });
  });

  it('comes to nothing when a service of its suite does not start', async () => {
    const services = { db: { argv: ['false'], ready: { port: 5432 }, timeout_s: 5 } };
    await using fixture = await createRunnerFixture({ suites: { unit: suite(['true'], { services }) } });
    const { result } = await fixture.run();
    expect(result).toMatchObject({ verdict: 'infra_error', reason: 'The service db ended with exit code 1.' });
  });

  it('sees nothing of the server’s environment [workspace:tests:no-credentials]', async () => {
    await using fixture = await createRunnerFixture({ suites: { env: suite(['env']) } });
    const { result } = await fixture.run();
    expect(result.output).not.toContain('hunter2');
    expect(result.output).not.toContain('FIXGATE');
  });

  it('says which program or folder is missing', async () => {
    await using fixture = await createRunnerFixture({
      suites: { gone: suite(['no-such-program']), lost: suite(['true'], { cwd: 'packages/none' }) },
    });
    const gone = await fixture.run({ suite: 'gone' });
    expect(gone.result).toMatchObject({
      verdict: 'infra_error',
      reason: expect.stringContaining('no-such-program') as string,
    });
    const lost = await fixture.run({ suite: 'lost' });
    expect(lost.result).toMatchObject({
      verdict: 'infra_error',
      reason: expect.stringContaining('packages/none') as string,
    });
  });

  it('is unknown under another id', async () => {
    await using fixture = await createRunnerFixture({});
    await expect(fixture.runner.wait('job-x', 0, never)).rejects.toMatchObject({ code: 'not_found' });
  });
});

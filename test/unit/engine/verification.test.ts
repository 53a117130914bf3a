import { describe, expect, it } from 'vitest';

import type { EngineSetup } from '../../support/engine-fixture.ts';
import { createEngine } from '../../support/engine-fixture.ts';

const suite = (name: string, required = true) => ({ name, required, argv: ['node', '--test'], declared: true });

async function patched(setup: EngineSetup = {}) {
  const engine = createEngine(setup);
  await engine.patch();
  const tree = engine.store.patches('PD-1').at(-1)!.tree;
  return {
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
    engine,
    tree,
    states: async (of = tree) =>
      (await engine.verification.of(engine.incident(), of)).map(({ green, state }) => ({ green, state })),
  };
}

describe('a required suite', () => {
  it.each<[string, Record<string, unknown>]>([
    ['affected', { scope: 'affected' }],
    ['all', { scope: 'all' }],
    ['the default scope', {}],
  ])('is green after a pass with scope %s', async (_, args) => {
    await using fixture = await patched();
    const { engine, states } = fixture;
    await engine.call('run_tests', args);
    expect(await states()).toEqual([{ green: true, state: 'green' }]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['chosen files', { scope: 'files', files: ['a.test.js'] }],
    ['files within another scope', { scope: 'all', files: 'a.test.js' }],
    ['chosen names', { scope: 'all', name_pattern: 'trivial' }],
    ['an empty pattern of names', { scope: 'all', name_pattern: '' }],
  ])('is not green after a pass of %s', async (_, args) => {
    await using fixture = await patched();
    const { engine, states } = fixture;
    await engine.call('run_tests', args);
    expect(await states()).toEqual([{ green: false, state: 'not_run' }]);
    expect(engine.incident().state).toBe('patching');
  });

  it('is green on exactly the tree that was tested [gate:publish:green]', async () => {
    await using fixture = await patched();
    const { engine, tree, states } = fixture;
    await engine.call('run_tests');
    await engine.patch(2);
    expect(await states(engine.store.patches('PD-1').at(-1)!.tree)).toEqual([{ green: false, state: 'not_run' }]);
    expect(await states(tree)).toEqual([{ green: true, state: 'green' }]);
  });

  it.each(['fail', 'fail_preexisting_only', 'flaky', 'no_tests', 'infra_error', 'timeout'] as const)(
    'that says %s is not green',
    async (verdict) => {
      await using fixture = await patched();
      const { engine, states } = fixture;
      engine.tests.outcomes.push(verdict);
      await engine.call('run_tests');
      expect(await states()).toEqual([{ green: false, state: verdict }]);
    },
  );

  it('is what its last run says, and that one counts while it runs', async () => {
    await using fixture = await patched();
    const { engine, states } = fixture;
    engine.tests.outcomes.push('pass', 'running', 'fail');
    await engine.call('run_tests');
    await engine.call('run_tests', { wait_s: 0 });
    expect(await states()).toEqual([{ green: false, state: 'running' }]);
    await engine.call('get_incident');
    await engine.call('run_tests');
    expect(await states()).toEqual([{ green: false, state: 'fail' }]);
    expect(engine.incident().state).toBe('patching');
  });

  it('does not make another one green, and an optional one is not asked', async () => {
    await using fixture = await patched({ suites: [suite('unit'), suite('smoke'), suite('lint', false)] });
    const { engine, states } = fixture;
    await engine.call('run_tests', { suite: 'unit' });
    expect(await states()).toEqual([
      { green: true, state: 'green' },
      { green: false, state: 'not_run' },
    ]);
    expect(engine.incident().state).toBe('patching');
    await engine.call('run_tests', { suite: 'smoke' });
    expect(engine.incident().state).toBe('verified');
  });

  it('is needed: without one nothing is ever verified', async () => {
    await using fixture = await patched({ suites: [suite('lint', false)] });
    const { engine } = fixture;
    await engine.call('run_tests', { suite: 'lint' });
    expect(engine.incident().state).toBe('patching');
  });
});

describe('an incident is stuck', () => {
  it.each<[string, readonly ('pass' | 'fail' | 'flaky' | 'timeout' | 'running')[], readonly string[], boolean]>([
    ['no runs are left and none passed', ['fail'], ['test_runs'], true],
    ['no runs are left and none was made', [], ['test_runs'], true],
    ['no seconds are left and the last run timed out', ['timeout'], ['test_seconds'], true],
    ['no patches are left and the tests fail', ['fail'], ['patch_attempts'], true],
  ])('when %s', async (_, outcomes, kinds, expected) => {
    await using fixture = await patched();
    const { engine } = fixture;
    engine.tests.outcomes.push(...outcomes);
    for (const _ of outcomes) await engine.call('run_tests', { wait_s: 0 });
    expect(await engine.verification.isStuck(engine.incident(), kinds)).toBe(expected);
  });

  it.each<[string, readonly ('pass' | 'fail' | 'flaky' | 'timeout' | 'running')[], readonly string[]]>([
    ['no runs are left and the tree is green', ['pass'], ['test_runs']],
    ['no runs are left and the last one is still running', ['running'], ['test_runs']],
    ['no patches are left and the tests have not run', [], ['patch_attempts']],
    ['no patches are left and the tree is green', ['pass'], ['patch_attempts']],
    ['no patches are left and another run may pass', ['flaky'], ['patch_attempts']],
    ['no patches are left and the last run was too short', ['timeout'], ['patch_attempts']],
    ['no pull requests are left', ['pass'], ['prs']],
  ])('not when %s', async (_, outcomes, kinds) => {
    await using fixture = await patched();
    const { engine } = fixture;
    engine.tests.outcomes.push(...outcomes);
    for (const _ of outcomes) await engine.call('run_tests', { wait_s: 0 });
    expect(await engine.verification.isStuck(engine.incident(), kinds)).toBe(false);
  });

  it('when one of two required suites cannot be run any more', async () => {
    await using fixture = await patched({ suites: [suite('unit'), suite('smoke')] });
    const { engine } = fixture;
    await engine.call('run_tests', { suite: 'unit' });
    expect(await engine.verification.isStuck(engine.incident(), ['test_runs'])).toBe(true);
  });
});

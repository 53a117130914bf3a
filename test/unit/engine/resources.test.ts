import { describe, expect, it } from 'vitest';

import { createEngine, SERVER_SECRET } from '../../support/engine-fixture.ts';

async function withRun() {
  const engine = createEngine();
  await engine.incidents.open({ id: 'PD-2', repository: '/srv/user-service' }, 'human', 'human:ada');
  await engine.patch();
  engine.tests.outcomes.push('fail');
  engine.tests.output = `not ok 1 ${SERVER_SECRET}\u001B[31m`;
  const { structured } = await engine.call('run_tests');
  const { n } = engine.store.saveEvidence('PD-1', { mimeType: 'application/json', title: 'x', text: '{"a":1}' });
  return { [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](), engine, job: String(structured?.['job_id']), n };
}

describe('resources', () => {
  it('are the timeline, kept answers and test output of an incident, redacted [tools:resources:templates, tools:results:rest]', async () => {
    await using fixture = await withRun();
    const { engine, job, n } = fixture;
    expect(engine.resources.read(`incident://PD-1/evidence/${n}`)).toMatchObject({
      mimeType: 'application/json',
      text: '{"a":1}',
    });
    expect(engine.resources.read(`incident://PD-1/tests/${job}`).text).toBe('not ok 1 [masked:secret]');
    const lines = engine.resources
      .read('incident://PD-1/timeline')
      .text.split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines[0]).toMatchObject({ type: 'incident.opened' });
    expect(engine.resources.list().map(({ uri }) => uri)).toEqual(
      expect.arrayContaining(['incident://PD-1/timeline', 'incident://PD-2/timeline']),
    );
  });

  it('say that a run has not finished', async () => {
    await using fixture = await withRun();
    const { engine } = fixture;
    engine.tests.outcomes.push('running');
    const { structured } = await engine.call('run_tests', { wait_s: 0 });
    expect(engine.resources.read(String(structured?.['log'])).text).toBe('The run has not finished.');
  });

  it.each([
    ['a run of another incident', ({ job }: { job: string }) => `incident://PD-2/tests/${job}`],
    ['an answer of another incident', ({ n }: { n: number }) => `incident://PD-2/evidence/${n}`],
    ['an incident that is not open', () => 'incident://PD-404/timeline'],
    ['the records of the server', () => 'incident://_server/timeline'],
    ['a path', () => 'incident://PD-1/../PD-2/timeline'],
    ['an encoded path', () => 'incident://PD-1%2F..%2FPD-2/timeline'],
    ['a file', () => 'file:///etc/passwd'],
    ['a text around one', ({ job }: { job: string }) => `x incident://PD-1/tests/${job}`],
    ['more than one', () => 'incident://PD-1/timeline\nincident://PD-2/timeline'],
    ['a number that is none', () => 'incident://PD-1/evidence/1e1'],
    ['nothing', () => ''],
  ])('are not found for %s', async (_, uriOf) => {
    await using fixture = await withRun();
    const { engine, ...found } = fixture;
    expect(() => engine.resources.read(uriOf(found))).toThrow(/not found/i);
  });
});

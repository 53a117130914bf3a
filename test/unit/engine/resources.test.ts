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
    expect(await engine.resources.read(`incident://PD-1/evidence/${n}`, 'client')).toMatchObject({
      mimeType: 'application/json',
      text: '{"a":1}',
    });
    expect((await engine.resources.read(`incident://PD-1/tests/${job}`, 'client')).text).toBe(
      'not ok 1 [masked:secret]',
    );
    const { text: timeline } = await engine.resources.read('incident://PD-1/timeline', 'client');
    const lines = timeline.split('\n').map((line) => JSON.parse(line) as { type: string });
    expect(lines[0]).toMatchObject({ type: 'incident.opened' });
    expect(engine.resources.list().map(({ uri }) => uri)).toEqual(
      expect.arrayContaining(['incident://PD-1/timeline', 'incident://PD-2/timeline']),
    );
  });

  it('are looked at once what the policy keeps is known to this process', async () => {
    await using fixture = await withRun();
    const { engine, job, n } = fixture;
    for (const rest of ['timeline', `evidence/${n}`, `tests/${job}`]) {
      engine.policyAsked.length = 0;
      await engine.resources.read(`incident://PD-1/${rest}`, 'client');
      expect(engine.policyAsked).toEqual(['PD-1']);
    }
    engine.store.saveEvidence('PD-1', { mimeType: 'text/plain', title: 'x', text: `kept ${SERVER_SECRET}` });
    expect((await engine.resources.read(`incident://PD-1/evidence/${n + 1}`, 'client')).text).toBe(
      'kept [masked:secret]',
    );
  });

  it('are recorded as free looks of whoever reads them, and nothing is recorded of one that is not there', async () => {
    await using fixture = await withRun();
    const { engine, n } = fixture;
    const before = engine.records().length;
    await engine.resources.read(`incident://PD-1/evidence/${n}`, 'claude-code/2');
    await expect(engine.resources.read('incident://PD-1/evidence/999', 'claude-code/2')).rejects.toThrow(/not found/i);
    expect(engine.records().slice(before)).toMatchObject([
      {
        type: 'call.free',
        actor: 'claude-code/2',
        tool: 'resources/read',
        summary: expect.stringContaining(`evidence/${n}`),
      },
    ]);
  });

  it('hold the output of a test run in head and tail, and the answer links it [tools:tests:output]', async () => {
    await using engine = createEngine();
    await engine.patch();
    engine.tests.output = `first\n${'x'.repeat(500_000)}\nlast`;
    const answer = await engine.call('run_tests');
    expect(answer.log).toBe(`incident://PD-1/tests/${String(answer.structured?.['job_id'])}`);
    const { text } = await engine.resources.read(answer.log ?? '', 'client');
    expect([text.slice(0, 5), text.slice(-4), text.length]).toEqual(['first', 'last', 500_011]);
  });

  it.each([
    ['lines', 'línea\n'.repeat(50_000)],
    ['one line', 'é'.repeat(200_000)],
  ])('are cut at 256 KiB, whole characters and %s', async (_, text) => {
    await using fixture = await withRun();
    const { engine } = fixture;
    const { uri } = engine.store.saveEvidence('PD-1', { mimeType: 'text/plain', title: 'x', text });
    const { text: read } = await engine.resources.read(uri, 'client');
    expect(Buffer.byteLength(read)).toBeLessThanOrEqual(262_144);
    expect(Buffer.byteLength(read)).toBeGreaterThan(260_000);
    expect(read).not.toContain('\uFFFD');
    expect(read.split('\n').at(-1)).toMatch(/^… cut: \d+ bytes in all$/);
  });

  it('say that a run has not finished', async () => {
    await using fixture = await withRun();
    const { engine } = fixture;
    engine.tests.outcomes.push('running');
    const { structured } = await engine.call('run_tests', { wait_s: 0 });
    const { text } = await engine.resources.read(String(structured?.['log']), 'client');
    expect(text).toBe('The run has not finished.');
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
    await expect(engine.resources.read(uriOf(found), 'client')).rejects.toThrow(/not found/i);
  });
});

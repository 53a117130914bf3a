import { expect, it } from 'vitest';

import { createEngine } from '../../../support/engine-fixture.ts';

const MINUTE = 60_000;
type Row = Readonly<Record<string, unknown>>;

/** Ten answers of 500 that a logger calls info, and ten errors that it calls so itself. */
async function rowsOf(mode: string): Promise<readonly Row[]> {
  await using engine = createEngine();
  const at = engine.clock.now() - 10 * MINUTE;
  for (let n = 0; n < 10; n++) {
    const done = { level: 'info', msg: 'request completed', req: { method: 'POST', url: `/cart/${n}` }, status: 500 };
    const own = { level: 'error', msg: 'no stock', status: 503 };
    for (const [index, each] of [done, own].entries())
      engine.logs.push({
        at: at + n * 1_000 + index,
        level: 'error',
        message: each.msg,
        raw: JSON.stringify(each),
        origin: `app.log@${n}${index}`,
      });
    const line = `INFO job ${n} done status=502`;
    engine.logs.push({ at: at + n * 1_000 + 2, level: 'error', message: line, raw: line, origin: `app.log@${n}2` });
  }
  const { structured = {} } = await engine.call('get_incident_logs', { mode, since: '1h', baseline: 'none' });
  return structured['rows'] as readonly Row[];
}

const row = (rows: readonly Row[], words: string) => rows.find((each) => JSON.stringify(each).includes(words)) ?? {};

it('shows what failed where the message leaves the status out [logs:status:sample]', async () => {
  const patterns = await rowsOf('patterns');
  expect(row(patterns, 'request completed')).toMatchObject({
    pattern: 'request completed',
    error: 'status 500',
    sample: expect.stringContaining('"url":"/cart/0"},"status":500'),
  });
  expect(row(patterns, 'no stock')).not.toHaveProperty('sample');
  expect(row(patterns, 'job')).toMatchObject({ sample: 'INFO job 0 done status=502' });
  expect(row(await rowsOf('errors'), 'request completed')['sample']).toContain('"/cart/0"');
  expect(row(await rowsOf('lines'), 'request completed')['text']).toContain('"url":"/cart/');
});

it.each(['patterns', 'lines'])(
  'says in %s what makes an error of what was logged as info [logs:status:level]',
  async (mode) => {
    const rows = await rowsOf(mode);
    const from = ['request completed', 'job', 'no stock'].map((words) => row(rows, words)['level_from']);
    expect(from).toEqual(['HTTP status', 'HTTP status', undefined]);
  },
);

import { expect, it } from 'vitest';

import { createEngine } from '../../../support/engine-fixture.ts';

const MINUTE = 60_000;
const NOTE = '6 of 10 events carry no time that is understood; they may be older than the window.';

/** Ten events of which six carry no time, and ten of the baseline. */
function createHeld() {
  const engine = createEngine({ incident: { startedAt: 0 } });
  const push = (message: string, minutes?: number) =>
    engine.logs.push({
      ...(minutes !== undefined && { at: engine.clock.now() - minutes * MINUTE }),
      level: 'error',
      message,
      raw: message,
      origin: `${message}@${engine.logs.length}`,
    });
  for (let n = 0; n < 6; n++) push('disk is full');
  for (let minute = 1; minute < 5; minute++) push('payments refused', minute);
  for (let minute = 21; minute < 31; minute++) push('order committed', minute);
  return engine;
}

it('says how many events carry no time, and calls none of them new', async () => {
  await using engine = createHeld();
  const { structured } = await engine.call('get_incident_logs', { since: '20m', baseline: 'previous' });
  expect(structured).toMatchObject({
    matched: 10,
    rows: [
      { change: 'NEW', pattern: 'payments refused' },
      { change: 'GONE', pattern: 'order committed' },
      { change: 'UNKNOWN', pattern: 'disk is full', count: 6 },
    ],
  });
  expect(structured?.['notes']).toContain(NOTE);
});

it('says which events the rows of a histogram leave out', async () => {
  await using engine = createHeld();
  const { structured = {} } = await engine.call('get_incident_logs', { mode: 'histogram', since: '20m' });
  const rows = structured['rows'] as { readonly count: number }[];
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(4);
  expect(structured['notes']).toEqual(
    expect.arrayContaining([NOTE, 'Rows leave out 6 events without a time in the window.']),
  );
});

it('says nothing of times where all events carry one', async () => {
  await using engine = createHeld();
  engine.logs.splice(0, 6);
  const { structured } = await engine.call('get_incident_logs', { mode: 'histogram', since: '20m' });
  expect(JSON.stringify(structured)).not.toContain('time that is understood');
});

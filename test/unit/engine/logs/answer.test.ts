import { expect, it } from 'vitest';

import { countTokens } from '#engine/tokens.ts';

import { createEngine } from '../../../support/engine-fixture.ts';

const MINUTE = 60_000;

it('gives a long event whole, over as many pages as it needs [logs:reply:event]', async () => {
  await using engine = createEngine();
  const frames = Array.from({ length: 200 }, (_, n) => `\tat com.acme.Step${n}.run(Step${n}.java:${n})`);
  const raw = ['java.lang.IllegalStateException: down', ...frames, `Caused by: ${'x'.repeat(1_200)}`].join('\n');
  engine.logs.push({ at: engine.clock.now() - MINUTE, level: 'error', message: 'down', raw, origin: 'app.log@7' });
  let text = '';
  for (let cursor: unknown, pages = 0; pages < 20; pages++) {
    const next = cursor === undefined ? {} : { cursor };
    const { structured = {} } = await engine.call('get_incident_logs', { event: 'app.log@7', since: '1h', ...next });
    for (const row of structured['rows'] as { readonly text: string }[]) text += row.text;
    cursor = structured['next_cursor'];
    if (cursor === undefined) break;
  }
  expect(text.replaceAll(/\s/g, '')).toBe(raw.replaceAll(/\s/g, ''));
});

it('counts all that matches, however few lines are given', async () => {
  await using engine = createEngine();
  const at = engine.clock.now() - MINUTE;
  for (let n = 0; n < 300; n++)
    engine.logs.push({ at: at + n, level: 'info', message: `GET ${n}`, raw: `GET ${n}`, origin: `a@${n}` });
  const { structured } = await engine.call('get_incident_logs', { mode: 'lines', query: 'GET', limit: 5, since: '1h' });
  expect(structured).toMatchObject({ matched: 300, returned: 5, truncated: true });
});

it('calls a pattern new that began shortly before the onset that was told [logs:patterns:late-onset]', async () => {
  await using engine = createEngine({ incident: { startedAt: 0 } });
  const now = engine.clock.now();
  const push = (minutes: number, level: 'info' | 'error', message: string) =>
    engine.logs.push({ at: now - minutes * MINUTE, level, message, raw: message, origin: `${message}@${minutes}` });
  for (let minute = 1; minute < 120; minute++) push(minute, 'info', 'order committed');
  for (let minute = 1; minute < 30; minute++) push(minute, 'error', 'payments refused');
  const { structured } = await engine.call('get_incident_logs', { since: '20m', baseline: 'previous' });
  // The baseline is as long as the window: 20 minutes before it, of which half was quiet.
  expect(structured).toMatchObject({ rows: [{ change: 'NEW', pattern: 'payments refused', base: 9 }] });
  expect(JSON.stringify(structured)).toContain('the trouble may be older than its onset');
});

it('has at least one row however few tokens are asked for, and pages lose none [logs:reply:one-row]', async () => {
  await using engine = createEngine();
  const at = engine.clock.now() - 20 * MINUTE;
  const words = ['alpha', 'bravo', 'carrot', 'delta'];
  for (const [index, word] of words.entries()) {
    const message = `PaymentError: the ${word} of psp-3.example refused what the customer had ordered, for a reason it keeps to itself`;
    const raw = `${message}\n    at charge (/srv/app/src/payments/client.js:4:13)\n    at async checkout (/srv/app/src/orders/checkout.js:88:5)`;
    engine.logs.push({ at: at + index, level: 'error', service: 'orders', message, raw, origin: `app.log@${index}` });
  }
  const seen: string[] = [];
  for (let cursor: unknown, pages = 0; pages < 10; pages++) {
    const next = cursor === undefined ? {} : { cursor };
    const answer = await engine.call('get_incident_logs', { since: '30m', max_tokens: 200, ...next });
    const rows = answer.structured?.['rows'] as { readonly pattern: string }[];
    expect(rows.length).toBeGreaterThan(0);
    expect(countTokens(answer.text)).toBeLessThanOrEqual(210);
    expect(countTokens(JSON.stringify(answer.structured))).toBeLessThanOrEqual(210);
    seen.push(...rows.map(({ pattern }) => pattern));
    cursor = answer.structured?.['next_cursor'];
    if (cursor === undefined) break;
  }
  expect(words.filter((word) => !seen.some((pattern) => pattern.includes(word)))).toEqual([]);
});

// What users of other tools for logs ran into; docs/known-troubles.md lists all of it.
import { describe, expect, it } from 'vitest';

import type { LogEntry } from '#domain/evidence.ts';
import { providers } from '#providers/index.ts';

import { getIncidentLogs } from '../../../../tools/get-incident-logs.ts';
import { createEngine, refusalOf } from '../../../support/engine-fixture.ts';

const MINUTE = 60_000;

/** Errors of one service, one a second, in the last minutes. */
function errorsAt(until: number, count: number, message = 'psp refused order'): LogEntry[] {
  return Array.from({ length: count }, (_, n) => {
    const text = `${message} ${n}`;
    return {
      at: until - MINUTE - n * 1_000,
      level: 'error',
      service: 'orders',
      message: text,
      raw: text,
      origin: `a@${n}`,
    };
  });
}

type Rows = readonly Record<string, unknown>[];
const rowsOf = ({ structured = {} }: { structured?: Readonly<Record<string, unknown>> }) => structured['rows'] as Rows;

it('a label that all lines share is not repeated on each [logs:complaint:labels-once]', async () => {
  await using engine = createEngine({ incident: { service: 'orders' } });
  engine.logs.push(...errorsAt(engine.clock.now(), 20));
  const rows = rowsOf(await engine.call('get_incident_logs', { mode: 'lines', since: '1h' }));
  expect(rows).toHaveLength(20);
  expect(rows.filter((row) => 'service' in row)).toEqual([]);
});

it('nothing is left out in silence: how many match, how many are shown, and what leads on [logs:complaint:silent-truncation]', async () => {
  await using engine = createEngine({ incident: { service: 'orders' } });
  engine.logs.push(...errorsAt(engine.clock.now(), 300));
  const { structured = {} } = await engine.call('get_incident_logs', { mode: 'lines', since: '1h', max_tokens: 400 });
  expect(structured).toMatchObject({ matched: 300, truncated: true, next_cursor: expect.any(String) as string });
  expect(structured['returned']).toBe(rowsOf({ structured }).length);
});

it('pages of one question lose no line and double none, whatever is logged meanwhile [logs:complaint:pages]', async () => {
  await using engine = createEngine({ incident: { service: 'orders' } });
  engine.logs.push(...errorsAt(engine.clock.now(), 100));
  const seen: unknown[] = [];
  for (let cursor: unknown, page = 0; page < 60; page++) {
    const next = cursor === undefined ? {} : { cursor };
    const answer = await engine.call('get_incident_logs', { mode: 'lines', since: '1h', max_tokens: 500, ...next });
    seen.push(...rowsOf(answer).map(({ at }) => at));
    cursor = answer.structured?.['next_cursor'];
    if (cursor === undefined) break;
    engine.logs.push({ ...errorsAt(engine.clock.now(), 1)[0]!, origin: `late@${page}` });
  }
  expect(seen).toHaveLength(100);
  expect(new Set(seen)).toEqual(new Set(Array.from({ length: 100 }, (_, n) => `a@${n}`)));
});

describe('time', () => {
  it('is echoed in UTC, and a window that nobody can have logged in is named as such [logs:complaint:window]', async () => {
    await using engine = createEngine();
    const { structured } = await engine.call('get_incident_logs', {
      since: '2031-01-01T00:00:00Z',
      until: '2031-01-01T01:00:00Z',
    });
    expect(structured).toMatchObject({
      status: 'empty',
      window: { since: '2031-01-01T00:00:00.000Z', until: '2031-01-01T01:00:00.000Z' },
    });
    expect(JSON.stringify(structured)).toContain('The window lies in the future; it is 2026-03-01T12:00');
  });

  it('without a zone is read as UTC, and a note says so [logs:complaint:naive-time]', async () => {
    await using engine = createEngine();
    const { structured } = await engine.call('get_incident_logs', { since: '2026-03-01 11:00' });
    expect(structured).toMatchObject({ window: { since: '2026-03-01T11:00:00.000Z' } });
    expect(JSON.stringify(structured?.['notes'])).toMatch(/UTC/);
  });
});

describe('arguments', () => {
  it('that are misspelt are refused with the right name, never ignored [logs:complaint:misspelt]', async () => {
    await using engine = createEngine();
    const refusal = refusalOf(await engine.call('get_incident_logs', { servce: 'orders' }));
    expect(refusal.code).toBe('invalid_input');
    expect(`${refusal.message} ${refusal.fix}`).toContain('service');
  });

  it('that are numbers may come as strings [logs:complaint:strings]', async () => {
    await using engine = createEngine();
    engine.logs.push(...errorsAt(engine.clock.now(), 9));
    const answer = await engine.call('get_incident_logs', { mode: 'lines', since: '1h', limit: '3' });
    expect(rowsOf(answer)).toHaveLength(3);
  });

  it('are flat: no argument is an object or a list [logs:complaint:flat]', async () => {
    await using engine = createEngine();
    for (const name of Object.keys(getIncidentLogs.input.shape)) {
      const answers = await Promise.all(
        [{ a: 1 }, [1]].map((value) => engine.call('get_incident_logs', { [name]: value })),
      );
      expect(answers.map((answer) => refusalOf(answer).code)).toEqual(['invalid_input', 'invalid_input']);
    }
  });

  it('and settings that are times carry their unit, and no deadline is fixed [logs:complaint:units]', () => {
    const sources = providers.filter(({ id, capabilities }) => 'logs' in capabilities && id !== 'files');
    const keys = sources.map(({ settings }) => Object.keys((settings as unknown as { shape: object }).shape));
    expect(sources.length).toBeGreaterThan(4);
    for (const [index, names] of keys.entries()) {
      expect({ id: sources[index]?.id, names }).toMatchObject({
        names: expect.arrayContaining(['timeout_s']) as string[],
      });
      expect(names.filter((name) => /timeout|deadline|interval/i.test(name) && !/_(?:s|ms)$/.test(name))).toEqual([]);
    }
  });
});

it('a long line is cut at 500 characters, says by how much, and is whole by its address [logs:complaint:long-lines]', async () => {
  await using engine = createEngine();
  const raw = `dump ${'word '.repeat(400)}end`;
  engine.logs.push({ at: engine.clock.now() - MINUTE, level: 'error', message: raw, raw, origin: 'a@7' });
  const [row] = rowsOf(await engine.call('get_incident_logs', { mode: 'lines', since: '1h' }));
  expect(row?.['text']).toMatch(/^dump .{490,600}…\(\+1508 chars\)$/);
  const whole = rowsOf(
    await engine.call('get_incident_logs', { event: String(row?.['at']), since: '1h', max_tokens: 2_000 }),
  );
  expect(whole.map(({ text }) => text).join('')).toBe(raw);
});

it('no answer is larger than its limit, however much matches [logs:complaint:huge-answers]', async () => {
  await using engine = createEngine();
  engine.logs.push(...errorsAt(engine.clock.now(), 3_000, `psp refused ${'a very long story '.repeat(40)}`));
  for (const mode of ['patterns', 'errors', 'lines', 'histogram']) {
    const { text } = await engine.call('get_incident_logs', { mode, since: '2h', limit: 1_000, max_tokens: 2_000 });
    expect(text.length).toBeLessThan(8_000);
  }
});

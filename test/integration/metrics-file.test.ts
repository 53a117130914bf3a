import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, it, vi } from 'vitest';

import { keepMetricsFile } from '#cli/metrics-file.ts';
import { systemClock } from '#domain/clock.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import { createMetrics } from '#telemetry/metrics.ts';

import { sampleEvent } from '../support/store-samples.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

/** A server of a state folder, as far as its metrics go. */
async function server(folder: string, file: string) {
  const stateFolder = join(folder, 'state');
  const store = createSqliteStore({ folder: stateFolder, clock: systemClock });
  const metrics = await createMetrics({
    store,
    tools: ['apply_patch'],
    providers: [],
    sources: [],
    version: '1.0.0',
    state: 'ab',
  });
  /** Slow, as on a busy computer: what was read is old when it is written. */
  async function recordsText(): Promise<string> {
    const text = await metrics.recordsText();
    await sleep(Math.random() * 20);
    return text;
  }
  const told: string[] = [];
  const log = (_level: string, message: string) => void told.push(message);
  return { store, told, keep: () => keepMetricsFile({ file, stateFolder, metrics: { recordsText }, log, everyMs: 5 }) };
}

const patched = sampleEvent('patch.applied', { data: {} });
const countIn = (text: string) => Number(/^fixgate_patches_total\{state_id="ab"\} (\d+)$/m.exec(text)?.[1]);

it('is whole, readable for the collector, and the last word of the server [telemetry:textfile:whole]', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'fixgate.prom');
  const { store, keep, told } = await server(folder.path, file);
  await using _ = store;
  {
    await using kept = new AsyncDisposableStack();
    kept.use(keep());
    store.append('_server', patched);
  }

  expect(countIn(readFileSync(file, 'utf8'))).toBe(1);
  expect(statSync(file).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder.path).filter((name) => name !== 'state')).toEqual(['fixgate.prom']);
  expect(statSync(join(folder.path, 'state')).mode & 0o777).toBe(0o700);
  expect(told).toEqual([]);
});

it('never goes back while several servers write it [telemetry:textfile:shared]', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'fixgate.prom');
  const servers = await Promise.all([1, 2, 3].map(() => server(folder.path, file)));
  await using stores = new AsyncDisposableStack();
  for (const { store } of servers) stores.use(store);
  const seen: number[] = [];
  let written = 0;
  {
    await using kept = new AsyncDisposableStack();
    for (const { keep } of servers) kept.use(keep());
    await vi.waitFor(() => statSync(file), 20_000);
    // At least 80, and until the file has been seen in several states: on a busy computer it is written more rarely.
    for (; written < 80 || new Set(seen).size <= 5; written += 1) {
      servers[written % 3]?.store.append('_server', patched);
      seen.push(countIn(readFileSync(file, 'utf8')));
      await sleep(2);
    }
  }
  seen.push(countIn(readFileSync(file, 'utf8')));

  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBe(written);
});

it('is told about once when it cannot be written, and written as soon as it can be [telemetry:textfile:failing]', async () => {
  await using folder = await temporaryFolder();
  const place = join(folder.path, 'collector');
  const { store, told, keep } = await server(folder.path, join(place, 'fixgate.prom'));
  await using open = new AsyncDisposableStack();
  open.use(store);
  open.use(keep());
  await vi.waitFor(() => expect(told).toHaveLength(1), 20_000);
  await sleep(50);

  expect(told).toEqual([expect.stringMatching(/^the metrics file was not written: ENOENT/)]);
  mkdirSync(place);
  await vi.waitFor(() => statSync(join(place, 'fixgate.prom')), 20_000);
  expect(told).toHaveLength(1);
});

it('follows no link that somebody left under a name of its own', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'fixgate.prom');
  const victim = join(folder.path, 'victim');
  writeFileSync(victim, 'mine', { mode: 0o600 });
  symlinkSync(victim, `${file}.tmp`);
  symlinkSync(victim, file);
  const { store, keep } = await server(folder.path, file);
  await using _ = store;
  {
    await using kept = new AsyncDisposableStack();
    kept.use(keep());
  }
  expect(readFileSync(victim, 'utf8')).toBe('mine');
  expect(statSync(victim).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toContain('fixgate_patches_total');
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { TimelineType } from '#domain/timeline.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';

import { bundled } from '../support/bundled.ts';
import { ampleCaps, sampleEvent, sampleIncident } from '../support/store-samples.ts';

const program = await bundled(fileURLToPath(new URL('../support/state-worker.ts', import.meta.url)));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fixgate-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(mode: string, argument = '') {
  const child = spawn(process.execPath, [program, folder, mode, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const ready = once(child.stdout, 'data');
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  /** That a word was said so often. */
  const hasSaid = (word: string, times: number) => vi.waitUntil(() => said.split(word).length > times, 30_000);
  const lines = async () => {
    const [stdout, stderr] = await output;
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '' && line !== 'ready');
  };
  return { child, ready, hasSaid, lines };
}

function openStore(): Store {
  return createSqliteStore({ folder, clock: systemClock });
}

it('admits exactly 10 of 50 calls that five processes make at once with 10 left [gate:budget:atomic]', async () => {
  await using store = openStore();
  store.openIncident(sampleIncident('PD-1'), sampleEvent('incident.opened'));
  const lines = await Promise.all(Array.from({ length: 5 }, () => start('race', '10').lines()));
  const outcomes = lines.flat();
  expect(outcomes).toHaveLength(50);
  expect(outcomes.filter((line) => line === 'admitted')).toHaveLength(10);
  expect(store.used('PD-1').tool_calls).toBe(10);
  expect(store.timeline('PD-1').filter(({ type }) => type === 'call.admitted')).toHaveLength(10);
  expect(store.verify()).toMatchObject({ ok: true });
});

it('lets agents open exactly 10 of 50 incidents that five processes open at once with a quota of 10 [incidents:agents:quota]', async () => {
  await using store = openStore();
  store.openIncident(sampleIncident('PD-1'), sampleEvent('incident.opened'));
  const lines = await Promise.all(Array.from({ length: 5 }, () => start('open-many', '10').lines()));
  expect(lines.flat().toSorted()).toEqual([...Array(10).fill('opened'), ...Array(40).fill('refused')]);
  expect(store.listIncidents(100)).toHaveLength(11);
  expect(store.verify()).toMatchObject({ ok: true });
});

it('lets processes that start on an empty folder at once make one state, and exactly one opens the incident [state:folder:shared]', async () => {
  for (let round = 0; round < 5; round += 1) {
    rmSync(folder, { recursive: true, force: true });
    const lines = await Promise.all(Array.from({ length: 4 }, () => start('open').lines()));
    expect(lines.flat().toSorted()).toEqual(['found', 'found', 'found', 'inserted']);
    await using store = openStore();
    expect(store.verify()).toEqual({ ok: true, chains: 2, events: 5 });
  }
});

it('loses and doubles nothing when its processes are killed at any moment [state:crash:truth]', async () => {
  const store = openStore();
  store.openIncident(sampleIncident('PD-1'), sampleEvent('incident.opened'));
  const said: string[] = [];
  for (let round = 0; round < 8; round += 1) {
    const workers = [start('work'), start('work')];
    await Promise.all(workers.map(({ ready }) => ready));
    await Promise.all(
      workers.map(async ({ child, hasSaid }) => {
        await hasSaid('settled', 2);
        await sleep(Math.random() * 250);
        child.kill('SIGKILL');
      }),
    );
    said.push(...(await Promise.all(workers.map(({ lines }) => lines()))).flat());
    expect(store.verify()).toMatchObject({ ok: true });
  }
  expect(said.filter((line) => line.startsWith('settled')).length).toBeGreaterThan(16);
  await store[Symbol.asyncDispose]();

  await using after = openStore();
  const timeline = after.timeline('PD-1');
  const calls = (type: TimelineType) => timeline.filter((event) => event.type === type).map(({ callId }) => callId);
  const admitted = calls('call.admitted');
  const settled = calls('call.succeeded');
  const started = calls('tests.started');
  const finished = calls('tests.finished');
  const patched = calls('patch.applied');

  // Whatever a process had said before it died is there, once.
  const told = (verb: string) => said.filter((line) => line.startsWith(verb)).map((line) => line.split(' ')[1]);
  for (const [verb, kept] of Object.entries({ admitted, settled, finished, patched })) {
    expect(new Set(kept).size).toBe(kept.length);
    expect(told(verb).filter((callId) => !kept.includes(callId))).toEqual([]);
  }

  // A call that was admitted and never settled keeps what it held, unless its test run has settled the seconds.
  const open = admitted.length - settled.length;
  expect(after.used('PD-1')).toMatchObject({
    tool_calls: admitted.length,
    test_runs: admitted.length,
    test_seconds: 3 * finished.length + 7 * (admitted.length - finished.length),
    bytes_out: 40 * settled.length + 100 * open,
    usd: 5 * settled.length,
  });
  expect(after.openCalls('PD-1')).toHaveLength(open);
  expect(after.testRuns('PD-1').filter(({ status }) => status === 'running')).toHaveLength(
    started.length - finished.length,
  );
  const patches = after.patches('PD-1');
  expect(patches.map(({ tree }) => tree)).toEqual(patched);
  expect(patches.map(({ fromTree }) => fromTree)).toEqual(['t0', ...patched].slice(0, patched.length));
  expect(after.everTouched('PD-1')).toHaveLength(patched.length);
  expect(after.getIncident('PD-1')?.state).toBe('patching');

  // The daily ledger has counted the same.
  const left = ampleCaps.bytes_out - after.used('PD-1').bytes_out;
  const outcome = after.admit({
    incidentId: 'PD-1',
    callId: 'last',
    spend: {},
    hold: { bytes_out: ampleCaps.bytes_out },
    caps: { ...ampleCaps, bytes_out: 2 * ampleCaps.bytes_out },
    daily: { ledger: 'repo', caps: ampleCaps },
    event: sampleEvent('call.admitted'),
  });
  expect(outcome).toMatchObject({ held: { bytes_out: left } });
});

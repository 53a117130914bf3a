import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createLogThreads } from '#cli/log-threads.ts';
import { systemClock } from '#domain/clock.ts';
import { createRedactor } from '#engine/redact.ts';
import { createLogService } from '#engine/services/logs.ts';
import type { DigestApart, LogDigest } from '#engine/services/logs/digest.ts';
import type { CallContext } from '#engine/tool.ts';
import type { Permit } from '#policy/verdict.ts';
import { files } from '#providers/files.ts';

const START = Date.parse('2025-11-03T12:00:00Z');
const HOURS = 4;
const EVENTS = 90_000;
const SERVER_SECRET = 'a-secret-of-the-server';

let folder = '';
let file = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'log-threads-'));
  file = path.join(folder, 'app.log');
  await writeFile(file, Array.from({ length: EVENTS }, (_, index) => lineOf(index)).join(''));
});
afterAll(() => rm(folder, { recursive: true }));

const word = (n: number) => `w${'abcdefghij'[n % 10]}${'klmnopqrst'[Math.floor(n / 10) % 10]}`;
const TRACE = Array.from({ length: 6 }, (_, n) => `\tat com.acme.shop.Cart.total${n}(Cart.java:${n})\n`).join('');

/** Traces lie across every border between parts, wherever these are. */
function lineOf(index: number): string {
  const head = `${new Date(START + (index / EVENTS) * HOURS * 3_600_000).toISOString()} `;
  if (index % 5 === 3) return `${head}ERROR order ${index} failed\njava.io.IOException: pipe ${index}\n${TRACE}`;
  if (index === 70_000) return `${head}WARN  only once: ${SERVER_SECRET} and password=hunter2hunter2\n`;
  return `${head}INFO  guest ${word(index)} took seat ${index} in ${word(index * 7)} ${'x'.repeat(100)}\n`;
}

/** The answer, and what is kept for humans. */
async function answer(digest: DigestApart | undefined, signal = new AbortController().signal) {
  const source = files.capabilities.logs?.(files.settings.parse({ paths: [file] }), { clock: systemClock });
  if (source === undefined) throw new Error('files have no logs');
  const kept: string[] = [];
  const service = createLogService({
    sources: { logs: () => ({ name: 'files', source }) } as never,
    clock: systemClock,
    store: {
      saveEvidence: (_: string, { text }: { text: string }) => (kept.push(text), { uri: 'incident://1' }),
    } as never,
    redact: createRedactor([SERVER_SECRET]),
    ...(digest && { digest }),
  });
  const input = {
    mode: 'patterns',
    since: new Date(START + (HOURS / 2) * 3_600_000).toISOString(),
    until: new Date(START + HOURS * 3_600_000).toISOString(),
    baseline: 'previous',
  } as const;
  const call = { incident: { id: 'T-1', signals: [], events: [] }, signal } as unknown as CallContext;
  const action = service.plan(input, call);
  const output = await service.run({ action, incident: call.incident } as unknown as Permit<'read'>, input, call);
  return { output, kept };
}

/** The same, and what came of each call. */
function watched(digest: DigestApart) {
  const results: (readonly LogDigest[] | undefined)[] = [];
  const watching: DigestApart = async (job, signal) => {
    const result = await digest(job, signal);
    results.push(result);
    return result;
  };
  return { watching, results };
}

describe('reading log files with threads', () => {
  it('gives the same answer as one thread, each event counted once [logs:patterns:order]', async () => {
    const one = await answer(undefined);
    const { watching, results } = watched(createLogThreads([SERVER_SECRET]));
    const two = await answer(watching);
    expect(results).toHaveLength(1);
    expect(results[0]?.length).toBe(availableParallelism() > 1 ? 2 : undefined);
    expect(two).toStrictEqual(one);
    expect(one.output).toMatchObject({ matched: EVENTS / 2, scanned: EVENTS / 2, status: 'ok', truncated: false });
  });

  it('redacts in every thread, secrets of the server included', async () => {
    const { watching, results } = watched(createLogThreads([SERVER_SECRET]));
    const { output, kept } = await answer(watching);
    const told = JSON.stringify([
      output,
      kept,
      results
        .flat()
        .map((digest) => [digest?.lines, [...(digest?.patterns.levels.values() ?? [])].map((rows) => [...rows])]),
    ]);
    expect(told).toContain('only once: [masked:secret] and password=[masked:secret]');
    expect(told).not.toContain(SERVER_SECRET);
    expect(told).not.toContain('hunter2hunter2');
  });

  it('reads everything itself when a thread fails', async () => {
    const { watching, results } = watched(createLogThreads([{} as string]));
    const { output } = await answer(watching);
    expect(results).toStrictEqual([undefined]);
    expect(output).toMatchObject({ matched: EVENTS / 2, status: 'ok' });
  });

  it('stops with its caller', async () => {
    const caller = new AbortController();
    const digest = createLogThreads([]);
    const reading = answer((job, signal) => {
      setTimeout(() => caller.abort(), 20);
      return digest(job, signal);
    }, caller.signal);
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
  });
});

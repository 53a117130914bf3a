// How long the first answer about a large log file takes: the whole of get_incident_logs (patterns, window and baseline) beside reading,
// splitting and parsing the same lines in the same run, in CPU time and by the clock; and the most memory it needs.
// It is measured as it is shipped, bundled.
// Usage: node bench/log-files.ts [MEGABYTES]. Exits 1 when a ratio or the memory is over its limit.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, utimes } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { systemClock } from '#domain/clock.ts';
import { createRedactor } from '#engine/redact.ts';
import { createLogService } from '#engine/services/logs.ts';
import type { CallContext } from '#engine/tool.ts';
import type { Permit } from '#policy/verdict.ts';
import { files } from '#providers/files.ts';

const MAX_MEMORY_MB = 200;
const MB = 1_000_000;
const START = Date.parse('2025-11-03T12:00:00Z');
const HOURS = 4;
const SECRETS = ['a secret of the server', '0123456789abcdef'];

const print = (line: string) => process.stdout.write(`${line}\n`);

const [mode, given, hoursGiven] = process.argv.slice(2);
async function write(file: string, bytes: number, toLine: (index: number, at: number) => string): Promise<void> {
  const out = createWriteStream(file);
  // By bytes, whatever the length of a line: all of the file lies within the hours.
  const msPerByte = (HOURS * 3_600_000) / bytes;
  let written = 0;
  for (let index = 0; written < bytes;) {
    let part = '';
    const size = Math.min(256 * 1024, bytes - written);
    while (part.length < size) part += toLine(index++, Math.floor(START + msPerByte * (written + part.length)));
    written += part.length;
    if (!out.write(part)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  // Of a time without a year the file's own tells it.
  await utimes(file, new Date(START), new Date(START + HOURS * 3_600_000));
}

/** CPU and wall time in milliseconds. */
async function timed(work: () => Promise<unknown>) {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1_000, wall: performance.now() - start };
}

/** What a program needs at least: bytes to lines, and JSON to objects. */
async function parseAll(file: string): Promise<void> {
  let rest = '';
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) JSON.parse(line);
  }
}

/** The whole of get_incident_logs about the last `hours` of the file and as many before them. */
async function answer(file: string, hours: number) {
  const source = files.capabilities.logs?.(files.settings.parse({ paths: [file] }), { clock: systemClock });
  if (source === undefined) throw new Error('files have no logs');
  const service = createLogService({
    sources: { logs: () => ({ name: 'files', source }) } as never,
    clock: systemClock,
    store: { saveEvidence: () => ({ uri: 'incident://bench/evidence/1' }), keepFingerprint: () => {} } as never,
    redact: createRedactor(SECRETS),
  });
  const until = START + HOURS * 3_600_000;
  const input = {
    mode: 'patterns',
    since: new Date(until - hours * 3_600_000).toISOString(),
    until: new Date(until).toISOString(),
    baseline: 'previous',
  } as const;
  const call = {
    incident: { id: 'BENCH-1', signals: [], events: [] },
    signal: new AbortController().signal,
  } as unknown as CallContext;
  const action = service.plan(input, call);
  return await service.run({ action, incident: call.incident } as unknown as Permit<'read'>, input, call);
}

interface Measured {
  readonly cpu: number;
  readonly wall: number;
  readonly parseCpu: number;
  readonly peak: number;
  readonly scanned: number;
}

/** The most memory of this program; what the system counts as its maximum includes that of whoever began it. */
async function peakBytes(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1_024;
}

/** The first answer of a fresh process, and the most memory that it took. */
async function measure(file: string, hours: number): Promise<Measured> {
  let scanned = 0;
  const { cpu, wall } = await timed(async () => {
    ({ scanned } = await answer(file, hours));
  });
  const peak = await peakBytes();
  const parse = await timed(() => parseAll(file));
  return { cpu, wall, parseCpu: parse.cpu, peak, scanned };
}

/** Makes this program of what is shipped. */
async function bundle(folder: string): Promise<string> {
  const { rolldown } = await import('rolldown');
  const root = path.dirname(import.meta.dirname);
  const build = await rolldown({
    input: { 'log-files': import.meta.filename },
    platform: 'node',
    tsconfig: false,
    cwd: root,
    external: ['rolldown'],
  });
  await build.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    minify: { compress: true, mangle: false },
  });
  return path.join(folder, 'log-files.js');
}

async function bench(megabytes: number): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), 'log-files-'));
  const program = await bundle(folder);
  const passed: boolean[] = [];
  // Loaded only where files are written: they are part of no answer.
  const { forms } = await import('./log-lines.ts');
  for (const { name, line, maxRatio } of forms) {
    const file = path.join(folder, 'app.log');
    await write(file, megabytes * MB, line);
    for (const hours of [HOURS / 2, 0.25]) {
      const { stdout } = await promisify(execFile)(process.execPath, [program, '--child', file, `${hours}`]);
      const { cpu, wall, parseCpu, peak, scanned } = JSON.parse(stdout) as Measured;
      const ratio = cpu / parseCpu;
      passed.push(ratio <= maxRatio && peak / MB <= MAX_MEMORY_MB);
      print(
        `${name}, ${megabytes} MB, ${((hours * 200) / HOURS).toFixed(0)} % of it asked for: ${cpu.toFixed(0)} ms of CPU time, ${wall.toFixed(0)} ms by the clock, ` +
          `${ratio.toFixed(1)} times as long as parsing (limit ${maxRatio}), ${(peak / MB).toFixed(0)} MB (limit ${MAX_MEMORY_MB}), ` +
          `${scanned} events, load ${loadavg()[0]?.toFixed(1)}`,
      );
    }
  }
  await rm(folder, { recursive: true });
  return passed.every(Boolean);
}

if (mode === '--child') print(JSON.stringify(await measure(given ?? '', Number(hoursGiven))));
else process.exitCode = (await bench(Number(mode ?? 100))) ? 0 : 1;

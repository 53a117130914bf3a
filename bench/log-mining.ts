// How long it takes to find the patterns of log lines, as a ratio to reading, splitting and parsing the same 200-byte JSON lines in the
// same run, in CPU time; and how well the patterns group lines. Exits 1 when a ratio is over its limit or the accuracy is below it.
// Usage: node bench/log-mining.ts [FILE.csv …], where each file is a labelled set with the columns Content and EventId.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';

import { createPatternCounter } from '#analysis/log-patterns.ts';
import { groupMessages } from '#analysis/mine-templates.ts';

import { groupingAccuracy } from '../test/support/grouping-accuracy.ts';
import { labelledLines, labelledSystems } from '../test/support/labelled-logs.ts';

const LINES = 200_000;
const LINE_BYTES = 200;
const ROUNDS = 5;
const MAX_RATIO = 4;
const MIN_ACCURACY = 0.95;

const print = (line: string) => process.stdout.write(`${line}\n`);

interface Labelled {
  readonly message: string;
  readonly label: string;
}

/** Lines of all sampled systems in turn, each as a JSON line of 200 bytes. */
function jsonLines(): string {
  const systems = labelledSystems.map((system) => labelledLines(system, 5_000));
  const lines = Array.from({ length: LINES }, (_, index) => {
    const system = systems[index % systems.length] ?? [];
    const msg = system[Math.floor(index / systems.length) % system.length]?.message ?? '';
    const event = {
      time: new Date(1_762_178_281_000 + index * 7).toISOString(),
      level: 'info',
      service: 'shop',
      msg,
      pad: '',
    };
    const missing = LINE_BYTES - Buffer.byteLength(JSON.stringify(event));
    return JSON.stringify(missing > 0 ? { ...event, pad: 'x'.repeat(missing) } : event).slice(
      0,
      Math.max(LINE_BYTES, LINE_BYTES - missing),
    );
  });
  return lines.join('\n');
}

function cpuMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

async function measureSpeed(): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), 'log-mining-'));
  const file = path.join(folder, 'app.log');
  await writeFile(file, jsonLines());
  const [reads, mines]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    const text = await readFile(file, 'utf8');
    const read = process.cpuUsage(start);
    let events: { readonly msg: string; readonly service: string }[] = [];
    const parse = cpuMs(
      () => (events = text.split('\n').map((line) => JSON.parse(line) as { msg: string; service: string })),
    );
    reads.push((read.user + read.system) / 1_000 + parse);
    mines.push(
      cpuMs(() => {
        const counter = createPatternCounter();
        for (const [index, { msg, service }] of events.entries())
          counter.add({ at: index, level: 'info', service, message: msg, raw: msg, origin: 'app.log' });
        counter.table();
      }),
    );
  }
  await rm(folder, { recursive: true });
  const [read, mine] = [Math.min(...reads), Math.min(...mines)];
  const ratio = mine / read;
  print(`reading, splitting, parsing  ${((read / LINES) * 1_000).toFixed(2)} µs a line`);
  print(
    `finding patterns             ${((mine / LINES) * 1_000).toFixed(2)} µs a line, ${ratio.toFixed(2)} times as long (limit ${MAX_RATIO})`,
  );
  return ratio <= MAX_RATIO;
}

function accuracyOf(lines: readonly Labelled[]): number {
  const groups = groupMessages(lines.map(({ message }) => message));
  return groupingAccuracy(lines.map(({ label }, index) => ({ label, group: groups[index] ?? '' })));
}

function printAccuracy(title: string, sets: readonly (readonly [string, readonly Labelled[]])[]): boolean {
  const found = sets.map(([name, lines]) => [name, lines.length, accuracyOf(lines)] as const);
  const mean = found.reduce((sum, [, , accuracy]) => sum + accuracy, 0) / Math.max(1, found.length);
  print(`\ngrouping accuracy of ${title}`);
  for (const [name, count, accuracy] of found)
    print(`${name.padEnd(28)} ${String(count).padStart(6)} lines  ${accuracy.toFixed(3)}`);
  print(`${'mean'.padEnd(42)} ${mean.toFixed(3)} (limit ${MIN_ACCURACY})`);
  return mean >= MIN_ACCURACY;
}

/** Rows of comma-separated values, quoted or not. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows.filter((cells) => cells.length > 1);
}

async function readLabelled(file: string): Promise<readonly Labelled[]> {
  const [head = [], ...rows] = parseCsv(await readFile(file, 'utf8'));
  const [content, event] = [head.indexOf('Content'), head.indexOf('EventId')];
  if (content === -1 || event === -1) throw new Error(`${file} has no columns Content and EventId.`);
  return rows.map((cells) => ({ message: cells[content] ?? '', label: cells[event] ?? '' }));
}

const given = process.argv.slice(2);
print(`load ${loadavg()[0]?.toFixed(1)}\n`);
const passed = [
  await measureSpeed(),
  printAccuracy(
    'the samples of this project',
    labelledSystems.map((system) => [system, labelledLines(system)]),
  ),
];
if (given.length > 0) {
  const sets = await Promise.all(given.map(async (file) => [path.basename(file), await readLabelled(file)] as const));
  passed.push(printAccuracy('the given sets', sets));
}
process.exitCode = passed.every(Boolean) ? 0 : 1;

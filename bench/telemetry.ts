// What traces cost a call: the same calls to two servers in turn, one with traces to a collector on this computer and one without.
// Run: node bench/telemetry.ts [calls of each tool]; needs `npm run build`.
import { existsSync, readFileSync } from 'node:fs';

import { incidentRepository } from '../test/support/incident-repository.ts';
import { otlpReceiver } from '../test/support/otlp-receiver.ts';
import type { LineServerProcess } from '../test/support/server-process.ts';
import { initialize, startLineServer } from '../test/support/server-process.ts';

const CALLS = Number(process.argv[2] ?? 300);
const WARM_UP = 30;

/** Calls that change nothing, from the cheapest to one that reads files. */
const calls: readonly (readonly [string, object])[] = [
  ['get_incident', {}],
  ['get_incident_logs', { query: 'x' }],
];

await using repository = await incidentRepository();
await using collector = await otlpReceiver('http');
await repository.open('PD-1', '--severity', 'SEV3');
const budget = { usd: 10_000, tool_calls: 100_000, wall_seconds: 100_000, bytes_out: 1e9, bytes_scanned: 1e9 };
const settings = { off: {}, on: { traces: 'otlp-http', endpoint: collector.url } };

async function start(telemetry: object): Promise<LineServerProcess> {
  const server = startLineServer(await repository.configure({ telemetry }, { budget }));
  await initialize(server);
  return server;
}

await using off = await start(settings.off);
await using on = await start(settings.on);

let id = 0;
async function time(server: LineServerProcess, [name, args]: readonly [string, object]): Promise<number> {
  id += 1;
  const began = performance.now();
  // A question that was not asked before, or the answer would come from the records.
  const asked = 'query' in args ? { ...args, query: `x${id}` } : args;
  const { result } = await server.request(id, 'tools/call', { name, arguments: { incident_id: 'PD-1', ...asked } });
  if (result?.['isError'] === true) throw new Error(`${name} was refused: ${JSON.stringify(result['content'])}`);
  return performance.now() - began;
}

/** Milliseconds that the thread of a server ran so far, the sending of spans included; on Linux. */
function busy({ pid }: LineServerProcess): number {
  const file = `/proc/${pid}/schedstat`;
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6 : Number.NaN;
}

const print = (line: string) => void process.stdout.write(`${line}\n`);

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;

for (const call of calls) {
  const times = { off: [] as number[], on: [] as number[] };
  let began = { off: 0, on: 0 };
  for (let n = 0; n < CALLS + WARM_UP; n += 1) {
    if (n === WARM_UP) began = { off: busy(off), on: busy(on) };
    // In turn, and each first half of the time: what else the computer does hits both alike.
    const turn = n % 2 === 0 ? (['off', 'on'] as const) : (['on', 'off'] as const);
    for (const kind of turn) {
      // oxlint-disable-next-line no-await-in-loop -- one call at a time is what is measured
      const ms = await time(kind === 'on' ? on : off, call);
      if (n >= WARM_UP) times[kind].push(ms);
    }
  }
  const row = (q: number) => {
    const [without, withTraces] = [quantile(times.off, q), quantile(times.on, q)];
    return `${without.toFixed(2)} ms off, ${withTraces.toFixed(2)} ms on, ${(withTraces / without).toFixed(3)}×`;
  };
  const ran = { off: (busy(off) - began.off) / CALLS, on: (busy(on) - began.on) / CALLS };
  print(`${call[0]}, ${CALLS} calls each\n  p50 ${row(0.5)}\n  p25 ${row(0.25)}\n  p95 ${row(0.95)}`);
  print(
    `  CPU ${ran.off.toFixed(2)} ms off, ${ran.on.toFixed(2)} ms on, ${(ran.on / ran.off).toFixed(3)}× (the thread's own time a call)`,
  );
}
print(`${collector.spans.length} spans arrived in ${collector.requests()} exports`);

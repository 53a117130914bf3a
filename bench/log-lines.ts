// Lines of logs as programs and collectors write them, for log-files.ts.
import { labelledLines, labelledSystems } from '../test/support/labelled-logs.ts';

/** A way to write logs. */
interface LogForm {
  readonly name: string;
  /** How many times as long as splitting and parsing its lines the first answer may take, in CPU time. */
  readonly maxRatio: number;
  /** The line (with its line end, and those of a trace) of an event at a time in milliseconds since the epoch. */
  readonly line: (index: number, at: number) => string;
}

const systems = labelledSystems.map((system) => labelledLines(system, 5_000));
const TRACE = Array.from({ length: 8 }, (_, n) => `\tat com.acme.shop.Cart.total${n}(Cart.java:${80 + n})\n`).join('');

/** Messages of all kinds of systems in turn, many of them different. */
function messageOf(index: number): string {
  const system = systems[index % systems.length] ?? [];
  return system[Math.floor(index / systems.length) % system.length]?.message ?? '';
}

/** Whole numbers below a limit, the same in each run (xorshift). */
function createRandom(): (below: number) => number {
  let state = 20_251_103;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
const random = createRandom();
const hex = (length: number) => Array.from({ length }, () => random(16).toString(16)).join('');
const uuid = () => [8, 4, 4, 4, 12].map(hex).join('-');
const iso = (at: number) => new Date(at).toISOString();

/** A service with few statements and an id in most of them. */
const statements: readonly (() => readonly [level: string, message: string])[] = [
  () => ['INFO', `Charged order ${random(1e6)} of customer ${random(1e5)} in ${random(900)} ms, receipt ${uuid()}`],
  () => ['INFO', `Worker ${random(16)} finished job ${hex(24)} with ${random(10_000)} rows`],
  () => ['DEBUG', `Cache hit for cart:${uuid()}, valid for ${random(3_600)} s`],
  () => ['WARN', `Query took ${random(5_000)} ms on shard ${random(8)}`],
  () => ['INFO', `Consumer moved to offset ${random(1e9)} of partition ${random(32)}`],
];
const failed = () => ['ERROR', `Refund ${uuid()} failed: no answer after ${random(30_000)} ms`] as const;
const said = () => (random(200) === 0 ? failed() : (statements[random(statements.length)] ?? failed)());

const paths = ['/', '/cart', '/api/items', '/static/app.js', '/login'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const monthOf = (at: number) => MONTHS[new Date(at).getUTCMonth()] ?? '';

/** Each form in the order in which it is measured. */
export const forms: readonly LogForm[] = [
  {
    name: 'JSON lines of 12 systems',
    maxRatio: 8,
    line(index, at) {
      const event = { time: iso(at), level: 'info', service: 'shop', msg: messageOf(index), pad: '' };
      const missing = 199 - Buffer.byteLength(JSON.stringify(event));
      return `${JSON.stringify(missing > 0 ? { ...event, pad: 'x'.repeat(missing) } : event)}\n`;
    },
  },
  {
    name: 'plain text of 12 systems',
    maxRatio: 12,
    line(index, at) {
      const writer = `[worker-${index % 8}]`;
      return index % 100 === 7
        ? `${iso(at)} ERROR ${writer} order ${index} failed\njava.io.IOException: pipe ${index}\n${TRACE}`
        : `${iso(at)} INFO  ${writer} ${messageOf(index)}\n`;
    },
  },
  {
    name: 'JSON lines of one service, with ids',
    maxRatio: 8,
    line(_, at) {
      const [level, msg] = said();
      const req = { method: 'GET', url: `/api/orders/${random(1e6)}` };
      return `${JSON.stringify({ level, time: at, pid: 7, hostname: 'web-1', reqId: uuid(), req, msg })}\n`;
    },
  },
  {
    name: 'plain text of one service, with ids',
    maxRatio: 12,
    line: (_, at) =>
      `${iso(at).replace('T', ' ').slice(0, 23)} ${said().join(` [http-${random(16)}] c.a.Orders - `)}\n`,
  },
  {
    name: 'lines of a container runtime',
    maxRatio: 14,
    line: (_, at) => `${iso(at).replace('Z', '123456Z')} stdout F ${said().join(' ')}\n`,
  },
  {
    name: 'access log',
    maxRatio: 14,
    line(_, at) {
      const day = new Date(at).getUTCDate().toString().padStart(2, '0');
      const time = `${day}/${monthOf(at)}/2025:${iso(at).slice(11, 19)} +0000`;
      const request = `GET ${paths[random(paths.length)] ?? '/'}?page=${random(500)} HTTP/1.1`;
      const address = `10.${random(255)}.${random(255)}.${random(255)}`;
      return `${address} - - [${time}] "${request}" ${random(100) === 0 ? 500 : 200} ${random(50_000)} "-" "curl/8.5.0"\n`;
    },
  },
  {
    name: 'syslog',
    maxRatio: 16,
    line: (_, at) =>
      `${monthOf(at)} ${new Date(at).getUTCDate().toString().padStart(2)} ${iso(at).slice(11, 19)} web-1 shop[${random(30_000)}]: ${said().join(' ')}\n`,
  },
];

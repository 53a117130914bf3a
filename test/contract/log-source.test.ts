import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '#domain/clock.ts';
import { files } from '#providers/files.ts';

import type { HeldEvent, MakeLogSource } from './log-source.ts';
import { describeLogSource } from './log-source.ts';

const inFile =
  (toLine: (event: HeldEvent) => string): MakeLogSource =>
  async (events) => {
    const folder = await mkdtemp(join(tmpdir(), 'fixgate-logs-'));
    await writeFile(join(folder, 'app.log'), events.map((event) => `${toLine(event)}\n`).join(''));
    const settings = files.settings.parse({ paths: [folder] });
    const source = files.capabilities.logs?.(settings, { clock: systemClock });
    if (source === undefined) throw new Error('files have no logs');
    return { read: source.read, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  };

const iso = (at: number) => new Date(at).toISOString();
const pino = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

describeLogSource(
  'a file of JSON lines',
  inFile(({ at, level, service, env, message }) =>
    JSON.stringify({ level: pino[level ?? 'info'], time: at, service, env, msg: message }),
  ),
);
describeLogSource(
  'a file of logfmt',
  inFile(
    ({ at, level = 'info', service = '', env = '', message }) =>
      `time=${iso(at)} level=${level} ${service && `service=${service} `}${env && `env=${env} `}msg="${message}"`,
  ),
);

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { vi } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { cloudwatchLogs } from '#providers/cloudwatch-logs.ts';
import { datadog } from '#providers/datadog.ts';
import { files } from '#providers/files.ts';

import { fakeCloudWatch } from '../support/fake-cloudwatch.ts';
import { fakeDatadog } from '../support/fake-datadog.ts';
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
    return { ...source, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
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
  'an export of the journal',
  inFile(({ at, level, service, env, message }) =>
    JSON.stringify({
      __REALTIME_TIMESTAMP: String(at * 1_000),
      PRIORITY: '6',
      ...(service !== undefined && { _SYSTEMD_UNIT: `${service}.service` }),
      MESSAGE: JSON.stringify({ level, env, message }),
    }),
  ),
);
describeLogSource(
  'a file of logfmt',
  inFile(
    ({ at, level = 'info', service = '', env = '', message }) =>
      `time=${iso(at)} level=${level} ${service && `service=${service} `}${env && `env=${env} `}msg="${message}"`,
  ),
);

const inDatadog: MakeLogSource = async (events) => {
  const server = await fakeDatadog(
    events.map(({ at, level, service, env, message }, n) => ({
      id: `AQAAA${n}`,
      at,
      message,
      ...(level !== undefined && { status: level === 'fatal' ? 'critical' : level }),
      ...(service !== undefined && { service }),
      tags: ['source:nodejs', ...(env === undefined ? [] : [`env:${env}`]), 'source:nodejs'],
    })),
  );
  const settings = datadog.settings.parse({ site: 'datadoghq.eu', ...server.keys, url: server.url });
  const source = datadog.capabilities.logs?.(settings, { clock: systemClock });
  if (source === undefined) throw new Error('datadog has no logs');
  return { ...source, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
};
describeLogSource('a Datadog organisation', inDatadog);

const inCloudWatch: MakeLogSource = async (events) => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDOFTESTS');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-tests');
  const server = await fakeCloudWatch(
    events.map(({ at, level, service, env, message }) => ({
      at,
      message: JSON.stringify({ level: pino[level ?? 'info'], time: at, service, env, msg: message }),
    })),
  );
  const written = { region: server.region, groups: ['/app/checkout'], endpoint: server.url, requests_per_s: 25 };
  const source = cloudwatchLogs.capabilities.logs?.(cloudwatchLogs.settings.parse(written), { clock: systemClock });
  if (source === undefined) throw new Error('cloudwatch-logs has no logs');
  return {
    ...source,
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      await server[Symbol.asyncDispose]();
    },
  };
};
describeLogSource('log groups of CloudWatch', inCloudWatch);

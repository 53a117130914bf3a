import { execFileSync } from 'node:child_process';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, it } from 'vitest';

import { reportFormats } from '#cli/report-forms.ts';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { fixPatch, incidentRepository, protectedPatch, reason } from '../support/incident-repository.ts';
import { connectClient } from '../support/mcp-clients.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Place } from '../support/server-process.ts';
import { stdioTarget } from '../support/server-process.ts';

const id = 'PD-1';
/** What the configuration holds; a quote and a space make every encoding another text. */
const secret = 'pear "orchard" tango/81+zulu';

const bytes = Buffer.from(secret);
/** Every way in which somebody might write it to get it out. */
const forms: Readonly<Record<string, string>> = {
  plain: secret,
  hex: bytes.toString('hex'),
  HEX: bytes.toString('hex').toUpperCase(),
  base64: bytes.toString('base64'),
  base64url: bytes.toString('base64url'),
  'base64 within more': btoa(`u:${secret}!`),
  url: encodeURIComponent(secret),
  json: JSON.stringify(secret).slice(1, -1),
};
const all = Object.values(forms).join(' | ');

/** Parts of each form that are long enough to be no accident. */
const traces = [
  ...['plain', 'hex', 'HEX', 'base64', 'base64url', 'url', 'json'].map((name) => (forms[name] ?? '').slice(0, -4)),
  btoa(`u:${secret}!`).slice(6, -6),
];
const traceOf = (text: string) => traces.filter((each) => text.includes(each));

async function plant({ checkout, git }: IncidentRepository): Promise<void> {
  const line = {
    time: new Date().toISOString(),
    level: 'error',
    service: 'orders',
    msg: `denied ${all}`,
    [secret]: all,
  };
  await appendFile(path.join(checkout, 'logs/orders.log'), `${JSON.stringify(line)}\n`);
  const label = all.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const samples = [9, 6, 3].map(
    (minutes) => `orders_denied{service="orders",why="${label}"} ${minutes} ${Date.now() - minutes * 60_000}\n`,
  );
  await appendFile(path.join(checkout, 'metrics/orders.prom'), samples.join(''));
  await writeFile(
    path.join(checkout, 'test/loud.test.js'),
    `import { test } from 'node:test';\ntest(${JSON.stringify(all)}, () => console.log(${JSON.stringify(all)}));\n`,
  );
  git('add', '--all');
  git('commit', '--quiet', '--message', `say ${secret} in a test`);
  git('push', '--quiet', 'origin', 'HEAD');
}

/** Everything that left: by its name, its text. */
type Left = Record<string, string>;

async function workOn(place: Place, left: Left): Promise<void> {
  let log = '';
  {
    await using client = await connectClient('v2 auto', stdioTarget(place), { onStderr: (text) => (log += text) });
    const call = async (tool: string, args: Readonly<Record<string, unknown>>, name = tool) => {
      left[name] = JSON.stringify(await client.callTool(tool, { incident_id: id, ...args }, { timeoutMs: 60_000 }));
    };
    await call('get_incident', {});
    await call('get_incident_logs', {});
    await call('get_incident_logs', { query: secret }, 'logs asked for it');
    await call('query_metrics', { query: 'orders_denied' });
    await call('query_metrics', { query: `no_such_metric{a="${all}"}` }, 'a query that fails');
    await call('list_recent_deploys', {});
    await call('apply_patch', { patch: protectedPatch, reason: all }, 'a refused patch');
    await call('apply_patch', { patch: fixPatch, reason: `${reason} ${all}`, [secret]: 1 }, 'an unknown argument');
    await call('apply_patch', { patch: fixPatch, reason: `${reason} ${all}` });
    await call('run_tests', { wait_s: 25 });
    await call('open_pr', { title: `Fix ${secret}`, summary: `Let go. ${all}`, root_cause: `Kept. ${all}` });
    await call('escalate', { reason: `Stuck: ${all}` });
    await call('get_incident', {}, 'the incident that was handed over');
  }
  left['log'] = log;
}

async function filesBelow(folder: string): Promise<Left> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  const texts = names.map(
    async ({ parentPath, name }) => [`file ${name}`, await readFile(path.join(parentPath, name), 'utf8')] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}

it('no secret of the configuration leaves, by whichever exit and in whichever form [outbound:exits:masked]', async () => {
  await using repository = await incidentRepository();
  await using receiver = await startReceiver();
  await plant(repository);
  const { cwd, env } = await repository.configure({
    telemetry: {
      traces: 'json-file',
      file: './out/traces.jsonl',
      capture_content: true,
      metrics_textfile: './out/fixgate.prom',
      headers: { authorization: { env: 'THE_SECRET' } },
    },
    report: { path: './out/{incident_id}.json' },
    notify: {
      webhook: { url: `${receiver.url}/hook`, secret: { env: 'THE_SECRET' } },
      slack: { url: { env: 'SLACK_URL' } },
    },
  });
  const place = {
    cwd,
    env: { ...env, THE_SECRET: secret, SLACK_URL: `${receiver.url}/slack/T0/B0/${'x'.repeat(12)}` },
  };
  await repository.fixgate(
    ['incident', 'open', '--id', id, '--repo', repository.checkout, '--severity', 'SEV3', '--title', all, '--rca', all],
    { place },
  );
  const left: Left = {};
  await workOn(place, left);
  for (const format of reportFormats)
    left[`report ${format}`] = JSON.stringify(await repository.fixgate(['report', id, '--format', format], { place }));
  left['incident list'] = JSON.stringify(await repository.fixgate(['incident', 'list'], { place }));
  left['a failed command'] = JSON.stringify(await repository.fixgate(['report', `X-${secret}`], { place }));
  for (const { path: where, body } of receiver.received) left[`message to ${where}`] = body;
  left['what was pushed'] = execFileSync('git', ['log', '--all', '-p', '--format=raw', '--not', 'main'], {
    cwd: repository.remote,
    encoding: 'utf8',
  });
  Object.assign(left, await filesBelow(path.join(cwd, 'out')));
  Object.assign(left, await filesBelow(path.join(repository.stateFolder, 'pull-requests')));

  const leaking = Object.entries(left).filter(([, text]) => traceOf(text).length > 0);
  expect(leaking.map(([name, text]) => `${name}: ${traceOf(text).join(' ')}`)).toEqual([]);
  // Each exit was used; these few answers repeat nothing.
  const silent = Object.entries(left).filter(([, text]) => !text.includes('[masked:'));
  expect(silent.map(([name]) => name)).toEqual([
    'a query that fails',
    'a refused patch',
    'apply_patch',
    'run_tests',
    'open_pr',
    'escalate',
    'report junit',
    'file fixgate.prom',
  ]);
}, 180_000);

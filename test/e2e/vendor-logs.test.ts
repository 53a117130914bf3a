import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { expect, it } from 'vitest';

import { fakeCloudWatch } from '../support/fake-cloudwatch.ts';
import { fakeDatadog } from '../support/fake-datadog.ts';
import { incidentRepository } from '../support/incident-repository.ts';
import { fixgateEntry } from '../support/server-process.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const chunks = readdirSync(dist).filter((name) => name.endsWith('.js'));
const holding = (text: string) => chunks.filter((name) => readFileSync(join(dist, name), 'utf8').includes(text));

/** Texts that only the clients hold. */
const clients = ['Logs_20140328', 'LogsListResponseLinks', 'GraniteServiceVersion20100801', 'MetricsQueryMetadata'];

it('the clients of vendors are small files of their own, which starting does not load [logs:vendors:lazy]', async () => {
  await using repository = await incidentRepository();
  const hook = join(repository.folder, 'hook.mjs');
  await writeFile(
    hook,
    `import { registerHooks } from 'node:module';
     registerHooks({ load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context)) });`,
  );
  const { env, cwd } = repository.place;
  const args = ['--import', pathToFileURL(hook).href, fixgateEntry, '--version'];
  const { stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
  expect(stderr).toContain('/dist/fixgate.js');
  for (const client of clients) {
    const [chunk = '', ...others] = holding(client);
    expect(others).toEqual([]);
    expect(stderr).not.toContain(chunk);
    expect(readFileSync(join(dist, chunk)).length).toBeLessThan(1_000_000);
  }
});

it('the built program reads Datadog and CloudWatch', async () => {
  await using repository = await incidentRepository();
  await using datadog = await fakeDatadog();
  await using cloudwatch = await fakeCloudWatch();
  const at = repository.onset.getTime();
  datadog.tiers.set('indexes', [{ id: 'A', at, message: 'psp refused order 17', status: 'error', service: 'orders' }]);
  cloudwatch.lines = [{ at, message: 'ERROR psp refused order 18' }];
  const place = await repository.configure({
    sources: {
      dd: {
        provider: 'datadog',
        site: 'datadoghq.eu',
        api_key: { env: 'DD' },
        app_key: { env: 'DD_APP' },
        url: datadog.url,
      },
      cw: { provider: 'cloudwatch-logs', region: 'eu-west-1', groups: ['/app/*'], endpoint: cloudwatch.url },
    },
  });
  const { api_key: DD, app_key: DD_APP } = datadog.keys;
  const env = { ...place.env, DD, DD_APP, AWS_ACCESS_KEY_ID: 'AKIDOFTESTS', AWS_SECRET_ACCESS_KEY: 's' };
  await repository.open('PD-1', '--severity', 'SEV2');
  for (const [source, order] of [
    ['dd', 17],
    ['cw', 18],
  ] as const) {
    const asked = {
      incident_id: 'PD-1',
      source,
      since: new Date(at - 60_000).toISOString(),
      until: new Date(at + 60_000).toISOString(),
    };
    const { exitCode, answer } = await repository.call(
      'get_incident_logs',
      { ...asked, mode: 'lines', service: 'orders' },
      { ...place, env },
    );
    expect({ exitCode, text: JSON.stringify(answer) }).toEqual({
      exitCode: 0,
      text: expect.stringContaining(`psp refused order ${order}`) as string,
    });
  }
});

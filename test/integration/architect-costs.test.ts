import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { MICROS_PER_USD } from '#domain/budget.ts';
import { systemClock } from '#domain/clock.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';

import type { ServedRepository } from '../support/served-repository.ts';
import { serveRepository } from '../support/served-repository.ts';
import type { RpcMessage } from '../support/server-process.ts';
import { initialize, startLineServer } from '../support/server-process.ts';
import { gitEnvironment } from '../support/temporary-repository.ts';

const prices = JSON.stringify({
  small: { input_per_million: 1, output_per_million: 2 },
  large: { input_per_million: 100, output_per_million: 200 },
});
const files = { 'src/a.js': 'let a = 1;\n' };

/** One patch, with what the host says of its model. */
async function patch(served: ServedRepository, usage: unknown, from = 1): Promise<RpcMessage> {
  const env = { ...gitEnvironment, FIXGATE_STATE_DIR: served.stateFolder };
  await using server = startLineServer({ cwd: join(served.folder, 'operator'), env });
  await initialize(server);
  const edits = [{ path: 'src/a.js', old_text: `let a = ${from};`, new_text: `let a = ${from + 1};` }];
  const answer = await server.request(1, 'tools/call', {
    name: 'apply_patch',
    arguments: { incident_id: 'C-1', reason: 'stop the leak of jobs', edits },
    _meta: { 'fixgate/usage': usage },
  });
  server.end();
  await server.exited;
  return answer;
}

const usage = (model: string, input: number) => ({
  'gen_ai.request.model': model,
  'gen_ai.usage.input_tokens': input,
});

async function spentOf(served: ServedRepository): Promise<number> {
  await using store = createSqliteStore({ folder: served.stateFolder, clock: systemClock });
  return store.used('C-1').usd / MICROS_PER_USD;
}

describe.concurrent('what a host reports of its model', () => {
  it.each<[string, unknown, number, number]>([
    ['a known model', usage('small', 100_000), 0.1, 0.11],
    ['a model that the file does not name', usage('smaller', 5_000), 0.5, 0.51],
    ['no model', usage('', 5_000), 0.5, 0.51],
    ['tokens below none', usage('large', -100_000), 0, 0.01],
    ['nothing', undefined, 0, 0.01],
  ])('is charged by the prices of the operator: %s [gate:budget:prices]', async (_, reported, least, most) => {
    await using served = await serveRepository({ files, config: { policy: './.architect.yaml' } });
    const operator = join(served.folder, 'operator');
    await writeFile(join(operator, '.architect.yaml'), 'costs: { budget_usd: 1, prices_file: prices.json }\n');
    await writeFile(join(operator, 'prices.json'), prices);
    await served.open('C-1', '--severity', 'SEV3');
    expect((await patch(served, reported)).result).not.toHaveProperty('isError');
    const spent = await spentOf(served);
    expect(spent).toBeGreaterThan(least);
    expect(spent).toBeLessThan(most);
  });

  it('takes all that is left where a call cost more, and refuses the next [gate:budget:prices]', async () => {
    await using served = await serveRepository({ files, config: { policy: './.architect.yaml' } });
    const operator = join(served.folder, 'operator');
    await writeFile(join(operator, '.architect.yaml'), 'costs: { budget_usd: 1, prices_file: prices.json }\n');
    await writeFile(join(operator, 'prices.json'), prices);
    await served.open('C-1', '--severity', 'SEV3');
    expect((await patch(served, usage('large', Number.MAX_VALUE))).result).not.toHaveProperty('isError');
    expect(await spentOf(served)).toBeGreaterThanOrEqual(1);
    const { result } = await patch(served, undefined, 2);
    expect(JSON.stringify(result)).toContain('budget/usd');
  });

  it.each([
    ['is charged by the prices that the repository has at the same commit', 'ops/../ops/prices.json', 0.1],
    ['refuses every call where the repository names a file that it has not', 'ops/none.json', undefined],
    ['refuses every call where the repository names a file outside', '../../operator/prices.json', undefined],
  ])('%s [gate:budget:prices]', async (_, name, least) => {
    await using served = await serveRepository({
      files: { ...files, '.architect.yaml': `costs: { prices_file: "${name}" }\n`, 'ops/prices.json': prices },
      config: {},
    });
    await writeFile(join(served.folder, 'operator/prices.json'), prices);
    await served.open('C-1', '--severity', 'SEV3');
    const answer = JSON.stringify(await patch(served, usage('small', 100_000)));
    const spent = await spentOf(served);
    expect(answer.includes('costs.prices_file: ')).toBe(least === undefined);
    expect(spent >= 0.1).toBe(least !== undefined);
  });
});

describe.concurrent('the file of prices of an operator', () => {
  it.each<[string, string | undefined, RegExp]>([
    ['is missing', undefined, /costs\.prices_file: .*prices\.json cannot be read; put a readable file/],
    ['is too large', 'x'.repeat(65_537), /prices\.json has 1 problem:\n- the file has 65537 bytes/],
    ['is wrong', '{"m": {"input_per_million": -1}}', /m\.input_per_million/],
  ])('stops the start where it %s [gate:budget:prices]', async (_, content, problem) => {
    await using served = await serveRepository({ files, config: { policy: './.architect.yaml' } });
    const operator = join(served.folder, 'operator');
    await writeFile(join(operator, '.architect.yaml'), 'costs: { prices_file: prices.json }\n');
    if (content !== undefined) await writeFile(join(operator, 'prices.json'), content);
    const checked = await served.fixgate('policy', 'check', '.architect.yaml');
    expect(checked.exitCode).not.toBe(0);
    expect(checked.stderr).toMatch(problem);
    expect(await served.fixgate('incident', 'open', '--id', 'C-1', '--repo', served.repository.path)).toMatchObject({
      exitCode: checked.exitCode,
    });
  });
});

describe.concurrent('the telemetry of an .architect.yaml', () => {
  const telemetry = 'telemetry: { enabled: true, exporter: json-file, trace_file: spans.json }\n';
  const spans = async (served: ServedRepository, ...at: string[]) =>
    await readFile(join(served.folder, ...at), 'utf8').catch(() => '');

  it('says where spans go where it is the policy of the operator and nothing else does [gate:policy:architect-telemetry]', async () => {
    await using served = await serveRepository({ files, config: { policy: './.architect.yaml' } });
    await writeFile(join(served.folder, 'operator/.architect.yaml'), telemetry);
    await served.open('C-1', '--severity', 'SEV3');
    await patch(served, undefined);
    expect(await spans(served, 'operator/spans.json')).toContain('tools/call apply_patch');
  });

  it('gives way to what the configuration says [gate:policy:architect-telemetry]', async () => {
    const config = { policy: './.architect.yaml', telemetry: { traces: 'json-file', file: './own.jsonl' } };
    await using served = await serveRepository({ files, config });
    await writeFile(join(served.folder, 'operator/.architect.yaml'), telemetry);
    await served.open('C-1', '--severity', 'SEV3');
    await patch(served, undefined);
    expect(await spans(served, 'operator/spans.json')).toBe('');
    expect(await spans(served, 'operator/own.jsonl')).toContain('tools/call apply_patch');
  });

  it('of a repository decides nothing, which is told [gate:policy:architect-telemetry]', async () => {
    await using served = await serveRepository({ files: { ...files, '.architect.yaml': telemetry }, config: {} });
    await served.open('C-1', '--severity', 'SEV3');
    await patch(served, undefined);
    expect(await spans(served, 'operator/spans.json')).toBe('');
    expect(await spans(served, '../', served.repository.path, 'spans.json')).toBe('');
  });
});

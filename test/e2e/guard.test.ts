import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, it } from 'vitest';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';
import { connectClient, textOf } from '../support/mcp-clients.ts';
import type { Place } from '../support/server-process.ts';
import { runFixgate, startHttpServer } from '../support/server-process.ts';

const id = { incident_id: 'PD-1' };
const severity = ['--severity', 'SEV2'];
// In parts, so that nobody takes this file for a leak.
const address = ['postgres', '://orders:', 'tr0ub4dor-x9', '@db:5432/orders'].join('');
const leakingPatch = fixPatch.replace('     return job.name;', `+    connect('${address}');\n     return job.name;`);

/** A server that agents cannot reach but over HTTP. */
const enforced = (repository: IncidentRepository): Promise<Place> => repository.configure({ agents: 'other_account' });

async function patchOverHttp(place: Place): Promise<void> {
  await using http = await startHttpServer(place);
  await using client = await connectClient('v2 auto', { url: http.url });
  const answer = await client.callTool('apply_patch', { ...id, patch: fixPatch, reason });
  expect(textOf(answer)).toContain('Patch applied');
}

const verify = (repository: IncidentRepository, ...args: string[]) => repository.fixgate(['audit', 'verify', ...args]);

describe.concurrent('the built program', () => {
  it('refuses a patch for a secret that only the second opinion knows [gate:secrets:second-opinion]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    const refused = await repository.call('apply_patch', { ...id, patch: leakingPatch, reason });
    expect(refused).toMatchObject({
      exitCode: 1,
      answer: {
        code: 'policy_denied',
        rule_ids: ['secrets_in_patch'],
        evidence: { findings: [{ path: 'src/queue.js' }] },
      },
    });
    expect(JSON.stringify(refused.answer)).not.toContain('tr0ub4dor');
  });

  it('loads the second opinion for a patch, and for nothing before [gate:secrets:lazy]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    const log = join(repository.folder, 'loaded');
    const spy = join(repository.folder, 'spy.mjs');
    const hook = `load(url, context, next) { appendFileSync(${JSON.stringify(log)}, url + '\\n'); return next(url, context); }`;
    await writeFile(
      spy,
      `import { appendFileSync } from 'node:fs';\nimport { registerHooks } from 'node:module';\nregisterHooks({ ${hook} });\n`,
    );
    const place = { ...repository.place, env: { ...repository.place.env, NODE_OPTIONS: `--import=${spy}` } };
    const rulesLoaded = async () => {
      const urls = (await readFile(log, 'utf8')).split('\n').filter((url) => url.startsWith('file:'));
      const texts = await Promise.all(urls.map((url) => readFile(new URL(url), 'utf8')));
      return texts.some((text) => text.includes('found GitHub Token'));
    };
    expect((await runFixgate(place, ['--version'])).exitCode).toBe(0);
    await repository.call('get_incident', id, place);
    expect(await rulesLoaded()).toBe(false);
    await repository.call('apply_patch', { ...id, patch: fixPatch, reason, dry_run: true }, place);
    expect(await rulesLoaded()).toBe(false);
    await repository.call('apply_patch', { ...id, patch: leakingPatch, reason, dry_run: true }, place);
    expect(await rulesLoaded()).toBe(true);
  });

  it('refuses a patch that holds a secret of its configuration, encoded or not [gate:secrets:held]', async () => {
    await using repository = await incidentRepository();
    const place = await repository.configure({
      sources: { prometheus: { provider: 'prometheus', url: 'http://127.0.0.1:9', token: { env: 'PROM_TOKEN' } } },
    });
    const held = { ...place, env: { ...place.env, PROM_TOKEN: 'opaque words of ours' } };
    await repository.open('PD-1', ...severity);
    for (const form of ['opaque words of ours', Buffer.from('opaque words of ours').toString('base64')]) {
      const patch = leakingPatch.replace(address, form);
      const refused = await repository.call('apply_patch', { ...id, patch, reason }, held);
      expect(refused.answer).toMatchObject({ evidence: { findings: [{ kind: 'secret-of-this-server' }] } });
    }
  });
});

describe.concurrent('an enforced guard', () => {
  it('signs the records, and audit says so [state:heads:signed]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    expect((await verify(repository)).stdout).toContain('NOT SIGNED: there is no key.');
    await patchOverHttp(await enforced(repository));
    const { exitCode, stdout } = await verify(repository);
    expect(stdout).toMatch(/^OK: .*\nSIGNED: 1 head by the key SHA256:/);
    expect(exitCode).toBe(0);
    const key = join(repository.stateFolder, 'keys/heads.pub');
    expect(await verify(repository, '--public-key', key)).toMatchObject({ exitCode: 0 });
  });

  it('is said to be that in the report, whoever prints it, and where the records end [report:guard:said]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    await patchOverHttp(await enforced(repository));
    const { guard } = await repository.report('PD-1');
    expect(guard).toMatchObject({ strength: 'enforced', reasons: [], host_tools: { judged: 0, denied: 0 } });
    const { seq = 0, hash = '' } = guard.records ?? {};
    expect(await verify(repository, 'PD-1', '--contains', `${seq}:${hash.slice(0, 16)}`)).toMatchObject({
      exitCode: 0,
    });
    const other = await verify(repository, 'PD-1', '--contains', `${seq + 1}:${hash.slice(0, 16)}`);
    expect(other).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('BROKEN: chain PD-1') });
  });

  it('is noticed when somebody wrote past it [state:heads:verified]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    await patchOverHttp(await enforced(repository));
    const db = new DatabaseSync(join(repository.stateFolder, 'state.db'));
    db.exec('UPDATE chain_heads SET signature = NULL');
    db.close();
    const { exitCode, stdout } = await verify(repository);
    expect(stdout).toContain('BROKEN: chain PD-1: its head is not signed');
    expect(exitCode).toBe(1);
  });

  it('does not start with a key that others may read, and says what to do [state:heads:private]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    const place = await enforced(repository);
    await patchOverHttp(place);
    const key = join(repository.stateFolder, 'keys/heads.pem');
    await chmod(key, 0o644);
    const { exitCode, stderr } = await runFixgate(place, ['serve', '--http', '--port', '0']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`chmod 600 ${key}`);
    const doctor = await runFixgate(place, ['doctor', '--guard', '--http']);
    expect(doctor).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('guard: advisory') });
  });
});

describe.concurrent('fixgate doctor --guard', () => {
  it('names the next step for each reason [cli:doctor:next-steps]', async () => {
    await using repository = await incidentRepository();
    const place = await repository.configure({}, { approvals: 'advisory' });
    const file = join(place.cwd, 'fixgate.yaml');
    await chmod(file, 0o664);
    const { exitCode, stdout } = await runFixgate(place, ['doctor', '--guard']);
    const reasons = stdout.split('\n').filter((line) => line.startsWith('- '));
    expect(exitCode).toBe(1);
    expect(reasons).toHaveLength(5);
    expect(stdout).toContain('next: Start `fixgate serve --http`');
    expect(stdout).toContain('set `agents: other_account` in fixgate.yaml');
    expect(stdout).toContain('next: Set `approvals: signed`');
    expect(stdout).toContain(`next: Run \`chmod go-w ${file}\`.`);
    expect(stdout).toContain('records: not signed, since the guard is advisory');
  });

  it('counts what hooks judged and refused, as the report does [report:guard:hooks]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    const input = JSON.stringify({
      hook_event_name: 'PreToolUse',
      cwd: repository.checkout,
      tool_name: 'Edit',
      tool_input: { file_path: join(repository.checkout, 'k8s/production/orders.yaml') },
    });
    expect((await repository.fixgate(['hook', 'claude'], { input })).stdout).toContain('deny');
    expect((await repository.report('PD-1')).guard.host_tools).toEqual({ judged: 1, denied: 1 });
    const { stdout } = await repository.fixgate(['doctor', '--guard']);
    expect(stdout).toContain(
      'host tools: 1 judged by hooks, 1 refused (for incidents; calls without one are not recorded)',
    );
  });

  it('says that an enforced guard is one', async () => {
    await using repository = await incidentRepository();
    const place = await enforced(repository);
    const { exitCode, stdout } = await runFixgate(place, ['doctor', '--guard', '--http']);
    expect(stdout).toMatch(/^guard: enforced\n/);
    expect(stdout).toContain('records: signed from the first record on');
    expect(exitCode).toBe(0);
  });
});

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { claude, reasonOf } from '../support/hook-call.ts';
import { fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';
import { connectClient } from '../support/mcp-clients.ts';
import { stdioTarget } from '../support/server-process.ts';

const anySandbox = { sandbox: { least: 'none' as const } };
const words = { summary: 'Finished jobs are let go.', root_cause: 'Every finished job was kept.' };
const title = ['--severity', 'SEV3', '--service', 'orders', '--title', 'orders needs 812 MB'];

describe.concurrent('breakers, from the shell', () => {
  it('a freeze file allows drafts only, also while it is missing, and agents may not write it [gate:breakers:freeze]', async () => {
    await using repository = await incidentRepository();
    const at = await repository.configure({ freeze_file: 'freeze.json' }, anySandbox);
    const file = join(at.cwd, 'freeze.json');
    const id = { incident_id: 'PD-1' };
    await repository.open('PD-1', ...title);
    await repository.step('apply_patch', { ...id, patch: fixPatch, reason }, at);
    expect(await repository.step('run_tests', id, at)).toMatchObject({ answer: { verdict: 'pass' } });
    const tried = async () => {
      const { answer } = await repository.call('open_pr', { ...id, ...words, draft: false, dry_run: true }, at);
      const { answer: standing } = await repository.call('get_incident', id, at);
      return { draft: answer['draft'], autonomy: standing['autonomy'] };
    };

    const bound = { draft: true, autonomy: { level: 'pr_bot', bound_by: ['policy', 'breaker/deploy_in_progress'] } };
    expect(await tried()).toEqual(bound);
    await writeFile(file, '{"circuit_breaker_status": "tripped", "reason": "SEV1 incident"}');
    expect(await tried()).toEqual(bound);
    await writeFile(file, '{"circuit_breaker_status": "armed"}');
    expect(await tried()).toEqual({ draft: false, autonomy: { level: 'pr_bot', bound_by: ['policy'] } });
    await rm(file);
    expect(await repository.call('open_pr', { ...id, ...words, draft: false }, at)).toMatchObject({
      exitCode: 0,
      answer: { draft: true },
    });

    const judged = async (name: string) => {
      const written = { file_path: join(at.cwd, name), content: '{"circuit_breaker_status": "armed"}' };
      return await claude(repository, 'Write', written, { words: ['--config', join(at.cwd, 'fixgate.yaml')] });
    };
    expect(reasonOf(await judged('freeze.json'))).toContain('freeze.json');
    expect(reasonOf(await judged('another.json'))).toBeUndefined();
  }, 120_000);

  it('the same trouble gets its next pull request later, another one at once [gate:breakers:cooldown]', async () => {
    await using repository = await incidentRepository();
    const at = await repository.configure({}, anySandbox);
    await repository.open('PD-1', ...title);
    await repository.open('PD-2', ...title.slice(0, -1), 'orders needs 1044 MB');
    const publish = async (incident_id: string) => {
      await repository.step('apply_patch', { incident_id, patch: fixPatch, reason }, at);
      await repository.step('run_tests', { incident_id }, at);
      return await repository.call('open_pr', { incident_id, ...words }, at);
    };

    expect(await publish('PD-1')).toMatchObject({ exitCode: 0 });
    expect(await publish('PD-2')).toMatchObject({
      exitCode: 1,
      answer: { code: 'policy_denied', rule_ids: ['breaker/cooldown'], retry: 'later' },
    });
    expect(repository.hotfixBranches()).toEqual(['hotfix/PD-1']);
  }, 120_000);

  it('a server leaves a source alone that failed five times, and says until when [gate:breakers:provider]', async () => {
    await using repository = await incidentRepository();
    // Nobody listens there.
    const sources = { 'prod-logs': { provider: 'loki', url: 'http://127.0.0.1:9' } };
    const at = await repository.configure({ sources });
    await repository.open('PD-1', ...title);
    await using client = await connectClient('v2 auto', stdioTarget(at));
    const ask = (limit: number) =>
      client.callTool('get_incident_logs', { incident_id: 'PD-1', source: 'prod-logs', limit });
    for (let n = 1; n <= 5; n += 1) expect((await ask(n)).isError).toBe(true);

    const { isError, structuredContent } = await ask(6);
    expect(isError).not.toBe(true);
    expect(structuredContent).toMatchObject({ status: 'partial', source: 'prod-logs', rows: [] });
    expect(JSON.stringify(structuredContent)).toMatch(
      /prod-logs failed 5 times within 60 s, and it is not asked before 20/,
    );
    const files = await client.callTool('list_recent_deploys', { incident_id: 'PD-1' });
    expect(files.isError).not.toBe(true);
  }, 120_000);
});

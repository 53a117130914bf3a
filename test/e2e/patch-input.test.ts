import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';

const at = { incident_id: 'PD-1', reason };

describe.concurrent('what apply_patch is sent, from the shell', () => {
  it('may be edits made from a known file; sent again they are answered again and cost nothing [workspace:patch:edits] [workspace:patch:repeat]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', '--severity', 'SEV2');
    const edits = [
      { path: 'src/queue.js', old_text: '    this.#finished.push(job);\n', new_text: '' },
      { path: 'docs/leak.md', content: 'Jobs are let go.\n' },
    ];
    const file = repository.git('show', 'HEAD:src/queue.js');
    const stale = await repository.call('apply_patch', { ...at, edits, base: { 'src/queue.js': '0f'.repeat(32) } });
    expect(stale).toMatchObject({ exitCode: 1, answer: { code: 'conflict', evidence: { code: 'stale_base' } } });
    const { file_sha256: sha256 } = stale.answer['evidence'] as { file_sha256: string };
    expect([file, `${file}\n`].map((text) => createHash('sha256').update(text).digest('hex'))).toContain(sha256);

    const sent = { ...at, edits, base: { 'src/queue.js': sha256 }, idempotency_key: 'try-1' };
    const first = await repository.call('apply_patch', sent);
    expect(first).toMatchObject({
      exitCode: 0,
      answer: {
        applied: true,
        files: [
          { path: 'docs/leak.md', change: 'add', added: 1 },
          { path: 'src/queue.js', change: 'modify', added: 0, removed: 1 },
        ],
      },
    });
    const again = await repository.call('apply_patch', { ...sent, base: undefined, idempotency_key: undefined });
    expect(again).toMatchObject({
      exitCode: 0,
      answer: { already_applied: true, tree: first.answer['tree'], files: first.answer['files'] },
    });
    const other = await repository.call('apply_patch', { ...sent, edits: edits.slice(1) });
    expect(other).toMatchObject({ exitCode: 1, answer: { evidence: { code: 'key_reused' } } });
    const report = await repository.report('PD-1');
    expect(report.budget.used).toMatchObject({ patch_attempts: 1, tool_calls: 1 });
  });

  it('shows nothing of a protected file, not even which guess was right [workspace:patch:unseen]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', '--severity', 'SEV2');
    const misfit = fixPatch.replace('this.#finished', 'this.#nothing');
    const clash = '--- /dev/null\n+++ b/SRC/x.js\n@@ -0,0 +1 @@\n+x\n';
    const guess = (line: string, rest = misfit) => {
      const path = 'k8s/production/orders.yaml';
      return repository.call('apply_patch', {
        ...at,
        patch: `--- a/${path}\n+++ b/${path}\n@@ @@\n-${line}\n+x\n${rest}`,
      });
    };
    const real = repository.git('show', 'HEAD:k8s/production/orders.yaml').split('\n')[0] ?? '';
    const hidden = [await guess(real), await guess('never: there'), await guess(real, clash)];
    expect(hidden[0]?.answer).toEqual(hidden[1]?.answer);
    expect(hidden[2]?.answer).toMatchObject({ code: 'policy_denied' });
    expect(hidden[0]?.answer).toMatchObject({ code: 'policy_denied', rule_ids: ['protected_files/k8s/production/**'] });
    expect(JSON.stringify(hidden)).not.toContain('finished');
  });
});

import { describe, expect, it } from 'vitest';

import { createEngine } from '../../support/engine-fixture.ts';

type Engine = ReturnType<typeof createEngine>;

const MIGRATION = 'db/migrations/2.sql';
const change = (files: Readonly<Record<string, string>>) => ({
  patch: JSON.stringify(files),
  reason: 'release every job',
});

/** A patch that a human lets in; answers the approval. */
async function approvedPatch(engine: Engine, files: Readonly<Record<string, string>>): Promise<string> {
  expect((await engine.call('apply_patch', change(files))).text).toMatch(/^PENDING\[/);
  const id = engine.store.approvals('PD-1').at(-1)?.id ?? '';
  const decision = { verdict: 'approved' as const, reason: 'Seen.', at: engine.clock.now(), by: 'ada' };
  engine.store.decideApproval(id, decision, { type: 'approval.granted', actor: 'human:ada', summary: '', data: {} });
  expect((await engine.call('apply_patch', change(files))).text).toMatch(/^OK/);
  return id;
}

const firstLine = ({ text }: { readonly text: string }) => text.split('\n')[0] ?? '';

describe('the risk of an earlier patch that a human approved', () => {
  it('says so where a later patch and the pull request are judged', async () => {
    await using engine = createEngine({ proof: { mode: 'advisory' } });
    const id = await approvedPatch(engine, { [MIGRATION]: 'alter table jobs;' });
    const told = `${MIGRATION} (of patch 1, which a human approved as ${id})`;

    const later = await engine.call('apply_patch', change({ 'src/queue.js': 'fixed' }));
    expect(firstLine(later)).toContain(`(migration): "${told}"`);
    const { structured } = await engine.call('get_incident');
    expect(structured?.['risk']).toMatchObject({ floors: [`migration at least 70: ${told}`] });
    await engine.call('run_tests');
    const { structured: pullRequest } = await engine.call('open_pr', { dry_run: true });
    expect(pullRequest?.['risk']).toMatchObject({ floors: [`migration at least 70: ${told}`] });
  });

  it('is not told of what the patch itself changes again, nor of another file', async () => {
    await using engine = createEngine({ proof: { mode: 'advisory' } });
    await approvedPatch(engine, { [MIGRATION]: 'alter table jobs;' });
    const again = await engine.call('apply_patch', change({ [MIGRATION]: 'drop table jobs;' }));
    expect(firstLine(again)).toContain(`(migration): "${MIGRATION}"`);
    const other = await engine.call('apply_patch', change({ 'db/migrations/3.sql': 'drop table jobs;' }));
    expect(firstLine(other)).toMatch(/"db\/migrations\/2\.sql \(of patch 1, [^"]+", "db\/migrations\/3\.sql"/);
  });
});

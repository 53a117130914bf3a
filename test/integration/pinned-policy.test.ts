import { describe, expect, it } from 'vitest';

import { fixPatch, incidentRepository, reason, unfixPatch } from '../support/incident-repository.ts';

const id = 'PD-1';
const fix = { incident_id: id, patch: fixPatch, reason };
const back = { incident_id: id, patch: unfixPatch, reason };

describe('an incident', () => {
  it('is not worked on under another policy than its first, whoever starts the program, until a human resumes it [gate:policy:pinned]', async () => {
    await using repository = await incidentRepository();
    const first = await repository.configure({}, { approvals: 'advisory' });
    const looser = await repository.configure(
      {},
      { approvals: 'advisory', protected_files: [], examples: { refused: {}, allowed: {} } },
    );
    await repository.open(id, '--severity', 'SEV3');
    // Who only reads binds nobody.
    expect(await repository.call('get_incident_logs', { incident_id: id }, looser)).toMatchObject({ exitCode: 0 });
    expect(await repository.call('apply_patch', fix, first)).toMatchObject({ exitCode: 0 });

    const refused = await repository.call('apply_patch', back, looser);
    expect(refused).toMatchObject({ exitCode: 1, answer: { rule_ids: ['policy/changed'], retry: 'after_change' } });
    expect(await repository.call('apply_patch', { ...back, dry_run: true }, looser)).toMatchObject({
      answer: { rule_ids: ['policy/changed'] },
    });
    expect(await repository.call('get_incident_logs', { incident_id: id }, looser)).toMatchObject({ exitCode: 0 });
    expect(await repository.call('apply_patch', { ...back, dry_run: true }, first)).toMatchObject({ exitCode: 0 });

    for (const words of [
      ['stop', id],
      ['resume', id],
    ])
      await repository.fixgate([...words, '--reason', 'The policy was changed on purpose.'], { place: looser });
    expect(await repository.call('apply_patch', back, looser)).toMatchObject({ exitCode: 0 });
    expect(await repository.call('run_tests', { incident_id: id }, first)).toMatchObject({
      answer: { rule_ids: ['policy/changed'] },
    });
  });
});

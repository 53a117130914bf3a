import { describe, expect, it } from 'vitest';

import type { ActionKind } from '#domain/action.ts';

import { createEngine, refusalOf } from '../../support/engine-fixture.ts';
import { touching } from '../policy/samples.ts';

const change = { patch: JSON.stringify({ 'package.json': '{}' }), reason: 'release every job' };

function approve(engine: ReturnType<typeof createEngine>): void {
  const [asked] = engine.store.approvals('PD-1').toReversed();
  const decision = { verdict: 'approved' as const, reason: 'Seen.', at: engine.clock.now(), by: 'ada' };
  const event = { type: 'approval.granted' as const, actor: 'human:ada', summary: '', data: {} };
  expect(engine.store.decideApproval(asked?.id ?? '', decision, event)).toBe(true);
}

describe('an approval', () => {
  it('lets one of several calls through that come at once [gate:approvals:bound]', async () => {
    await using engine = createEngine({ proof: { mode: 'advisory' } });
    const action = touching('package.json');
    const tries = () =>
      Promise.allSettled(
        Array.from({ length: 8 }, (_, n) =>
          engine.gate.admit<ActionKind>(action, {
            incident: engine.incident(),
            callId: `call-${n}-${engine.store.timeline('PD-1').length}`,
            tool: 'apply_patch',
            actor: 'test/1',
            bytesIn: 100,
          }),
        ),
      );
    expect((await tries()).filter(({ status }) => status === 'fulfilled')).toHaveLength(0);
    expect(engine.store.approvals('PD-1')).toHaveLength(1);
    approve(engine);
    expect((await tries()).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(engine.store.used('PD-1').patch_attempts).toBe(1);
    expect((await tries()).filter(({ status }) => status === 'fulfilled')).toHaveLength(0);
  });

  it('is neither asked for nor used up by a dry run [tools:dry-run:free]', async () => {
    await using engine = createEngine({ proof: { mode: 'advisory' } });
    const dry = () => engine.call('apply_patch', { ...change, dry_run: true });

    expect((await dry()).text).toMatch(/^PENDING\[/);
    expect(engine.store.approvals('PD-1')).toEqual([]);
    const asked = await engine.call('apply_patch', change);
    approve(engine);
    const before = engine.store.used('PD-1');
    for (let n = 0; n < 3; n += 1) expect((await dry()).text).toMatch(/^OK/);
    expect(engine.store.used('PD-1')).toEqual(before);
    expect(engine.store.approvals('PD-1')[0]?.consumedAt).toBeUndefined();
    expect((await engine.call('apply_patch', change)).text).toMatch(/^OK/);
    expect(refusalOf(asked).evidence).toMatchObject({ approval_id: engine.store.approvals('PD-1')[0]?.id });
  });

  it('says in its question who is asked for what, and until when [gate:approvals:readable]', async () => {
    await using engine = createEngine({
      proof: { mode: 'signed', signersOf: async () => [], approvers: () => [] },
    });
    const { text } = await engine.call('apply_patch', change);
    const [asked] = engine.store.approvals('PD-1');
    const until = new Date(engine.clock.now() + 3_600_000).toISOString();
    expect(text.split('\n')[0]).toContain(`It needs the approval of a human: ${asked?.id}, until ${until}.`);
    expect(text.split('\n')[0]).toContain(`fixgate approve ${asked?.id}`);
  });
});

import { describe, expect, it } from 'vitest';

import { hashOfRequest } from '#domain/patch-request.ts';
import type { PatchRecord } from '#domain/remediation.ts';
import { findRepeat } from '#engine/services/patch-repeats.ts';

import { createEngine, refusalOf } from '../../support/engine-fixture.ts';

const reason = 'release every job';
const patchOf = (files: Record<string, string | null>) => JSON.stringify(files);
const fix = { patch: patchOf({ 'src/queue.js': 'fixed' }), reason };

describe('a patch that is sent again', () => {
  it('is answered with the first result, writes nothing and costs nothing [workspace:patch:repeat]', async () => {
    await using engine = createEngine();
    const first = await engine.call('apply_patch', fix);
    const spent = engine.store.used('PD-1');
    const again = await engine.call('apply_patch', { ...fix, reason: 'the answer was lost' });

    expect(again.refused).toBeUndefined();
    expect(again.text).toMatch(/^OK Already applied as patch 1, so nothing was written and nothing spent: 1 file/);
    const { summary: _first, ...result } = first.structured ?? {};
    expect(again.structured).toMatchObject({ ...result, applied: true, already_applied: true });
    expect(engine.store.patches('PD-1')).toHaveLength(1);
    expect(engine.store.used('PD-1')).toMatchObject({
      patch_attempts: spent.patch_attempts,
      tool_calls: spent.tool_calls,
      usd: spent.usd,
    });
    expect(engine.records().map(({ type }) => type)).toEqual(['call.admitted', 'call.succeeded', 'call.free']);
  });

  it('is answered so with no attempt left, and as a dry run too', async () => {
    await using engine = createEngine({ budget: { patch_attempts: 1 } });
    await engine.call('apply_patch', fix);
    for (const dry_run of [false, true]) {
      const again = await engine.call('apply_patch', { ...fix, dry_run });
      expect(again.structured).toMatchObject({ already_applied: true, files: [{ path: 'src/queue.js' }] });
    }
  });

  it('is answered so while later patches leave its files alone, and says that they came', async () => {
    await using engine = createEngine();
    await engine.call('apply_patch', fix);
    await engine.call('apply_patch', { patch: patchOf({ 'README.md': 'new' }), reason });
    const again = await engine.call('apply_patch', fix);
    expect(again.text).toContain('The tree has moved on since, up to patch 2.');
    expect(engine.store.patches('PD-1')).toHaveLength(2);
  });

  it('is applied anew when its files changed since', async () => {
    await using engine = createEngine();
    await engine.call('apply_patch', fix);
    await engine.call('apply_patch', { patch: patchOf({ 'src/queue.js': 'leaks' }), reason });
    const again = await engine.call('apply_patch', fix);
    expect(again.structured).not.toHaveProperty('already_applied');
    expect(engine.store.patches('PD-1')).toHaveLength(3);
  });

  it('that leads back to the base commit is answered with what is left to do: there is nothing to test', async () => {
    await using engine = createEngine();
    await engine.call('apply_patch', fix);
    const back = await engine.call('apply_patch', { patch: patchOf({ 'src/queue.js': 'leaks' }), reason });
    expect(back.text).toContain('Nothing is changed any more');
    expect(back.text).not.toContain('run_tests');
    const again = await engine.call('apply_patch', fix);
    expect(again.text).toContain('Next: run_tests, then open_pr.');
  });

  it('is no repetition in another incident', async () => {
    await using engine = createEngine();
    await engine.incidents.open({ id: 'PD-2', repository: '/srv/x' }, 'human', 'human:ada');
    await engine.call('apply_patch', fix);
    const other = await engine.call('apply_patch', { ...fix, incident_id: 'PD-2' });
    expect(other.structured).toMatchObject({ applied: true });
    expect(other.structured).not.toHaveProperty('already_applied');
  });

  it('at the same time as the first makes one tree, and both are answered with it', async () => {
    await using engine = createEngine();
    const answers = await Promise.all([engine.call('apply_patch', fix), engine.call('apply_patch', fix)]);
    expect(answers.map(({ refused }) => refused)).toEqual([undefined, undefined]);
    expect(new Set(answers.map(({ structured }) => structured?.['tree'])).size).toBe(1);
    expect(engine.store.patches('PD-1')).toHaveLength(1);
  });

  it('is refused like any other when it was refused the first time', async () => {
    await using engine = createEngine();
    const protectedFile = { patch: patchOf({ '.env': 'x' }), reason, idempotency_key: 'k' };
    const [first, second] = [
      await engine.call('apply_patch', protectedFile),
      await engine.call('apply_patch', protectedFile),
    ];
    expect(refusalOf(second).code).toBe('policy_denied');
    expect(refusalOf(second)).toEqual(refusalOf(first));
    expect((await engine.call('apply_patch', { ...fix, idempotency_key: 'k' })).refused).toBeUndefined();
  });
});

describe('an idempotency_key', () => {
  it('answers the first result whatever happened since [workspace:patch:idempotency-key]', async () => {
    await using engine = createEngine();
    const first = await engine.call('apply_patch', { ...fix, idempotency_key: 'try-1' });
    await engine.call('apply_patch', { patch: patchOf({ 'src/queue.js': 'leaks' }), reason });
    const spent = engine.store.used('PD-1');
    const again = await engine.call('apply_patch', { ...fix, idempotency_key: 'try-1' });

    expect(again.structured).toMatchObject({ already_applied: true, tree: first.structured?.['tree'] });
    expect(engine.store.patches('PD-1')).toHaveLength(2);
    expect(engine.store.used('PD-1').patch_attempts).toBe(spent.patch_attempts);
  });

  it('of another change is refused, and that costs nothing [workspace:patch:idempotency-key]', async () => {
    await using engine = createEngine();
    await engine.call('apply_patch', { ...fix, idempotency_key: 'try-1' });
    const spent = engine.store.used('PD-1');
    const patch = patchOf({ 'src/queue.js': 'other' });
    const other = await engine.call('apply_patch', { patch, reason, idempotency_key: 'try-1' });

    expect(refusalOf(other)).toMatchObject({
      code: 'invalid_input',
      message:
        'The idempotency_key "try-1" belongs to another change, which was applied as patch 1. Nothing was written.',
      evidence: { code: 'key_reused', patch: 1 },
      fix: 'Send this change with an idempotency_key of its own, or without one.',
    });
    expect(engine.store.used('PD-1')).toEqual({ ...spent, wall_seconds: engine.store.used('PD-1').wall_seconds });
  });

  it('may be sent first with a dry run, which uses nothing up', async () => {
    await using engine = createEngine();
    await engine.call('apply_patch', { ...fix, idempotency_key: 'k', dry_run: true });
    const real = await engine.call('apply_patch', { ...fix, idempotency_key: 'k' });
    expect(real.structured).toMatchObject({ applied: true });
    expect(real.structured).not.toHaveProperty('already_applied');
  });
});

describe('what costs no attempt', () => {
  it.each([
    ['an empty patch', { patch: '' }],
    ['no change at all', {}],
    ['a patch that does not parse', { patch: 'nonsense' }],
  ])('%s [workspace:patch:free-mistakes]', async (_, change) => {
    await using engine = createEngine();
    const answer = await engine.call('apply_patch', { ...change, reason });
    expect(refusalOf(answer).code).toBe('invalid_input');
    expect(engine.store.used('PD-1')).toMatchObject({ patch_attempts: 0, tool_calls: 0, usd: 0 });
  });
});

describe('the request of a patch', () => {
  const record = (n: number, paths: string[], request: object, key?: string): PatchRecord => ({
    n,
    at: n,
    reason,
    fromTree: `t${n - 1}`,
    tree: `t${n}`,
    diffHash: '',
    files: [],
    changes: paths.map((path) => ({ path, change: 'modify', added: 1, removed: 1 })),
    sent: { hash: hashOfRequest(request), ...(key !== undefined && { key }) },
  });
  const sent = (request: object, key?: string) => ({ hash: hashOfRequest(request), ...(key !== undefined && { key }) });

  it('is the same whatever order the fields of its edits stand in, and whatever else was sent', () => {
    const edits = [{ path: 'a', old_text: 'x', new_text: 'y' }];
    const turned = [{ new_text: 'y', path: 'a', old_text: 'x', content: undefined }];
    expect(hashOfRequest({ edits: turned, base: { a: 'f' } })).toBe(hashOfRequest({ edits, patch: '' }));
    expect(hashOfRequest({ patch: 'a' })).not.toBe(hashOfRequest({ patch: 'b' }));
    expect(hashOfRequest({ edits })).not.toBe(hashOfRequest({ edits: [...edits, ...edits] }));
  });

  it('is found among records of older versions, which say nothing of it', () => {
    const { sent: _sent, changes: _changes, ...old } = record(1, [], {});
    const patches = [old, record(2, ['a'], { patch: 'x' })];
    expect(findRepeat(patches, sent({ patch: 'x' }))?.n).toBe(2);
    expect(findRepeat([record(1, ['a'], { patch: 'x' }), { ...old, n: 2 }], sent({ patch: 'x' }))).toBeUndefined();
    expect(findRepeat(patches, sent({ patch: 'y' }, 'k'))).toBeUndefined();
  });
});

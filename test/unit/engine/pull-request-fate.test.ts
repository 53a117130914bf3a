import { describe, expect, it } from 'vitest';

import type { PullRequestFate } from '#domain/remediation.ts';
import { AGENT_LOOK, HUMAN_LOOK } from '#engine/services/pull-request-fate.ts';

import type { Engine } from '../../support/engine-fixture.ts';
import { createEngine } from '../../support/engine-fixture.ts';

const AT = Date.UTC(2026, 2, 2);
const merged: PullRequestFate = { outcome: 'merged', mergedAt: AT, mergeCommit: '1'.repeat(40) };
const reverted: PullRequestFate = { ...merged, outcome: 'reverted', revertedAt: AT, revertedBy: '9'.repeat(40) };

async function published(): Promise<Engine> {
  const engine = createEngine();
  await engine.patch();
  await engine.call('run_tests', { suite: 'unit' });
  await engine.call('open_pr', { title: 'bound the queue' });
  if (!engine.store.pullRequest('PD-1')) throw new Error('no pull request');
  return engine;
}

const look = (engine: Engine, limits = HUMAN_LOOK) => engine.fates.look(engine.incident(), limits);

function outcomes({ store }: Engine): readonly unknown[] {
  return store.timeline('PD-1').flatMap(({ type, data }) => (type === 'pull_request.outcome' ? [data['outcome']] : []));
}

describe('a look at what became of a pull request', () => {
  it('is recorded once for each change, in the order in which things happened [fate:records:once]', async () => {
    await using engine = await published();
    for (const fate of [{ outcome: 'open' }, { outcome: 'closed' }, { outcome: 'closed' }] as const) {
      engine.host.fate = fate;
      await look(engine);
    }
    expect(outcomes(engine)).toEqual(['closed']);
    engine.host.fate = { outcome: 'open' };
    await look(engine);
    // Nobody looked between the merge and its end.
    engine.host.fate = reverted;
    await Promise.all([look(engine), look(engine)]);
    expect(outcomes(engine)).toEqual(['closed', 'open', 'merged', 'reverted']);
    expect(engine.store.timeline('PD-1').at(-1)).toMatchObject({
      actor: 'server',
      summary: 'Pull request was taken back at 2026-03-02T00:00:00.000Z by 999999999999',
      data: {
        outcome: 'reverted',
        occurred_at: '2026-03-02T00:00:00.000Z',
        merge_commit: '1'.repeat(40),
        reverted_by: '9'.repeat(40),
      },
    });
    expect(engine.store.verify('PD-1')).toMatchObject({ ok: true });
  });

  it('asks no more once the change was taken back, nor where nothing was published [fate:look:seldom]', async () => {
    await using engine = await published();
    engine.host.fate = reverted;
    await look(engine);
    engine.host.outcome = () => Promise.reject(new Error('asked again'));
    expect(await look(engine)).toBeUndefined();
    await using fresh = createEngine();
    fresh.host.outcome = () => Promise.reject(new Error('asked for nothing'));
    expect(await look(fresh)).toBeUndefined();
  });

  it('is made by get_incident at most once a minute, and told in its summary [fate:look:seldom]', async () => {
    await using engine = await published();
    let asked = 0;
    engine.host.outcome = async () => {
      asked += 1;
      return merged;
    };
    const summary = async () => String((await engine.call('get_incident')).structured?.['summary']);
    expect(await summary()).toMatch(/Its pull request was merged at 2026-03-02T00:00:00\.000Z\.$/);
    await summary();
    await engine.call('get_incident_logs', {});
    expect(asked).toBe(1);
    engine.clock.advance(AGENT_LOOK.freshMs);
    await summary();
    expect(asked).toBe(2);
    expect(outcomes(engine)).toEqual(['merged']);
  });

  it('fails nothing and takes no longer than allowed, and is not repeated at once [fate:look:bounded]', async () => {
    await using engine = await published();
    let asked = 0;
    let signal: AbortSignal | undefined;
    engine.host.outcome = (_incident: unknown, _pull: unknown, given: AbortSignal) => {
      asked += 1;
      signal = given;
      return new Promise(() => {});
    };
    const limits = { waitMs: 30, freshMs: 60_000 };
    expect(await look(engine, limits)).toBe('The code host did not answer within 0.03 s.');
    expect(signal?.aborted).toBe(true);
    expect(await look(engine, limits)).toBeUndefined();
    expect(asked).toBe(1);
    engine.host.outcome = () => Promise.reject(new Error('GitHub refused our credentials (401).'));
    expect(await look(engine)).toBe('GitHub refused our credentials (401).');
    expect((await engine.call('get_incident')).refused).toBeUndefined();
    expect(engine.store.pullRequest('PD-1')).not.toHaveProperty('fate');
  });

  it('says nothing of a pull request that was updated in the meantime [fate:records:once]', async () => {
    await using engine = await published();
    const before = engine.store.pullRequest('PD-1');
    engine.store.recordFate('PD-1', { commit: 'another', at: 1, fate: merged }, () => {
      throw new Error('told of another commit');
    });
    expect(engine.store.pullRequest('PD-1')).toEqual(before);
  });
});

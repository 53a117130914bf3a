import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { bindingOf } from '#domain/approval.ts';
import { handOverWordsOf } from '#domain/hand-over.ts';

import { createEngine, SERVER_SECRET } from '../../support/engine-fixture.ts';

type Engine = ReturnType<typeof createEngine>;

const said = { reason: 'The cause is in another service.' };
const spent = { tool_calls: 0, usd: 0, wall_seconds: 0, bytes_out: 0 };
const words = (engine: Engine) => handOverWordsOf(engine.store.timeline('PD-1'));
const close = (engine: Engine) => {
  const facts = { base_commit: engine.incident().repository.baseCommit };
  const subject = { incidentId: 'PD-1', kind: 'close' as const, facts };
  const asked = { id: 'A-1', ...subject, binding: bindingOf(subject), question: '' };
  const event = { actor: 'human:ada', summary: 's', data: {} };
  const times = { requestedAt: engine.clock.now(), expiresAt: engine.clock.now() + 1_000 };
  engine.store.requestApproval(
    { ...asked, ruleIds: [], requestedBy: 'ada', ...times },
    { ...event, type: 'approval.requested' },
  );
  const decision = { verdict: 'approved' as const, reason: 'r', at: engine.clock.now(), by: 'ada' };
  engine.store.decideApproval('A-1', decision, { ...event, type: 'approval.granted' });
  const closure = { at: engine.clock.now(), by: 'ada', reason: 'over', resolution: 'resolved' as const };
  engine.store.close('PD-1', closure, 'A-1', { ...event, type: 'incident.closed' });
};

describe('escalate', () => {
  it.each<[string, Parameters<typeof createEngine>[0], (engine: Engine) => unknown]>([
    ['with nothing wrong', {}, () => {}],
    ['with every budget spent', { budget: spent }, () => {}],
    ['with the kill switch on', {}, (engine) => (engine.halt.reason = 'the file STOP is there')],
    ['on a read-only server', { switches: { readOnly: true } }, () => {}],
    ['on an unreleased SEV1', { incident: { severity: 'SEV1' } }, () => {}],
    ['on a SEV4', { incident: { severity: 'SEV4' } }, () => {}],
    [
      'with a breaker tripped',
      {},
      async (engine) => {
        for (let n = 0; n < 8; n += 1) await engine.call('apply_patch', { nonsense: n });
      },
    ],
    [
      'while a test runs',
      {},
      async (engine) => {
        engine.tests.outcomes.push('running');
        await engine.call('run_tests', { wait_s: 0 });
      },
    ],
  ])('works %s [hand-over:tool:always]', async (_, setup, before) => {
    await using engine = createEngine(setup);
    await before(engine);
    const used = engine.store.used('PD-1');

    const answer = await engine.call('escalate', said);

    expect(answer.refused).toBeUndefined();
    expect(engine.incident().state).toBe('escalated');
    expect(words(engine).at(-1)?.reason).toBe(said.reason);
    expect({ ...engine.store.used('PD-1'), wall_seconds: 0 }).toEqual({ ...used, wall_seconds: 0 });
  });

  it('works although no policy can be read [hand-over:tool:always]', async () => {
    await using engine = createEngine();
    Object.defineProperty(engine.policy, 'budget', {
      get: () => {
        throw new Error('the clone is broken');
      },
    });

    expect((await engine.call('get_incident')).refused).toBeDefined();
    expect((await engine.call('escalate', said)).structured).toMatchObject({ status: 'handed_over' });
  });

  it('names the rule that it is known by, and who called it', async () => {
    await using engine = createEngine();
    await engine.call('escalate', said);

    expect(engine.incident().escalation).toMatchObject({
      ruleId: 'escalate',
      reason: 'test/1 handed it over: The cause is in another service.',
    });
    expect(engine.store.timeline('PD-1').filter(({ type }) => type === 'incident.escalated')).toHaveLength(1);
  });

  it('hands over once, keeps the first reason, and adds what is said later, so often and no more [hand-over:tool:idempotent]', async () => {
    await using engine = createEngine();
    engine.store.escalate('PD-1', { reason: 'The budget is used up.', ruleId: 'budget/usd', at: 0 });
    const answers = [];
    for (const diagnosis of ['a', 'a', 'b', 'c', 'd'])
      answers.push(await engine.call('escalate', { ...said, diagnosis }));

    expect(engine.incident().escalation?.ruleId).toBe('budget/usd');
    expect(answers.map(({ structured }) => [structured?.['status'], structured?.['kept']])).toEqual([
      ['already_handed_over', true],
      ['already_handed_over', true],
      ['already_handed_over', true],
      ['already_handed_over', true],
      ['already_handed_over', false],
    ]);
    expect(words(engine).map(({ diagnosis }) => diagnosis)).toEqual(['a', 'b', 'c']);
    expect(engine.store.verify('PD-1')).toMatchObject({ ok: true });
  });

  it('changes nothing of a closed incident [hand-over:tool:idempotent]', async () => {
    await using engine = createEngine({ proof: { mode: 'advisory' } });
    close(engine);

    expect((await engine.call('escalate', said)).structured).toMatchObject({ status: 'closed', kept: false });
    expect([engine.incident().state, words(engine)]).toEqual(['closed', []]);
  });

  it('keeps what is said of an incident that somebody closed without a proof [human:verbs:ended]', async () => {
    await using engine = createEngine();
    close(engine);

    const answer = (await engine.call('escalate', said)).structured;
    expect(answer).toMatchObject({ status: 'already_handed_over', stopped_by: 'human', kept: true });
    expect(words(engine)).toMatchObject([said]);
    expect((await engine.call('apply_patch', { patch: '{}', reason: 'mend it now' })).text).toMatch(
      /^DENIED\[incident\/escalated\] .*closed without a proof that is believed here/,
    );
  });

  it('keeps text to its size, without secrets, hidden characters and lines of its own [hand-over:tool:harmless]', async () => {
    await using engine = createEngine();
    const text = `${SERVER_SECRET} \u202Ehidden\u200B ${'x'.repeat(9_000)}`;
    const many = Array.from({ length: 40 }, () => text);
    await engine.call('escalate', { reason: text, diagnosis: text, unknowns: many, suggested_actions: many });

    const kept = JSON.stringify(words(engine));
    expect(kept.length).toBeLessThan(20_000);
    expect(kept).not.toContain(SERVER_SECRET);
    expect(kept).not.toMatch(/[\u202E\u200B]/);
    expect((await engine.call('escalate', { reason: 'x' })).text.length).toBeLessThan(1_000);
  });

  it('whatever is said: it answers, hands over and executes nothing [hand-over:tool:harmless]', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          reason: fc.string({ unit: 'binary', maxLength: 3_000 }),
          diagnosis: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
          confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
          suggested_actions: fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }),
        }),
        async (args) => {
          await using engine = createEngine();
          const answer = await engine.call('escalate', args);
          expect(answer.refused).toBeUndefined();
          expect(engine.incident().state).toBe('escalated');
          expect(engine.host.requests).toEqual([]);
          expect(engine.store.patches('PD-1')).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('hands over so many incidents that nobody opened, which takes no opening from real ones, and says which may be meant [hand-over:tool:unknown]', async () => {
    await using engine = createEngine({ autoOpen: true });
    const answers = [];
    for (let n = 10; n < 17; n += 1) answers.push(await engine.call('escalate', { incident_id: `PD-${n}`, ...said }));

    expect(answers.map(({ structured, refused }) => structured?.['status'] ?? refused?.code)).toEqual([
      ...Array.from({ length: 5 }, () => 'handed_over'),
      'budget_exhausted',
      'budget_exhausted',
    ]);
    expect(answers[0]?.structured?.['summary']).toContain('Nobody had opened PD-10 before (did you mean PD-1?)');
    expect(answers[6]?.text).toContain('Open incidents: ');
    expect(engine.store.timeline('_server').filter(({ tool }) => tool === 'escalate')).toHaveLength(2);
    expect((await engine.call('escalate', said)).structured?.['summary']).not.toContain('Nobody had opened');
    for (let n = 20; n < 22; n += 1)
      expect((await engine.call('get_incident', { incident_id: `PD-${n}` })).refused).toBeUndefined();
  });

  it('answers again and again without reading the whole record [hand-over:tool:cheap]', async () => {
    await using engine = createEngine();
    await engine.call('escalate', { ...said, diagnosis: 'a' });
    let reads = 0;
    const { timeline } = engine.store;
    engine.store.timeline = (chain) => {
      reads += 1;
      return timeline(chain);
    };
    for (let n = 0; n < 20; n += 1) await engine.call('escalate', { ...said, diagnosis: 'abcd'[n % 4] });
    expect(reads).toBeLessThanOrEqual(3);
    engine.store.timeline = timeline;
    expect(words(engine).map(({ diagnosis }) => diagnosis)).toEqual(['a', 'b', 'c']);
  });

  it('opens an unknown incident where agents may, and hands it over; elsewhere it says that there is none', async () => {
    await using open = createEngine({ autoOpen: true });
    await using shut = createEngine();
    const args = { incident_id: 'PD-9', ...said };

    expect((await open.call('escalate', args)).structured).toMatchObject({ status: 'handed_over' });
    expect((await shut.call('escalate', args)).refused?.code).toBe('not_found');
  });
});

it.each([1_000, 999, 1_005])('masks a secret that ends where the words are cut, at %i characters', async (end) => {
  await using engine = createEngine();
  await engine.call('escalate', { reason: 'x'.repeat(end - SERVER_SECRET.length) + SERVER_SECRET });
  const kept = JSON.stringify(words(engine));
  expect(kept).toContain('xxx');
  expect(kept).not.toContain(SERVER_SECRET.slice(0, 6));
});

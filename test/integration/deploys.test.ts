import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { Deploy, LogEntry } from '#domain/evidence.ts';
import type { Incident } from '#domain/incident.ts';
import { createRedactor } from '#engine/redact.ts';
import { createDeployService } from '#engine/services/deploys.ts';
import type { DeployInput, DeployOutput } from '#engine/services/deploys.ts';
import type { EvidenceSources } from '#engine/sources.ts';
import type { Permit } from '#policy/verdict.ts';
import type { DeploySource } from '#providers/sources.ts';
import type { Evidence } from '#state/store.ts';

import type { TestRepository } from '../contract/deploy-git.ts';
import { createTestRepository } from '../contract/deploy-git.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const hour = 3_600_000;
const signal = new AbortController().signal;

let repository: TestRepository;
beforeEach(async () => {
  repository = await createTestRepository();
});
afterEach(() => repository[Symbol.asyncDispose]());

interface World {
  readonly title?: string;
  readonly logs?: readonly Pick<LogEntry, 'message' | 'raw'>[];
  readonly others?: Readonly<Record<string, DeploySource>>;
  /** Answers of other tools that were kept before. */
  readonly kept?: readonly object[];
  /** `sensitive_files` of the policy. */
  readonly sensitive?: readonly string[];
}

let saved: { readonly title: string; readonly text: string }[] = [];
const evidenceOf = (answer: object, n: number) =>
  ({ uri: `incident://PD-1/evidence/${n}`, mimeType: 'application/json', text: JSON.stringify(answer) }) as Evidence;

async function ask(input: Partial<DeployInput> = {}, world: World = {}): Promise<DeployOutput> {
  const incident = {
    id: 'PD-1',
    title: world.title ?? 'Checkout is down',
    startedAt: onset,
    openedAt: onset + hour,
    repository: { location: repository.folder, baseBranch: 'main', baseCommit: '' },
  } as Incident;
  const entries = (world.logs ?? []).map((entry, n): LogEntry => ({
    ...entry,
    at: onset + n,
    level: 'error',
    origin: `app.log:${n}`,
  }));
  const sources: EvidenceSources = {
    logs: () => ({
      name: 'files',
      source: {
        async *read() {
          yield { entries, scannedBytes: 0 };
        },
      },
    }),
    metrics: () => {
      throw new Error('no metrics are read');
    },
    deploys: () => [
      { name: 'git', source: repository.source() },
      ...Object.entries(world.others ?? {}).map(([name, source]) => ({ name, source })),
    ],
  };
  saved = [];
  const store = {
    evidence: () => (world.kept ?? []).map(evidenceOf),
    saveEvidence: (_: string, evidence: (typeof saved)[number]) => {
      saved.push(evidence);
      return {} as Evidence;
    },
  };
  const redact = createRedactor(['s3cret-token']);
  const policyOf = async () => ({ sensitive_files: [...(world.sensitive ?? [])] });
  const service = createDeployService({ sources, clock: createFakeClock(onset + hour), store, redact, policyOf });
  const call = { incident, actor: 'test', signal, progress: () => undefined };
  const whole = { limit: 10, ...input };
  const permit = { action: service.plan(whole, call), incident } as unknown as Permit<'read'>;
  return await service.run(permit, whole, call);
}

const listing = (...deploys: Deploy[]): DeploySource => ({ list: async () => ({ deploys, warnings: [] }) });
const deployOf = (sha: string, at: number, more: Partial<Deploy> = {}): Deploy => ({
  id: `sync:${at}`,
  at,
  sha,
  ref: 'checkout-prod',
  kind: 'sync',
  author: 'ann',
  subject: '',
  status: 'succeeded',
  ...more,
});

describe('list_recent_deploys', () => {
  it('puts the commit first whose code the errors name, although nothing was deployed [deploys:ranking:culprit]', async () => {
    await repository.commit(onset - 90 * hour, 'base', { 'total.js': 'one\n' });
    const culprit = await repository.commit(onset - 30 * hour, 'Round prices', {
      'total.js': 'function computeTotal() {}\n',
    });
    await repository.commit(onset - hour, 'Explain', { 'README.md': 'words\n' });
    await repository.commit(onset - 2 * hour, 'Log more', { 'log.js': 'log\n' });
    const raw = 'TypeError: price is undefined\n    at computeTotal (/app/total.js:1:10)';
    const answer = await ask({}, { logs: [{ message: 'TypeError: price is undefined', raw }] });
    expect(answer).toMatchObject({ status: 'ok', source: 'git', matched: 3 });
    expect(answer.rows[0]).toMatchObject({
      rank: 1,
      kind: 'commit',
      sha: culprit.slice(0, 12),
      files: ['total.js +1 -1'],
    });
    expect(String(answer.rows[0]?.why)).toContain('changes total.js at computeTotal, which the errors name');
    expect(String(answer.rows[0]?.confidence)).toBe('0.64 medium');
  });

  it('looks at 24 h of deploys and 48 h of commits, and at 14 days when these were quiet [deploys:look-back:default]', async () => {
    await repository.commit(onset - 300 * hour, 'old', { a: '1' });
    expect(await ask()).toMatchObject({
      window: { since: '2025-10-20T13:58:00.000Z' },
      rows: [{ subject: 'old' }],
      notes: ['Nothing changed in the 48 h before the onset: the 14 days before it are shown.'],
    });
    await repository.commit(onset - 47 * hour, 'recent', { a: '2' });
    expect((await ask()).rows).toMatchObject([{ subject: 'recent' }]);
    expect(await ask()).toMatchObject({ window: { since: '2025-11-02T13:58:00.000Z' } });
  });

  it('lists commits in the areas of risk, deployed or not [deploys:areas:focus]', async () => {
    const lock = await repository.commit(onset - 3 * hour, 'Raise versions', { 'package-lock.json': '{}' });
    const config = await repository.commit(onset - 2 * hour, 'Smaller pool', { 'pool.yaml': 'size: 1' });
    expect((await ask({ limit: 1 })).areas).toStrictEqual([
      `config: ${config.slice(0, 12)}`,
      `dependencies: ${lock.slice(0, 12)}`,
    ]);
  });

  it('tells which version to go back to: the last that arrived, not the last that was tried [deploys:rollback:target]', async () => {
    const good = await repository.commit(onset - 20 * hour, 'good', { a: '1' });
    const tried = await repository.commit(onset - 10 * hour, 'tried', { a: '2' });
    const bad = await repository.commit(onset - hour, 'bad', { a: '3' });
    const argo = listing(
      deployOf(bad, onset - 60_000),
      deployOf(tried, onset - 5 * hour, { status: 'failed' }),
      deployOf(good, onset - 15 * hour),
    );
    const answer = await ask({}, { others: { argo } });
    expect(answer).toMatchObject({ source: 'git+argo', rollback_to: `${good.slice(0, 12)} checkout-prod` });
    const row = answer.rows.find(({ kind, sha }) => kind === 'sync' && sha === bad.slice(0, 12));
    expect(row).toMatchObject({ previous: good.slice(0, 12), status: 'succeeded' });
  });

  it('tells it also where that version is older than what is listed, and blames it for nothing [deploys:rollback:target]', async () => {
    const [before, old, bad] = [
      await repository.commit(onset - 300 * hour, 'before', { a: '0' }),
      await repository.commit(onset - 200 * hour, 'old', { a: '1' }),
      await repository.commit(onset - hour, 'bad', { a: '2' }),
    ];
    const all = [
      deployOf(bad, onset - 600_000),
      deployOf(before, onset - 90 * hour, { env: 'staging' }),
      deployOf(before, onset - 100 * hour, { status: 'failed' }),
      deployOf(old, onset - 120 * hour),
      deployOf(before, onset - 250 * hour),
    ];
    const asked: number[] = [];
    const argo: DeploySource = {
      async list({ window: { since, until } }) {
        asked.push(since);
        return { deploys: all.filter(({ at }) => at >= since && at < until), warnings: [] };
      },
    };
    const answer = await ask({}, { others: { argo } });
    expect(answer).toMatchObject({ status: 'ok', matched: 2, rollback_to: `${old.slice(0, 12)} checkout-prod` });
    expect(answer.rows[0]).toMatchObject({ kind: 'sync', sha: bad.slice(0, 12), previous: old.slice(0, 12) });
    expect(JSON.stringify(answer.rows)).not.toContain(before.slice(0, 12));
    expect(asked).toEqual([onset - 24 * hour, onset - 336 * hour]);
  });

  describe('where a version that had run for two days was replaced three minutes before the onset', () => {
    const raw = 'TypeError: price is undefined\n    at computeTotal (/app/cart.js:1:10)';
    const logs = [{ message: 'TypeError: price is undefined in cart', raw }];
    const minutes = 60_000;

    async function shop(last: Readonly<Record<string, string>>, age = 47 * hour): Promise<[string, string]> {
      const root = await repository.commit(onset - age, 'Shop with cart', {
        'cart.js': 'function computeTotal() { return price }\n',
        'pool.js': 'size\n',
      });
      await repository.git(onset - age, 'tag', '-a', 'deploy/1', '-m', 'one');
      const second = await repository.commit(onset - 4 * minutes, 'Smaller pool', last);
      await repository.git(onset - 3 * minutes, 'tag', '-a', 'deploy/2', '-m', 'two');
      return [root.slice(0, 12), second.slice(0, 12)];
    }

    it.each([
      ['older than what is listed', 47 * hour],
      ['listed itself', 20 * hour],
    ])('blames what replaced it, not what is rolled back to, %s [deploys:ranking:ran-well]', async (_, age) => {
      const [root, second] = await shop({ 'pool.js': 'smaller\n' }, age);
      const answer = await ask({}, { logs });
      expect(answer.rows.map(({ sha }) => sha)).toStrictEqual([second, root]);
      expect(answer.rollback_to).toBe(`${root} deploy/1`);
      const [first, behind] = answer.rows;
      expect(Number.parseFloat(String(first?.['confidence']))).toBeGreaterThan(
        Number.parseFloat(String(behind?.['confidence'])),
      );
      expect(String(behind?.['why'])).toMatch(/had run (?:1d ?)?\w+ ?\w* when deploy\/2 came/);
    });

    it.each([
      ['the replacement is documentation alone', 47 * hour, { 'README.md': 'words\n' }],
      ['it had run for an hour only', hour, { 'pool.js': 'smaller\n' }],
    ])('goes by the errors where %s, and does not roll back to what it blames', async (_, age, last) => {
      const [root] = await shop(last, age);
      const answer = await ask({}, { logs });
      expect(answer.rows[0]).toMatchObject({ sha: root });
      expect(answer.rollback_to).toBeUndefined();
    });

    it('goes by what the incident says where that names the older commit', async () => {
      const [root] = await shop({ 'pool.js': 'smaller\n' });
      const { rows } = await ask({}, { logs, title: `Broken since ${root}` });
      expect(rows[0]).toMatchObject({ sha: root });
    });

    it('goes by the later revert where one takes the older change back', async () => {
      await repository.commit(onset - 60 * hour, 'base', { 'cart.js': 'a\n' });
      const [root] = await shop({ 'pool.yaml': 'size: 1\n' });
      await repository.git(onset + 10 * minutes, 'revert', '--no-edit', root);
      expect((await ask({}, { logs })).rows[0]).toMatchObject({ sha: root });
    });

    it.each([
      ['says so, to a version that git no longer lists', 'f'.repeat(40), true],
      ['does so silently, to an older commit', undefined, false],
    ])('does not judge by a deploy that goes back and %s', async (_, sha, rollback) => {
      const base = await repository.commit(onset - 40 * hour, 'base', { 'pool.js': 'a\n' });
      const bad = await repository.commit(onset - 20 * hour, 'Total', { 'cart.js': 'function computeTotal() {}\n' });
      const back = deployOf(sha ?? base, onset - 2 * minutes, { ...(rollback && { rollback }) });
      const { rows } = await ask({}, { logs, others: { argo: listing(back, deployOf(bad, onset - 20 * hour)) } });
      expect(rows[0]).toMatchObject({ sha: bad.slice(0, 12) });
      expect(JSON.stringify(rows)).not.toContain('had run');
    });

    it('does not judge by a deploy that takes that very change back', async () => {
      await repository.commit(onset - 60 * hour, 'base', { 'cart.js': 'a\n' });
      const bad = await repository.commit(onset - 20 * hour, 'Total', { 'cart.js': 'function computeTotal() {}\n' });
      const subject = `Revert "Total"\n\nThis reverts commit ${bad}.`;
      const revert = await repository.commit(onset - 4 * minutes, subject, { 'cart.js': 'a\n' });
      const syncs = listing(deployOf(revert, onset - 3 * minutes), deployOf(bad, onset - 20 * hour));
      expect(JSON.stringify((await ask({}, { logs, others: { argo: syncs } })).rows)).not.toContain('had run');
    });
  });

  it('names nothing to go back to where nothing is older, or the source fails then [deploys:rollback:target]', async () => {
    const bad = await repository.commit(onset - hour, 'bad', { a: '1' });
    let calls = 0;
    const argo: DeploySource = {
      async list() {
        calls += 1;
        if (calls > 1) throw new FixgateError('provider_unavailable', 'down', { fix: 'Wait.' });
        return { deploys: [deployOf(bad, onset - 600_000)], warnings: [] };
      },
    };
    const answer = await ask({}, { others: { argo } });
    expect(calls).toBe(2);
    expect(answer.status).toBe('ok');
    expect(answer.rollback_to).toBeUndefined();
    expect(answer.notes).toContain('No version is known that ran before the first suspect.');
  });

  it('goes on when a source fails, and says so [deploys:merged:partial]', async () => {
    await repository.commit(onset - hour, 'work', { a: '1' });
    const broken: DeploySource = {
      list: async () => {
        throw new FixgateError('provider_unavailable', 'Argo CD did not answer.', { fix: 'Try again.' });
      },
    };
    const answer = await ask({}, { others: { argo: broken } });
    expect(answer).toMatchObject({ status: 'partial', rows: [{ subject: 'work' }] });
    expect(answer.notes).toContain('argo could not be asked: Argo CD did not answer.');
  });

  it('makes one row of a tag and the commit that it marks', async () => {
    await repository.commit(onset - 20 * hour, 'base', { a: '1' });
    const sha = await repository.commit(onset - hour, 'work', { a: '2' });
    await repository.git(onset - hour, 'tag', 'deploy/2');
    const { rows } = await ask();
    expect(rows.map(({ kind, subject }) => [kind, subject])).toStrictEqual([
      ['tag', 'work'],
      ['commit', 'base'],
    ]);
    expect(rows[0]).toMatchObject({ sha: sha.slice(0, 12), ref: 'deploy/2' });
  });

  it('compares two names by commits, files and parts of the diff', async () => {
    await repository.commit(onset - 3 * hour, 'one', { a: '1\n' });
    await repository.commit(onset - 2 * hour, 'two', { a: '2\n' });
    const { rows } = await ask({ base: 'main~1', head: 'main' });
    expect(rows).toMatchObject([
      { subject: 'two' },
      { file: 'a', added: 1, removed: 1 },
      {},
      { diff: expect.stringContaining('+2') },
    ]);
  });

  it('shows of sensitive files their names alone, whatever they are called before or after', async () => {
    const names = ['.env', 'a b b.pem', 'é.pem', 'a.js'];
    const all = (text: string) => Object.fromEntries(names.map((name) => [name, `${text} of ${name}\n`]));
    await repository.commit(onset - 3 * hour, 'one', all('old'));
    await repository.commit(onset - 2 * hour, 'two', all('new'));
    const { rows } = await ask({ base: 'main~1', head: 'main' }, { sensitive: ['.env', '*.pem'] });
    const text = JSON.stringify(rows);
    expect(text.match(/(?:old|new) of [^\\"]*/g)).toEqual(['old of a.js', 'new of a.js']);
    expect(text).toContain('.env');
    const renamed = 'diff --git a/.env b/docs/x.md\n@@ -1 +1 @@\n-old\n+new\n';
    const compare = async () => ({ base: 'b', head: 'h', commits: [], files: [], diff: renamed, diffTruncated: false });
    const other = await ask(
      { base: '1', head: '2', source: 'other' },
      { sensitive: ['.env'], others: { other: { ...listing(), compare } } },
    );
    expect(JSON.stringify(other.rows)).toContain('a/.env b/docs/x.md');
    expect(JSON.stringify(other.rows)).not.toMatch(/-old|\+new/);
  });

  it('counts what lies between in its summary, and says when the two names are swapped [deploys:compare:summary]', async () => {
    await repository.commit(onset - 3 * hour, 'one', { a: '1\n' });
    await repository.commit(onset - 2 * hour, 'two', { a: '2\n', b: 'b\n' });
    const { summary, window, rows } = await ask({ base: 'main~1', head: 'main' });
    expect(summary).toBe('1 commit, 2 files +2 -1 from main~1 to main.');
    // Not from the onset on, before which the commit was made.
    expect(window).toEqual({ since: rows[0]?.['time'], until: rows[0]?.['time'] });
    expect((await ask({ base: 'main', head: 'main~1' })).notes).toStrictEqual([
      'main~1 is 1 commit behind main: base and head are swapped, or this is a rollback.',
    ]);
    await repository.git(onset, 'tag', 'deploy/same');
    expect((await ask({ base: 'main', head: 'deploy/same' })).notes).toStrictEqual([
      'deploy/same and main have the same commits.',
    ]);
  });

  describe('with an onset that was said much too early', () => {
    const measuredBy = {
      metrics: {
        tool: 'query_metrics',
        output: {
          rows: [
            {
              service: 'payment',
              metric: 'http_errors',
              z: 40,
              change_at: new Date(onset + 50 * 60_000).toISOString(),
            },
          ],
        },
      },
      logs: {
        tool: 'get_incident_logs',
        output: {
          rows: [
            { change: 'STEADY', level: 'error', first: new Date(onset - hour).toISOString() },
            { change: 'NEW', level: 'error', first: new Date(onset + 50 * 60_000).toISOString() },
          ],
        },
      },
    };
    beforeEach(async () => {
      await repository.commit(onset - 20 * 60_000, 'harmless', { 'a.js': 'a\n' });
      await repository.commit(onset + 40 * 60_000, 'guilty', { 'b.js': 'b\n' });
    });

    it.each(['metrics', 'logs'] as const)(
      'ranks by the moment that %s of the incident measured, and says so [deploys:onset:measured]',
      async (by) => {
        expect((await ask()).rows[0]).toMatchObject({ subject: 'harmless' });
        const { rows, notes, onset: used } = await ask({}, { kept: [{ reads: [] }, measuredBy[by]] });
        expect(rows.map(({ subject }) => subject)).toStrictEqual(['guilty', 'harmless']);
        expect(used).toBe(new Date(onset + 50 * 60_000).toISOString());
        expect(notes[0]).toMatch(
          /^Ranked by what was measured: .*incident:\/\/PD-1\/evidence\/1\) at .*, 50m after the onset that was said; around=2025-11-03T13:58:00.000Z/,
        );
      },
    );

    it('goes by what the caller says with around', async () => {
      const { rows } = await ask({ around: new Date(onset).toISOString() }, { kept: [measuredBy.metrics] });
      expect(rows[0]).toMatchObject({ subject: 'harmless' });
    });

    it('only warns when the measured moment is earlier: a wave before the trouble is none of it', async () => {
      const early = {
        tool: 'query_metrics',
        output: { rows: [{ name: 'cpu', z: 9, change_at: new Date(onset - 2 * hour).toISOString() }] },
      };
      const { rows, notes } = await ask({}, { kept: [early] });
      expect(rows[0]).toMatchObject({ subject: 'harmless' });
      expect(notes[0]).toMatch(/^cpu left its level .* before the onset that was said/);
    });

    it.each([
      ['a small movement', { rows: [{ z: 4, change_at: new Date(onset + 50 * 60_000).toISOString() }] }],
      [
        'a moment within a quarter of an hour',
        { rows: [{ z: 40, change_at: new Date(onset + 600_000).toISOString() }] },
      ],
      ['no moment', { rows: [{ z: 40 }] }],
      ['no rows', {}],
    ])('is not moved by %s', async (_, output) => {
      expect((await ask({}, { kept: [{ tool: 'query_metrics', output }] })).notes).toStrictEqual([]);
    });
  });

  it('keeps what it asked of each source, with window and digest, so that it can be asked again [deploys:evidence:request]', async () => {
    const sha = await repository.commit(onset - hour, 'work', { a: '1\n' });
    const requests = ['GET projects/7/deployments?token=s3cret-token'];
    const vendor: DeploySource = {
      list: async () => ({ deploys: [deployOf(sha, onset - hour)], warnings: [], requests }),
    };
    const reads = async () => {
      await ask({ env: 'production' }, { others: { gitlab: vendor } });
      expect(saved).toMatchObject([{ title: 'Requests of list_recent_deploys' }]);
      return JSON.parse(saved[0]?.text ?? '') as { readonly reads: readonly Readonly<Record<string, unknown>>[] };
    };
    const first = await reads();
    const window = { since: '2025-11-02T13:58:00.000Z', until: '2025-11-03T14:58:00.001Z' };
    const older = { since: '2025-10-20T13:58:00.000Z', until: window.since };
    const digest = { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string };
    expect(first.reads).toMatchObject([
      { of: 'deploys', source: 'git', window, query: { env: 'production' }, ...digest },
      {
        of: 'deploys',
        source: 'gitlab',
        window,
        answers: 1,
        requests: [expect.not.stringContaining('s3cret')],
        ...digest,
      },
      { of: 'changes', source: 'git', window: { since: '2025-11-01T13:58:00.000Z' }, answers: 1, ...digest },
      // Nothing here ran before the first suspect: older versions were asked for.
      ...['git', 'gitlab'].map((source) => ({ of: 'deploys', source, window: older, query: { env: 'production' } })),
      { of: 'logs', source: 'files', query: { level: 'error', env: 'production' }, answers: 0, ...digest },
    ]);
    expect(first.reads[0]?.['requests']).toContainEqual(expect.stringMatching(/^git for-each-ref --format=/));
    expect(first.reads[2]?.['requests']).toContainEqual(
      expect.stringMatching(/^git -c core.quotePath=false log .* -p -U0 /),
    );
    // The same question has the same requests and, as nothing changed, the same digests.
    expect(await reads()).toStrictEqual(first);
  });

  it('keeps what it compared', async () => {
    await repository.commit(onset - 3 * hour, 'one', { a: '1\n' });
    await repository.commit(onset - 2 * hour, 'two', { a: '2\n' });
    await ask({ base: 'main~1', head: 'main' });
    expect(JSON.parse(saved[0]?.text ?? '')).toMatchObject({
      reads: [{ of: 'commits', source: 'git', query: { base: 'main~1', head: 'main' }, answers: 1 }],
    });
  });

  it('refuses half a range', async () => {
    await expect(ask({ base: 'main' })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

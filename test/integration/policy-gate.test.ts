import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createRowJudge } from '#cli/policy/decide-rows.ts';
import { createPreviews } from '#cli/policy/preview.ts';
import { buildRowRepository } from '#cli/policy/row-repository.ts';
import { systemClock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import { createApprovals } from '#policy/approvals.ts';
import { parseCorpus } from '#policy/corpus.ts';
import { explain } from '#policy/explain.ts';
import type { Gate } from '#policy/gate.ts';
import { createGate } from '#policy/gate.ts';
import { guards } from '#policy/guards/index.ts';
import { createHumanWord } from '#policy/human-word.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { AdmitRequest, Store } from '#state/store.ts';

import { sampleEvent, sampleIncident } from '../support/store-samples.ts';
import { gitEnvironment } from '../support/temporary-repository.ts';
import { shipped, touching } from '../unit/policy/samples.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fixgate-gate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function gateOn(store: Store, halted: () => string | undefined = () => undefined, policy = shipped): Gate {
  const approvals = createApprovals({ store, clock: systemClock, proof: { mode: 'none' } });
  const word = createHumanWord({ store, approvals });
  const policyOf = async () => policy;
  return createGate({ guards, store, clock: systemClock, approvals, word, policyOf, maxUsd: undefined, halted });
}

const attempt = (store: Store) => {
  const incident = store.getIncident('PD-1');
  if (!incident) throw new Error('The incident of this test is gone.');
  return { incident, callId: 'call-1', tool: 'apply_patch', actor: 'test/1', bytesIn: 10 };
};
const refused = async (gate: Gate, store: Store) =>
  await gate.admit<'patch'>(touching('src/a.js'), attempt(store)).then(
    () => undefined,
    (error: unknown) => (error instanceof FixgateError ? error : Promise.reject(error)),
  );

describe('what another process writes while a call waits to be admitted', () => {
  async function race(change: string) {
    await using store = createSqliteStore({ folder, clock: systemClock });
    const opened = { openedAt: Date.now(), startedAt: Date.now() };
    store.openIncident(sampleIncident('PD-1', opened), sampleEvent('incident.opened'));
    const other = spawn(process.execPath, [
      path.join(import.meta.dirname, '../support/escalating-process.ts'),
      path.join(folder, 'state.db'),
      'PD-1',
      change,
    ]);
    const ended = once(other, 'close');
    await once(other.stdout, 'data');
    const error = await refused(gateOn(store), store);
    expect((await ended)[0]).toBe(0);
    return { error, admitted: store.timeline('PD-1').filter(({ type }) => type === 'call.admitted').length };
  }

  it('refuses it when the incident was handed over [gate:admission:last-moment]', async () => {
    const { error, admitted } = await race('escalate');
    expect(error).toMatchObject({ ruleIds: ['incident/escalated'] });
    expect(admitted).toBe(0);
  });

  it('refuses it when its severity was raised [gate:admission:last-moment]', async () => {
    const { error, admitted } = await race('raise');
    expect(error).toMatchObject({ code: 'conflict' });
    expect(admitted).toBe(0);
  });

  it('lets it through when nothing that matters changed', async () => {
    const { error, admitted } = await race('nothing');
    expect(error).toBeUndefined();
    expect(admitted).toBe(1);
  });
});

describe('two first calls under two policies', () => {
  const under = (store: Store, digest: string) => gateOn(store, undefined, { ...shipped, digest });

  it.each([
    ['are not both admitted', 'sha256:other', ['policy/changed'], 1],
    ['are, where the policy is one', 'sha256:one', undefined, 2],
  ])('%s when both were judged before either was [gate:policy:pinned] [gate:admission:last-moment]', async (...row) => {
    const [, digest, rules, count] = row;
    await using store = createSqliteStore({ folder, clock: systemClock });
    await using other = createSqliteStore({ folder, clock: systemClock });
    const opened = { openedAt: Date.now(), startedAt: Date.now() };
    store.openIncident(sampleIncident('PD-1', opened), sampleEvent('incident.opened'));
    const judged: AdmitRequest[] = [];
    const waiting: Store = {
      ...other,
      admit: (request) => {
        judged.push(request);
        throw new FixgateError('conflict', 'It is judged, and waits.', { fix: 'Wait.' });
      },
    };
    await refused(under(waiting, digest), other);
    const late: Store = {
      ...store,
      admit: (request) => {
        for (const first of judged) expect(other.admit({ ...first, callId: 'call-0' }).admitted).toBe(true);
        return store.admit(request);
      },
    };
    expect((await refused(under(late, 'sha256:one'), store))?.ruleIds).toEqual(rules);
    expect(judged).toHaveLength(1);
    expect(store.timeline('PD-1').filter(({ type }) => type === 'call.admitted')).toHaveLength(count);
    expect(store.used('PD-1').patch_attempts).toBe(count);
  });
});

describe('the kill switch', () => {
  it('stops a call that was judged before and is admitted after [gate:admission:last-moment]', async () => {
    await using store = createSqliteStore({ folder, clock: systemClock });
    const opened = { openedAt: Date.now(), startedAt: Date.now() };
    store.openIncident(sampleIncident('PD-1', opened), sampleEvent('incident.opened'));
    let stopped: string | undefined;
    const late: Store = {
      ...store,
      admit(request) {
        stopped = 'the file STOP is there';
        return store.admit(request);
      },
    };
    const error = await refused(
      gateOn(late, () => stopped),
      store,
    );
    expect(error).toMatchObject({ ruleIds: ['kill_switch'] });
    expect(store.used('PD-1').patch_attempts).toBe(0);
  });
});

describe('a folder of the tree that is a bare repository', () => {
  const content = {
    'pool/r/HEAD': 'ref: x\n',
    'pool/r/objects/.keep': '',
    'pool/r/refs/.keep': '',
    'pool/a.txt': 'a\n',
  };
  const add = (file: string) => `--- /dev/null\n+++ b/${file}\n@@ -0,0 +1 @@\n+new\n`;

  async function verdictOf(file: string, tracked: Readonly<Record<string, string>>) {
    await using previews = await createPreviews({ environment: gitEnvironment });
    const repository = await buildRowRepository(previews.repositories.git, path.join(folder, 'repo'), {
      content: tracked,
    });
    const action = await previews.preview(repository, add(file));
    return explain('patch', action, { policy: shipped });
  }

  it.each([
    'pool/r/config',
    'pool/r/hooks/post-update',
    'pool/r/info/attributes',
    'pool/r/objects/info/alternates',
    'pool/r/refs/heads/x',
  ])('takes no patch of %s [gate:files:bare-repository]', async (file) => {
    const { verdict, rules } = await verdictOf(file, content);
    expect(verdict).toBe('deny');
    expect(rules.find(({ rule }) => rule === 'built_in_files/bare-repository')?.findings).toHaveLength(1);
  });

  it('is found when its names are spelled in another case [gate:files:bare-repository]', async () => {
    const { verdict } = await verdictOf('r/config', { 'r/head': 'x\n', 'r/Objects/.keep': '', 'r/REFS/.keep': '' });
    expect(verdict).toBe('deny');
  });

  it.each([
    ['pool/b.txt', content],
    ['pool/r/notes.txt', content],
    ['pool/r/config', { 'pool/r/HEAD': 'x\n' }],
    ['objects/config', { 'objects/HEAD.md': 'x\n', 'objects/refs.md': 'x\n' }],
  ])('does not reach %s', async (file, tracked) => {
    expect((await verdictOf(file, tracked)).verdict).toBe('allow');
  });

  it('is found by a patch row without a look at the disk', async () => {
    await using previews = await createPreviews({ environment: gitEnvironment });
    const judge = createRowJudge({ policy: shipped, previews, folder });
    const row = { id: '1', kind: 'patch', path_or_patch: add('pool/r/config'), must: 'deny', setup: { content } };
    const [parsed] = parseCorpus(JSON.stringify([row]), 'rows').paths;
    expect(parsed && (await judge.path(parsed)).rules).toContain('built_in_files/bare-repository');
  });
});

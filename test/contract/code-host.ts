import { describe, expect, it } from 'vitest';

import type { PublishAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { Permit } from '#policy/verdict.ts';
import type { CodeHost, PublishRequest } from '#providers/sources.ts';

/** A code host with what it stands on. */
export interface CodeHostHarness extends AsyncDisposable {
  /** A host as another server process would have it, on the same forge. */
  createHost(): CodeHost;
  /** Commits pushed so far, in order. */
  readonly pushes: readonly string[];
  /** What the forge holds now. */
  pullRequests(): Promise<readonly { readonly url: string; readonly text: string }[]>;
}

/** A permit as the gate mints it. */
export function publishPermit(id = 'INC-7', changes: Partial<PublishAction> = {}): Permit<'publish'> {
  const incident: Incident = {
    id,
    title: 'UserService leaks memory',
    severity: 'SEV2',
    severityConfirmed: true,
    startedAt: 0,
    repository: { location: '/srv/shop.git', baseBranch: 'main', baseCommit: 'b'.repeat(40) },
    openedBy: 'human',
    openedAt: 0,
    state: 'verified',
  };
  const action: PublishAction = {
    kind: 'publish',
    branch: `hotfix/${id}`,
    baseBranch: 'main',
    baseCommit: 'b'.repeat(40),
    tree: 't'.repeat(40),
    diffHash: `sha256:${'d'.repeat(64)}`,
    netChanges: [],
    title: 'bound the queue',
    summary: '',
    rootCause: '',
    draft: true,
    verification: [],
    exists: false,
    touched: [],
    triggers: [],
    pipelines: [],
    ...changes,
  };
  return { action, incident, callId: 'call-1', held: {} } as unknown as Permit<'publish'>;
}

/** A request as the engine makes it. */
export function publishRequest(changes: Partial<PublishRequest> = {}): PublishRequest {
  return {
    commit: 'c'.repeat(40),
    title: 'hotfix(INC-7): bound the queue',
    body: 'What and why.\n',
    labels: ['hotfix', 'auto-generated'],
    draft: true,
    previous: undefined,
    ...changes,
  };
}

/** A local host's git, which is tried with a repository of its own. */
export const fateOf: CodeHost['outcome'] = async () => ({ outcome: 'open' });

export const never = new AbortController().signal;

/** What every code host promises. */
export function describeCodeHost(name: string, createHarness: () => Promise<CodeHostHarness>): void {
  describe(`code host ${name}`, () => {
    it('pushes the commit and opens a pull request with title, body and labels', async () => {
      await using harness = await createHarness();

      const published = await harness.createHost().publish(publishPermit(), publishRequest(), never);

      expect(published).toMatchObject({ created: true, draft: true, warnings: [] });
      expect(harness.pushes).toEqual(['c'.repeat(40)]);
      const [pull, ...others] = await harness.pullRequests();
      expect(others).toEqual([]);
      expect(pull?.url).toBe(published.url);
      for (const part of ['hotfix(INC-7): bound the queue', 'What and why.', 'auto-generated', 'hotfix/INC-7'])
        expect(pull?.text).toContain(part);
    });

    it('updates the same pull request on a second call [hosts:github:update]', async () => {
      await using harness = await createHarness();
      const host = harness.createHost();
      const first = await host.publish(publishPermit(), publishRequest(), never);

      const second = await host.publish(
        publishPermit(),
        publishRequest({ commit: 'e'.repeat(40), body: 'Better words.', title: 'hotfix(INC-7): other' }),
        never,
      );

      expect(second).toMatchObject({ created: false, url: first.url });
      expect(harness.pushes).toEqual(['c'.repeat(40), 'e'.repeat(40)]);
      const pulls = await harness.pullRequests();
      expect(pulls).toHaveLength(1);
      expect(pulls[0]?.text).toContain('Better words.');
      expect(pulls[0]?.text).toContain('hotfix(INC-7): other');
      expect(pulls[0]?.text).not.toContain('What and why.');
    });

    it('can mark a draft ready and turn it back', async () => {
      await using harness = await createHarness();
      const host = harness.createHost();
      await host.publish(publishPermit(), publishRequest(), never);

      expect(await host.publish(publishPermit(), publishRequest({ draft: false }), never)).toMatchObject({
        draft: false,
        warnings: [],
      });
      expect(await host.publish(publishPermit(), publishRequest({ draft: true }), never)).toMatchObject({
        draft: true,
        warnings: [],
      });
    });

    it('opens one pull request when four servers publish at once [hosts:github:one]', async () => {
      await using harness = await createHarness();

      const published = await Promise.all(
        [1, 2, 3, 4].map(() => harness.createHost().publish(publishPermit(), publishRequest(), never)),
      );

      expect(await harness.pullRequests()).toHaveLength(1);
      expect(published.map(({ created }) => created).toSorted((a, b) => Number(a) - Number(b))).toEqual([
        false,
        false,
        false,
        true,
      ]);
      expect(new Set(published.map(({ url }) => url)).size).toBe(1);
    });

    it('keeps the pull requests of two incidents apart', async () => {
      await using harness = await createHarness();
      const host = harness.createHost();

      const one = await host.publish(publishPermit('INC-7'), publishRequest({ body: 'About seven.' }), never);
      const two = await host.publish(publishPermit('INC-70'), publishRequest({ body: 'About seventy.' }), never);

      expect(two.created).toBe(true);
      expect(two.url).not.toBe(one.url);
      expect((await harness.pullRequests()).map(({ text }) => text.includes('About seven.'))).toEqual([true, false]);
    });

    it('takes a body of the largest size', async () => {
      await using harness = await createHarness();

      await harness.createHost().publish(publishPermit(), publishRequest({ body: 'é'.repeat(30_000) }), never);

      expect(await harness.pullRequests()).toHaveLength(1);
    });

    it('does nothing for a call that was cancelled before', async () => {
      await using harness = await createHarness();

      const publishing = harness.createHost().publish(publishPermit(), publishRequest(), AbortSignal.abort());

      await expect(publishing).rejects.toMatchObject({ code: 'cancelled' });
      expect(harness.pushes).toEqual([]);
      expect(await harness.pullRequests()).toEqual([]);
    });

    it('passes on why a push failed, opening nothing', async () => {
      await using harness = await createHarness();
      const refused = new Error('remote rejected');
      (harness.pushes as string[]).push = () => {
        throw refused;
      };

      await expect(harness.createHost().publish(publishPermit(), publishRequest(), never)).rejects.toBe(refused);

      expect(await harness.pullRequests()).toEqual([]);
    });
  });
}

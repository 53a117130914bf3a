import { describe, expect, it } from 'vitest';

import type { Incident } from '#domain/incident.ts';
import type { Publication } from '#domain/neighbour.ts';
import type { PullRequestRecord } from '#domain/remediation.ts';
import { cooldownFindings } from '#policy/cooldown.ts';
import { isSameTrouble } from '#policy/same-trouble.ts';

import { NOON, sampleIncident, samplePullRequest } from '../../support/store-samples.ts';
import { publishing, running } from './samples.ts';

const MINUTE = 60_000;
const mine = sampleIncident('PD-2');
const first = sampleIncident('PD-1');
const withTitle = (title: string, change: Partial<Incident> = {}) => sampleIncident('PD-1', { title, ...change });

function published(change: Partial<PullRequestRecord> = {}, incident = first, at = NOON): Publication {
  return { incident, at, pullRequest: { ...samplePullRequest, diffHash: 'sha256:another', ...change } };
}

/** What stands in the way of a pull request so many milliseconds after noon. */
function found(passed: number, known: readonly Publication[], { incident = mine, action = publishing() } = {}) {
  const since: number[] = [];
  const publications = (from: number) => {
    since.push(from);
    return known.filter(({ at }) => at >= from);
  };
  return { findings: cooldownFindings(action, incident, { now: NOON + passed, publications }), since };
}

describe('a pull request about the same trouble', () => {
  it('is refused with the other incident and the time of the end [gate:breakers:cooldown]', () => {
    expect(found(MINUTE, [published()]).findings).toEqual([
      {
        rule: 'breaker/cooldown',
        effect: 'deny',
        reason:
          'PD-1, which may be about the same trouble, got a pull request at 2026-03-01T12:00:00.000Z; PD-2 gets none before 2026-03-01T12:15:00.000Z.',
        fix: 'Look at what that change does, and call open_pr again after 2026-03-01T12:15:00.000Z if it did not help.',
        evidence: { incident: 'PD-1', until: '2026-03-01T12:15:00.000Z' },
        retry: 'later',
      },
    ]);
  });

  it.each<[string, number, Partial<PullRequestRecord>, boolean]>([
    ['for 15 minutes', 15 * MINUTE - 1, {}, true],
    ['no longer', 15 * MINUTE, {}, false],
    ['for 30 minutes after a revert', 30 * MINUTE - 1, { title: 'Revert the pool size' }, true],
    ['for 30 minutes after a rollback', 30 * MINUTE - 1, { title: 'hotfix(PD-1): Roll back to 1.4' }, true],
    ['no longer after a rollback', 30 * MINUTE, { title: 'Rolled-back' }, false],
    ['as usual after what only sounds so', 15 * MINUTE, { title: 'Do not scroll back' }, false],
    ['also before it, when the clock was turned back', -MINUTE, {}, true],
  ])('is refused %s', (_, passed, change, refused) => {
    expect(found(passed, [published(change)]).findings).toHaveLength(refused ? 1 : 0);
  });

  it('waits for the last of several', () => {
    const known = [
      published(),
      published({}, sampleIncident('PD-3'), NOON + MINUTE),
      published({}, mine, NOON + 90_000),
    ];
    const { findings, since } = found(2 * MINUTE, known);
    expect(findings[0]?.evidence).toEqual({ incident: 'PD-3', until: '2026-03-01T12:16:00.000Z' });
    expect(since).toEqual([NOON + 2 * MINUTE - 30 * MINUTE]);
  });

  it('is refused while the other one is being opened', () => {
    expect(found(0, [{ incident: first, at: NOON }]).findings).toHaveLength(1);
  });

  it.each([
    ['an update of its own', { action: { ...publishing(), exists: true } }],
    ['a test run', { action: running('npm test') as never }],
  ])('does not stop %s', (_, what) => {
    expect(found(MINUTE, [published()], what)).toEqual({ findings: [], since: [] });
  });

  it('is refused with the same change, whatever the incident is called', () => {
    const other = withTitle('Another', { service: 'orders' });
    const { diffHash } = publishing();
    expect(found(MINUTE, [published({ diffHash }, other)]).findings).toHaveLength(1);
    expect(found(MINUTE, [published({}, other)]).findings).toEqual([]);
  });
});

describe('a pull request for another branch', () => {
  const repository = { ...first.repository, baseBranch: 'release/1' };
  const elsewhere = sampleIncident('PD-1', { repository });

  it.each([
    ['is another one', {}, 0],
    ['is none for an incident that an agent opened', { openedBy: 'agent' as const }, 1],
  ])('%s', (_, change, count) => {
    const { diffHash } = publishing();
    const incident = { ...mine, ...change };
    expect(found(MINUTE, [published({ diffHash }, elsewhere)], { incident }).findings).toHaveLength(count);
  });
});

describe('two incidents', () => {
  it.each<[string, Partial<Incident>, Partial<Incident>, boolean]>([
    ['with service and title', {}, {}, true],
    ['whose titles differ in numbers', { title: 'p99 at  812 ms' }, { title: 'P99 at 97.5 ms' }, true],
    ['whose titles hold their ids', { title: 'PD-2: orders are late' }, { title: 'PD-1: orders are late' }, true],
    ['with another title', { title: 'Orders are late' }, { title: 'Orders are lost' }, false],
    ['without titles', { title: 'Incident PD-2' }, { title: 'Incident PD-1' }, false],
    ['of two services', { service: 'orders' }, { service: 'payments' }, false],
    ['one of no service', { service: 'orders' }, { service: undefined } as unknown as Partial<Incident>, true],
    ['the later of no service', { service: undefined } as unknown as Partial<Incident>, { service: 'orders' }, true],
    ['whose titles hold ids of letters', { id: 'TWO', title: 'TWO: late' }, { id: 'ONE', title: 'ONE: late' }, true],
    ['with the same errors', { title: 'One', fingerprint: 'lh1:a' }, { title: 'Two', fingerprint: 'lh1:a' }, true],
    ['with other errors', { title: 'One', fingerprint: 'lh1:a' }, { title: 'Two', fingerprint: 'lh1:b' }, false],
    ['without known errors', { title: 'One' }, { title: 'Two' }, false],
    ['the later opened by an agent', { title: 'One', service: 'orders', openedBy: 'agent' }, { title: 'Two' }, true],
    ['the earlier opened by an agent', { title: 'One' }, { title: 'Two', openedBy: 'agent' }, false],
  ])('%s', (_, later, earlier, same) => {
    expect(isSameTrouble({ ...mine, ...later }, { ...first, ...earlier })).toBe(same);
  });
});

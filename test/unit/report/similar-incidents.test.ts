import { describe, expect, it } from 'vitest';

import type { Incident } from '#domain/incident.ts';
import { toSimilarIncidents } from '#report/similar-incidents.ts';

import { sampleIncident } from '../../support/store-samples.ts';

const HOUR = 3_600_000;
const like = (id: string, more: Partial<Incident> = {}): Incident => ({
  ...sampleIncident(id),
  title: `Checkout ${id} fails with 502`,
  service: 'shop',
  ...more,
});
const mine = like('PD-9', { fingerprint: 'abc' });

const idsOf = (others: readonly Incident[], of: Incident = mine) =>
  toSimilarIncidents(of, others, () => undefined).map(({ id, alike_by }) => `${id} ${alike_by}`);

describe('incidents that are like another [report:json:similar]', () => {
  it.each<[string, Partial<Incident>, readonly string[]]>([
    ['the same errors, whatever it is called', { title: 'Something else', fingerprint: 'abc' }, ['PD-1 errors']],
    ['the same title but for numbers', { title: 'Checkout PD-1 fails with 503' }, ['PD-1 title']],
    ['another title', { title: 'Something else', fingerprint: 'def' }, []],
    ['another service', { service: 'mail' }, []],
    ['no service', { service: undefined as never }, ['PD-1 title']],
    ['another repository', { repository: { ...mine.repository, location: '/srv/other' } }, []],
  ])('are those with %s', (_, more, expected) => {
    expect(idsOf([like('PD-1', more), mine])).toEqual(expected);
  });

  it('are none for one that nobody gave a title', () => {
    const untitled = (id: string) => like(id, { title: `Incident ${id}` });
    expect(idsOf([untitled('PD-1')], untitled('PD-9'))).toEqual([]);
  });

  it('are the newest five, with how they ended and their pull requests', () => {
    const others = Array.from({ length: 7 }, (_, n) => like(`PD-${n}`, { openedAt: n * HOUR }));
    const ended = { ...others[3], state: 'closed', closure: { resolution: 'resolved' } } as Incident;
    const found = toSimilarIncidents(mine, [...others.slice(0, 3), ended, ...others.slice(4)], (id) =>
      id === 'PD-3' ? 'https://example.com/pull/7' : undefined,
    );
    expect(found.map(({ id }) => id)).toEqual(['PD-6', 'PD-5', 'PD-4', 'PD-3', 'PD-2']);
    expect(found[3]).toEqual({
      id: 'PD-3',
      title: 'Checkout PD-3 fails with 502',
      state: 'closed',
      opened_at: '1970-01-01T03:00:00.000Z',
      resolution: 'resolved',
      pull_request: 'https://example.com/pull/7',
      alike_by: 'title',
    });
  });
});

import { describe, expect, it } from 'vitest';

import { createEngine } from '../../support/engine-fixture.ts';
import { sampleEvent, sampleIncident } from '../../support/store-samples.ts';

type Engine = ReturnType<typeof createEngine>;

const open = (engine: Engine, id: string, more: Parameters<typeof sampleIncident>[1] = {}) =>
  engine.store.openIncident(sampleIncident(id, more), sampleEvent('incident.opened'));

const read = async (engine: Engine, incident_id: string) => {
  const { structured } = await engine.call('query_metrics', { incident_id, search: 'heap' });
  return structured?.['summary'];
};

const DOUBT = 'No human opened';

describe('a mistyped id that opens another incident', () => {
  it.each(['INC-132', 'inc_123', 'INC-1234', 'INC-23', 'IC-124'])(
    '%s is answered with the one that is open',
    async (id) => {
      await using engine = createEngine({ autoOpen: true });
      open(engine, 'INC-123');
      expect(await read(engine, id)).toMatch(new RegExp(`No human opened ${id} \\(did you mean INC-123\\?\\)\\.$`));
      expect(engine.store.getIncident(id)).toMatchObject({ openedBy: 'agent' });
    },
  );

  it('is told once by reads, and by get_incident each time', async () => {
    await using engine = createEngine({ autoOpen: true });
    open(engine, 'INC-123');
    expect(await read(engine, 'INC-132')).toContain(DOUBT);
    expect(await read(engine, 'INC-132')).not.toContain(DOUBT);
    for (let look = 0; look < 2; look++) {
      const { text } = await engine.call('get_incident', { incident_id: 'INC-132' });
      expect(text).toMatch(/No human opened it: it began [^ ]+ [^.]+\.\d+Z \(did you mean INC-123\?\)\./);
    }
  });

  it('is not told of the incident that was meant, nor of what a human opened', async () => {
    await using engine = createEngine({ autoOpen: true });
    open(engine, 'INC-123');
    open(engine, 'INC-132');
    expect(await read(engine, 'INC-132')).not.toContain('did you mean');
    await read(engine, 'INC-133');
    expect(await read(engine, 'INC-123')).not.toContain('did you mean');
  });

  it.each([
    ['another id', 'PD-4821', {}],
    ['three characters apart', 'INC-456', {}],
    [
      'of another repository',
      'INC-123',
      { repository: { location: '/srv/other', baseBranch: 'main', baseCommit: 'a'.repeat(40) } },
    ],
    ['closed', 'INC-123', { state: 'closed' }],
  ] as const)('says nothing of one that is %s', async (_, known, more) => {
    await using engine = createEngine({ autoOpen: true });
    open(engine, known, more);
    expect(await read(engine, 'INC-132')).not.toContain(DOUBT);
  });

  it('names several that are as near', async () => {
    await using engine = createEngine({ autoOpen: true });
    open(engine, 'INC-123');
    open(engine, 'INC-131');
    expect(await read(engine, 'INC-132')).toMatch(/\(did you mean INC-1\d\d or INC-1\d\d\?\)/);
  });
});

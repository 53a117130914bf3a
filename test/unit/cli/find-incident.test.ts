import { expect, it } from 'vitest';

import { findIncident } from '#cli/hook/find-incident.ts';
import type { Incident, IncidentState } from '#domain/incident.ts';

import { sampleIncident } from '../../support/store-samples.ts';

const checkout = { top: '/srv/shop', own: '/srv/shop/.git', shared: '/srv/shop/.git' };
const at = (id: string, state: IncidentState): Incident =>
  sampleIncident(id, { state, repository: { ...sampleIncident(id).repository, location: checkout.top } });

async function found(believed: Readonly<Record<string, IncidentState>>, ...incidents: readonly Incident[]) {
  const store = { getIncident: () => undefined, listIncidents: () => incidents };
  const word = { stateOf: async ({ id, state }: Incident) => believed[id] ?? state };
  return (await findIncident(store, word, { named: undefined, checkout }))?.id;
}

it('goes by what is proved of an incident, not by what its record says', async () => {
  expect(await found({}, at('A', 'pr_open'))).toBeUndefined();
  // Somebody resumed it without proof, and it stands where it stood before it was handed over.
  expect(await found({ A: 'escalated' }, at('A', 'pr_open'))).toBe('A');
  expect(await found({ A: 'escalated' }, at('A', 'pr_open'), at('B', 'investigating'))).toBe('B');
  expect(await found({ A: 'escalated' }, at('A', 'closed'))).toBe('A');
  expect(await found({ A: 'closed' }, at('A', 'investigating'))).toBeUndefined();
});

import { describe, expect, it } from 'vitest';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository } from '../support/incident-repository.ts';
import type { McpTestClient, StdioTarget } from '../support/mcp-clients.ts';
import { connectClient, textOf } from '../support/mcp-clients.ts';
import { runResident } from '../support/resident.ts';
import type { Place } from '../support/server-process.ts';
import { startHttpServer, stdioTarget } from '../support/server-process.ts';

const incident_id = 'PD-1';
const SPENT = 3;
const LEFT = 10;
const CALLS = 50;

/** An incident with a budget of calls that some were taken from already. */
async function incidentWithTenCallsLeft(repository: IncidentRepository): Promise<Place> {
  const place = await repository.configure({}, { budget: { tool_calls: SPENT + LEFT, usd: 100 } });
  await repository.open(incident_id, '--severity', 'SEV2');
  for (let n = 0; n < SPENT; n += 1) {
    expect((await repository.step('get_incident_logs', { incident_id }, place)).exitCode).toBe(0);
  }
  return place;
}

/** All at once, spread evenly over the clients; answers the first word of each answer. */
async function callInParallel(clients: readonly McpTestClient[]): Promise<Record<string, number>> {
  const calls = Array.from({ length: CALLS }, async (_, n) => {
    const client = clients[n % clients.length]!;
    const result = await client.callTool('get_incident_logs', { incident_id, limit: (n % 5) + 1 });
    expect(result.isError ?? false).toBe(!textOf(result).startsWith('OK '));
    return /^\w+/.exec(textOf(result))?.[0] ?? '';
  });
  const words = await Promise.all(calls);
  return Object.fromEntries([...new Set(words)].map((word) => [word, words.filter((each) => each === word).length]));
}

async function expectTenAdmitted(repository: IncidentRepository): Promise<void> {
  const verified = await runResident(repository.place, ['audit', 'verify']);
  expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^OK: /) });
  const { budget, policy, timeline, unknown_outcomes } = await repository.report(incident_id);
  expect(budget.used.tool_calls).toBe(SPENT + LEFT);
  expect(timeline.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(SPENT + LEFT);
  expect(policy.denials).toHaveLength(CALLS - LEFT);
  expect(policy.denials[0]?.rule_ids).toEqual(['budget/tool_calls']);
  expect(unknown_outcomes).toEqual([]);
}

describe('fifty parallel calls with ten calls of budget left', () => {
  it('over HTTP admit exactly ten [gate:budget:atomic]', async () => {
    await using repository = await incidentRepository();
    await using http = await startHttpServer(await incidentWithTenCallsLeft(repository));
    await using modern = await connectClient('v2 auto', { url: http.url });
    await using stateless = await connectClient('v1', { url: http.url });
    await using session = await connectClient(
      'v2 legacy',
      { url: http.url },
      { elicit: () => ({ action: 'decline' }) },
    );

    expect(await callInParallel([modern, stateless, session])).toEqual({ OK: LEFT, DENIED: CALLS - LEFT });
    await expectTenAdmitted(repository);
  });

  it('over several server processes on one state folder admit exactly ten [gate:budget:atomic, state:folder:shared]', async () => {
    await using repository = await incidentRepository();
    const place = await incidentWithTenCallsLeft(repository);
    const target: StdioTarget = stdioTarget(place);
    await using clients = new AsyncDisposableStack();
    const connected = await Promise.all(
      Array.from({ length: 4 }, async () => clients.use(await connectClient('v2 legacy', target))),
    );
    await using http = await startHttpServer(place);
    connected.push(clients.use(await connectClient('v2 auto', { url: http.url })));

    expect(await callInParallel(connected)).toEqual({ OK: LEFT, DENIED: CALLS - LEFT });
    await expectTenAdmitted(repository);
  });
});

import { expect, it } from 'vitest';

import { fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';
import { connectClient } from '../support/mcp-clients.ts';
import { stdioTarget } from '../support/server-process.ts';

const incident_id = 'PD-1';

interface Listed {
  readonly name: string;
  readonly annotations: { readonly readOnlyHint: boolean };
  readonly inputSchema: { readonly properties: object };
}

it('every tool that changes something can be tried, and costs nothing then [tools:dry-run:free]', async () => {
  await using repository = await incidentRepository();
  await repository.open(incident_id, '--severity', 'SEV3');
  await using client = await connectClient('v2 auto', stdioTarget(repository.place));
  const call = async (tool: string, args: object = {}) => {
    const { structuredContent, isError } = await client.callTool(tool, { incident_id, ...args });
    return { isError: isError === true, answer: structuredContent as Readonly<Record<string, unknown>> };
  };
  const standing = async () => {
    const { answer } = await call('get_incident');
    // Time goes by with every call, whatever it does.
    const { wall_seconds_left: _time, ...budget } = answer['budget'] as Readonly<Record<string, number>>;
    return { budget, state: answer['state'], pushed: repository.hotfixBranches() };
  };

  const listed = (await client.listTools()) as readonly Listed[];
  const writes = listed.filter(({ annotations }) => !annotations.readOnlyHint);
  expect(writes.map(({ name }) => name).toSorted()).toEqual(['apply_patch', 'escalate', 'open_pr', 'run_tests']);
  const triable = listed.filter(({ inputSchema }) => 'dry_run' in inputSchema.properties);
  expect(triable.map(({ name }) => name).toSorted()).toEqual(['apply_patch', 'escalate', 'open_pr', 'run_tests']);

  const untouched = await standing();
  expect(await call('apply_patch', { patch: fixPatch, reason, dry_run: true })).toMatchObject({
    isError: false,
    answer: { applied: false },
  });
  expect(await standing()).toEqual(untouched);

  expect(await call('escalate', { reason, dry_run: true })).toMatchObject({
    isError: false,
    answer: { status: 'dry_run', kept: false },
  });
  expect(await standing()).toEqual(untouched);

  await call('apply_patch', { patch: fixPatch, reason });
  const patched = await standing();
  expect(await call('run_tests', { dry_run: true })).toMatchObject({
    isError: false,
    answer: {
      status: 'planned',
      suite: 'test',
      job_id: '',
      failures: [],
      duration_seconds: 0,
      summary: expect.stringMatching(/^Dry run: suite test may run on this tree: "node .*"\. Nothing was run\.$/),
    },
  });
  expect(await call('open_pr', { summary: 'a', root_cause: 'b', dry_run: true })).toMatchObject({ isError: true });
  expect(await standing()).toEqual(patched);

  const { answer: run } = await call('run_tests', { wait_s: 25 });
  expect(run['verdict']).toBe('pass');
  const tested = await standing();
  expect(await call('run_tests', { job_id: run['job_id'], dry_run: true })).toMatchObject({
    answer: { status: 'finished', verdict: 'pass' },
  });
  expect(await call('open_pr', { summary: 'a', root_cause: 'b', dry_run: true })).toMatchObject({ isError: false });
  expect(await standing()).toEqual(tested);
}, 120_000);

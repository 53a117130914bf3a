import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it, vi } from 'vitest';

import type { HandOver } from '#report/schema-hand-over.ts';
import type { Report } from '#report/schema.ts';

import type { IncidentRepository, PolicyChanges } from '../support/incident-repository.ts';
import { breakingPatch, fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';
import { connectClient, textOf } from '../support/mcp-clients.ts';
import type { Received, Receiver } from '../support/receiver.ts';
import { isGenuine, startReceiver } from '../support/receiver.ts';
import type { Place } from '../support/server-process.ts';
import { initialize, startHttpServer, startLineServer, stdioTarget } from '../support/server-process.ts';

const SECRET = 'k3y-of-the-webhook-0123456789';
const id = { incident_id: 'PD-1' };
const within = { timeout: 20_000, interval: 50 };

interface CloudEvent {
  readonly type: string;
  readonly id: string;
  readonly subject: string;
  readonly traceparent: string;
  readonly data: {
    readonly customData: { readonly rule_id: string; readonly reason: string; readonly hand_over: HandOver };
  };
}

/** A place whose configuration names both receivers; PD-1 is open there. */
async function told(repository: IncidentRepository, receiver: Receiver, policy?: PolicyChanges): Promise<Place> {
  const notify = {
    webhook: { url: `${receiver.url}/events`, secret: { env: 'HOOK_SECRET' } },
    slack: { url: { env: 'SLACK_URL' } },
  };
  const services = { orders: { runbook: 'https://wiki.example.com/orders' } };
  const place = await repository.configure({ notify, services }, policy);
  const env = { ...place.env, HOOK_SECRET: SECRET, SLACK_URL: `${receiver.url}/slack/T000/B000/x7Qp2mN9vRt4KpW8` };
  await repository.open(id.incident_id, '--severity', 'SEV3', '--service', 'orders');
  return { ...place, env };
}

const events = ({ received }: Receiver): CloudEvent[] =>
  received.filter(({ path }) => path === '/events').map(({ body }) => JSON.parse(body) as CloudEvent);
const escalated = (receiver: Receiver) => events(receiver).filter(({ type }) => type.includes('escalated'));
const slack = ({ received }: Receiver): Received[] => received.filter(({ path }) => path.startsWith('/slack'));

/** The one hand-over that the webhook was told of: messages arrive at least once, and a receiver knows by its id that it has one already. */
async function handedOver(receiver: Receiver, repository: IncidentRepository, place: Place) {
  const come = () => [escalated(receiver).map((event) => event.id), slack(receiver).map(({ body }) => body)];
  const hasCome = () => expect(come().map((each) => new Set(each).size)).toEqual([1, 1]);
  // A process that ends waits for two seconds; what a busy computer needs longer for is told by the next process.
  await vi.waitFor(hasCome, within).catch(() => repository.fixgate(['report', 'PD-1'], { place }));
  await vi.waitFor(hasCome, within);
  const event = escalated(receiver)[0];
  if (!event) throw new Error('nothing came');
  return { event, ...event.data.customData };
}

describe.concurrent('an incident is handed over', () => {
  it('when its budget is used up, with everything that a human needs [hand-over:package:told, hand-over:package:runbook]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await told(repository, receiver, { budget: { tool_calls: 3 } });
    await repository.call('list_recent_deploys', id, place);
    await repository.call('apply_patch', { ...id, patch: breakingPatch, reason }, place);
    await repository.call('run_tests', id, place);
    await repository.call('get_incident_logs', id, place);

    const { event, rule_id, hand_over: hand } = await handedOver(receiver, repository, place);
    expect(event).toMatchObject({
      subject: 'PD-1',
      specversion: '1.0',
      type: 'dev.cdeventsx.fixgate-incident.escalated.0.1.0',
    });
    expect(rule_id).toBe('budget/tool_calls');
    expect(hand.summary.length).toBeLessThanOrEqual(10);
    expect(hand.runbook).toBe('https://wiki.example.com/orders');
    expect(slack(receiver)[0]?.body).toContain('<https://wiki.example.com/orders|Runbook>');
    expect(hand.suspects[0]).toMatchObject({ ref: 'deploy/3', author: expect.stringContaining('Ada') });
    expect(hand.suggested_actions[0]).toMatchObject({
      type: 'rollback',
      command: `git revert --no-edit ${repository.culprit.slice(0, 12)}`,
    });
    expect(hand.tried).toHaveLength(1);
    expect(hand.tried[0]?.diff).toContain('+    return job;');
    expect(hand.tried[0]?.tests[0]?.failing[0]).toContain('jobs leave in the order they came');
    expect(hand.resume).toBe('fixgate resume PD-1 --grant tool_calls=10 --reason "…"');
    // Read under another configuration, with another policy and other caps.
    const { escalation, policy, budget } = await repository.report('PD-1');
    expect(escalation?.hand_over.tried).toEqual(hand.tried);
    expect(escalation?.hand_over.resume).toBe(hand.resume);
    expect(policy).toMatchObject({ from: 'records', suites_from: 'records', mode: 'enforce' });
    expect(budget.caps.tool_calls).toBe(3);
    expect(event.traceparent).toContain(escalation?.hand_over.trace.trace_id);
  });

  it('when attempts fail in the same way, with every diff and its failing tests [hand-over:package:attempts]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await told(repository, receiver);
    await repository.call('apply_patch', { ...id, patch: breakingPatch, reason }, place);
    await repository.call('run_tests', id, place);
    const edits = [{ path: 'README.md', old_text: '# orders', new_text: '# Orders' }];
    await repository.call('apply_patch', { ...id, edits, reason }, place);
    await repository.call('run_tests', id, place);

    const { rule_id, hand_over: hand } = await handedOver(receiver, repository, place);
    expect(rule_id).toBe('breaker/no_progress');
    expect(hand.tried.map(({ tests }) => tests[0]?.failing.length)).toEqual([1, 1]);
    expect(hand.tried.map(({ diff }) => diff?.includes('+# Orders'))).toEqual([false, true]);
    expect(hand.tree).toBe(hand.tried[1]?.tree);
  });

  it('when the risk of its change is high, with the approval that it waits for [hand-over:package:risk]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await told(repository, receiver, { risk: { medium: 0.1, high: 1 } });
    await repository.call('apply_patch', { ...id, patch: fixPatch, reason }, place);
    await repository.call('run_tests', id, place);
    await repository.call('open_pr', id, place);

    const { rule_id, hand_over: hand } = await handedOver(receiver, repository, place);
    expect(rule_id).toBe('risk/high');
    expect(hand.resume).toMatch(/^fixgate approve A-[0-9a-f]{8} --reason "…" && fixgate resume PD-1 --reason "…"$/);
  });

  it('and those who are told hear of the opening and of the pull request as well [hand-over:webhook:types]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await told(repository, receiver);
    await repository.call('apply_patch', { ...id, patch: fixPatch, reason }, place);
    await repository.call('run_tests', id, place);
    await repository.call('open_pr', id, place);

    await vi.waitFor(() => expect(events(receiver)).toHaveLength(2), within);
    const types = events(receiver).map(({ type }) => type);
    expect(types.toSorted()).toEqual(['dev.cdevents.change.created.0.4.0', 'dev.cdevents.incident.detected.0.3.0']);
    expect(slack(receiver)).toEqual([]);
  });

  it('and they hear when a human lets it go on, and when it is over [hand-over:webhook:types]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await told(repository, receiver, { approvals: 'advisory' });
    await repository.call('escalate', { ...id, reason: 'enough' }, place);
    const run = (...args: string[]) =>
      repository.fixgate([...args, '--config', `${place.cwd}/fixgate.yaml`], { place });
    await run('resume', 'PD-1', '--reason', 'try once more');
    await run('incident', 'close', 'PD-1', '--reason', 'all is well');

    await vi.waitFor(() => expect([events(receiver).length, slack(receiver).length]).toEqual([4, 3]), within);
    expect(events(receiver).slice(2)).toMatchObject([
      { type: 'dev.cdeventsx.fixgate-incident.resumed.0.1.0', data: { customData: { believed: true } } },
      {
        type: 'dev.cdevents.incident.resolved.0.3.0',
        data: {
          customData: { believed: true, resolution: 'resolved', reason: expect.stringContaining('all is well') },
        },
      },
    ]);
    expect(slack(receiver)[1]?.body).toContain('PD-1 goes on');
    expect(slack(receiver)[2]?.body).toContain('PD-1 is closed (resolved)');
  });

  it.each(['stdio', 'HTTP'] as const)(
    'by the tool escalate over %s, also with spent budgets, the kill switch and a read-only server [hand-over:tool:always]',
    async (transport) => {
      await using receiver = await startReceiver();
      await using repository = await incidentRepository();
      const place = await told(repository, receiver, { budget: { tool_calls: 0, usd: 0 } });
      await repository.fixgate(['stop', '--all', '--reason', 'maintenance'], { place });
      await using http = await startHttpServer(place, ['--read-only']);
      const target = transport === 'stdio' ? stdioTarget(place, ['--read-only']) : { url: http.url };
      await using client = await connectClient('v2 auto', target);
      const args = {
        ...id,
        reason: 'The cause is in another service.',
        diagnosis: 'The broker lost a node.',
        confidence: 0.7,
      };

      const first = await client.callTool('escalate', args);
      const again = await client.callTool('escalate', args);

      expect([first.isError ?? false, again.isError ?? false]).toEqual([false, false]);
      expect(first.structuredContent).toMatchObject({ status: 'handed_over', stopped_by: 'escalate', kept: true });
      expect(again.structuredContent).toMatchObject({ status: 'already_handed_over' });
      expect(textOf(first)).not.toMatch(/remediation|\.sh\b/);
      const { rule_id, hand_over: hand } = await handedOver(receiver, repository, place);
      expect(rule_id).toBe('escalate');
      expect(hand.diagnosis).toMatchObject({ text: 'The broker lost a node.', by: 'agent', confidence: 0.7 });
    },
  );
});

it('has in its package what the agent says after a budget ended the work [hand-over:package:later]', async () => {
  await using repository = await incidentRepository();
  const place = await repository.configure({}, { budget: { tool_calls: 1 } });
  await repository.open(id.incident_id, '--severity', 'SEV3');
  const packaged = () => readFileSync(join(repository.stateFolder, 'incidents/PD-1/report.json'), 'utf8');
  await repository.call('list_recent_deploys', id, place);
  await repository.call('list_recent_deploys', { ...id, limit: 1 }, place);
  expect(JSON.parse(packaged())).toMatchObject({ escalation: { rule_id: 'budget/tool_calls' } });

  const diagnosis = 'The broker lost a node.';
  await repository.call('escalate', { ...id, reason: 'The budget is used up.', diagnosis }, place);
  expect((JSON.parse(packaged()) as Report).escalation?.hand_over.diagnosis).toMatchObject({
    text: diagnosis,
    by: 'agent',
  });
});

describe.concurrent('who is told', () => {
  it('can prove who sent it, and that it is no replay [hand-over:webhook:signed]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await told(repository, receiver);
    await repository.call('escalate', { ...id, reason: 'enough' }, place);
    await handedOver(receiver, repository, place);

    const message = receiver.received.find(({ body }) => body.includes('escalated'));
    if (!message) throw new Error('nothing came');
    expect(message.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(message.headers['webhook-id']).toBe(escalated(receiver)[0]?.id);
    expect(isGenuine(message, SECRET)).toBe(true);
    expect(isGenuine(message, `${SECRET}!`)).toBe(false);
    expect(isGenuine({ ...message, body: `${message.body} ` }, SECRET)).toBe(false);
    expect(isGenuine(message, SECRET, Date.now() + 600_000)).toBe(false);
  });

  it('hears of it from the next process when the first one was killed [hand-over:outbox:crash]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await told(repository, receiver);
    // The first is kept waiting, so that the process dies while it sends.
    receiver.replies.push(undefined, undefined, undefined);
    await using server = startLineServer(place);
    await initialize(server);
    await server.request(1, 'tools/call', { name: 'escalate', arguments: { ...id, reason: 'enough' } });
    server.kill('SIGKILL');
    await server.exited;
    receiver.replies.length = 0;
    const before = receiver.received.length;
    await sleep(16_000);
    await repository.fixgate(['report', 'PD-1'], { place });

    const after = receiver.received.slice(before);
    expect(after.map(({ path }) => path.slice(0, 6)).toSorted()).toContain('/slack');
    expect(after.some(({ body }) => body.includes('fixgate-incident.escalated'))).toBe(true);
  });

  it('keeps no call waiting by being silent, and is named by doctor [hand-over:outbox:behind, cli:doctor:notify]', async () => {
    await using receiver = await startReceiver();
    await using repository = await incidentRepository();
    const place = await told(repository, receiver);
    receiver.replies.push(...Array.from({ length: 20 }, () => undefined));
    await using server = startLineServer(place);
    await initialize(server);
    const began = performance.now();
    await server.request(1, 'tools/call', { name: 'escalate', arguments: { ...id, reason: 'enough' } });
    await server.request(2, 'tools/call', { name: 'get_incident', arguments: id });
    // Its silence is waited out for ten seconds.
    expect(performance.now() - began).toBeLessThan(9_000);

    await vi.waitFor(
      async () => {
        const { stdout } = await repository.fixgate(['doctor', '--json'], { place });
        expect(stdout).toContain('no answer within 10 s');
      },
      { timeout: 40_000, interval: 1_000 },
    );
    const events = await repository.fixgate(['report', 'PD-1', '--format', 'timeline'], { place });
    expect(events.stdout).toContain('notify');
    const line = server
      .stderr()
      .split('\n')
      .find((each) => each.includes('Not yet told of'));
    expect(JSON.parse(line ?? '')).toMatchObject({ level: 'warn', event: 'notify.failed', incident_id: 'PD-1' });
    expect(events.stdout + server.stderr()).not.toContain('x7Qp2mN9vRt4KpW8');
  });
});

describe.concurrent('the drafted commands', () => {
  it('lie beside the report, and neither run nor can be executed [hand-over:remediation:inert]', async () => {
    await using repository = await incidentRepository();
    await repository.open(id.incident_id, '--severity', 'SEV3', '--service', 'orders');
    await repository.call('list_recent_deploys', id);
    await repository.call('apply_patch', { ...id, patch: fixPatch, reason });
    await repository.call('escalate', { ...id, reason: 'enough', suggested_actions: ['$(touch pwned)\nrm -rf /'] });

    const file = join(repository.stateFolder, 'incidents/PD-1/remediation.sh');
    const script = readFileSync(file, 'utf8');
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(script).toContain(`git revert --no-edit '${repository.culprit.slice(0, 12)}'`);
    expect(script).toContain('# - $(touch pwned) rm -rf /');
    const printed = await repository.fixgate(['report', 'PD-1', '--format', 'remediation']);
    expect(printed.stdout.trim()).toBe(script.trim());
    expect(existsSync(join(repository.stateFolder, 'incidents/PD-1/report.json'))).toBe(true);
  });
});

describe.concurrent('the branch to continue from', () => {
  const kept = ({ stateFolder }: IncidentRepository) =>
    JSON.parse(readFileSync(join(stateFolder, 'incidents/PD-1/report.json'), 'utf8')) as Report;

  /** A checkout of the remote in which a human does what is said. */
  function follow({ folder, remote, git }: IncidentRepository, name: string, script: string) {
    const checkout = join(folder, name);
    git('clone', '--quiet', remote, checkout);
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
    execFileSync('/bin/sh', ['-e', '-c', script], { cwd: checkout, env, stdio: 'pipe' });
    const ask = (...args: string[]) => execFileSync('git', args, { cwd: checkout, env, encoding: 'utf8' }).trim();
    return {
      branch: ask('branch', '--show-current'),
      tree: ask('rev-parse', 'HEAD^{tree}'),
      parent: ask('rev-parse', 'HEAD^'),
    };
  }

  it('brings exactly the tree into a fresh checkout by the commands of the package and of the draft, and nothing was pushed [hand-over:branch:exact]', async () => {
    await using repository = await incidentRepository();
    await repository.open(id.incident_id, '--severity', 'SEV3');
    await repository.call('apply_patch', { ...id, patch: fixPatch, reason });
    // What looks like a secret is masked in every report: the branch has it as it is.
    const edits = [
      { path: 'README.md', old_text: '# orders', new_text: '# orders\n\nset-cookie: sid=abcdef0123456789abcdef' },
    ];
    const patched = await repository.call('apply_patch', { ...id, edits, reason });
    expect(patched.exitCode).toBe(0);
    await repository.call('escalate', { ...id, reason: 'enough' });

    const { escalation, git_diff: shown } = kept(repository);
    const hand = escalation?.hand_over;
    expect(shown).toContain('[masked:');
    const expected = { branch: 'hotfix/PD-1-by-hand', tree: hand?.tree, parent: hand?.base_commit };
    expect(hand).toMatchObject({ branch: 'hotfix/PD-1', no_branch: null });
    expect(follow(repository, 'by-package', hand?.continue_from?.commands.join('\n') ?? '')).toEqual(expected);
    const draft = readFileSync(join(repository.stateFolder, 'incidents/PD-1/remediation.sh'), 'utf8');
    const block = /^# Continue from .*\n(?<commands>(?:git .*\n)+)/m.exec(draft)?.groups?.['commands'] ?? '';
    expect(follow(repository, 'by-draft', block)).toEqual(expected);
    expect(repository.hotfixBranches()).toEqual([]);
  });

  it('is made again by a report where the clone was removed, and where it cannot be that is said [hand-over:branch:gone]', async () => {
    await using repository = await incidentRepository();
    await repository.open(id.incident_id, '--severity', 'SEV3');
    await repository.call('apply_patch', { ...id, patch: fixPatch, reason });
    await repository.call('escalate', { ...id, reason: 'enough' });
    const first = kept(repository).escalation?.hand_over.continue_from;
    rmSync(first?.clone ?? '', { recursive: true });

    const again = (await repository.report('PD-1')).escalation?.hand_over.continue_from;
    expect(again).toEqual(first);
    expect(follow(repository, 'again', again?.commands.join('\n') ?? '').branch).toBe('hotfix/PD-1-by-hand');

    rmSync(first?.clone ?? '', { recursive: true });
    rmSync(repository.checkout, { recursive: true });
    const place = { ...repository.place, cwd: repository.folder };
    const { stdout } = await repository.fixgate(['report', 'PD-1', '--format', 'json'], { place });
    const gone = (JSON.parse(stdout) as Report).escalation?.hand_over;
    expect(gone).toMatchObject({ branch: null, continue_from: null });
    expect(gone?.no_branch).toContain("gone from the server's clone");
  });
});

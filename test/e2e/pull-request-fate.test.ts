import { describe, expect, it } from 'vitest';

import type { Report } from '#report/schema.ts';
import { toRootSpanId, toTraceId } from '#report/trace.ts';

import { startFakeGithub } from '../support/fake-github.ts';
import { claude } from '../support/hook-call.ts';
import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository, remedy } from '../support/incident-repository.ts';
import { connectClient } from '../support/mcp-clients.ts';
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver.ts';
import { distinctSpans, lostSpans, otlpReceiver } from '../support/otlp-receiver.ts';
import type { Place } from '../support/server-process.ts';
import { stdioTarget } from '../support/server-process.ts';

const id = 'PD-1';
const advisory = { approvals: 'advisory' };

async function publish(repository: IncidentRepository, place: Place): Promise<void> {
  await repository.open(id, '--severity', 'SEV3');
  await using client = await connectClient('v2 auto', stdioTarget(place));
  for (const { tool, args } of remedy)
    expect((await client.callTool(tool, { incident_id: id, ...args })).isError).not.toBe(true);
}

async function verb(repository: IncidentRepository, place: Place, ...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await repository.fixgate([...words, '--reason', 'A human said so.'], { place });
  expect([words, exitCode, stderr.includes('not known now')]).toEqual([words, 0, false]);
  return stdout;
}

async function reportOf(repository: IncidentRepository, place: Place): Promise<Report> {
  const { stdout, stderr } = await repository.fixgate(['report', id, '--format', 'json'], { place });
  // A collector that is slow, as on a busy computer, is told as well; which spans came is looked at in the end.
  expect(stderr).not.toContain('not known now');
  return JSON.parse(stdout) as Report;
}

/** Spans that no process could send while it did the work. */
function ofRecords(collector: OtlpReceiver, repository: IncidentRepository): readonly ReceivedSpan[] {
  return distinctSpans(collector, lostSpans(repository.stateFolder))
    .filter(({ name }) => /^(?:hook |fixgate |pull request )/.test(name))
    .toSorted((a, b) => Number(a.attributes['fixgate.record.seq']) - Number(b.attributes['fixgate.record.seq']));
}

describe.concurrent('the end of an incident', () => {
  it('is told in its trace, whichever processes did it: hooks, humans, merge and revert [telemetry:traces:verbs, telemetry:traces:hooks, telemetry:traces:evaluations]', async () => {
    await using repository = await incidentRepository();
    await using collector = await otlpReceiver('http');
    const telemetry = { traces: 'otlp-http', endpoint: collector.url };
    const place = await repository.configure({ telemetry }, advisory);
    await publish(repository, place);
    await claude(repository, 'Bash', { command: 'kubectl apply -f k8s/production' }, { env: { FIXGATE_INCIDENT: id } });

    repository.git('fetch', '--quiet', 'origin', `hotfix/${id}`);
    repository.git('merge', '--quiet', '--no-ff', '--no-edit', 'FETCH_HEAD');
    repository.git('push', '--quiet', 'origin', 'main');
    const merge = repository.git('rev-parse', 'HEAD');
    const { pr, status, next_action: next } = await reportOf(repository, place);
    expect(pr).toMatchObject({ outcome: 'merged', merge_commit: merge, reverted_by: null });
    expect(pr?.merged_at).toBe(new Date(repository.git('log', '-1', '--format=%cI')).toISOString());
    expect([status, next]).toEqual(['success', expect.stringContaining('See that production recovers')]);

    await verb(repository, place, 'stop', id);
    await verb(repository, place, 'resume', id);
    repository.git('revert', '--no-edit', '-m', '1', 'HEAD');
    repository.git('push', '--quiet', 'origin', 'main');
    expect(await verb(repository, place, 'incident', 'close', id, '--diagnosis', 'right')).toContain(
      `${id} is closed (resolved). Its fix: pull request merged and taken back.`,
    );

    const told = ofRecords(collector, repository);
    expect(
      told.map(({ name, events }) => [name, ...events.map((each) => each.attributes['gen_ai.evaluation.name'])]),
    ).toEqual([
      ['hook claude'],
      ['pull request outcome', 'pr_accepted'],
      ['fixgate stop'],
      ['fixgate resume'],
      ['pull request outcome', 'reverted'],
      ['fixgate incident close', 'classification_correct'],
    ]);
    for (const span of told)
      expect(span).toMatchObject({
        traceId: toTraceId(id),
        parentSpanId: toRootSpanId(id),
        attributes: { 'fixgate.incident.id': id, 'fixgate.incident.severity': 'SEV3' },
      });
    expect(told[0]).toMatchObject({ failed: true, attributes: { 'fixgate.policy.decision': 'deny' } });
    expect(told[4]).toMatchObject({
      attributes: { 'fixgate.pr.outcome': 'reverted', 'vcs.ref.base.revision': repository.git('rev-parse', 'HEAD') },
    });

    const report = await reportOf(repository, place);
    expect(report.pr).toMatchObject({ outcome: 'reverted', reverted_by: repository.git('rev-parse', 'HEAD') });
    expect(report.diagnosis.judged).toBe('right');
    expect(report.timeline.filter(({ event }) => event === 'pull_request.outcome')).toHaveLength(2);
    const { stdout: audit } = await repository.fixgate(['audit', 'verify', id], { place });
    expect(audit).not.toContain('BROKEN');
    expect(ofRecords(collector, repository)).toHaveLength(told.length);
  });

  it('is not told of a pull request that a call opened at a code host of its own [report:outcome:own]', async () => {
    await using repository = await incidentRepository();
    await using github = await startFakeGithub();
    github.branches.add(`hotfix/${id}`);
    const token = { env: 'GITHUB_TOKEN' };
    const host = { provider: 'github', owner: 'acme', repo: 'shop', token, base_url: github.url };
    const own = await repository.configure({}, advisory);
    const other = await repository.configure({ code_host: host }, advisory);
    const elsewhere = { ...other, env: { ...other.env, GITHUB_TOKEN: github.token } };
    await publish(repository, elsewhere);
    Object.assign(github.pulls[0] ?? {}, { state: 'closed', merged: true, mergeCommit: '1'.repeat(40) });
    expect((await reportOf(repository, elsewhere)).pr).toMatchObject({ outcome: 'merged', other_configuration: false });

    const told = await reportOf(repository, own);
    expect(told.pr).toMatchObject({ outcome: null, other_configuration: true });
    expect([told.status, told.next_action]).toEqual(['partial', expect.stringContaining('then open the pull request')]);
    const { answer } = await repository.call('get_incident', { incident_id: id }, own);
    expect(answer['summary']).toMatch(/opened under another configuration of the code host: open_pr opens one here\.$/);
    expect(answer).not.toHaveProperty('pull_request');

    const { answer: opened } = await repository.call('open_pr', { incident_id: id, ...remedy.at(-1)?.args }, own);
    expect(opened['url']).not.toContain(github.url);
    expect((await reportOf(repository, own)).pr).toMatchObject({ url: opened['url'], other_configuration: false });
    // Neither does a report under another configuration take the word of its own code host.
    expect((await reportOf(repository, elsewhere)).pr).toMatchObject({ outcome: null, other_configuration: true });
  });

  it('is asked from GitHub, told to the agent, and never costs a call when GitHub is gone [fate:github:outcomes, fate:look:bounded]', async () => {
    await using repository = await incidentRepository();
    const github = await startFakeGithub();
    github.branches.add(`hotfix/${id}`);
    const token = { env: 'GITHUB_TOKEN' };
    const host = { provider: 'github', owner: 'acme', repo: 'shop', token, base_url: github.url };
    const configured = await repository.configure({ code_host: host }, advisory);
    const place = { ...configured, env: { ...configured.env, GITHUB_TOKEN: github.token } };
    await publish(repository, place);
    expect((await reportOf(repository, place)).pr).toMatchObject({ outcome: 'open', number: 1 });

    const pull = github.pulls[0];
    if (!pull) throw new Error('no pull request');
    const merge = '1'.repeat(40);
    Object.assign(pull, { state: 'closed', merged: true, mergeCommit: merge });
    const commit = { tree: '3'.repeat(40), parent: '0'.repeat(40), date: '2026-01-01T00:00:00Z' };
    github.commits.push({ ...commit, sha: merge, message: 'Merge pull request #1' });
    const asked = github.requests.length;
    // What was asked a moment ago is not asked again for an agent.
    const { answer } = await repository.call('get_incident', { incident_id: id }, place);
    expect([answer['summary'], github.requests.length]).toEqual([
      expect.stringMatching(/pull request is open\.$/),
      asked,
    ]);
    expect((await reportOf(repository, place)).pr).toMatchObject({ outcome: 'merged', merge_commit: merge });
    const again = await repository.call('get_incident', { incident_id: id }, place);
    expect(again.answer['summary']).toMatch(/Its pull request was merged at 2026-01-01T00:00:00\.000Z\.$/);

    await github[Symbol.asyncDispose]();
    const { exitCode, stdout, stderr } = await repository.fixgate(['report', id, '--format', 'json'], { place });
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as Report).pr).toMatchObject({ outcome: 'merged' });
    expect(stderr).toMatch(/^What became of the pull request is not known now: GitHub did not answer/);
    expect(stderr).not.toContain(github.token);
  });
});

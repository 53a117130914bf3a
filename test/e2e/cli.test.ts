import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, it } from 'vitest';

import { Report } from '#report/schema.ts';

import { root } from '../support/citations.ts';
import type { IncidentRepository } from '../support/incident-repository.ts';
import {
  ampleBudget,
  breakingPatch,
  fixPatch,
  incidentRepository,
  protectedPatch,
  reason,
  remedy,
  slowSuite,
} from '../support/incident-repository.ts';
import { connectClient, textOf } from '../support/mcp-clients.ts';
import type { Place } from '../support/server-process.ts';
import { startHttpServer, stdioTarget } from '../support/server-process.ts';

const id = { incident_id: 'PD-1' };
const fix = { ...id, patch: fixPatch, reason };
const severity = ['--severity', 'SEV2'];

/** The version of the package in a folder of this one. */
const versionIn = (folder: string): string =>
  (JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { version: string }).version;

describe.concurrent('fixgate call', () => {
  it('exits 0 for an answer, red tests included [cli:exit:answered, cli:call:waits]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    await repository.call('apply_patch', { ...id, patch: breakingPatch, reason });
    const red = await repository.call('run_tests', id);
    expect(red).toMatchObject({ exitCode: 0, answer: { status: 'finished', verdict: 'fail', counts: { failed: 1 } } });
  });

  it('exits 1 for a refusal and prints it [cli:exit:refused, cli:call:json, tools:refusals:dry-run]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    const refused = await repository.call('apply_patch', { ...id, patch: protectedPatch, reason });
    expect(refused).toMatchObject({
      exitCode: 1,
      answer: { effect: 'deny', code: 'policy_denied', rule_ids: ['protected_files/k8s/production/**'] },
    });
    const dry = await repository.call('apply_patch', { ...id, patch: protectedPatch, reason, dry_run: true });
    expect(dry).toEqual(refused);
    expect(await repository.call('open_pr', id)).toMatchObject({ exitCode: 1, answer: { code: 'policy_denied' } });
  });

  it('exits 2 while tests run, and another process can wait for their end [cli:exit:pending, tools:tests:wait, gate:budget:polls-free]', async () => {
    await using repository = await incidentRepository();
    const place = await repository.configure({ suites: { slow: slowSuite('pollable', 1_000) } });
    await repository.open('PD-1', ...severity);
    const started = await repository.call('run_tests', { ...id, suite: 'slow', wait_s: 0 }, place);
    expect(started).toMatchObject({ exitCode: 2, answer: { status: 'running' } });

    const job_id = started.answer['job_id'];
    const ended = await repository.call('run_tests', { ...id, job_id, wait_s: 25 }, place);
    expect(ended).toMatchObject({ exitCode: 0, answer: { status: 'finished', job_id } });
    const { budget } = await repository.report('PD-1');
    expect(budget.used).toMatchObject({ tool_calls: 1, test_runs: 1 });
  });

  it('reads its arguments from a file or standard input [cli:call:json]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    const file = join(repository.folder, 'arguments.json');
    await writeFile(file, JSON.stringify(id));
    const fromFile = await repository.fixgate(['call', 'get_incident', '--json', `@${file}`]);
    expect(fromFile).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"incident_id": "PD-1"') });
    const input = JSON.stringify(id);
    const fromInput = await repository.fixgate(['call', 'get_incident', '--json', '-'], { input });
    expect(fromInput).toMatchObject({ exitCode: 0, stdout: fromFile.stdout });
  });

  it('says nothing beside its answer, and logs its decision where log.level asks for it [telemetry:log:decisions]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    const args = JSON.stringify({ ...id, patch: protectedPatch, reason: 'stop the leak' });
    const deny = async (place?: Place) => {
      const denied = await repository.fixgate(['call', 'apply_patch', '--json', args], place && { place });
      expect(JSON.parse(denied.stdout)).toMatchObject({ code: 'policy_denied' });
      return denied.stderr;
    };
    expect(await deny()).toBe('');
    const lines = (await deny(await repository.configure({ log: { level: 'info' } }))).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ level: 'warn', decision: 'deny', trace_id: expect.any(String), incident_id: 'PD-1' }),
    ]);
  });

  it('audits unknown tools and arguments that do not fit [server:calls:recorded, tools:arguments:unknown-key]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    const unknown = await repository.call('get_incident_log', id);
    expect(unknown).toMatchObject({ exitCode: 1, answer: { code: 'not_found' } });
    expect(unknown.answer['message']).toContain('did you mean get_incident_logs?');
    const misspelt = await repository.call('get_incident_logs', { ...id, limt: 5, mode: 'all' });
    expect(misspelt).toMatchObject({ exitCode: 1, answer: { code: 'invalid_input' } });
    expect(misspelt.answer['message']).toContain('did you mean limit?');
    expect((await repository.call('no_such_tool', {})).exitCode).toBe(1);

    const { timeline, budget } = await repository.report('PD-1');
    const invalid = timeline.filter(({ decision }) => decision === 'invalid').map(({ tool, code }) => [tool, code]);
    expect(invalid).toEqual([
      ['get_incident_log', 'not_found'],
      ['get_incident_logs', 'invalid_input'],
    ]);
    expect(budget.used.tool_calls).toBe(0);
    const verified = await repository.fixgate(['audit', 'verify']);
    expect(verified.stdout).toMatch(/^OK: 4 events in 2 chains /);
  });
});

describe.concurrent('usage and configuration errors', () => {
  it.each<[string, readonly string[]]>([
    ['an unknown command', ['deploy']],
    ['a call without arguments', ['call', 'get_incident']],
    ['arguments that are no JSON', ['call', 'get_incident', '--json', '{incident_id}']],
    ['arguments that are no object', ['call', 'get_incident', '--json', '[]']],
    ['a file of arguments that is not there', ['call', 'get_incident', '--json', '@missing.json']],
    ['a configuration that is not there', ['call', 'get_incident', '--json', '{}', '--config', 'missing.yaml']],
    ['an unknown severity', ['incident', 'open', '--id', 'PD-1', '--repo', '.', '--severity', 'P1']],
    ['a bad incident id', ['incident', 'open', '--id', '../PD-1', '--repo', '.']],
    ['an id that is no git ref', ['incident', 'open', '--id', 'PD-1.lock', '--repo', '.']],
    ['an incident without a repository', ['incident', 'open', '--id', 'PD-1']],
    ['an unknown report format', ['report', 'PD-1', '--format', 'xml']],
    ['a bad port', ['serve', '--http', '--port', '70000']],
    ['a bad budget', ['serve', '--budget', 'much']],
    ['an address beyond loopback without a token', ['serve', '--http', '--host', '0.0.0.0', '--port', '0']],
  ])('%s: exit 3, said on standard error [cli:exit:usage, incidents:id:form]', async (_name, args) => {
    await using repository = await incidentRepository();
    const { exitCode, stdout, stderr } = await repository.fixgate(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(/\w/);
    expect(stderr).not.toMatch(/^ +at .*:\d+:\d+/m);
    expect(existsSync(repository.stateFolder)).toBe(false);
  });

  it('names every problem of a configuration at once [config:problems:all]', async () => {
    await using repository = await incidentRepository();
    const place = await repository.configure({ suits: {}, sources: { logs: { provider: 'file' } } });
    const { exitCode, stderr } = await repository.fixgate(['serve'], { place });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/suits.*did you mean "?suites/);
  });
});

describe.concurrent('fixgate incident open', () => {
  const open = (repository: IncidentRepository, ...options: string[]) =>
    repository.fixgate(['incident', 'open', '--id', 'PD-1', '--repo', repository.checkout, ...options]);

  it('succeeds again with the same facts, is a conflict with others, and says what is next [incidents:open:again, incidents:open:next]', async () => {
    await using repository = await incidentRepository();
    const facts = [...severity, '--title', 'orders leaks', '--rca', 'The queue keeps jobs.'];
    const first = await open(repository, ...facts);
    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('opened') });
    const folders = ['', 'repos'].map((name) => statSync(join(repository.stateFolder, name)).mode & 0o777);
    expect(folders).toEqual([0o700, 0o700]);
    expect(first.stdout).toContain(`Next: tell your agent to remediate PD-1`);
    expect(first.stdout).toContain(`fixgate call get_incident --json '{"incident_id":"PD-1"}'`);
    expect(await open(repository, ...facts)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('is open already'),
    });
    const other = await open(repository, ...facts.with(1, 'SEV1'), '--service', 'orders');
    expect(other).toMatchObject({ exitCode: 1, stdout: '' });
    expect(other.stderr).toContain('another severity, service');
    expect((await repository.report('PD-1')).incident).toMatchObject({ severity: 'SEV2', severity_confirmed: true });
  });

  it('takes the base from --base, else the default branch of the remote [incidents:base:chosen]', async () => {
    await using repository = await incidentRepository();
    repository.git('switch', '--quiet', '--create', 'feature');
    repository.git('commit', '--quiet', '--allow-empty', '--message', 'Not on the remote');
    const baseOf = async (name: string, ...options: string[]) => {
      await repository.open(name, ...severity, ...options);
      const { base_branch, base_commit } = (await repository.report(name)).incident;
      return { base_branch, base_commit };
    };
    const at = (ref: string) => repository.git('rev-parse', `${ref}^{commit}`);
    expect(await baseOf('PD-1')).toEqual({ base_branch: 'main', base_commit: at('main') });
    expect(await baseOf('PD-2', '--base', 'deploy/2')).toEqual({ base_branch: 'main', base_commit: at('deploy/2') });
    expect(await baseOf('PD-3', '--base', 'feature')).toEqual({ base_branch: 'feature', base_commit: at('feature') });
    const short = at('deploy/1').slice(0, 10);
    expect(await baseOf('PD-4', '--base', short)).toEqual({ base_branch: 'main', base_commit: at('deploy/1') });
    repository.git('remote', 'remove', 'origin');
    expect(await baseOf('PD-5')).toEqual({ base_branch: 'feature', base_commit: at('HEAD') });
    const missing = await open(repository, '--base', 'no-such-ref');
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('"no-such-ref"') });
  });

  it('takes a root cause from a file, and get_incident names what it mentions [incidents:rca:names]', async () => {
    await using repository = await incidentRepository();
    const file = join(repository.folder, 'rca.md');
    await writeFile(file, `src/queue.js leaks in OrderQueue.processQueue() since ${repository.culprit.slice(0, 12)}.`);
    await open(repository, ...severity, '--rca', `@${file}`, '--rca-url', 'https://wiki.example.com/rca/1');
    const { answer } = await repository.call('get_incident', id);
    expect(answer['rca']).toMatchObject({
      url: 'https://wiki.example.com/rca/1',
      commits: [repository.culprit],
      files: ['src/queue.js'],
      symbols: ['OrderQueue.processQueue'],
    });
  });

  it('leaves the severity unconfirmed until a human gives one [incidents:severity:confirmed]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1');
    const { incident } = await repository.report('PD-1');
    expect(incident).toMatchObject({ severity: 'SEV3', severity_confirmed: false });
    const confirmed = await repository.fixgate(['incident', 'confirm', 'PD-1', '--severity', 'SEV1']);
    expect(confirmed).toMatchObject({ exitCode: 0, stdout: 'PD-1 is SEV1, confirmed\n' });
    const after = await repository.report('PD-1');
    expect(after.incident).toMatchObject({ severity: 'SEV1', severity_confirmed: true });
    expect(after.timeline.map(({ event }) => event)).toContain('incident.confirmed');
    const unknown = await repository.fixgate(['incident', 'confirm', 'PD-9', '--severity', 'SEV1']);
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('No incident PD-9') });
    const list = await repository.fixgate(['incident', 'list']);
    expect(list.stdout).toBe('PD-1\tSEV1\topen\tIncident PD-1\n');
  });
});

/** What each form says of a leak that a deploy brought, a patch mended and the tests of which pass. */
const forms: readonly (readonly [file: string, options: readonly string[], said: readonly RegExp[]])[] = [
  ['a/PD-1.html', [], [/^## OK fixgate: orders leaks memory\n/, /<summary>Evidence<\/summary>/, /`deploy\/3`/]],
  [
    'a/PD-1.xml',
    [],
    [
      /^<\?xml/,
      /tests="1" failures="0" errors="0"/,
      /name="incident\.id" value="PD-1"/,
      /name="jobs leave in the order they came"/,
    ],
  ],
  [
    'b/PD-1.md',
    ['--format', 'postmortem'],
    [/^# Postmortem: orders leaks memory/, /Add a regression test/, /TODO\(human\)/],
  ],
  ['b/PD-1.json', ['--format', 'slack'], [/Incident Update: orders leaks memory/, /"type": "header"/, /deploy\/3/]],
];

async function expectForms(repository: IncidentRepository, report: Report): Promise<void> {
  for (const [file, options, said] of forms) {
    const path = join(repository.folder, 'forms', file);
    const written = await repository.fixgate(['report', 'PD-1', ...options, '-o', path]);
    expect(written).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const text = await readFile(path, 'utf8');
    expect(said.filter((pattern) => !pattern.test(text))).toEqual([]);
    expect(text).toContain(report.trace.trace_id);
  }
  expect(report.evidence.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['logs', 'metrics', 'deploys']));
  expect(report.diagnosis.suspects[0]).toMatchObject({ ref: 'deploy/3', subject: 'Keep finished jobs' });
  expect(report.timeline.find(({ tool }) => tool === 'apply_patch')?.cost).toBeGreaterThan(0);
}

describe.concurrent('fixgate report', () => {
  it('prints each of its forms, and writes to a file [report:json:complete, report:file:kept, cli:report:ending, report:trace:everywhere]', async () => {
    await using repository = await incidentRepository();
    const place = await repository.configure({ report: { path: 'incidents/{incident_id}-report.json' } });
    await repository.open('PD-1', ...severity, '--title', 'orders leaks memory');
    for (const { tool, args } of remedy) {
      expect(await repository.call(tool, { ...id, ...args }, place)).toMatchObject({ exitCode: 0 });
    }

    const report = await repository.report('PD-1');
    expect(Report.safeParse(report).error).toBeUndefined();
    expect(report).toMatchObject({
      status: 'success',
      stop_reason: 'llm_done',
      files_modified: [{ path: 'src/queue.js', action: 'modified', lines_added: 0, lines_removed: 1 }],
      quality_gates: [{ passed: true }],
      pull_request: { branch: 'hotfix/PD-1', base_branch: 'main' },
      unknown_outcomes: [],
    });
    const kept = JSON.parse(await readFile(join(place.cwd, 'incidents/PD-1-report.json'), 'utf8')) as Report;
    // Made a moment earlier: only the clock may tell them apart, and what the code host was asked since.
    const { timeline, verification, patch, status } = report;
    const pull_request = { ...report.pull_request, outcome: null, asked_at: null };
    expect(report.pull_request?.outcome).toBe('open');
    expect(kept).toMatchObject({ timeline, pull_request, verification, patch, status });

    const markdown = await repository.fixgate(['report', 'PD-1']);
    expect(markdown.stdout).toMatch(/^# .*orders leaks memory/);
    expect(markdown.stdout).toContain('src/queue.js');
    const told = await repository.fixgate(['report', 'PD-1', '--format', 'timeline']);
    for (const { tool } of remedy) expect(told.stdout).toContain(`✓ ${tool}`);
    const written = await repository.fixgate(['report', 'PD-1', '--format', 'timeline', '--output', '../timeline.txt']);
    expect(written).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await readFile(join(repository.folder, 'timeline.txt'), 'utf8')).toBe(told.stdout);
    await expectForms(repository, report);
  });

  it('says by which version of which package each configured provider asks [report:json:versions]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', '--severity', 'SEV3');
    const keys = { api_key: { env: 'DD_KEY' }, app_key: { env: 'DD_KEY' } };
    const place = await repository.configure({
      sources: {
        datadog: { provider: 'datadog', site: 'datadoghq.eu', ...keys },
        metrics: { provider: 'prometheus', url: 'http://127.0.0.1:9' },
      },
      code_host: { provider: 'github', owner: 'acme', repo: 'orders', token: { env: 'DD_KEY' } },
    });
    const env = { ...place.env, DD_KEY: 'a-key-of-nobody' };
    const { stdout } = await repository.fixgate(['report', 'PD-1', '--format', 'json'], { place: { ...place, env } });
    const { environment } = Report.parse(JSON.parse(stdout));
    const installed = (name: string) => `${name} ${versionIn(`node_modules/${name}`)}`;
    expect(environment.provider_versions).toEqual({
      datadog: installed('@datadog/datadog-api-client'),
      prometheus: `fixgate ${versionIn('.')}`,
      github: installed('@octokit/rest'),
    });
  });

  it('exits 1 for an incident that is not there', async () => {
    await using repository = await incidentRepository();
    expect(await repository.fixgate(['report', 'PD-9'])).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe.concurrent('fixgate audit verify', () => {
  it.each<[string, string]>([
    ['a changed record', `UPDATE events SET body = replace(body, 'PD-1', 'PD-7') WHERE chain = 'PD-1' AND seq = 1`],
    ['a removed record', `DELETE FROM events WHERE chain = 'PD-1' AND seq = 2`],
    ['a cut tail', `DELETE FROM events WHERE chain = 'PD-1' AND seq = (SELECT max(seq) FROM events)`],
  ])('notices %s [state:chain:verified]', async (_name, tampering) => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    await repository.call('get_incident_logs', id);
    await repository.call('query_metrics', { ...id, query: 'orders_retained_jobs' });
    expect(await repository.fixgate(['audit', 'verify'])).toMatchObject({ exitCode: 0 });

    const [file = ''] = globSync(join(repository.stateFolder, '*.{db,sqlite,sqlite3}'));
    using database = new DatabaseSync(file);
    expect(() => database.exec(tampering)).toThrow('append-only');
    const triggers = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).all();
    for (const { name } of triggers) database.exec(`DROP TRIGGER ${String(name)}`);
    database.exec(tampering);

    const verified = await repository.fixgate(['audit', 'verify']);
    expect(verified).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^BROKEN: chain PD-1, event \d/) });
  });
});

it('says that there is no incident whose records it could check', async () => {
  await using repository = await incidentRepository();
  await repository.open('PD-1', ...severity);
  expect(await repository.fixgate(['audit', 'verify', 'PD-7'])).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining('No incident PD-7'),
  });
});

describe.concurrent('what the operator narrows', () => {
  it.each([
    { budget: '0.25', left: 0.25 },
    { budget: '50', left: 1 },
  ])('--budget $budget leaves $left dollars [server:switches:budget]', async ({ budget, left }) => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    await using client = await connectClient('v2 legacy', stdioTarget(repository.place, ['--budget', budget]));
    const { structuredContent } = await client.callTool('get_incident', id);
    expect(structuredContent).toMatchObject({ budget: { usd_left: left } });
  });

  it('--budget 0 refuses every call that costs something', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    await using client = await connectClient('v2 legacy', stdioTarget(repository.place, ['--budget', '0']));
    expect(textOf(await client.callTool('get_incident_logs', id))).toMatch(/^DENIED\[budget\/usd\] /);
  });

  it('--read-only hides the tools that change something, and audits calls of them [server:switches:read-only, server:calls:recorded]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', ...severity);
    await using client = await connectClient('v2 legacy', stdioTarget(repository.place, ['--read-only']));
    const names = (await client.listTools()).map(({ name }) => name);
    expect(names).toEqual(['get_incident', 'get_incident_logs', 'query_metrics', 'list_recent_deploys', 'escalate']);
    expect(textOf(await client.callTool('apply_patch', fix))).toMatch(/^DENIED\[read_only\] /);
    const { policy } = await repository.report('PD-1');
    expect(policy.denials).toMatchObject([{ tool: 'apply_patch', rule_ids: ['read_only'] }]);
  });

  it('tools.enabled hides all others, and audits calls of them [server:switches:enabled, server:calls:recorded]', async () => {
    await using repository = await incidentRepository();
    const place = await repository.configure({ tools: { enabled: ['get_incident', 'apply_patch'] } });
    await repository.open('PD-1', ...severity);
    await using client = await connectClient('v2 legacy', stdioTarget(place, ['--read-only']));
    expect((await client.listTools()).map(({ name }) => name)).toEqual(['get_incident']);
    expect(textOf(await client.callTool('run_tests', id))).toMatch(/^DENIED\[tools\.enabled\] /);
    const { policy } = await repository.report('PD-1');
    expect(policy.denials).toMatchObject([{ tool: 'run_tests', rule_ids: ['tools.enabled'] }]);
  });
});

describe.concurrent('an unknown incident', () => {
  it('is not opened over HTTP [incidents:agents:open]', async () => {
    await using repository = await incidentRepository();
    await using http = await startHttpServer(repository.place);
    await using client = await connectClient('v2 auto', { url: http.url });
    const answer = await client.callTool('get_incident_logs', id);
    expect(textOf(answer)).toMatch(/^ERROR\[not_found\] No incident PD-1 is open\..*fixgate incident open --id PD-1/);
    expect((await repository.fixgate(['incident', 'list'])).stdout).toBe('');
  });

  it('is opened over stdio by its first read, as SEV3 that may patch and open drafts [incidents:agents:open, config:none:needed, incidents:agents:drafts]', async () => {
    await using repository = await incidentRepository();
    const below: Place = { ...repository.place, cwd: join(repository.checkout, 'src') };
    await using client = await connectClient('v2 legacy', stdioTarget(below));
    expect(textOf(await client.callTool('apply_patch', fix))).toMatch(/^ERROR\[not_found\] /);
    const { structuredContent } = await client.callTool('get_incident', id);
    expect(structuredContent).toMatchObject({ severity: 'SEV3', severity_confirmed: false });
    for (const { tool, args } of remedy.slice(4)) {
      expect(textOf(await client.callTool(tool, { ...id, ...args }))).toMatch(/^OK /);
    }
    const { incident, pull_request } = await repository.report('PD-1');
    expect(incident).toMatchObject({ opened_by: 'agent', repository: repository.checkout });
    expect(pull_request).toMatchObject({ draft: true });
  });

  it('buys nothing: all that agents open share one daily ledger [incidents:agents:daily-ledger]', async () => {
    await using repository = await incidentRepository();
    const place = await repository.configure(
      {},
      { budget: { ...ampleBudget, tool_calls: 2 }, incidents_opened_by_agents: { daily_budget_factor: 1 } },
    );
    await repository.open('PD-1', ...severity);
    await using client = await connectClient('v2 legacy', stdioTarget(place));
    const read = async (incident_id: string) =>
      textOf(await client.callTool('get_incident_logs', { incident_id })).split(' ')[0];

    expect([await read('GUESS-1'), await read('GUESS-2')]).toEqual(['OK', 'OK']);
    expect(await read('GUESS-3')).toBe('DENIED[daily_budget/tool_calls]');
    expect(await read('PD-1')).toBe('OK');
  });
});

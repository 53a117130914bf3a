// A whole incident on this computer: a real service that really leaks, its recorded logs and metrics, a real server.
import { readFile, rm, writeFile, mkdir, cp } from 'node:fs/promises';
import path from 'node:path';

import { execa } from 'execa';

import type { Agent, Answer } from './agent.ts';
import { connectAgent, fixgate } from './agent.ts';
import { createNarrator } from './narrate.ts';
import { runUnderLoad } from './record.ts';

type Arguments = Readonly<Record<string, unknown>>;
import type { Repository } from './repository.ts';
import { createRepository, deploy, releases } from './repository.ts';

const output = path.resolve(process.argv[2] ?? 'demo-output');
const stateFolder = path.join(output, 'state');
const recording = { logs: path.join(output, 'logs/user-service.log'), metrics: path.join(output, 'metrics') };
const narrator = createNarrator();

await rm(output, { recursive: true, force: true });
await mkdir(path.dirname(recording.logs), { recursive: true });

const { repository, culprit, onset } = await record();
await configure();
await remediate(repository);
await runOutOfBudget(repository);
await conclude(repository);

/** Ships five releases of the service and runs it under load at a good and at three bad ones. */
async function record(): Promise<{ repository: Repository; culprit: string; onset: Date }> {
  narrator.chapter('A service, its deploys and its telemetry');
  const repository = await createRepository(output);
  const [first, second, third, ...later] = releases;
  if (!first || !second || !third) throw new Error('The demo has at least three releases.');
  await deploy(repository, first, daysAgo(6));
  await deploy(repository, second, daysAgo(2));
  narrator.done(`git repository with its bare remote; ${first.tag} and ${second.tag} are out`);
  await runUnderLoad(repository, second, recording, 10_000);
  narrator.done(`user-service ran under load at ${second.tag}`, 'its logs and metrics are recorded as it wrote them');
  const onset = new Date();
  const culprit = await deploy(repository, third);
  for (const [index, release] of [third, ...later].entries()) {
    if (index > 0) await deploy(repository, release);
    await runUnderLoad(repository, release, recording, 4_000);
  }
  narrator.done(
    `three more deploys, under the same load`,
    `since ${third.tag} UserService.processQueue() keeps every result`,
  );
  return { repository, culprit, onset };
}

async function configure(): Promise<void> {
  const shipped = await readFile(path.join(import.meta.dirname, '../policies/default.yaml'), 'utf8');
  // The demo runs on every machine, and says how well its tests were kept apart.
  await writeFile(path.join(output, 'policy.yaml'), shipped.replace('least: partial', 'least: none'));
  const config = {
    version: 1,
    policy: './policy.yaml',
    repository: './user-service',
    services: {
      'user-service': {
        repository: './user-service',
        logs: { source: 'app-logs' },
        metrics: { source: 'app-metrics' },
        deploys: { source: 'releases' },
        environments: ['production'],
      },
    },
    sources: {
      'app-logs': { provider: 'files', paths: ['./logs/*.log'] },
      'app-metrics': { provider: 'openmetrics', paths: ['./metrics'] },
      releases: { provider: 'local-git', tags: ['deploy/*'] },
    },
    suites: {
      unit: { argv: ['node', '--test'], required: true, timeout_s: 60 },
      smoke: { argv: ['bash', 'scripts/smoke.sh'], required: false, timeout_s: 60 },
    },
    report: { path: '{incident_id}-report.json' },
  };
  // JSON is YAML.
  await writeFile(path.join(output, 'fixgate.yaml'), `${JSON.stringify(config, null, 2)}\n`);
}

/** The main job: from the alert to the pull request, with four refusals on the way. */
async function remediate({ checkout }: Repository): Promise<void> {
  narrator.chapter('Incident PD-4821: user-service runs out of memory');
  await openIncident(
    'PD-4821',
    checkout,
    `Memory leak in UserService.processQueue() of user-service, caused by commit ${culprit.slice(0, 12)}.`,
  );
  await using agent = await connectAgent({ workingDirectory: output, stateFolder });
  const id = { incident_id: 'PD-4821' };
  await show(agent, 'get_incident', id, 'severity, limits, and what is allowed next');
  await show(agent, 'get_incident_logs', { ...id, service: 'user-service' }, 'what is new since the trouble began');
  await show(agent, 'query_metrics', { ...id, query: 'nodejs_heap_used_bytes' }, 'when it began');
  await show(agent, 'list_recent_deploys', id, 'which change fits that moment');

  const patch = (name: string) => readFile(path.join(import.meta.dirname, 'patches', `${name}.diff`), 'utf8');
  const reason = 'processQueue() keeps every result for the audit view; keep only as many as the view shows.';
  await showRefused(
    agent,
    'apply_patch',
    { ...id, patch: await patch('protected-file'), reason: 'Slow the queue down to gain time.' },
    'slow the queue down in production',
  );
  await showRefused(
    agent,
    'apply_patch',
    { ...id, patch: await patch('fourth-file'), reason },
    'the fix, and tidy up two more files',
  );
  await show(agent, 'apply_patch', { ...id, patch: await patch('fix'), reason }, 'the fix and its test, nothing else');
  const publish = {
    ...id,
    title: 'bound the results that processQueue() keeps',
    summary: 'Keeps only the newest 1,000 results in memory, as many as the audit view shows.',
    root_cause: `Since ${releases[2]?.tag} every processed job stays in memory; the heap grows with each sign-up until the container is killed.`,
  };
  await showRefused(agent, 'open_pr', publish, 'publish at once');
  await showRefused(agent, 'run_tests', { ...id, suite: 'smoke' }, 'try it on staging');
  const tested = await show(agent, 'run_tests', { ...id, suite: 'unit' }, 'the unit tests');
  narrator.note(
    `the tests ran with isolation ${String(tested.facts['isolation'])}; docs/sandbox.md says what that keeps apart`,
  );
  const { facts } = await show(agent, 'open_pr', publish, 'publish the tested tree');
  narrator.note(`branch ${String(facts['branch'])} is on the remote; the pull request is ${String(facts['url'])}`);
}

/** The other way out: an agent that wanders is stopped, and a human gets the hand-over. */
async function runOutOfBudget({ checkout }: Repository): Promise<void> {
  narrator.chapter('Incident PD-4822: an agent that only looks around, with $0.05');
  await openIncident('PD-4822', checkout, 'Sign-ups feel slow.');
  await using agent = await connectAgent({
    workingDirectory: output,
    stateFolder,
    serveArguments: ['--budget', '0.05'],
  });
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const answer = await agent.call('get_incident_logs', { incident_id: 'PD-4822', mode: 'lines', limit: 50 });
    if (!answer.refused) continue;
    narrator.done(`get_incident_logs answered ${attempt - 1} times`);
    narrator.refused('get_incident_logs', firstLine(answer));
    const { facts } = await agent.call('get_incident', { incident_id: 'PD-4822' });
    if (facts['state'] !== 'escalated')
      throw new Error(`PD-4822 should be escalated and is ${String(facts['state'])}.`);
    narrator.note(`PD-4822 is ${facts['state']}: ${String(facts['escalation'])}`);
    return;
  }
  throw new Error('The budget of PD-4822 never ran out.');
}

/** Proves the records and leaves the artefacts side by side. */
async function conclude({ remote }: Repository): Promise<void> {
  narrator.chapter('What is left');
  const verified = await cli(['audit', 'verify']);
  narrator.done('fixgate audit verify', verified);
  for (const id of ['PD-4821', 'PD-4822']) {
    await cli(['report', id, '--format', 'json', '--output', `${id}-report.json`]);
    await cli(['report', id, '--format', 'markdown', '--output', `${id}-report.md`]);
    await cli(['report', id, '--format', 'timeline', '--output', `${id}-timeline.txt`]);
    await cli(['report', id, '--format', 'postmortem', '--output', `${id}-postmortem.md`]);
  }
  await cli(['report', 'PD-4822', '--format', 'remediation', '--output', 'PD-4822-remediation.sh']);
  const branches = await execa('git', ['--git-dir', remote, 'branch', '--list', 'hotfix/*']);
  narrator.done(`pushed: ${branches.stdout.trim()}`);
  narrator.note(
    `onset ${onset.toISOString()}, reports, post-mortem drafts, pull-request body, the server's log: ${path.relative(process.cwd(), output)}/`,
  );
  await cp(path.join(stateFolder, 'pull-requests'), output, { recursive: true }).catch(() => {});
  await writeFile(path.join(output, 'demo-timeline.txt'), `${narrator.lines.join('\n')}\n`);
  console.log(`\n${await readFile(path.join(output, 'PD-4821-timeline.txt'), 'utf8')}`);
}

async function openIncident(id: string, checkout: string, rca: string): Promise<void> {
  const severity = id === 'PD-4821' ? 'SEV2' : 'SEV3';
  const args = [
    '--severity',
    severity,
    '--service',
    'user-service',
    '--started-at',
    onset.toISOString(),
    '--rca',
    rca,
    '--title',
    rca.split(/[.,]/)[0] ?? rca,
  ];
  const answer = await cli(['incident', 'open', '--id', id, '--repo', checkout, ...args]);
  narrator.done(`fixgate incident open --id ${id} --severity ${severity} …`, answer);
}

/** Runs a command of the CLI in the demo's folder, as a person would. */
async function cli(args: readonly string[]): Promise<string> {
  const [command, entry] = fixgate;
  const { stdout } = await execa(command, [entry, ...args], { cwd: output, env: { FIXGATE_STATE_DIR: stateFolder } });
  return stdout;
}

/** One call that must be answered. */
async function show(agent: Agent, tool: string, args: Arguments, why: string): Promise<Answer> {
  const answer = await agent.call(tool, args);
  narrator.done(`${nameOf(tool, args)}  (${why})`, firstLine(answer));
  if (answer.refused) throw new Error(`${tool} should be answered:\n${answer.text}`);
  return answer;
}

/** One call that must be refused. */
async function showRefused(agent: Agent, tool: string, args: Arguments, why: string): Promise<void> {
  const answer = await agent.call(tool, args);
  narrator.refused(`${nameOf(tool, args)}  (${why})`, firstLine(answer));
  if (!answer.refused) throw new Error(`${tool} should be refused:\n${answer.text}`);
}

function nameOf(tool: string, args: Arguments): string {
  return typeof args['suite'] === 'string' ? `${tool} ${args['suite']}` : tool;
}

function firstLine({ text }: Answer): string {
  return text.split('\n')[0] ?? '';
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}

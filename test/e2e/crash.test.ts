import { randomInt } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { Report } from '#report/schema.ts';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { ampleBudget, fixPatch, incidentRepository, reason, unfixPatch } from '../support/incident-repository.ts';
import { runResident } from '../support/resident.ts';
import type { Place } from '../support/server-process.ts';
import { initialize, startLineServer } from '../support/server-process.ts';

const incident_id = 'PD-1';

/** About what the first call of a process takes; later ones are measured. */
const FIRST_CALL_MS = 250;

/** Arguments of the next call, given how many calls the loop has made. */
type NextCall = (n: number) => { readonly tool: string; readonly args: Readonly<Record<string, unknown>> };

/** What a call answered. */
type Answer = Readonly<Record<string, unknown>>;

async function prepare(repository: IncidentRepository): Promise<Place> {
  const place = await repository.configure({}, { budget: ampleBudget });
  await repository.open(incident_id, '--severity', 'SEV2');
  return place;
}

/**
 * Calls one tool after the other until the server is killed, at a random moment of one of the first calls, which is added to
 * `moments`. Answers what was acknowledged.
 */
async function killDuringCalls(place: Place, next: NextCall, moments: string[]): Promise<readonly Answer[]> {
  await using server = startLineServer(place);
  await initialize(server);
  const answers: Answer[] = [];
  const fatal = randomInt(3);
  let lastedMs = FIRST_CALL_MS;
  for (let n = 0; ; n += 1) {
    const { tool, args } = next(n);
    const began = performance.now();
    const call = server.request(n + 1, 'tools/call', { name: tool, arguments: { incident_id, ...args } });
    if (n === fatal) {
      const afterMs = Math.round(Math.random() * lastedMs);
      moments.push(`${tool} ${n + 1}, ${afterMs} of ${Math.round(lastedMs)} ms`);
      setTimeout(() => server.kill('SIGKILL'), afterMs);
    }
    const answer = await call.catch(() => undefined);
    if (!answer) break;
    const said = expect.objectContaining({ text: expect.stringMatching(/^OK /) as string }) as object;
    expect(answer).toMatchObject({ result: { content: expect.arrayContaining([said]) as object[] } });
    lastedMs = performance.now() - began;
    answers.push(answer.result?.['structuredContent'] as Answer);
  }
  expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  return answers;
}

/** The chain is whole, and calls without an end are listed as such and nowhere else. */
async function expectTrueRecords(repository: IncidentRepository): Promise<Report> {
  const verified = await runResident(repository.place, ['audit', 'verify']);
  expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^OK: /) });
  const report = await repository.report(incident_id);
  const unknown = report.timeline.filter(({ outcome }) => outcome === 'unknown').map(({ tool }) => tool);
  expect(report.unknown_outcomes.map(({ tool }) => tool)).toEqual(unknown);
  return report;
}

// Some forty processes for each test, one after the other: minutes on a very busy computer.
describe.concurrent('a server that is killed', { timeout: 600_000 }, () => {
  it('while it patches leaves the tree before or after the patch [state:crash:truth, report:json:unknown-outcome, workspace:patch:all-or-nothing]', async ({
    onTestFailed,
  }) => {
    const moments: string[] = [];
    onTestFailed(() => console.error(moments));
    await using repository = await incidentRepository();
    const place = await prepare(repository);
    let fixed = false;
    let applied = 0;
    let unknown = 0;
    for (let round = 0; round < 6; round += 1) {
      const first = fixed ? unfixPatch : fixPatch;
      const second = fixed ? fixPatch : unfixPatch;
      const flip: NextCall = (n) => ({ tool: 'apply_patch', args: { patch: n % 2 === 0 ? first : second, reason } });
      const answers = await killDuringCalls(place, flip, moments);
      const report = await expectTrueRecords(repository);

      const history = report.patch?.history ?? [];
      const landed = history.length - applied;
      expect([answers.length, answers.length + 1]).toContain(landed);
      expect(report.unknown_outcomes.length - unknown).toBeLessThanOrEqual(1);
      unknown = report.unknown_outcomes.length;
      applied = history.length;
      fixed = fixed !== (landed % 2 === 1);
      expect(report.patch?.tree).toBe(history.at(-1)?.tree);
      expect(report.files_modified.map(({ path }) => path)).toEqual(fixed ? ['src/queue.js'] : []);
      expect((report.git_diff ?? '').includes('-    this.#finished.push(job);')).toBe(fixed);

      const patch = fixed ? unfixPatch : fixPatch;
      const next = await repository.step('apply_patch', { incident_id, patch, reason }, place);
      expect(next).toMatchObject({ exitCode: 0, answer: { applied: true } });
      fixed = !fixed;
      applied += 1;
    }
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  it('while it tests loses no run, and the next run works [state:crash:truth, workspace:tests:outlive]', async ({
    onTestFailed,
  }) => {
    const moments: string[] = [];
    onTestFailed(() => console.error(moments));
    await using repository = await incidentRepository();
    const place = await prepare(repository);
    await repository.step('apply_patch', { incident_id, patch: fixPatch, reason }, place);
    // The same for the third time in a row would be refused, and which of these calls were answered is chance.
    let seconds = 60;
    const turn = () => ({ timeout_s: (seconds += 1) });
    for (let round = 0; round < 4; round += 1) {
      const answers = await killDuringCalls(place, () => ({ tool: 'run_tests', args: turn() }), moments);
      for (const answer of answers) expect(answer).toMatchObject({ status: 'finished', verdict: 'pass' });
      const { verification } = await expectTrueRecords(repository);

      // The last run outlives its server, unless that died before it could start the process; polling answers the end.
      for (const job_id of verification.flatMap((suite) => suite.job_id ?? [])) {
        const { exitCode, answer } = await repository.step('run_tests', { incident_id, job_id }, place);
        expect({ exitCode, status: answer['status'] }).toEqual({ exitCode: 0, status: 'finished' });
        expect(['pass', 'infra_error']).toContain(answer['verdict']);
      }
      const next = await repository.step('run_tests', { incident_id, ...turn() }, place);
      expect(next).toMatchObject({ exitCode: 0, answer: { verdict: 'pass' } });
    }
    const { verification } = await expectTrueRecords(repository);
    expect(verification).toMatchObject([{ green: true, on_current_tree: true }]);
  });

  it('while it publishes leaves one branch and one pull request [state:crash:truth, gate:publish:branch]', async ({
    onTestFailed,
  }) => {
    const moments: string[] = [];
    onTestFailed(() => console.error(moments));
    await using repository = await incidentRepository();
    const place = await prepare(repository);
    await repository.step('apply_patch', { incident_id, patch: fixPatch, reason }, place);
    await repository.step('run_tests', { incident_id }, place);
    const urls = new Set<unknown>();
    for (let round = 0; round < 6; round += 1) {
      const title = (n: number) => `let finished jobs go ${round}.${n}`;
      const publish: NextCall = (n) => ({ tool: 'open_pr', args: { title: title(n) } });
      const answers = await killDuringCalls(place, publish, moments);
      for (const { url } of answers) urls.add(url);
      const { pull_request } = await expectTrueRecords(repository);
      expect(answers.length > 0 && pull_request === null).toBe(false);
      expect(['', `hotfix/${incident_id}`]).toContain(repository.hotfixBranches().join());

      const next = await repository.step('open_pr', { incident_id, title: title(-1) }, place);
      expect(next).toMatchObject({ exitCode: 0, answer: { branch: `hotfix/${incident_id}` } });
      urls.add(next.answer['url']);
      expect(repository.hotfixBranches()).toEqual([`hotfix/${incident_id}`]);
      const head = repository.git('ls-remote', 'origin', `refs/heads/hotfix/${incident_id}`).split('\t')[0];
      expect(head).toBe(next.answer['commit']);
    }
    expect(urls.size).toBe(1);
    repository.git('fetch', '--quiet', 'origin');
    expect(repository.git('log', '--format=%P', '-1', `origin/hotfix/${incident_id}`)).toBe(repository.culprit);
  });
});

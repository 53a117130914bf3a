import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { parsePolicy } from '#policy/load.ts';

import { createEngine } from '../../support/engine-fixture.ts';
import { shipped } from './samples.ts';

const folder = path.join(import.meta.dirname, '../../../policies');
const read = (file: string) => readFileSync(file, 'utf8');
const load = (name: string) =>
  parsePolicy(read(path.join(folder, `${name}.yaml`)), path.join(folder, `${name}.yaml`), read);

const fix = {
  patch: JSON.stringify({ 'src/queue.js': 'fixed' }),
  reason: 'release every job',
  plan: 'diagnosis: jobs are never released\nchange: release every job after use\nrollback: revert the one commit',
};
const words = { summary: 'Jobs are released.', root_cause: 'They were kept.' };
const confirmed = { severity: 'SEV3' as const, severityConfirmed: true };

/** What an agent gets done by itself under a policy: the first word of each answer, and what it published. */
async function workUnder(name: string, incident: object = confirmed) {
  const { autonomy, require_plan, risk } = load(name);
  await using engine = createEngine({ policy: { autonomy, require_plan, risk }, incident });
  const first = async (tool: string, args: object) => /^\w+/.exec((await engine.call(tool, { ...args })).text)?.[0];
  const tried = await first('apply_patch', { ...fix, dry_run: true });
  const patched = await first('apply_patch', fix);
  const tested = await first('run_tests', {});
  const opened = await engine.call('open_pr', words);
  return { tried, patched, tested, draft: opened.structured?.['draft'] };
}

describe('the shipped policies', () => {
  it.each([
    ['observer', 'observer'],
    ['pr-bot', 'pr_bot'],
    ['auto-remediator', 'auto_remediator'],
  ])('%s loads, has the level %s and the rules of the shipped policy [gate:autonomy:matrix]', (name, level) => {
    const policy = load(name);
    expect(policy).toMatchObject({ name, autonomy: { level } });
    for (const key of [
      'protected_files',
      'blocked_commands',
      'limits',
      'budget',
      'sandbox',
      'approvals',
      'risk',
    ] as const)
      expect(policy[key]).toEqual(shipped[key]);
  });

  it('pr-bot is what holds without any policy [gate:autonomy:matrix]', () => {
    const { autonomy, require_plan, pull_request, risk } = load('pr-bot');
    expect(shipped).toMatchObject({ name: 'pr-bot', autonomy, require_plan, pull_request, risk });
  });

  it('observer lets patches be tried and nothing be written [gate:autonomy:matrix]', async () => {
    expect(await workUnder('observer')).toMatchObject({ tried: 'OK', patched: 'DENIED', draft: undefined });
  });

  it.each<[string, object, boolean]>([
    ['pr-bot', confirmed, false],
    ['pr-bot', { severity: 'SEV2', severityConfirmed: true }, true],
    ['auto-remediator', confirmed, false],
    ['auto-remediator', { severity: 'SEV2', severityConfirmed: true }, true],
  ])(
    '%s lets a change of low risk be published for %j, as a draft: %s [gate:autonomy:matrix]',
    async (name, incident, draft) => {
      expect(await workUnder(name, incident)).toEqual({ tried: 'OK', patched: 'OK', tested: 'OK', draft });
    },
  );

  it.each<[string, string | undefined]>([
    ['pr-bot', 'DENIED'],
    ['auto-remediator', 'OK'],
  ])('%s answers a patch for a SEV4 with %s [gate:autonomy:matrix]', async (name, patched) => {
    expect(await workUnder(name, { severity: 'SEV4', severityConfirmed: true })).toMatchObject({ patched });
  });

  it('auto-remediator asks for a plan first [gate:policy:plan]', async () => {
    const { autonomy, require_plan } = load('auto-remediator');
    await using engine = createEngine({ policy: { autonomy, require_plan }, incident: confirmed });
    const { plan: _plan, ...without } = fix;
    expect((await engine.call('apply_patch', without)).refused?.ruleIds).toEqual(['require_plan']);
  });
});

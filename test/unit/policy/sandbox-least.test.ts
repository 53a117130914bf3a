import { expect, it } from 'vitest';

import { isolations, type Isolation } from '#domain/remediation.ts';
import { tighten } from '#policy/architect.ts';
import { sandboxLeast } from '#policy/guards/sandbox-least.ts';

import { incident, patch, running, shipped } from './samples.ts';

function runningWith(isolation: Isolation | undefined) {
  const action = running('npm test');
  const { sandbox, ...plan } = action.plan;
  return { ...action, plan: { ...plan, ...(isolation && sandbox && { sandbox: { ...sandbox, isolation } }) } };
}

it.each(isolations.flatMap((least) => isolations.map((isolation) => [least, isolation] as const)))(
  'a policy that asks for %s judges a run with isolation %s',
  (least, isolation) => {
    const findings = sandboxLeast(runningWith(isolation), { ...shipped, sandbox: { least } }, incident);
    const enough = isolations.indexOf(isolation) >= isolations.indexOf(least);
    expect(findings.map(({ rule, effect }) => [rule, effect])).toEqual(enough ? [] : [['sandbox/least', 'deny']]);
  },
);

it('asks for partial when the policy says nothing else, and says what to install', () => {
  const [finding] = sandboxLeast(runningWith('none'), shipped, incident);
  expect(shipped.sandbox).toEqual({ least: 'partial' });
  expect(finding?.reason).toBe('Tests would run with isolation none here, and the policy accepts partial or better.');
  expect(finding?.fix).toContain('apt-get install bubblewrap');
  expect(finding?.evidence).toEqual({ isolation: 'none', least: 'partial' });
});

it('takes a run that does not say how it is kept apart for one that is not', () => {
  expect(sandboxLeast(runningWith(undefined), shipped, incident)).toEqual([
    expect.objectContaining({ evidence: { isolation: 'none', least: 'partial' } }),
  ]);
});

it('asks nothing of other actions', () => {
  expect(sandboxLeast(patch(), { ...shipped, sandbox: { least: 'full' } }, incident)).toEqual([]);
});

it('is inherited by the policy of a repository', () => {
  const strict = { ...shipped, sandbox: { least: 'full' as const } };
  expect(tighten(strict, 'guardrails: {}', '.architect.yaml').sandbox).toEqual({ least: 'full' });
});

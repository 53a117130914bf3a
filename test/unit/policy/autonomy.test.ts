import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Action } from '#domain/action.ts';
import type { Incident, Severity } from '#domain/incident.ts';
import type { Risk } from '#domain/risk.ts';
import type { AutonomyInput, AutonomyLevel } from '#policy/autonomy.ts';
import {
  autonomyFindings,
  autonomyLevels,
  effectiveAutonomy,
  isDraftOnly,
  readyFindings,
  standingInputs,
} from '#policy/autonomy.ts';

import { incident, patch, publishing, running, shipped } from './samples.ts';

const tests = { ...running('node --test'), onBase: false };
const actions: Readonly<Record<string, Action>> = {
  read: { kind: 'read', source: 'files', request: { of: 'metric_names', search: '' } },
  inspect: { kind: 'inspect' },
  patch: patch(),
  test_base: { ...tests, onBase: true },
  test_changed: tests,
  publish: publishing(),
};

interface Standing {
  readonly level?: AutonomyLevel;
  readonly severity?: Severity;
  readonly confirmed?: boolean;
  readonly released?: boolean;
  readonly sev4Patch?: boolean;
}

function inputsOf({
  level = 'pr_bot',
  severity = 'SEV3',
  confirmed = true,
  released = false,
  sev4Patch = false,
}: Standing) {
  const release = released ? { release: { at: 0, by: 'ada', reason: 'go' } } : {};
  const subject: Incident = { ...incident, severity, severityConfirmed: confirmed, ...release };
  return { inputs: standingInputs({ autonomy: { level, sev4_patch: sev4Patch } }, subject), incident: subject };
}

function refused(standing: Standing, dryRun = false): Record<string, readonly string[]> {
  const given = inputsOf(standing);
  return Object.fromEntries(
    Object.entries(actions).flatMap(([name, action]) => {
      const rules = autonomyFindings(action, { ...given, dryRun }).map(({ rule }) => rule);
      return rules.length === 0 ? [] : [[name, rules]];
    }),
  );
}

const writes = (...rules: string[]) => ({ patch: rules, test_changed: rules, publish: rules });

describe('the severity matrix', () => {
  it.each<[string, Standing, Record<string, readonly string[]>]>([
    ['SEV1', { severity: 'SEV1' }, writes('severity/SEV1')],
    ['SEV1 that nobody confirmed', { severity: 'SEV1', confirmed: false }, writes('severity/SEV1')],
    ['released SEV1', { severity: 'SEV1', released: true }, {}],
    ['SEV2', { severity: 'SEV2' }, {}],
    ['SEV3', { severity: 'SEV3' }, {}],
    ['SEV3 that nobody confirmed', { severity: 'SEV3', confirmed: false }, {}],
    ['SEV4', { severity: 'SEV4' }, writes('severity/SEV4')],
    ['SEV4 that the policy lets patch', { severity: 'SEV4', sev4Patch: true }, {}],
    ['released SEV4', { severity: 'SEV4', released: true }, writes('severity/SEV4')],
    ['SEV2 for an observer', { severity: 'SEV2', level: 'observer' }, writes('autonomy/observer')],
    ['SEV1 for an observer', { severity: 'SEV1', level: 'observer' }, writes('autonomy/observer', 'severity/SEV1')],
    [
      'released SEV1 for an observer',
      { severity: 'SEV1', level: 'observer', released: true },
      writes('autonomy/observer'),
    ],
    ['SEV1 for an auto-remediator', { severity: 'SEV1', level: 'auto_remediator' }, writes('severity/SEV1')],
    ['SEV4 for an auto-remediator', { severity: 'SEV4', level: 'auto_remediator' }, writes('severity/SEV4')],
  ])('refuses for a %s what it should [gate:autonomy:matrix]', (_, standing, expected) => {
    expect(refused(standing)).toEqual(expected);
  });

  it.each<[string, Standing, AutonomyLevel, readonly string[]]>([
    ['policy', { level: 'observer' }, 'observer', ['policy']],
    ['severity', { level: 'auto_remediator', severity: 'SEV2' }, 'pr_bot', ['severity/SEV2']],
    ['nothing below the top', { level: 'auto_remediator' }, 'auto_remediator', ['policy', 'severity/SEV3']],
    ['a missing human', { level: 'auto_remediator', confirmed: false }, 'pr_bot', ['severity/unconfirmed']],
    [
      'a release that is not enough',
      { level: 'auto_remediator', severity: 'SEV1', released: true },
      'pr_bot',
      ['severity/SEV1'],
    ],
  ])('says what bound it: %s', (_, standing, level, boundBy) => {
    expect(effectiveAutonomy(inputsOf(standing).inputs)).toEqual({ level, boundBy });
  });

  it('lets an observer try patches without applying them, but nobody a SEV1', () => {
    expect(refused({ level: 'observer' }, true)).not.toHaveProperty('patch');
    expect(refused({ level: 'observer' }, true)).toHaveProperty('publish');
    expect(refused({ severity: 'SEV1' }, true)).toHaveProperty('patch');
    expect(refused({ severity: 'SEV4', level: 'observer' }, true)['patch']).toEqual(['severity/SEV4']);
  });

  it.each([
    ['signs', 'signed', ' --key FILE`.'],
    ['does not sign', 'advisory', '`.'],
    ['has no key yet', 'none', '`. For that, humans need keys here first: `approvers:` in fixgate.yaml'],
  ] as const)('says how a human who %s releases a SEV1', (_, humanProof, end) => {
    const subject: Incident = { ...incident, severity: 'SEV1', severityConfirmed: true };
    const inputs = standingInputs({ autonomy: { level: 'pr_bot', sev4_patch: false } }, subject, humanProof);
    const [finding] = autonomyFindings(publishing(), { inputs, incident: subject, dryRun: false });
    expect(finding?.fix).toContain(`\`fixgate release ${incident.id} --reason "…"${end}`);
    expect(finding?.fix.includes('humans need keys')).toBe(humanProof === 'none');
  });

  it('stops even tests of the base commit by the kill switch', () => {
    const stop: AutonomyInput = { level: 'observer', by: 'kill_switch', reason: 'it is on', fix: 'Wait.' };
    const found = autonomyFindings({ ...tests, onBase: true }, { inputs: [stop], incident, dryRun: true });
    expect(found).toMatchObject([{ rule: 'kill_switch', effect: 'deny', retry: 'later', fix: 'Wait.' }]);
  });
});

describe('effective autonomy', () => {
  const input = fc.record({ level: fc.constantFrom(...autonomyLevels), by: fc.string() });
  const rank = (inputs: readonly AutonomyInput[]) => autonomyLevels.indexOf(effectiveAutonomy(inputs).level);

  it('is never raised by another input, whatever the order [gate:autonomy:strictest]', () => {
    fc.assert(
      fc.property(fc.array(input, { minLength: 1 }), input, fc.nat(), (inputs, more, at) => {
        const added = inputs.toSpliced(at % (inputs.length + 1), 0, more);
        expect(rank(added)).toBeLessThanOrEqual(rank(inputs));
        expect(rank(added)).toBeLessThanOrEqual(autonomyLevels.indexOf(more.level));
        expect(rank(added)).toBe(rank(added.toReversed()));
      }),
    );
  });

  it('is always bound by something, and allows only to observe when nothing is known', () => {
    fc.assert(
      fc.property(fc.array(input, { minLength: 1 }), (inputs) => {
        expect(effectiveAutonomy(inputs).boundBy.length).toBeGreaterThan(0);
      }),
    );
    expect(effectiveAutonomy([])).toEqual({ level: 'observer', boundBy: [] });
  });
});

describe('a ready pull request', () => {
  const risk = (band: Risk['band']): Risk => ({
    score: 40,
    band,
    factors: [],
    modifiers: [],
    floors: [],
    unknowns: [],
  });

  it.each<[Severity, Risk['band'] | undefined, readonly string[]]>([
    ['SEV1', 'low', ['severity/SEV1']],
    ['SEV2', 'low', ['severity/SEV2']],
    ['SEV3', 'low', []],
    ['SEV3', undefined, []],
    ['SEV3', 'medium', ['risk/ready']],
    ['SEV3', 'high', ['risk/ready']],
    ['SEV4', 'low', []],
    ['SEV2', 'medium', ['severity/SEV2', 'risk/ready']],
  ])('of a %s with %s risk asks a human about %j', (severity, band, expected) => {
    const found = readyFindings({ ...incident, severity }, band && risk(band));
    expect(found.map(({ rule }) => rule)).toEqual(expected);
    expect(found.every(({ effect }) => effect === 'require_approval')).toBe(true);
  });

  it.each<[string, boolean, Partial<Incident>, boolean]>([
    ['the policy says so', true, {}, true],
    ['an agent opened it and nobody looked', false, { openedBy: 'agent', severityConfirmed: false }, true],
    ['a human opened it without a severity', false, { severityConfirmed: false }, true],
    ['nobody asks for it', false, { openedBy: 'agent', severityConfirmed: true }, false],
  ])('is a draft whatever anybody approves when %s', (_, draft, change, expected) => {
    const policy = { pull_request: { ...shipped.pull_request, draft } };
    expect(isDraftOnly(policy, { ...incident, ...change })).toBe(expected);
  });
});

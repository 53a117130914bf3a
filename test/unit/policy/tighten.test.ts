import { describe, expect, it } from 'vitest';

import { toLine } from '#policy/problems.ts';
import type { Fragment } from '#policy/tighten.ts';
import { tightenFragment } from '#policy/tighten.ts';

/** What comes of one key, and what is looser. */
function merged(key: string, had: unknown, given: unknown) {
  const { content, looser } = tightenFragment({ [key]: had }, { [key]: given });
  return { value: content[key], looser: looser.map(toLine) };
}

const looser = (at: string, given: unknown, had: unknown) =>
  `${at}: ${JSON.stringify(given)} is looser than ${JSON.stringify(had)}`;

describe('values that are ranked', () => {
  it.each<[string, unknown, unknown, unknown, boolean]>([
    ['mode', 'shadow', 'enforce', 'enforce', false],
    ['mode', 'enforce', 'enforce', 'enforce', false],
    ['mode', 'enforce', 'shadow', 'enforce', true],
    ['mode', 'enforce', 'unknown', 'unknown', false],
    ['file_scope', 'rca_files', 'any', 'rca_files', true],
    ['file_scope', 'any', 'rca_files', 'rca_files', false],
    ['require_plan', true, false, true, true],
    ['require_plan', false, true, true, false],
    ['approvals', 'signed', 'advisory', 'signed', true],
    ['approvals', 'advisory', 'signed', 'signed', false],
    ['name', 'base', 'child', 'child', false],
    ['autonomy', { level: 'observer' }, { level: 'pr_bot' }, { level: 'pr_bot' }, false],
  ])('%s: %j and then %j give %j', (key, had, given, ...[value, isLooser]) => {
    expect(merged(key, had, given)).toEqual({ value, looser: isLooser ? [looser(key, given, had)] : [] });
  });

  it.each<[string, unknown, unknown, unknown, readonly string[]]>([
    ['sandbox', { least: 'full' }, { least: 'none' }, { least: 'full' }, ['sandbox.least']],
    ['sandbox', { least: 'partial' }, { least: 'full' }, { least: 'full' }, []],
    ['sandbox', { least: 'none', other: 1 }, { other: 2 }, { least: 'none', other: 2 }, []],
    ['pull_request', { draft: true }, { draft: false }, { draft: true }, ['pull_request.draft']],
    [
      'pull_request',
      { draft: false, labels: ['a'] },
      { draft: true, labels: ['b', 'a'] },
      { draft: true, labels: ['a', 'b'] },
      [],
    ],
  ])('%s: %j and then %j give %j', (key, had, given, ...[value, at]) => {
    const result = merged(key, had, given);
    expect(result.value).toEqual(value);
    expect(result.looser.map((line) => line.split(':')[0])).toEqual(at);
  });
});

describe('caps', () => {
  it.each<[unknown, unknown, unknown, boolean]>([
    [3, 2, 2, false],
    [3, 3, 3, false],
    [3, 4, 3, true],
    [undefined, 4, 4, false],
    ['3', 4, 4, false],
    [3, '4', '4', false],
  ])('of %j and then %j are %j', (had, given, value, isLooser) => {
    for (const key of ['limits', 'budget', 'incidents_opened_by_agents'])
      expect(merged(key, { x: had }, { x: given })).toEqual({
        value: { x: value },
        looser: isLooser ? [looser(`${key}.x`, given, had)] : [],
      });
    for (const x of ['medium', 'high'])
      expect(merged('risk', { [x]: had }, { [x]: given }).value).toEqual({ [x]: value });
  });

  it('that are not there yet are taken, and so is what is no mapping', () => {
    expect(tightenFragment({}, { limits: { max_files: 4 } })).toEqual({
      content: { limits: { max_files: 4 } },
      looser: [],
    });
    expect(merged('limits', 7, { max_files: 4 })).toEqual({ value: { max_files: 4 }, looser: [] });
    expect(merged('limits', { max_files: 4 }, null)).toEqual({ value: null, looser: [] });
    expect(merged('limits', { max_files: 4 }, [1])).toEqual({ value: [1], looser: [] });
  });

  it('of risk leave its other keys to the file that says them last', () => {
    expect(merged('risk', { high: 70, business_hours: 1 }, { high: 80, business_hours: 2 })).toEqual({
      value: { high: 70, business_hours: 2 },
      looser: [looser('risk.high', 80, 70)],
    });
  });
});

describe('hours in which a change is not riskier', () => {
  const hours = { days: ['mon', 'tue'], from: '09:00', until: '17:00' };

  it.each([
    ['the same', {}],
    ['fewer days', { days: ['tue'] }],
    ['a later start', { from: '10:00' }],
    ['an earlier end', { until: '16:59' }],
  ])('may become fewer: %s', (_, change) => {
    const given = { ...hours, ...change };
    expect(merged('risk', { business_hours: hours }, { business_hours: given })).toEqual({
      value: { business_hours: given },
      looser: [],
    });
  });

  it.each([
    ['another day', { days: ['mon', 'sat'] }],
    ['an earlier start', { from: '08:59' }],
    ['a later end', { until: '17:01' }],
  ])('cannot become more: %s [gate:policy:extends]', (_, change) => {
    const given = { ...hours, ...change };
    expect(merged('risk', { business_hours: hours }, { business_hours: given })).toEqual({
      value: { business_hours: hours },
      looser: [looser('risk.business_hours', given, hours)],
    });
  });

  it('can be set where there were none', () => {
    expect(merged('risk', { high: 70 }, { business_hours: hours })).toEqual({
      value: { high: 70, business_hours: hours },
      looser: [],
    });
  });
});

describe('lists', () => {
  it('of commands and sensitive files add up, each entry once', () => {
    for (const key of ['blocked_commands', 'sensitive_files']) {
      expect(merged(key, ['a', 'b'], ['b', 'c'])).toEqual({ value: ['a', 'b', 'c'], looser: [] });
      expect(merged(key, ['a'], 'b').value).toEqual(['a']);
      expect(tightenFragment({}, { [key]: ['a'] }).content).toEqual({ [key]: ['a'] });
    }
  });

  it('of named entries add up; the same name cannot mean two things', () => {
    const one = { name: 'one', pattern: 'a' };
    const two = { name: 'two', pattern: 'b' };
    const other = { name: 'one', pattern: 'c' };
    for (const key of ['quality_gates', 'code_rules']) {
      expect(merged(key, [one], [{ pattern: 'a', name: 'one' }, two])).toEqual({ value: [one, two], looser: [] });
      expect(merged(key, [one], [other, two])).toEqual({
        value: [one, two],
        looser: [`${key}: ${JSON.stringify(other)} is another than the one of that name`],
      });
    }
  });

  it('of hooks add up, each once', () => {
    const hook = { on: 'escalated', argv: ['a'] };
    const same = { argv: ['a'], on: 'escalated' };
    const more = { on: 'escalated', argv: ['b'] };
    expect(merged('hooks', [hook], [same, more])).toEqual({ value: [hook, more], looser: [] });
  });

  it('that are too long to be shown are cut', () => {
    const long = { name: 'one', pattern: 'x'.repeat(300) };
    const [line = ''] = merged('code_rules', [{ name: 'one', pattern: 'y' }], [long]).looser;
    expect(line).toBe(`code_rules: ${JSON.stringify(long).slice(0, 200)} is another than the one of that name`);
  });
});

describe('rules of files', () => {
  const ask = { glob: 'db/**', effect: 'require_approval' };
  const allow = { glob: 'db/**', effect: 'allow' };
  const deny = { glob: 'db/**', effect: 'deny' };

  it.each<[string, readonly unknown[], readonly unknown[], readonly unknown[], number]>([
    ['another glob is added', ['a'], ['b'], ['a', 'b'], 0],
    ['the same again is one', ['db/**'], ['db/**', deny], ['db/**'], 0],
    ['a stricter one is added', [ask], ['db/**'], [ask, 'db/**'], 0],
    ['a question about what was open is added', [allow], [ask], [allow, ask], 0],
    ['a question about what was denied is looser', ['db/**'], [ask], ['db/**'], 1],
    ['an opening of what was asked about is looser', [ask], [allow], [ask], 1],
    ['an opening of what was not named is looser', ['a'], [allow], ['a'], 1],
    ['a question about what was not named is added', ['a'], [ask], ['a', ask], 0],
    ['the strictest of several decides', [ask, 'db/**', allow], [{ ...ask, reason: 'x' }], [ask, 'db/**', allow], 1],
    ['the same opening again is one', [allow], [allow], [allow], 0],
  ])('%s', (_, had, given, ...[value, count]) => {
    const result = merged('protected_files', had, given);
    expect(result.value).toEqual(value);
    expect(result.looser).toHaveLength(count);
  });

  it('name the entry that is looser, and what it is looser than', () => {
    expect(merged('protected_files', ['db/**'], ['a', ask]).looser).toEqual([looser('protected_files[1]', ask, deny)]);
    expect(merged('protected_files', [], [allow]).looser).toEqual([
      expect.stringMatching(
        /^protected_files\[0\]: .* is looser than what is built in: an opening takes a policy that extends no other/,
      ),
    ]);
  });
});

describe('examples', () => {
  it('that must be refused add up, and those that must be allowed are the last ones', () => {
    const had = { refused: { paths: ['a'], commands: ['x'] }, allowed: { paths: ['b'], commands: ['y'] } };
    const given = { refused: { paths: ['c', 'a'], commands: ['z', 'x'] }, allowed: { paths: ['d'], commands: ['w'] } };
    expect(merged('examples', had, given).value).toEqual({
      refused: { paths: ['a', 'c'], commands: ['x', 'z'] },
      allowed: { paths: ['d'], commands: ['w'] },
    });
    expect(merged('examples', had, {}).value).toEqual({ refused: had.refused, allowed: { paths: [], commands: [] } });
    expect(merged('examples', null, given).value).toEqual({
      refused: { paths: ['c', 'a'], commands: ['z', 'x'] },
      allowed: given.allowed,
    });
  });
});

it('what one file does not say is taken from the other', () => {
  const had: Fragment = { name: 'a', mode: 'enforce' };
  expect(tightenFragment(had, {})).toEqual({ content: had, looser: [] });
  expect(tightenFragment({}, had)).toEqual({ content: had, looser: [] });
  expect(tightenFragment(had, { mode: undefined, toString: 1 })).toEqual({
    content: { ...had, toString: 1 },
    looser: [],
  });
  expect(had).toEqual({ name: 'a', mode: 'enforce' });
});

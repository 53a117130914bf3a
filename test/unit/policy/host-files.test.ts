import { describe, expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import { bindingOf } from '#domain/approval.ts';
import { changeOf, isOfNoDependency, judgeRead, judgeWrite } from '#policy/host-files.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import { refuseMoreQuestions } from '#policy/waiting-questions.ts';

import { shipped } from './samples.ts';

const policy: HostPolicy = {
  ...shipped,
  protected_files: ['*.env*', { glob: 'db/**', effect: 'require_approval' }, { glob: 'Makefile', effect: 'allow' }],
  sensitive_files: ['secrets/**', '*.pem'],
};

const leave = (path: string) =>
  `Leave "${path}" as it is; hand over to a human if it must change, and do not move its content elsewhere.`;
const propose = (path: string) =>
  `Leave "${path}" as it is, or propose the change with Fixgate's apply_patch, which asks a human.`;

describe('a write of a host', () => {
  it.each<[string, readonly (readonly string[])[]]>([
    ['src/a.ts', []],
    ['Makefile', []],
    ['.env', [['protected_files/*.env*', 'deny', leave('.env')]]],
    ['secrets/a', [['sensitive_files/secrets/**', 'deny', leave('secrets/a')]]],
    ['db/a.sql', [['protected_files/db/**', 'require_approval', propose('db/a.sql')]]],
    ['.git/config', [['built_in_files/git', 'deny', leave('.git/config')]]],
    ['package.json', [['built_in_files/package-manifest', 'require_approval', propose('package.json')]]],
    ['src//a.ts', [['path_canonical', 'deny', 'Name the file by its plain path inside the project.']]],
  ])('to %j is judged as %j', (path, expected) => {
    const found = judgeWrite(path, policy);
    expect(found.map(({ rule, effect, fix }) => [rule, effect, fix])).toEqual(expected);
  });

  it.each([
    ['node_modules/x/a.js', false],
    ['vendor/x/a.go', false],
    ['.git/config', true],
    ['package.json', true],
    ['.env', true],
  ])('to %s is about more than the content of a dependency: %s', (path, more) => {
    expect(judgeWrite(path, policy).map(isOfNoDependency)).toEqual([more]);
  });

  it('is for the guards a patch of that file, which reads nothing and loses nothing', () => {
    const write = { path: 'a', after: { mode: '100644' as const, content: Buffer.from('x') }, added: 1, removed: 0 };
    expect(changeOf(write)).toEqual({
      kind: 'patch',
      reason: '',
      fromTree: '',
      tree: '',
      writes: [write],
      reads: [],
      netChanges: [],
      diffHash: '',
      everTouched: ['a'],
      touched: [],
    });
  });

  it('says why and about which file', () => {
    expect(judgeWrite('.env', policy)[0]).toMatchObject({
      reason: '".env" may not be changed: it is covered by protected_files (*.env*).',
      evidence: { path: '.env', use: 'write' },
    });
  });
});

describe('what an operator says to do instead', () => {
  it.each(['deny', 'require_approval'] as const)('is told with %s', (effect) => {
    const rule = { glob: 'db/**', effect, reason: 'Nobody can roll it back.', instead: 'ask the data team' };
    const [finding] = judgeWrite('db/a.sql', { ...policy, protected_files: [rule] });
    expect(finding?.fix).toMatch(/ The operator says what to do instead: ask the data team\.$/);
  });
});

describe('a read of a host', () => {
  it('is kept from sensitive files alone', () => {
    expect(judgeRead('secrets/A.pem', policy)).toEqual(
      ['secrets/**', '*.pem'].map((glob) => ({
        rule: `sensitive_files/${glob}`,
        effect: 'deny',
        reason: `"secrets/A.pem" may not be read: it is covered by sensitive_files (${glob}).`,
        fix: 'Work without its content; name single files or a narrower folder when you search.',
        evidence: { path: 'secrets/A.pem', pattern: glob },
      })),
    );
    expect(judgeRead('.env', policy)).toEqual([]);
    const { sensitive_files: _none, ...open } = policy;
    expect(judgeRead('secrets/a', open)).toEqual([]);
  });
});

describe('questions that wait for a human', () => {
  const subject = { incidentId: 'PD-1', kind: 'patch' as const, facts: { n: 0 } };
  const asked = (n: number, change: Partial<Approval> = {}): Approval => ({
    id: `A-${n}`,
    ...subject,
    binding: bindingOf({ ...subject, facts: { n } }),
    question: '',
    ruleIds: [],
    requestedBy: 'a',
    requestedAt: 0,
    expiresAt: 10,
    ...change,
  });
  const five = [1, 2, 3, 4, 5].map((n) => asked(n));
  const decision = { verdict: 'approved' as const, reason: '', at: 0, by: 'ada' };

  it('are five at most', () => {
    expect(() => refuseMoreQuestions(subject, five, 9)).toThrow(
      expect.objectContaining({
        code: 'policy_denied',
        message: '5 questions of PD-1 wait for a human already, and no more are asked. Nothing was done.',
        ruleIds: ['approvals/waiting'],
        fix: 'Tell the on-call engineer which of the open questions matters, and repeat that call once it is answered.',
        retry: 'later',
        evidence: { waiting: ['A-1', 'A-2', 'A-3', 'A-4', 'A-5'], limit: 5 },
      }),
    );
  });

  it.each<[string, readonly Approval[], number]>([
    ['fewer', five.slice(1), 9],
    ['the same again', [...five.slice(1), asked(0)], 9],
    ['some that were answered', [...five.slice(1), asked(1, { decision })], 9],
    ['some that are late', five, 10],
    ['some that humans asked', [...five.slice(1), asked(1, { kind: 'waiver' })], 9],
  ])('leave room for one more: %s', (_, approvals, now) => {
    expect(() => refuseMoreQuestions(subject, approvals, now)).not.toThrow();
  });

  it.each(['patch', 'test', 'publish', 'read', 'inspect'] as const)(
    'count when a call of the kind %s asked',
    (kind) => {
      expect(() => refuseMoreQuestions(subject, [...five.slice(1), asked(1, { kind })], 9)).toThrow('5 questions');
    },
  );
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compilePattern } from '#providers/openmetrics/label-pattern.ts';

import { cpuMs } from '../../support/cpu-time.ts';

describe('compilePattern', () => {
  it.each([
    ['', ['']],
    ['5..', ['500', '503']],
    ['GET|POST', ['GET', 'POST']],
    ['/api/.*', ['/api/', '/api/x/y']],
    ['(?:a|b)+c?', ['ab', 'abac']],
    ['pod-\\d{2,3}', ['pod-12', 'pod-123']],
    ['[a-c]{0,2}x', ['x', 'ax', 'bcx']],
    ['a{2}', ['aa']],
    ['a{2,}', ['aa', 'aaaa']],
    ['()|x', ['', 'x']],
    ['[^/]+', ['ü€😀']],
  ])('%s matches %j', (pattern, texts) => {
    for (const text of texts) expect([text, compilePattern(pattern)(text)]).toStrictEqual([text, true]);
  });

  it.each([
    ['5..', '50'],
    ['GET|POST', 'GETX'],
    ['a{2}', 'aaa'],
    ['[a-c]{1,2}x', 'x'],
    ['pod-\\d{2,3}', 'pod-1234'],
  ])('%s does not match %j', (pattern, text) => {
    expect(compilePattern(pattern)(text)).toBe(false);
  });

  it.each([
    '(',
    ')',
    'a)',
    '*a',
    'a**',
    'a+?',
    '(?=a)',
    '(?<n>a)',
    '(a)\\1',
    '^a',
    'a$',
    '[z-a]',
    '[a',
    'a'.repeat(300),
    '((a{99}){99}){99}',
  ])('refuses %s', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(/is not understood/);
  });

  it('answers at once where backtracking would not', () => {
    const text = `${'a'.repeat(2_000)}!`;
    for (const pattern of ['(a+)+b', '(a|a)*b', '(.*)*x', '.*.*.*.*.*.*x']) {
      const start = cpuMs();
      expect(compilePattern(pattern)(text)).toBe(false);
      expect(cpuMs() - start).toBeLessThan(1_000);
    }
  });

  it('agrees with the language it imitates', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '(a|b)',
      '(?:ab)',
      'a*',
      'b+',
      '(ab)?',
      'a{1,2}',
      '|',
      '(a*)*',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), fc.stringMatching(/^[abc]{0,6}$/), (pieces, text) => {
        const pattern = pieces.join('');
        expect(compilePattern(pattern)(text)).toBe(new RegExp(`^(?:${pattern})$`, 'su').test(text));
      }),
      { numRuns: 500 },
    );
  });
});

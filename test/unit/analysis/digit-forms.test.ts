import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createDigitForms } from '#analysis/digit-forms.ts';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const whole = (forms: ReturnType<typeof createDigitForms<object>>, text: string) =>
  forms.of(bytesOf(text), 0, text.length);
const zeros = (text: string) => text.replaceAll(/\d/g, '0');
const isPlain = (text: string) => /^[\t -~]+$/.test(text);

/** Has met enough to share something with the first text of a form too. */
function createEager() {
  const forms = createDigitForms(() => ({}));
  for (let count = 0; count < 200; count++) whole(forms, 'met before');
  return forms;
}

describe('texts that differ in digits alone', () => {
  const text = fc.oneof(
    fc.string({ minLength: 1, maxLength: 24, unit: fc.constantFrom(...'0123456789 /:x\t~\u007f\n\u00e9ab'.split('')) }),
    fc.string({ minLength: 1, maxLength: 24, unit: 'binary-ascii' }),
  );

  it('share one object, and no others do', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 30 }), (texts) => {
        const forms = createEager();
        const shared = texts.map((each) => whole(forms, each));
        for (const [index, one] of texts.entries())
          for (const [before, other] of texts.slice(0, index).entries()) {
            const isShared = shared[index] !== undefined && shared[index] === shared[before];
            expect([one, other, isShared]).toEqual([one, other, isPlain(one) && zeros(one) === zeros(other)]);
          }
      }),
      { numRuns: 1_000 },
    );
  });

  it('are found wherever they stand among other bytes', () => {
    fc.assert(
      fc.property(text.filter(isPlain), fc.nat(9), fc.string({ maxLength: 9 }), (each, digit, around) => {
        const forms = createEager();
        const first = whole(forms, each);
        const other = `${around}${each.replaceAll(/\d/g, String(digit))}${around}`;
        const start = Buffer.byteLength(around);
        expect(forms.of(Buffer.from(other), start, start + each.length)).toBe(first);
      }),
    );
  });

  it.each([
    ['blanks at the end', 'a', 'a '],
    ['a digit and what lies beside digits', '5', '/'],
    ['a digit and another character', '5', ':'],
    ['the case of letters', 'a', 'A'],
  ])('are told from those with other %s', (_, one, other) => {
    const forms = createEager();
    expect(whole(forms, one)).toBeDefined();
    expect(whole(forms, other)).not.toBe(whole(forms, one));
  });

  it('share nothing at first while most texts are new, and from their second on', () => {
    const forms = createDigitForms(() => ({}));
    expect(whole(forms, 'took 1 ms')).toBeUndefined();
    const shared = whole(forms, 'took 2 ms');
    expect(shared).toBeDefined();
    expect(whole(forms, 'took 3 ms')).toBe(shared);
  });

  it('share nothing where they are long or hold other characters', () => {
    const forms = createEager();
    for (const each of ['', 'a'.repeat(1_025), 'caf\u00e9', 'a\u0000', 'a\u007f'])
      expect([each, whole(forms, each), whole(forms, each)]).toEqual([each, undefined, undefined]);
    expect(whole(forms, 'a'.repeat(1_024))).toBeDefined();
  });

  it('are found again among more of them than there is room for, until it begins anew', () => {
    const forms = createEager();
    const name = (index: number) => index.toString(26).replaceAll(/\d/g, (digit) => 'ABCDEFGHIJ'.charAt(Number(digit)));
    const many = Array.from({ length: 60_000 }, (_, index) => `${name(index)} took 7 ms`);
    for (const each of many) whole(forms, each);
    const shared = many.map((each) => whole(forms, each.replace('7', '8')));
    expect(new Set(shared).size).toBe(many.length);
    expect(shared).not.toContain(undefined);
    expect(many.filter((each, index) => whole(forms, each) !== shared[index])).toEqual([]);
    const long = Array.from({ length: 9_000 }, (_, index) => `${name(index)}${' and so on'.repeat(95)}`);
    for (const each of long) whole(forms, each);
    const last = long.at(-1) ?? '';
    expect(whole(forms, last)).toBeDefined();
    expect(whole(forms, last)).toBe(whole(forms, last));
  });
});

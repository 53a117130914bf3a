import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createMasker } from '#analysis/mask-memory.ts';
import { maskMessage } from '#analysis/mask.ts';

import { labelledLines, labelledSystems } from '../../support/labelled-logs.ts';

const messages = labelledSystems.flatMap((system) => labelledLines(system, 300).map(({ message }) => message));

/** Words and signs of which log lines are made, and anything else. */
const part = fc.oneof(
  fc.constantFrom(...messages.flatMap((message) => message.split(' '))),
  fc.stringMatching(/^[0-9a-fx:./_-]{1,40}$/),
  fc.constantFrom(
    '0x',
    '10x5',
    'x0',
    '[',
    ']: ',
    '[a]: ',
    '\n',
    '\t',
    '"',
    "'",
    '=',
    'sshd[7]:',
    'INFO ',
    'é',
    '\u0000',
    '\u0001',
  ),
  fc.string({ maxLength: 12 }),
);
const message = fc.oneof(
  fc.constantFrom(...messages),
  fc.array(part, { maxLength: 30 }).map((parts) => parts.join(' ')),
  fc.array(part, { maxLength: 30 }).map((parts) => parts.join('')),
);

/** The same text with other digits; the zero of `0x` tells what the word is, and stays. */
const withOtherDigits = (text: string, digits: readonly number[]) => {
  let at = 0;
  return text.replaceAll(/\d(?![xX])/g, () => String(digits[at++ % digits.length]));
};

/** What stands around an id may make a path, an address, a unit, a number or a name of it. */
const around = fc.constantFrom(
  '',
  ' ',
  '-',
  '_',
  '.',
  ':',
  '/',
  '@',
  '\\',
  '~',
  '+',
  '$',
  '=',
  '(',
  '"',
  '://',
  '/api/',
  '/tmp/',
  '/usr/',
  'C:\\',
  '.js',
  '.7',
  ':80',
  '10.0.0.1',
  '10.0.0.1:80',
  '1.2.3.4-',
  '0x',
  'd',
  'e',
  'k:',
  'fe80::',
  '12 ',
  ' d',
  'ab-',
  '>-x2k4j',
);
const id = fc.oneof(
  fc.uuid(),
  fc.stringMatching(/^[0-9a-f]{6,13}$/),
  fc.stringMatching(/^[0-9]{5,9}[a-f]?[0-9]{0,3}[de]?$/),
  fc.stringMatching(/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/),
  fc.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
  fc.stringMatching(/^[0-9a-f]{8,16}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{11,20}$/),
);
const hexDigits = (text: string, others: readonly number[]) => {
  let at = 0;
  return text.replaceAll(/[0-9a-f]/g, () => (others[at++ % others.length] ?? 0).toString(16));
};

describe('createMasker', () => {
  it('answers so for ids of any digits, in whatever they stand', () => {
    const mask = createMasker();
    const digits = fc.array(fc.nat(15), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.tuple(around, id, around), { maxLength: 5 }), digits, digits, (parts, one, other) => {
        const asWritten = parts.flat().join('');
        const withIds = (others: readonly number[]) =>
          parts.map(([before, text, after]) => before + hexDigits(text, others) + after).join('');
        for (const each of [asWritten, withIds(one), withIds(other)]) expect(mask(each)).toBe(maskMessage(each));
      }),
      { numRuns: 10_000 },
    );
  });

  it('answers as maskMessage does, whatever came before', () => {
    const mask = createMasker();
    fc.assert(
      fc.property(message, fc.array(fc.nat(9), { minLength: 1, maxLength: 8 }), (text, digits) => {
        for (const each of [text, withOtherDigits(text, digits), text]) expect(mask(each)).toBe(maskMessage(each));
      }),
      { numRuns: 3_000 },
    );
  });

  it('answers so for the lines of all systems, and for more kinds of lines than it remembers', () => {
    const mask = createMasker();
    for (const text of messages) expect(mask(text)).toBe(maskMessage(text));
    const word = (index: number) => index.toString(26).replaceAll(/\d/g, (digit) => 'ABCDEFGHIJ'.charAt(Number(digit)));
    const many = Array.from({ length: 70_000 }, (_, index) => `${word(index)} took ${index} ms`);
    const long = Array.from(
      { length: 10_000 },
      (_, index) => `${word(index)} took ${index} ms ${'of all '.repeat(130)}`,
    );
    expect([...many, ...long].filter((text) => mask(text) !== maskMessage(text))).toEqual([]);
    for (const text of messages) expect(mask(text)).toBe(maskMessage(text));
  });

  it.each([
    ['an address of memory', 'at 0xff', 'at 1xff'],
    ['a size', 'grid 10x5', 'grid 21x5'],
    ['a line end', 'one\n1', 'one\n2 more'],
    ['white space before the text', '\none', '\ntwo'],
    ['the suffix of a pod', 'lost pod app-7f9c4d5b6-xxxz4', 'lost pod app-7f9c4d5b6-xxxz1'],
    ['brackets that end in the next line', '[a\nb] INFO one', '[a\nb'],
    [
      'what follows a UUID at once',
      'of b1a1bba1-0000-5044-d000-bab11bba1aaa373579731',
      'of 1b3948ff-5439-6760-d142-5167cf68148c3b8b2351d',
    ],
    ['the end of a long text', `${'a'.repeat(999)}1x`, `${'a'.repeat(999)}2y`],
  ])('tells %s apart', (_, one, other) => {
    const mask = createMasker();
    expect([mask(one), mask(other), mask(one)]).toEqual([maskMessage(one), maskMessage(other), maskMessage(one)]);
  });

  it.each(['0xff', '1xff', '0Xff', '0xfg', '0Xfg', '9\n1', '9', '90', '9a', '9\u0000', '9\t1'])(
    'answers so for %j wherever it stands among four bytes',
    (text) => {
      const mask = createMasker();
      const all = Array.from({ length: 9 }, (_, length) => [
        `${'a'.repeat(length + 1)}-${text}`,
        `${'a '.repeat(length + 1)}${text}`,
      ]);
      const texts = all
        .flat()
        .flatMap((each) => [each, each.replaceAll('9', '7'), each.replace('x', 'X'), `${each} 5`]);
      for (const each of [...texts, ...texts]) expect(mask(each)).toBe(maskMessage(each));
    },
  );
});

it('answers so for messages that were made to lie in one place of the memory', () => {
  // Their hash leads all of them to the same place, more than are tried.
  const words =
    'ADkII AFFfF AGHCj AHdtI AHpBC AHvAI AJcdA AbmjD AgIjA AiIee AipGq AjCFw AlEqr Anqbr AoCHH ArGcg AtDeq AtwBE AuFrb AwalB AyaCl Aypum Ayvzu AzJcB BBFdG BDDGe BDfqJ BEBpA BGGuj BGdqh BGfyI BHmAp BacEI Bbldb BcIIH Bffsi BgBJm BgyFa Bjhys Blfeu';
  const texts = words.split(' ').map((word) => `${word} left`);
  const mask = createMasker();
  for (const text of [...texts, ...texts]) expect(mask(text)).toBe(maskMessage(text));
});

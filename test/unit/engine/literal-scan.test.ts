import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SECRET_SHAPES } from '#domain/secret-shapes.ts';
import { createLiteralScan } from '#engine/literal-scan.ts';
import { STEPS } from '#engine/redact-steps.ts';
import { createRedactor } from '#engine/redact.ts';

import { positives } from '../../fixtures/secrets/positives.ts';

describe('a look for many literals at once', () => {
  it('finds each literal in any case, also within another one', () => {
    const look = createLiteralScan([
      { text: 'she', bits: 1 },
      { text: 'he', bits: 2 },
      { text: 'HERS', bits: 4 },
    ]);
    expect(['ushers', 'SHE', 'he', 'sh e', ''].map(look)).toEqual([7, 3, 2, 0, 0]);
  });

  const anyCharacter = fc.constantFrom('a', 'B', 'b', '-', 'é', '\u200B', '\n');
  const oneByte = fc.constantFrom('a', 'B', 'b', '-', '\r', '\n');
  it.each([
    ['short', fc.string({ unit: anyCharacter, maxLength: 12 })],
    ['long', fc.string({ unit: anyCharacter, maxLength: 400, size: 'max' })],
    ['long, of ASCII alone,', fc.string({ unit: oneByte, maxLength: 400, size: 'max' })],
    ['larger than what is copied', fc.string({ unit: oneByte, maxLength: 8 }).map((end) => 'c'.repeat(40_000) + end)],
  ])('agrees with a search for each, whatever the literals, in %s texts', (_, texts) => {
    const word = fc.string({ unit: anyCharacter, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), texts, (words, text) => {
        const fold = (value: string) => value.toLowerCase().replaceAll(/[^\t\n\x20-\x7e]/g, '\0');
        const literals = words.filter((each) => each !== '').map((each, index) => ({ text: each, bits: 1 << index }));
        const expected = literals.reduce(
          (found, literal) => found | (fold(text).includes(fold(literal.text)) ? literal.bits : 0),
          0,
        );
        expect(createLiteralScan(literals)(text)).toBe(expected);
      }),
    );
  });
});

describe('the look before a text is redacted', () => {
  const redact = createRedactor(['hunter2hunter2']);
  /** Makes every kind of secret be searched for. */
  const every = STEPS.map(({ anchors }) => anchors).join(' ');

  it.each(positives().map(({ kind, text }) => [kind, text] as const))(
    'leaves out no kind that could find something: %s',
    (_, text) => {
      // Also the single lines of a longer text.
      for (const part of new Set([text, ...text.split('\n')]))
        expect(redact(`${every}\n${part}`).endsWith(`\n${redact(part)}`)).toBe(true);
    },
  );

  it('is for words that stand in every secret of a shape', () => {
    const found = positives().flatMap(({ text }) =>
      SECRET_SHAPES.flatMap(({ pattern, anchors }) =>
        [...text.matchAll(pattern)].map(([secret]) => [text, secret, anchors] as const),
      ),
    );
    const without = found.filter(([text, , anchors]) =>
      anchors.split(' ').every((anchor) => !text.toLowerCase().includes(anchor.toLowerCase())),
    );
    expect(found.length).toBeGreaterThan(50);
    expect(without).toEqual([]);
  });

  it('finds a secret of the server in whatever case and form its beginning stands', () => {
    const encoded = Buffer.from('user:hunter2hunter2').toString('base64');
    expect(redact(`got ${encoded}`)).not.toContain(encoded.slice(8, 20));
    expect(redact('got hunter2hunter2.')).toBe('got [masked:secret].');
    expect(redact('got Hunter2hunter2.')).toBe('got Hunter2hunter2.');
  });
});

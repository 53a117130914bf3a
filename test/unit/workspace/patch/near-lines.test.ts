import { describe, expect, it } from 'vitest';

import { suggestPaths } from '#workspace/patch/suggest-path.ts';

import { edited, hunk, patched, patchTexts, refusal } from './patching.ts';

const cart = [
  'export function empty() {',
  '  return [];',
  '}',
  '',
  ...Array.from({ length: 30 }, (_, n) => `const price${n} = ${n};`),
  '',
  'export function total(items, tax) {',
  '\tconst sum = items.reduce((all, item) => all + item.price, 0);',
  '  return sum + tax;',
  '}',
  '',
].join('\n');

const block = (...old: readonly string[]) =>
  `src/a.ts\n<<<<<<< SEARCH\n${old.join('\n')}\n=======\nnew\n>>>>>>> REPLACE\n`;

/** The same old lines in each form that an agent may send. */
const forms: readonly (readonly [string, (...old: readonly string[]) => () => unknown])[] = [
  [
    'a SEARCH/REPLACE block',
    (...old) =>
      () =>
        patched(block(...old), cart),
  ],
  [
    'edits',
    (...old) =>
      () =>
        edited(cart, { old_text: old.join('\n'), new_text: 'new' }),
  ],
  [
    'a unified diff',
    (...old) =>
      () =>
        patched(hunk(...old.map((line) => `-${line}`), '+new'), cart),
  ],
];

describe.each(forms)('%s whose line is slightly wrong', (_, apply) => {
  it.each([
    ['the only one', ['export function totl(items, tax) {'], 36],
    ['beside lines that stand everywhere', ['  return sum + taxes;', '}'], 38],
    [
      'beside others that are wrong',
      ['export function total(item, tax) {', '  const sum = item.reduce((all) => all.price);'],
      36,
    ],
  ])('is refused with the real line beside it: %s', (_, old, line) => {
    const { code, message, fix, evidence } = refusal(apply(...old));
    const real = cart.split('\n')[line - 1] ?? '';
    expect([code, evidence['code']]).toEqual(['invalid_input', 'not_found']);
    expect(evidence).toMatchObject({
      closest: { line },
      first_difference: { line, expected: old[0]?.replace(/^ +/, (run) => '·'.repeat(run.length)) },
    });
    expect(evidence['lines']).toContain(`${line}| ${real}`);
    expect(message).toContain(`${line}| ${real}`);
    expect(fix).toMatch(/^Resend the patch with .* rewritten from lines \d+–\d+ as shown\.$/);
  });

  it('shows the white space in which it differs', () => {
    const old = '  const sums = items.reduce((all, item) => all + item.price, 0);';
    const { evidence } = refusal(apply(old));
    expect(evidence['first_difference']).toMatchObject({
      line: 37,
      expected: expect.stringMatching(/^··const sums/),
      actual: expect.stringMatching(/^→const sum/),
    });
  });

  it('is told what the file begins with when no line of it is alike', () => {
    const { message, evidence } = refusal(apply('SELECT id FROM orders WHERE 1 = 1'));
    expect(message).toContain('none of its 1 old lines stands in the file');
    expect(evidence['closest']).toBeUndefined();
  });
});

it('finds the line that part of a line resembles', () => {
  const { evidence } = refusal(() => edited(cart, { old_text: 'all + item.prize', new_text: 'all' }));
  expect(evidence).toMatchObject({ closest: { line: 37 } });
});

it('answers soon for a file of the greatest size', () => {
  const file = 'const value = compute();\n'.repeat(200_000);
  const from = performance.now();
  expect(refusal(() => patched(block('const value = computed();'), file)).evidence).toMatchObject({
    closest: { line: 1 },
  });
  expect(performance.now() - from).toBeLessThan(10_000);
});

describe('a misspelled path', () => {
  it.each([
    ['src/kart.js', ['src/cart.js', 'src/queue.js', 'test/kar.js'], ['src/cart.js']],
    ['src/crat.js', ['src/cart.js', 'src/queue.js'], ['src/cart.js']],
    ['cart.sj', ['cart.js', 'queue.js'], ['cart.js']],
    ['src/b.js', ['src/a.js'], []],
    ['src/orders.js', ['src/cart.js', 'src/queue.js'], []],
  ])('%s is answered with the nearest of its folder', (missing, known, want) => {
    expect(suggestPaths(missing, known)).toEqual(want);
  });

  it('is named in the refusal', () => {
    const known = ['src/cart.js'];
    const suggest = (path: string) => suggestPaths(path, known);
    const { message, evidence } = refusal(() =>
      patchTexts(block('a').replace('src/a.ts', 'src/kart.js'), {}, { suggest }),
    );
    expect(message).toContain('Did you mean "src/cart.js"?');
    expect(evidence['did_you_mean']).toEqual(['src/cart.js']);
  });
});

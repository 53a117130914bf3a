import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';

import { diffHunks, unifiedDiff } from '../../../support/unified-diff.ts';
import { blobId, patched } from './patching.ts';
import { sampled } from './random.ts';

const eol = fc.constantFrom('\n', '\r\n');
/** Few distinct lines, so that most blocks occur more than once. */
const repetitive = fc.constantFrom(
  '',
  '}',
  '  x();',
  '\tx();',
  'if (y) {',
  'x',
  '- x',
  '+',
  '\\ x',
  '@@ -1 +1 @@',
  '--- a',
  '+++ b',
);
const telling = fc.tuple(fc.nat(9_999), repetitive).map(([n, text]) => `${text} line ${n}`);

function fileOf(line: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(fc.tuple(line, eol), { maxLength: 30 }), fc.boolean(), eol, fc.constantFrom('', '\uFEFF'))
    .map(([lines, final, one, bom]) => {
      const mixed = lines.length % 5 === 0;
      const text = lines.map(([body, own]) => body + (mixed ? own : one)).join('');
      return text === '' ? text : bom + (final ? text : text.replace(/\r?\n$/, ''));
    });
}

interface Change {
  readonly at: number;
  readonly remove: number;
  readonly insert: readonly string[];
}

const change = (line: fc.Arbitrary<string>) =>
  fc.record({ at: fc.nat(30), remove: fc.nat(3), insert: fc.array(line, { maxLength: 3 }) });

function edited(text: string, changes: readonly Change[]): string {
  const lines = text === '' ? [] : text.split(/(?<=\n)/);
  const end = lines[0]?.endsWith('\r\n') ? '\r\n' : '\n';
  for (const { at, remove, insert } of changes) {
    lines.splice(Math.min(at, lines.length), remove, ...insert.map((line) => line + end));
  }
  // Only the last line may lack a newline.
  return lines.map((line, i) => (line.endsWith('\n') || i === lines.length - 1 ? line : line + end)).join('');
}

const pair = (line: fc.Arbitrary<string>) =>
  fc
    .tuple(fileOf(line), fc.array(change(line), { minLength: 1, maxLength: 3 }))
    .map(([a, changes]) => ({ a, b: edited(a, changes) }))
    .filter(({ a, b }) => a !== b && a !== '' && b !== '');

/** The result, or undefined for a refusal; any other error fails the property. */
function attempt(patch: string, text: string): string | undefined {
  try {
    return patched(patch, text);
  } catch (error) {
    if (error instanceof FixgateError) return undefined;
    throw error;
  }
}

const runs = sampled(400);

describe('for random files and edits', () => {
  it('a diff made from exactly these bytes gives the edited file, byte for byte', () => {
    fc.assert(
      fc.property(pair(repetitive), ({ a, b }) => {
        expect(patched(unifiedDiff('src/a.ts', a, b, blobId(a)), a)).toBe(b);
      }),
      runs,
    );
  });

  it('a diff gives the edited file where its lines are telling', () => {
    fc.assert(
      fc.property(pair(telling), ({ a, b }) => {
        const diff = unifiedDiff('src/a.ts', a, b, blobId(a));
        expect(patched(diff.replaceAll(/^@@ .*$/gm, '@@ @@'), a) ?? b).toBe(b);
      }),
      runs,
    );
  });

  it('a diff without proof, numbers or counts is right or refused', () => {
    fc.assert(
      fc.property(
        pair(repetitive),
        fc.constantFrom('@@ @@', '@@ -7,9 +9,7 @@', '@@ -1,1 +1,1 @@'),
        ({ a, b }, header) => {
          const hunks = diffHunks(a, b).replaceAll(/^@@ .*@@$/gm, header);
          expect(attempt(`--- a/src/a.ts\n+++ b/src/a.ts\n${hunks}`, a) ?? b).toBe(b);
        },
      ),
      runs,
    );
  });

  it('a drifted file keeps its drift and takes the change, or none', () => {
    const drift = fc
      .array(telling, { minLength: 1, maxLength: 5 })
      .map((lines) => `${lines.map((line) => `drift ${line}`).join('\n')}\n`);
    fc.assert(
      fc.property(pair(telling), drift, drift, ({ a, b }, above, below) => {
        fc.pre(a.endsWith('\n') && b.endsWith('\n') && !a.startsWith('\uFEFF') && !a.includes('\r'));
        const result = attempt(unifiedDiff('src/a.ts', a, b, blobId(a)), above + a + below);
        expect(result ?? above + b + below).toBe(above + b + below);
      }),
      runs,
    );
  });

  it('a hunk with two places changes neither', () => {
    fc.assert(
      fc.property(pair(telling), ({ a, b }) => {
        fc.pre(a.endsWith('\n') && !a.startsWith('\uFEFF') && b.endsWith('\n'));
        expect(attempt(`--- a/src/a.ts\n+++ b/src/a.ts\n${diffHunks(a, b)}`, a + a)).toBeUndefined();
      }),
      runs,
    );
  });

  it('a patch applied twice is refused the second time', () => {
    fc.assert(
      fc.property(pair(telling), ({ a, b }) => {
        const diff = unifiedDiff('src/a.ts', a, b);
        const once = attempt(diff, a);
        fc.pre(once === b && new Set(a.split('\n').concat(b.split('\n'))).size > 8);
        expect(attempt(diff, b)).toBeUndefined();
      }),
      runs,
    );
  });

  it('no text makes the parser fail in any other way than a refusal', () => {
    const token = fc.constantFrom(
      '*** Begin Patch\n',
      '*** End Patch\n',
      '*** Update File: a\n',
      '*** Add File: b\n',
      '*** Move to: c\n',
      '*** End of File\n',
      '@@\n',
      '@@ -1,2 +1,2 @@\n',
      '@@ x\n',
      'diff --git a/a b/a\n',
      '--- a/a\n',
      '+++ b/a\n',
      '+++ /dev/null\n',
      'rename from a\n',
      'rename to b\n',
      'new file mode 100644\n',
      ' x\n',
      '-x\n',
      '+y\n',
      '\n',
      '\\ No newline\n',
      '```\n',
      '<<<<<<< SEARCH\n',
      '=======\n',
      '>>>>>>> REPLACE\n',
      'a\n',
      '-- \n2.39\n',
      '\r',
      '\uFEFF',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 9, arbitrary: token }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) }), {
          maxLength: 25,
        }),
        (tokens) => {
          expect(() => attempt(tokens.join(''), 'x\ny\nx\n')).not.toThrow();
        },
      ),
      sampled(1_000),
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { applyPatch } from '#workspace/patch/apply-patch.ts';
import type { PatchResult } from '#workspace/patch/apply-patch.ts';
import { parseEdits } from '#workspace/patch/edits.ts';
import { parsePatch } from '#workspace/patch/parse-patch.ts';

import { edited, filesOf } from './patching.ts';
import { sampled } from './random.ts';
import type { RenderedHunk } from './rendered-forms.ts';
import { hunksBetween, renderings, toEdits } from './rendered-forms.ts';

type Form = keyof typeof renderings | 'edits';
const forms: readonly Form[] = ['unified', 'begin_patch', 'search_replace', 'edits'];

function applied(form: Form, hunks: readonly RenderedHunk[], file: string, change = (text: string) => text) {
  const parsed =
    form === 'edits'
      ? parseEdits(
          toEdits(hunks).map((edit) => ({
            ...edit,
            old_text: change(edit.old_text ?? ''),
            new_text: change(edit.new_text ?? ''),
          })),
        )
      : parsePatch(change(renderings[form](hunks)));
  return contentOf(applyPatch(parsed, { files: filesOf({ 'src/a.ts': file }) }));
}

const contentOf = ({ writes }: PatchResult) => writes[0]?.after?.content.toString();

function orRefused<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof FixgateError) return undefined;
    throw error;
  }
}

/** A line: spaces before it, and what it says. */
interface Line {
  readonly depth: number;
  readonly text: string;
}

const lineWith = (text: fc.Arbitrary<string>) => fc.record({ depth: fc.nat(3), text });
/** Every line is another one. */
const tellingFile = fc
  .array(lineWith(fc.constantFrom('', 'call', 'if x', '}', 'return')), { minLength: 4, maxLength: 30 })
  .map((lines) => lines.map(({ depth, text }, n) => ({ depth, text: text === '' ? '' : `${text} line ${n};` })));
/** Most blocks occur more than once. */
const repetitiveFile = fc.array(lineWith(fc.constantFrom('', '}', 'x();', 'if (y) {')), {
  minLength: 1,
  maxLength: 20,
});

const change = fc.record({
  at: fc.nat(30),
  remove: fc.nat(3),
  insert: fc.array(lineWith(fc.constantFrom('new', 'other', 'added')), { maxLength: 3 }),
});

/** A file before and after, of which every line knows whether it stayed. */
interface Pair {
  readonly a: readonly Line[];
  readonly b: readonly (Line & { readonly kept: boolean })[];
}

function toPair(
  a: readonly Line[],
  changes: readonly (typeof change extends fc.Arbitrary<infer C> ? C : never)[],
): Pair {
  const b = a.map((line) => ({ ...line, kept: true }));
  for (const [n, { at, remove, insert }] of changes.entries()) {
    const lines = insert.map(({ depth, text }, k) => ({ depth, text: `${text} ${n}-${k}`, kept: false }));
    b.splice(Math.min(at, b.length), remove, ...lines);
  }
  return { a, b };
}

const pairOf = (file: fc.Arbitrary<readonly Line[]>) =>
  fc
    .tuple(file, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([a, changes]) => toPair(a, changes))
    .filter(({ a, b }) => b.length > 0 && render(a) !== render(b));

type Indent = (depth: number) => string;
const spaces: Indent = (depth) => '    '.repeat(depth);

function render(lines: readonly Line[], indent: Indent = spaces, eol = '\n'): string {
  return lines.map(({ depth, text }) => (text === '' ? '' : indent(depth) + text) + eol).join('');
}

/** What happened to the file, and to the text of the patch, since it was made. */
interface Drift {
  readonly before: (pair: Pair) => string;
  readonly after: (pair: Pair) => string;
  readonly patch?: (text: string) => string;
  readonly forms?: readonly Form[];
}

const texts: readonly Form[] = ['unified', 'begin_patch', 'search_replace'];
const same = { before: ({ a }: Pair) => render(a), after: ({ b }: Pair) => render(b) };
const indentedBy = (delta: string): Drift => {
  const indent: Indent = (depth) => delta + spaces(depth);
  return { before: ({ a }) => render(a, indent), after: ({ b }) => render(b, indent) };
};
const blanksInFile = (line: Line) => ({ ...line, text: line.text === '' ? '' : `${line.text} \t` });

const drifts: Readonly<Record<string, Drift>> = {
  none: same,
  'CRLF in the file': { before: ({ a }) => render(a, spaces, '\r\n'), after: ({ b }) => render(b, spaces, '\r\n') },
  'CRLF in the patch': { ...same, patch: (text) => text.replaceAll('\n', '\r\n') },
  'a byte order mark in the file': { before: ({ a }) => `\uFEFF${render(a)}`, after: ({ b }) => `\uFEFF${render(b)}` },
  'trailing white space in the file': {
    before: ({ a }) => render(a.map(blanksInFile)),
    after: ({ b }) => render(b.map((line) => (line.kept ? blanksInFile(line) : line))),
  },
  'two more spaces before every line of the file': indentedBy('  '),
  'a tab before every line of the file': indentedBy('\t'),
  'wrong counts and lines': {
    ...same,
    patch: (text) => text.replaceAll('-7,3 +9,9', '-1,99 +400,0'),
    forms: ['unified'],
  },
  'no numbers at all': {
    ...same,
    patch: (text) => text.replaceAll('@@ -7,3 +9,9 @@', '@@ ... @@'),
    forms: ['unified'],
  },
  'blank lines that lost their space': {
    ...same,
    patch: (text) => text.replaceAll(/^ $/gmu, ''),
    forms: ['unified', 'begin_patch'],
  },
  'trailing white space in context of the patch': {
    ...same,
    patch: (text) => text.replaceAll(/^( .*)$/gmu, '$1  '),
    forms: ['unified', 'begin_patch'],
  },
  'a fence': { ...same, patch: (text) => `\`\`\`diff\n${text}\`\`\`\n`, forms: texts },
  'a heredoc': { ...same, patch: (text) => `apply_patch <<'EOF'\n${text}EOF\n`, forms: texts },
  'a fence below prose': {
    ...same,
    patch: (text) => `This is it:\n\n\`\`\`\n${text}\`\`\`\nDone.\n`,
    forms: ['unified', 'begin_patch'],
  },
};

/** Blank lines alone say nothing of the indentation of a file. */
const tells = (hunk: RenderedHunk) => hunk.some(({ op, text }) => op !== '+' && text.trim() !== '');

const cases = Object.entries(drifts).flatMap(([name, drift]) =>
  (drift.forms ?? forms).map((form) => [form, name, drift] as const),
);

describe('a diff in any form, applied to the file that it was made from', () => {
  it.each(cases)('as %s with %s gives the edited file [workspace:patch:drift]', (form, _, drift) => {
    fc.assert(
      fc.property(pairOf(tellingFile), (pair) => {
        const hunks = hunksBetween(render(pair.a), render(pair.b));
        fc.pre(hunks.every(tells));
        expect(applied(form, hunks, drift.before(pair), drift.patch)).toBe(drift.after(pair));
      }),
      sampled(100),
    );
  });

  it.each(cases)(
    'as %s with %s is right or refused where the file repeats itself [workspace:patch:drift]',
    (form, _, drift) => {
      fc.assert(
        fc.property(pairOf(repetitiveFile), fc.constantFrom(0, 1, 3), (pair, context) => {
          const hunks = hunksBetween(render(pair.a), render(pair.b), context);
          const want = drift.after(pair);
          fc.pre(hunks.every(tells));
          expect(orRefused(() => applied(form, hunks, drift.before(pair), drift.patch)) ?? want).toBe(want);
        }),
        sampled(100),
      );
    },
  );

  it.each(forms)('as %s with tabs in the file and spaces in the patch gives the file with tabs, or none', (form) => {
    const tabs: Indent = (depth) => '\t'.repeat(depth);
    let made = 0;
    fc.assert(
      fc.property(pairOf(tellingFile), (pair) => {
        const hunks = hunksBetween(render(pair.a), render(pair.b));
        fc.pre(hunks.every((hunk) => hunk.some(({ op, text }) => op !== '+' && /^ +\S/u.test(text))));
        const result = orRefused(() => applied(form, hunks, render(pair.a, tabs)));
        if (result !== undefined) made += 1;
        expect(result ?? render(pair.b, tabs)).toBe(render(pair.b, tabs));
      }),
      sampled(100),
    );
    expect(made).toBeGreaterThan(50);
  });

  it.each(forms)('as %s is refused where the file holds its content twice [workspace:patch:drift]', (form) => {
    fc.assert(
      fc.property(pairOf(tellingFile), ({ a, b }) => {
        const hunks = hunksBetween(render(a), render(b));
        expect(orRefused(() => applied(form, hunks, render(a).repeat(2)))).toBeUndefined();
      }),
      sampled(100),
    );
  });
});

describe('one hunk of random lines', () => {
  const word = fc.constantFrom('', 'a', 'bb', 'ccc', 'dddd', '  dddd', '    dddd', '\tdddd', 'dddd ', '“d”dd', '"d"dd');
  const lines = fc.array<string>(word, { minLength: 1, maxLength: 12 });
  const some = fc.array<string>(word, { minLength: 1, maxLength: 3 });

  const placesOf = (file: readonly string[], old: readonly string[], key: (text: string) => string) =>
    file.flatMap((_, at) =>
      at + old.length <= file.length && old.every((text, k) => key(file[at + k] ?? '') === key(text)) ? [at] : [],
    );

  interface Case {
    readonly file: readonly string[];
    readonly old: readonly string[];
    readonly now: readonly string[];
  }

  /** One block of the file is other lines now, and everything around it is as it was. */
  const differsInOneBlock = ({ file, old, now }: Case, got: readonly string[]) =>
    file.some(
      (_, at) =>
        got.length === file.length - old.length + now.length &&
        file.slice(0, at).every((text, k) => got[k] === text) &&
        file.slice(at + old.length).every((text, k) => got[at + now.length + k] === text),
    );

  /** The place that the first tier with one decides for; lines that the hunk only repeats keep their white space. */
  const isRight = ({ file, old, now }: Case, got: readonly string[]) => {
    const exact = placesOf(file, old, (text) => text);
    const loose = placesOf(file, old, (text) => text.trimEnd());
    const places = exact.length > 0 ? exact : loose;
    const [place, second] = places;
    if (place === undefined) return differsInOneBlock({ file, old, now }, got);
    const want = file.toSpliced(place, old.length, ...now);
    return (
      second === undefined &&
      differsInOneBlock({ file, old, now }, got) &&
      got.length === want.length &&
      got.every((text, k) => text.trimEnd() === want[k]?.trimEnd())
    );
  };

  // SEARCH/REPLACE and hunks are matched by whole lines; edits match any text first, and have their own test.
  it('changes the one block that its old lines are equal to, or nothing [workspace:patch:place]', () => {
    fc.assert(
      fc.property(lines, some, fc.array<string>(word, { maxLength: 3 }), fc.constantFrom(...texts), (...drawn) => {
        const [file, old, now, form] = drawn;
        const hunk = [...old.map((text) => ({ op: '-', text })), ...now.map((text) => ({ op: '+', text }))];
        const result = orRefused(() => applied(form, [hunk], file.map((line) => `${line}\n`).join('')));
        expect(result === undefined || isRight({ file, old, now }, result.split('\n').slice(0, -1))).toBe(true);
      }),
      sampled(3_000),
    );
  });
});

/** How often a text stands in another, overlapping ones included. */
function countOf(text: string, wanted: string): number {
  return Array.from({ length: text.length }, (_, at) => text.startsWith(wanted, at)).filter(Boolean).length;
}

describe('an old text at random', () => {
  const file = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '(', '\n'), minLength: 1, maxLength: 40 });

  it('is replaced where it stands when it stands there once, else nothing is [workspace:patch:place]', () => {
    fc.assert(
      fc.property(
        file,
        fc.nat(40),
        fc.integer({ min: 1, max: 8 }),
        fc.string({ unit: fc.constantFrom('x', 'y', ' ') }),
        (text, at, size, now) => {
          const before = `${text}\n`;
          const old = text.slice(at, at + size);
          fc.pre(old.trim() !== '' && !old.endsWith('\n') && now.trim() !== '' && !old.startsWith('\n'));
          const result = orRefused(() => edited(before, { old_text: old, new_text: now }));
          expect(result).toBe(countOf(before, old) === 1 ? before.replace(old, now) : undefined);
        },
      ),
      sampled(2_000),
    );
  });

  it('is replaced everywhere when it stands there as often as it says, else nowhere [workspace:patch:place]', () => {
    fc.assert(
      fc.property(
        file,
        fc.constantFrom('a', 'ab', 'b(', '(a', 'aa', 'b\na'),
        fc.integer({ min: 2, max: 4 }),
        (text, old, count) => {
          const before = `${text}\n`;
          const places = countOf(before, old);
          const result = orRefused(() => edited(before, { old_text: old, new_text: 'Z', expected_count: count }));
          expect([undefined, ...(places === count ? [before.replaceAll(old, 'Z')] : [])]).toContain(result);
        },
      ),
      sampled(2_000),
    );
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { applyPatch } from '#workspace/patch/apply-patch.ts';
import { parsePatch } from '#workspace/patch/parse-patch.ts';
import type { SourceFile } from '#workspace/patch/resolve-section.ts';

import { missing } from '../support/needs.ts';
import { blobId, mutations, PATH, readHunks, type Edit, type Trial } from '../support/patch-mutations.ts';

const corpora = process.env['FIXGATE_CORPORA'] ?? '';
const releases = join(corpora, 'npm');
const fixtures = join(corpora, 'git');
const noReleases = missing(
  'The corpus of npm releases (node scripts/corpora.ts FOLDER, FIXGATE_CORPORA=FOLDER)',
  corpora !== '' && existsSync(join(releases, 'pairs.json')),
);
const noFixtures = missing(
  "The corpus of git's own fixtures (node scripts/corpora.ts FOLDER, FIXGATE_CORPORA=FOLDER)",
  corpora !== '' && existsSync(join(fixtures, 't4100')),
);

const MAX_BYTES = 150_000;
const MAX_HUNKS = 3;
/** Bundles and source maps have lines that nobody patches; a patch of them is over the limit of its size. */
const MAX_LINE = 2_000;

/** Changed text files of every pair of releases, with git's diff between them. */
function readEdits(): readonly Edit[] {
  const pairs = JSON.parse(readFileSync(join(releases, 'pairs.json'), 'utf8')) as readonly (readonly string[])[];
  return pairs.flatMap(([name, from, to]) => {
    const [before, after] = [join(releases, `${name}@${from}`), join(releases, `${name}@${to}`)];
    return readdirSync(before, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(before.length + 1))
      .flatMap((path) => readEdit(join(before, path), join(after, path)));
  });
}

function readEdit(from: string, to: string): readonly Edit[] {
  if (!existsSync(to)) return [];
  const [before, after] = [readFileSync(from), readFileSync(to)];
  const isText = (content: Buffer) => !content.includes(0) && Buffer.from(content.toString()).equals(content);
  if (before.equals(after) || before.length > MAX_BYTES || !isText(before) || !isText(after)) return [];
  const args = ['diff', '--no-index', '--no-color', '--unified=3', '--', from, to];
  const hunks = readHunks(spawnSync('git', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).stdout);
  if (hunks.length === 0 || hunks.length > MAX_HUNKS) return [];
  if (hunks.some(({ lines }) => lines.some((line) => line.length > MAX_LINE))) return [];
  return [{ before: before.toString(), after: after.toString(), hunks }];
}

/** `literal`: applied word for word, which says something else than was meant. */
type Outcome = 'right' | 'refused' | 'literal' | 'wrong';

function attempt({ patch, file, expected, literal }: Trial): Outcome {
  const result = apply(patch, { [PATH]: file });
  if (result === undefined) return 'refused';
  if (result[PATH] === expected) return 'right';
  return literal !== undefined && result[PATH] === literal ? 'literal' : 'wrong';
}

/** What the files are afterwards; undefined when the patch was refused. */
function apply(patch: string, texts: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const files = new Map<string, SourceFile>(
    Object.entries(texts).map(([path, text]) => [
      path,
      { content: Buffer.from(text), mode: '100644', oid: blobId(text) },
    ]),
  );
  try {
    const { writes } = applyPatch(parsePatch(patch), { files });
    const after = writes.flatMap((write) =>
      write.after ? [[write.path, write.after.content.toString()] as const] : [],
    );
    return { ...texts, ...Object.fromEntries(after) };
  } catch (error) {
    if (error instanceof FixgateError) return undefined;
    throw error;
  }
}

/** Parts that must be applied, where the patch still says where it belongs. */
const mustApply: Readonly<Record<string, number>> = {
  'nothing spoilt, as git prints it': 0.99,
  'nothing spoilt': 0.99,
  'wrong line numbers': 0.98,
  'a header without numbers': 0.98,
  'wrong counts': 0.98,
  'wrong numbers and counts': 0.98,
  'blank context lines stripped': 0.98,
  'white space behind context': 0.97,
  'one context line, wrong numbers': 0.9,
  'a file with CRLF': 0.98,
  'tabs written as spaces': 0.95,
  'a hunk moved to the left': 0.9,
  'a file with seven more lines on top': 0.98,
  'a file with a byte order mark': 0.98,
  'no line end behind the patch': 0.98,
  'a fence around the patch': 0.98,
  'the Begin Patch form': 0.97,
  'the Begin Patch form with anchors': 0.97,
  'SEARCH and REPLACE': 0.97,
};

describe.skipIf(noReleases !== undefined)(`edits between npm releases${noReleases ? `: ${noReleases}` : ''}`, () => {
  const edits = noReleases === undefined ? readEdits() : [];

  it('are several hundred', () => {
    expect(edits.length).toBeGreaterThan(400);
  });

  it.each(Object.entries(mutations))(
    'with %s land where they belong or are refused [patch:corpus:npm]',
    (name, mutate) => {
      const outcomes = { right: 0, refused: 0, literal: 0, wrong: 0 };
      for (const edit of edits) {
        const trial = mutate(edit);
        if (trial) outcomes[attempt(trial)] += 1;
      }
      const total = Object.values(outcomes).reduce((sum, each) => sum + each, 0);
      process.stdout.write(`${name}: ${JSON.stringify(outcomes)}\n`);
      expect(total).toBeGreaterThan(0);
      expect(outcomes.wrong).toBe(0);
      expect(outcomes.literal).toBeLessThanOrEqual(total * 0.05);
      expect(outcomes.right).toBeGreaterThanOrEqual(total * (mustApply[name] ?? 0));
    },
  );

  it('change nothing when the same patch comes again [patch:corpus:npm]', () => {
    const again = edits.flatMap((edit) => {
      const trial = mutations['nothing spoilt']?.(edit);
      return trial ? [attempt({ patch: trial.patch, file: edit.after, expected: edit.after })] : [];
    });
    const applied = again.filter((outcome) => outcome !== 'refused');
    // The ledger of patches answers an identical one before it is matched; what is left here has deletions elsewhere in the file.
    expect(applied.length).toBeLessThanOrEqual(again.length * 0.005);
  });
});

describe.skipIf(noFixtures !== undefined)(`git's own fixtures${noFixtures ? `: ${noFixtures}` : ''}`, () => {
  const read = (...names: readonly string[]) => readFileSync(join(fixtures, ...names), 'utf8');

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('of statistics, patch %i: the same files and lines [patch:corpus:git]', (n) => {
    const file = join(fixtures, 't4100', `t-apply-${n}.patch`);
    const rows = execFileSync('git', ['apply', '--numstat', '-z', file], { cwd: fixtures, encoding: 'utf8' });
    const expected = rows
      .split('\0')
      .filter(Boolean)
      .map((row) => row.split('\t').slice(0, 2).join(' '));
    const ours = parsePatch(readFileSync(file, 'utf8')).files.map(({ hunks }) => {
      const lines = hunks.flatMap((hunk) => hunk.lines);
      return ['+', '-'].map((op) => lines.filter((line) => line.op === op).length).join(' ');
    });
    expect(ours.toSorted()).toEqual(expected.toSorted());
  });

  const incomplete = ['a\nb\n', 'a\nb\nc\n', 'a\nb', 'a\nc\nb'];
  const ways = incomplete
    .flatMap((_, from) => incomplete.map((_, to) => [from, to] as const))
    .filter(([a, b]) => a !== b);
  it.each(ways)('of incomplete lines, %i to %i [patch:corpus:git]', (from, to) => {
    const result = apply(read('t4101', `diff.${from}-${to}`), { frotz: incomplete[from] ?? '' });
    expect(result?.['frotz']).toBe(incomplete[to]);
  });

  it.each([
    ['1', ['patch1', 'patch2']],
    ['2', ['patch1', 'patch2', 'patch3']],
    ['3', ['patch1', 'patch4']],
  ])('of several fragments, number %s [patch:corpus:git]', (n, patches) => {
    const result = patches.reduce<Record<string, string> | undefined>(
      (files, patch) => files && apply(read('t4109', `${patch}.patch`), files),
      {},
    );
    expect(result?.['main.c']).toBe(read('t4109', `expect-${n}`));
  });

  it('of scanning forwards and backwards [patch:corpus:git]', () => {
    const patches = ['patch1', 'patch2', 'patch3', 'patch4', 'patch5'];
    const result = patches.reduce<Record<string, string> | undefined>(
      (files, patch) => files && apply(read('t4110', `${patch}.patch`), files),
      {},
    );
    expect(result?.['new.txt']).toBe(read('t4110', 'expect'));
  });
});

import { beforeAll, describe, expect, it } from 'vitest';

import { createSecretlint } from '#analysis/secretlint.ts';
import { findPrivateKeys, findShapes, isPlaceholder } from '#domain/secret-shapes.ts';

import { negatives } from '../../fixtures/secrets/negatives.ts';
import type { LabelledText } from '../../fixtures/secrets/positives.ts';
import { positives } from '../../fixtures/secrets/positives.ts';

type Opinion = (row: LabelledText) => Promise<boolean>;

const scan = createSecretlint();

const shapes: Opinion = async ({ text }) =>
  [...findPrivateKeys(text), ...findShapes(text)].some(
    ({ start, end, kind }) => !isPlaceholder(kind, text.slice(start, end)),
  );
const secretlint: Opinion = async ({ text, path }) => (await scan(text, path)).length > 0;
const both: Opinion = async (row) => (await shapes(row)) || secretlint(row);

const [secrets, harmless] = [positives(), negatives()];
const kindsOf = (rows: readonly LabelledText[]) => [...new Set(rows.map(({ kind }) => kind))];

/** Which kinds an opinion gets wrong, and how often it is right. */
async function measure(opinion: Opinion) {
  const wrong = async (rows: readonly LabelledText[], expected: boolean) => {
    const said = await Promise.all(rows.map(opinion));
    return rows.filter((_, index) => said[index] !== expected);
  };
  const [missed, alarms] = [await wrong(secrets, true), await wrong(harmless, false)];
  const found = secrets.length - missed.length;
  return {
    recall: found / secrets.length,
    precision: found / (found + alarms.length),
    missed: kindsOf(missed),
    alarms: kindsOf(alarms),
  };
}

describe('the labelled set', () => {
  it('is large, and the same in every run', () => {
    expect(secrets.length).toBeGreaterThanOrEqual(150);
    expect(kindsOf(secrets).length).toBeGreaterThanOrEqual(25);
    expect(harmless.length).toBeGreaterThanOrEqual(150);
    expect(positives()).toEqual(secrets);
  });
});

describe('shapes on one line', () => {
  const found = (text: string) => findShapes(text).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);

  it('are found in each line alone as in all of them', () => {
    const lines = [...secrets, ...harmless].flatMap(({ text }) => text.split('\n'));
    const cut = secrets.map(({ text }) => `${text.slice(0, text.length / 2)}\n${text.slice(text.length / 2)}`);
    for (const all of [lines, cut.flatMap((text) => text.split('\n'))])
      expect(found(all.join('\n')).toSorted()).toEqual(all.flatMap(found).toSorted());
  });
});

describe('what a patch is searched for', () => {
  let alone: Awaited<ReturnType<typeof measure>>;
  beforeAll(async () => {
    alone = await measure(shapes);
  });

  it('is found by its shape, but for passwords made of words [gate:secrets:measured]', () => {
    expect(alone.missed).toEqual(['secret of words and digits']);
    expect(alone.recall).toBeGreaterThanOrEqual(0.98);
  });

  it('raises no alarm about what only looks like it [gate:secrets:measured]', () => {
    expect(alone.alarms).toEqual([]);
    expect(alone.precision).toBe(1);
  });

  it('is found by secretlint in a good half of the set, with next to no false alarm [gate:secrets:measured]', async () => {
    const { recall, precision, alarms } = await measure(secretlint);
    expect(recall).toBeGreaterThanOrEqual(0.55);
    expect(precision).toBeGreaterThanOrEqual(0.96);
    expect(alarms).toEqual(['placeholder token']);
  });

  it('is found by both together at least as well as by one [gate:secrets:measured]', async () => {
    const { recall, precision } = await measure(both);
    expect(recall).toBeGreaterThanOrEqual(alone.recall);
    expect(precision).toBeGreaterThanOrEqual(0.97);
  });
});

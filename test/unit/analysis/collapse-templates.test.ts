import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Groups } from '#analysis/collapse-templates.ts';
import { collapseTemplates, withStars } from '#analysis/collapse-templates.ts';

type Template = readonly [level: string, template: string];
type Counts = ReadonlyMap<string, ReadonlySet<string>>;

/** Each template has counted itself. */
function groupsOf(templates: Iterable<Template>): Groups<string, ReadonlySet<string>> {
  const groups = new Map<string, Map<string, ReadonlySet<string>>>();
  for (const [level, template] of templates) {
    const group = groups.get(level) ?? new Map<string, ReadonlySet<string>>();
    groups.set(level, group.set(template, new Set([template])));
  }
  return groups;
}

const union = (a: ReadonlySet<string>, b: ReadonlySet<string>) => a.union(b);
const collapse = (groups: Groups<string, ReadonlySet<string>>, room: number) => collapseTemplates(groups, room, union);

/** What two parts hold together. */
function together(a: Groups<string, ReadonlySet<string>>, b: Groups<string, ReadonlySet<string>>) {
  const all = new Map([...a].map(([level, rows]) => [level, new Map(rows)]));
  for (const [level, rows] of b) {
    const group = all.get(level) ?? new Map<string, ReadonlySet<string>>();
    all.set(level, group);
    for (const [template, value] of rows) group.set(template, union(value, group.get(template) ?? new Set()));
  }
  return all;
}

const plain = (groups: ReadonlyMap<string, Counts>) =>
  Object.fromEntries(
    [...groups].map(([level, rows]) => [
      level,
      Object.fromEntries([...rows].map(([template, value]) => [template, [...value].toSorted()])),
    ]),
  );

const word = fc.oneof(
  fc.constantFrom('a', 'b', 'c'),
  fc.integer({ min: 0, max: 60 }).map((n) => `w${n}`),
  fc.constant('<*>'),
);
const template = fc.tuple(
  fc.constantFrom('info', 'error'),
  fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' ')),
);
const templates = fc.array(template, { maxLength: 200, size: 'max' });
const room = fc.integer({ min: 1, max: 150 });

describe('collapseTemplates', () => {
  it('ends in the same result when parts were collapsed before, in whatever steps [logs:patterns:order]', () => {
    fc.assert(
      fc.property(templates, room, fc.array(fc.nat(200), { maxLength: 6 }), (all, most, cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), all.length];
        const parts = places.slice(1).map((end, index) => groupsOf(all.slice(places[index], end)));
        // One after the other, and each by itself before they come together.
        const steps = parts.reduce((sum, part) => collapse(together(sum, part), most), groupsOf([]));
        const merged = parts.map((part) => collapse(part, most)).reduce(together, groupsOf([]));
        const once = plain(collapse(groupsOf(all), most));
        expect(plain(steps)).toStrictEqual(once);
        expect(plain(collapse(merged, most))).toStrictEqual(once);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps within its room but for one template of each group and length, and loses none [logs:size:streamed]', () => {
    fc.assert(
      fc.property(templates, room, (all, most) => {
        const groups = groupsOf(all);
        const collapsed = collapse(groups, most);
        const lengths = new Set(all.map(([level, text]) => `${level} ${text.split(' ').length}`)).size;
        const rows = [...collapsed.values()].reduce((sum, { size }) => sum + size, 0);
        expect(rows).toBeLessThanOrEqual(Math.max(most, lengths));
        for (const [level, texts] of groups)
          expect([...(collapsed.get(level)?.values() ?? [])].flatMap((kept) => [...kept]).toSorted()).toStrictEqual(
            [...texts.keys()].toSorted(),
          );
      }),
    );
  });

  it('changes nothing where there is room for all', () => {
    const groups = groupsOf(Array.from({ length: 50 }, (_, n) => ['info', `user w${n} left`] as const));
    expect(plain(collapse(groups, 50))).toStrictEqual(plain(groups));
  });

  it('takes the room that a flood has too little of from the flood alone', () => {
    const flood = Array.from({ length: 900 }, (_, n) => ['info', `user w${n} asked for w${n % 70} today`] as const);
    const others = Array.from(
      { length: 40 },
      (_, n) => ['info', `step ${'abcdefgh'[n % 8]}${n} of it is done`] as const,
    );
    const rows = [
      ...(collapse(groupsOf([...flood, ...others]), 100)
        .get('info')
        ?.keys() ?? []),
    ].map(withStars);
    expect(rows.toSorted()).toStrictEqual(
      ['user <*> asked for <*> today', ...others.map(([, text]) => text)].toSorted(),
    );
  });
});

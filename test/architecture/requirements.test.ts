import { expect, it } from 'vitest';

import { requirements } from '../requirements.ts';
import { readCitations } from '../support/citations.ts';

const ids = Object.keys(requirements);
const citations = readCitations();

it('every promise has a test that cites it [house:requirements:covered]', () => {
  const cited = new Set(citations.map(({ id }) => id));

  expect(ids.filter((id) => !cited.has(id))).toEqual([]);
});

it('no test cites a promise that does not exist', () => {
  const unknown = citations.filter(({ id }) => !ids.includes(id));

  expect(unknown.map(({ file, id }) => `${file}: ${id}`)).toEqual([]);
});

it('ids have the form area:thing:case, and promises are sentences', () => {
  const odd = Object.entries(requirements).filter(
    ([id, promise]) => !/^[a-z-]+:[a-z-]+:[a-z-]+$/.test(id) || !/^\S.{10,160}\.$/.test(promise),
  );

  expect(odd).toEqual([]);
});

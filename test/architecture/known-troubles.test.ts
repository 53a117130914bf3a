import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { requirements } from '../requirements.ts';
import { root } from '../support/citations.ts';

const page = readFileSync(path.join(root, 'docs/known-troubles.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| \d+ \|/.test(line));

it('every known trouble is answered by a promise that exists, or by why logs are not touched', () => {
  const ids = (row: string) => [...row.matchAll(/`([a-z-]+:[a-z-]+:[a-z-]+)`/g)].map(([, id = '']) => id);
  expect(rows.map((row) => Number(row.split('|')[1]))).toEqual(Array.from({ length: 44 }, (_, n) => n + 1));
  expect(rows.flatMap(ids).filter((id) => !(id in requirements))).toEqual([]);
  expect(rows.filter((row) => ids(row).length === 0 && !row.includes('| no logs: '))).toEqual([]);
});

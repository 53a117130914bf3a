import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import { createSqliteStore } from '#state/sqlite-store.ts';

import { describeStore } from './store.contract.ts';

let folder: string;
let stores = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fixgate-store-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeStore('SQLite', ({ clock }) => {
  stores += 1;
  return createSqliteStore({ folder: join(folder, `${stores}`), clock });
});

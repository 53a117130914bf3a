import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createSqliteStore } from '#state/sqlite-store.ts';

import { movableClock, sampleEvent } from '../support/store-samples.ts';
import type { CreateStore } from './store.contract.ts';
import { describeStore } from './store.contract.ts';

let folder: string;
let stores = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fixgate-store-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const create: CreateStore = (deps) => {
  stores += 1;
  return createSqliteStore({ folder: join(folder, `${stores}`), ...deps });
};

describeStore('SQLite', create);

it('keeps what it wrote although telling of it fails [state:events:told]', async () => {
  const onEvent = () => {
    throw new Error('nobody listens');
  };
  await using store = await create({ clock: movableClock(), onEvent });
  store.append('a', sampleEvent('call.denied'));

  expect(store.timeline('a')).toHaveLength(1);
});

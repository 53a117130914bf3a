import assert from 'node:assert/strict';
import { test } from 'node:test';

import { UserService } from '../src/user-service.js';

const silent = { info() {}, warn() {}, error() {} };

test('a batch works off the oldest jobs first', () => {
  const service = new UserService({ log: silent, batchSize: 2 });
  for (const name of ['Ada', 'Grace', 'Linus']) service.enqueue({ name });

  assert.equal(service.processQueue(), 2);
  assert.equal(service.stats().waiting, 1);
});

test('an empty queue is no work', () => {
  const service = new UserService({ log: silent });

  assert.equal(service.processQueue(), 0);
});

test('every job is counted once', () => {
  const service = new UserService({ log: silent });
  for (let n = 0; n < 120; n += 1) service.enqueue({ name: `user ${n}` });
  while (service.processQueue() > 0);

  assert.equal(service.stats().processed, 120);
});

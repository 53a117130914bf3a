import { expect, it } from 'vitest';

import { namedSymbols } from '#workspace/named-symbols.ts';

it.each([
  ['UserService.processQueue() leaks', ['UserService.processQueue']],
  ['in Queue::drain and Queue#flush and p->next', ['Queue::drain', 'Queue#flush', 'p->next']],
  ['the function drain() is slow', ['drain']],
  ['pendingJobs, drain_all, MAX_JOBS, XMLParser', ['pendingJobs', 'drain_all', 'MAX_JOBS', 'XMLParser']],
  ['plain words and Capital words, and ALLCAPS', []],
  ['/src/user-service.js and --some-flag', []],
])('finds the identifiers in %j', (text, expected) => {
  expect(namedSymbols(text).map((symbol) => symbol.text)).toEqual(expected);
});

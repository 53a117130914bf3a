import { describe, expect, it } from 'vitest';

import type { Action } from '#domain/action.ts';
import { MAX_RESULT_BYTES, priceOf, usdMicros, usedBy } from '#policy/price.ts';

import { samplePlan } from '../../support/store-samples.ts';
import { touching } from './samples.ts';

const publish = { kind: 'publish', exists: false } as Action;

describe('the price of', () => {
  it.each<[string, Action, unknown]>([
    ['a look at the records is nothing', { kind: 'inspect' }, { spend: {}, hold: {} }],
    [
      'a read',
      { kind: 'read', source: 's', request: { of: 'metric_names', search: '' } },
      { spend: { tool_calls: 1, usd: 375 }, hold: { bytes_out: MAX_RESULT_BYTES } },
    ],
    [
      'a read of logs',
      { kind: 'read', source: 's', request: { of: 'logs' } } as Action,
      { spend: { tool_calls: 1, usd: 375 }, hold: { bytes_out: MAX_RESULT_BYTES, bytes_scanned: 1 } },
    ],
    [
      'a patch',
      touching('a'),
      { spend: { tool_calls: 1, usd: 375, patch_attempts: 1 }, hold: { bytes_out: MAX_RESULT_BYTES } },
    ],
    [
      'a test run',
      { kind: 'test', plan: samplePlan, commands: [] },
      { spend: { tool_calls: 1, usd: 375, test_runs: 1 }, hold: { bytes_out: MAX_RESULT_BYTES, test_seconds: 60 } },
    ],
    [
      'a test run with its base commit and re-runs [tests:base:charged]',
      {
        kind: 'test',
        plan: {
          ...samplePlan,
          base: { commit: 'b', tree: 't0', timeoutSeconds: 50 },
          rerun: { words: ['vitest'], options: [], timeoutSeconds: 7 },
        },
        commands: [],
      },
      { spend: { tool_calls: 1, usd: 375, test_runs: 1 }, hold: { bytes_out: MAX_RESULT_BYTES, test_seconds: 117 } },
    ],
    ['a pull request', publish, { spend: { tool_calls: 1, usd: 375, prs: 1 }, hold: { bytes_out: MAX_RESULT_BYTES } }],
    [
      'its update',
      { ...publish, exists: true } as Action,
      { spend: { tool_calls: 1, usd: 375, prs: 0 }, hold: { bytes_out: MAX_RESULT_BYTES } },
    ],
  ])('%s', (_, action, price) => {
    expect(priceOf(action, { bytesIn: 100, reported: 0 })).toEqual(price);
  });

  it.each([
    [{ bytesOut: 4_000 }, { bytes_out: 4_000, usd: 18_000 }],
    [
      { bytesOut: 4_000, bytesScanned: 0 },
      { bytes_out: 4_000, usd: 18_000 },
    ],
    [
      { bytesOut: 0, bytesScanned: 9 },
      { bytes_out: 0, bytes_scanned: 9, usd: 0 },
    ],
  ])('%j is in the end %j', (used, spend) => {
    expect(usedBy(used)).toEqual(spend);
  });

  it.each([
    [0, 0, 0],
    [1, 0, 4],
    [0, 1, 5],
    [4_000, 0, 15_000],
    [0, 4_000, 18_000],
    [1_000_000, 1_000_000, 8_250_000],
  ])('%d bytes written and %d bytes read is %d millionths of a dollar, rounded up', (bytesIn, bytesOut, micros) => {
    expect(usdMicros({ bytesIn, bytesOut })).toBe(micros);
  });
});

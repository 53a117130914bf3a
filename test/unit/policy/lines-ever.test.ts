import { describe, expect, it } from 'vitest';

import { findings, patch, publishing, rules } from './samples.ts';

const file = (path: string, lines?: number) => ({
  path,
  bytes: 1,
  lostTests: [],
  ...(lines !== undefined && { lines }),
});

describe('lines of files that were ever touched', () => {
  it.each([
    ['at the cap', [file('a', 100), file('b', 50)], []],
    ['over the cap', [file('a', 100), file('b', 51)], ['max_lines']],
    ['of records of older versions', [file('a'), file('b', 150)], []],
  ])('%s come out as %j would [gate:caps:lines]', (_, touched, expected) => {
    expect(rules(patch({ touched }))).toEqual(expected);
    expect(rules(publishing({ touched }))).toEqual(expected);
  });

  it('are told once, with what does not help', () => {
    const netChanges = [{ path: 'a', change: 'modify' as const, added: 200, removed: 0 }];
    expect(findings(patch({ touched: [file('a', 300)], netChanges })).map(({ rule }) => rule)).toEqual(['max_lines']);
    const [found] = findings(patch({ touched: [file('a', 120), file('b', 60)] }));
    expect(found).toMatchObject({
      reason: expect.stringContaining('would have 180 changed lines'),
      fix: 'Send a patch that changes at least 30 lines less; taking earlier changes back does not help.',
      evidence: {
        lines: 180,
        cap: 150,
        files: [
          { path: 'a', lines: 120 },
          { path: 'b', lines: 60 },
        ],
      },
    });
  });
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { watchDisk, type Free } from '#workspace/sandbox-disk.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Left = number | Free | undefined;
const toFree = (left: Left) => (typeof left === 'number' ? { mib: left } : left);

/** Free MiB of two file systems; what the watch says of them after each change. */
function watching(limitMib: number | undefined, free: Record<string, Left>) {
  const said: string[] = [];
  const watch = watchDisk({
    folders: Object.keys(free),
    limitMib,
    onFull: (why) => void said.push(why),
    look: (folder) => toFree(free[folder]),
  });
  const after = (changes: typeof free) => {
    Object.assign(free, changes);
    vi.advanceTimersByTime(500);
    return said;
  };
  return { after, watch };
}

it('ends a run once when it took more than its limit of either file system', () => {
  const { after } = watching(100, { tree: 5_000, scratch: 9_000 });
  expect(after({ tree: 4_900, scratch: 8_901 })).toEqual([]);
  expect(after({ scratch: 8_899 })).toEqual(['it took 101 MiB of the disk, and the limit is 100 MiB']);
  expect(after({ tree: 1 })).toHaveLength(1);
});

it('allows 16 GiB when the suite says nothing', () => {
  const { after } = watching(undefined, { tree: 90_000 });
  expect(after({ tree: 90_000 - 16_384 })).toEqual([]);
  expect(after({ tree: 90_000 - 16_385 })).toHaveLength(1);
});

it('leaves 512 MiB to the machine, once the run took as much itself', () => {
  const { after } = watching(undefined, { tree: 1_100 });
  expect(after({ tree: 600 })).toEqual([]);
  expect(after({ tree: 511 })).toEqual(['it took 589 MiB of the disk, and 512 MiB are kept free']);
});

const holding = (used: number, left: number): Free => ({ mib: 5_000, files: { used, left } });

it('ends a run that adds more files than a file system is to hold, however small they are', () => {
  const { after } = watching(undefined, { tree: holding(500, 9_000_000) });
  expect(after({ tree: holding(2_000_500, 7_000_000) })).toEqual([]);
  expect(after({ tree: holding(2_000_501, 6_999_999) })).toEqual([
    'it added 2000001 files and folders to the disk, and the limit is 2000000',
  ]);
});

it('leaves places for 50,000 files to the machine, once the run added as many itself', () => {
  const { after } = watching(undefined, { tree: holding(0, 99_000) });
  expect(after({ tree: holding(50_000, 49_000) })).toEqual([]);
  expect(after({ tree: holding(50_001, 48_999) })).toEqual([
    'it added 50001 files and folders to the disk, and places for 50000 are kept free',
  ]);
});

it('takes no places for files away where they only shrink with the space', () => {
  const { after } = watching(undefined, { tree: holding(10, 9_000_000) });
  expect(after({ tree: holding(10, 40) })).toEqual([]);
});

it('blames no run for a disk that was full before', () => {
  const { after } = watching(undefined, { tree: 400 });
  expect(after({ tree: 0 })).toEqual([]);
  expect(after({ tree: 4_000 })).toEqual([]);
});

it('takes nothing from a file system that does not answer', () => {
  const { after } = watching(10, { tree: 400, other: undefined });
  expect(after({ tree: undefined, other: 5 })).toEqual([]);
});

it('says nothing more when the run has ended', () => {
  const { after, watch } = watching(10, { tree: 400 });
  watch[Symbol.dispose]();
  expect(after({ tree: 0 })).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { watchDisk } from '#workspace/sandbox-disk.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Free MiB of two file systems; what the watch says of them after each change. */
function watching(limitMib: number | undefined, free: Record<string, number | undefined>) {
  const said: string[] = [];
  const watch = watchDisk({
    folders: Object.keys(free),
    limitMib,
    onFull: (why) => void said.push(why),
    freeMib: (folder) => free[folder],
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

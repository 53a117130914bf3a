import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** The room for objects that live shortly, in MB, after many of them: while they are watched, then without. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { watchHeapGrowth } from '#providers/files/heap-growth.ts';
  const room = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20;
  let alive = [];
  function work(told) {
    for (let round = 0; round < 60; round++) {
      alive = Array.from({ length: 10_000 }, (_, index) => ({ text: 'event ' + round + ' ' + index }));
      told?.add(1 << 20);
    }
    return room();
  }
  const [outer, inner] = [watchHeapGrowth(), watchHeapGrowth()];
  const both = (work(outer), work(inner));
  inner[Symbol.dispose]();
  const one = work();
  outer[Symbol.dispose]();
  console.log(JSON.stringify([both, one, work()]));
`;

it('keeps the room for short-lived objects small until the last one that reads is done [logs:size:streamed]', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], { cwd: ROOT });
  const [both = 0, one = 0, after = 0] = JSON.parse(stdout) as number[];
  expect(both).toBeGreaterThanOrEqual(16);
  expect(both).toBeLessThanOrEqual(32);
  expect(one).toBe(both);
  expect(after).toBeGreaterThan(both);
});

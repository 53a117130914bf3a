import { afterEach, expect, it, vi } from 'vitest';

import { openStderr } from '#cli/stderr.ts';

afterEach(() => void vi.restoreAllMocks());

it('gives lines up, and counts them, when a megabyte waits for the reader [telemetry:log:never-waits]', () => {
  const written: unknown[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => written.push(line) > 0);
  const waiting = vi.spyOn(process.stderr, 'writableLength', 'get').mockReturnValue(1_048_570);
  let dropped = 0;
  using stderr = openStderr(() => (dropped += 1));
  stderr.write('too much\n');
  waiting.mockReturnValue(0);
  stderr.write('fits\n');

  expect([written, dropped]).toEqual([['fits\n'], 1]);
});

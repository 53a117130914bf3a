import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

const stall = fileURLToPath(new URL('../../src/workspace/tests/stall.ts', import.meta.url));

/** How a process of its own ends that is watched while it does something. */
async function ending(work: string) {
  const script = `import { endWhenStalled } from ${JSON.stringify(stall)};\n{ using _ = endWhenStalled(1_500);\n${work} }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return { code, signal };
}

it(
  'ends a process that never comes to its timers, and no other [workspace:tests:stalled]',
  { timeout: 60_000 },
  async () => {
    const wait = (ms: number) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`;
    expect(await ending(`${wait(100)} const end = Date.now() + 30_000; while (Date.now() < end);`)).toEqual({
      code: null,
      signal: 'SIGKILL',
    });
    expect(await ending(wait(4_000))).toEqual({ code: 0, signal: null });
  },
);

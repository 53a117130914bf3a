import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { findRung } from '#workspace/sandbox-ladder.ts';

import { createHostileMachine } from '../support/hostile-machine.ts';
import { missing } from '../support/needs.ts';

/** bubblewrap before 0.8 does not know the option. */
async function canForbid(): Promise<boolean> {
  const [bubblewrap] = (await findRung('full'))?.prefix ?? [];
  if (bubblewrap === undefined) return false;
  const { stdout } = await execa(bubblewrap, ['--help'], { reject: false });
  return stdout.includes('--disable-userns');
}

let machine: Awaited<ReturnType<typeof createHostileMachine>>;
beforeEach(async ({ skip }) => {
  const without = missing('bubblewrap 0.8 with user namespaces', await canForbid());
  if (without !== undefined) skip(without);
  machine = await createHostileMachine();
});
afterEach(async () => {
  await machine?.[Symbol.asyncDispose]();
});

const python = `import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print('made' if libc.unshare(0x10000000) == 0 else 'refused')`;

it('tests make no user namespace, in which they would have capabilities [sandbox:attacks:programs]', async () => {
  const { output } = await machine.run(['/usr/bin/python3', '-c', python]);
  expect(output).toBe('refused\n');
});

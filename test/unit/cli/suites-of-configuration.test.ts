import { expect, it } from 'vitest';

import { createTests } from '#cli/tests.ts';
import type { Incident } from '#domain/incident.ts';

/** The digest of the one suite under a configuration whose dependencies are installed so. */
async function digestUnder(dependencies: { readonly command?: readonly string[]; readonly timeout_s: number }) {
  const tests = createTests({
    config: { file: { suites: { unit: { argv: ['npm', 'test'], cwd: '.', env: {} } }, dependencies } },
    workspace: { list: async () => [], read: async () => undefined, current: async () => ({ diff: '' }) },
    policyOf: async () => ({ quality_gates: [] }),
  } as unknown as Parameters<typeof createTests>[0]);
  const [suite] = await tests.suites({ id: 'PD-1' } as Incident);
  return suite?.digest;
}

it('a suite is another one under a configuration that installs dependencies another way [workspace:tests:install-own]', async () => {
  const own = await digestUnder({ timeout_s: 600 });
  expect(own).toMatch(/^sha256:/);
  expect(await digestUnder({ timeout_s: 600 })).toBe(own);
  expect(await digestUnder({ command: ['sh', 'install.sh'], timeout_s: 600 })).not.toBe(own);
});

import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createHookRunner } from '#cli/lifecycle.ts';
import type { Hook } from '#policy/schema-checks.ts';
import { findRung } from '#workspace/sandbox-ladder.ts';

import { createHostileMachine, EFFECT, SECRET } from '../support/hostile-machine.ts';
import { missing } from '../support/needs.ts';
import { shipped } from '../unit/policy/samples.ts';

let machine: Awaited<ReturnType<typeof createHostileMachine>>;

beforeEach(async ({ skip }) => {
  const without = missing('bubblewrap with user namespaces', (await findRung('full')) !== undefined);
  if (without !== undefined) skip(without);
  machine = await createHostileMachine();
});
afterEach(async () => {
  await machine?.[Symbol.asyncDispose]();
});

/** Runs a lifecycle hook as a server with credentials in its environment does. */
function run(script: string, change: Partial<Hook> = {}) {
  const environment = {
    PATH: `${machine.tools}:/usr/local/bin:/usr/bin:/bin`,
    HOME: machine.home,
    AWS_SECRET_ACCESS_KEY: SECRET,
  };
  const hook: Hook = { on: 'patch_applied', argv: ['bash', '-c', script], timeout_s: 20, on_error: 'block', ...change };
  return createHookRunner({ environment })(hook, '{"event":"patch_applied"}\n', shipped);
}

describe('a lifecycle hook', () => {
  it('hears the event on its standard input [gate:policy:hooks]', async () => {
    expect(await run('cat')).toMatchObject({ ok: true, how: 'exit code 0', output: '{"event":"patch_applied"}\n' });
  });

  it.each([
    ['the environment', 'env; cat /proc/*/environ'],
    ['the home folder', 'cat HOME/.aws/credentials; find / -name credentials'],
    ['the state folder', 'cat STATE/policy.yaml STATE/clones/repo/config'],
    ['the network', 'exec 3<>/dev/tcp/127.0.0.1/PORT && cat <&3'],
  ])('reads no secret from %s, since it runs in the sandbox [gate:policy:hooks]', async (_, template) => {
    const script = template
      .replaceAll('HOME', machine.home)
      .replaceAll('STATE', machine.state)
      .replaceAll('PORT', String(machine.port));
    const { output } = await run(`${script} 2>&1; echo END`);
    expect(output).toContain('END');
    expect(output).not.toContain(SECRET);
    expect(machine.connections()).toBe(0);
  });

  it('fails when it tries a blocked command, whatever it answers then [gate:policy:hooks]', async () => {
    const verb = 'verb=apply; kubectl $verb -f x; exit 0';
    expect(await run(verb)).toMatchObject({
      ok: false,
      how: 'it tried to run what blocked_commands/kubectl apply forbids',
    });
    expect(machine.effects()).not.toContain(EFFECT);
  });

  it.each([
    ['it ends with another code', 'exit 3', {}, 'exit code 3'],
    ['it does not end', 'sleep 60', { timeout_s: 1 }, 'no end within 1 s'],
  ])('fails when %s [gate:policy:hooks]', async (_, script, change, how) => {
    expect(await run(script, change)).toMatchObject({ ok: false, how });
  });

  it('writes into an empty folder of its own and nowhere else [gate:policy:hooks]', async () => {
    await writeFile(join(machine.tree, 'kept'), 'kept');
    const script = `ls -A; echo bad > ${machine.tree}/kept; echo bad > ${machine.base}/x; echo END`;
    expect(await run(script)).toMatchObject({ ok: true, output: expect.stringMatching(/^(?!kept)[^]*END\n$/) });
    expect(readFileSync(join(machine.tree, 'kept'), 'utf8')).toBe('kept');
    expect(existsSync(join(machine.base, 'x'))).toBe(false);
  });
});

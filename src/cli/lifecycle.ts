import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import { createStubJudge } from '#cli/stub-judge.ts';
import { isolations } from '#domain/remediation.ts';
import type { HookOutcome } from '#engine/lifecycle-hooks.ts';
import type { Hook } from '#policy/schema-checks.ts';
import type { Policy } from '#policy/schema.ts';
import { probeIsolation } from '#workspace/sandbox-ladder.ts';
import { runCommand } from '#workspace/sandbox.ts';

/** Executes hooks as tests are executed: without credentials and network, in a folder of their own, with stubs for blocked programs. */
export function createHookRunner({ environment }: Pick<Invocation, 'environment'>) {
  return async (hook: Hook, input: string, policy: Policy): Promise<HookOutcome> => {
    const isolation = await probeIsolation();
    const { least } = policy.sandbox;
    if (isolations.indexOf(isolation) < isolations.indexOf(least))
      return { ok: false, how: `isolation ${isolation} is less than ${least}, which the policy asks for`, output: '' };
    const folder = await mkdtemp(path.join(tmpdir(), 'fixgate-hook-'));
    try {
      const result = await runCommand({
        argv: hook.argv,
        cwd: folder,
        host: environment,
        env: {},
        input,
        timeoutMs: hook.timeout_s * 1_000,
        signal: new AbortController().signal,
        label: `hook-${randomUUID()}`,
        judge: createStubJudge(policy.blocked_commands),
        sandbox: { isolation, network: false },
      });
      const refused = result.blocked[0];
      const how =
        refused !== undefined
          ? `it tried to run what blocked_commands/${refused.entry} forbids`
          : result.timedOut
            ? `no end within ${hook.timeout_s} s`
            : `exit code ${result.exitCode ?? 'none'}`;
      return { ok: result.exitCode === 0 && !result.timedOut && refused === undefined, how, output: result.output };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

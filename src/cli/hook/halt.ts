import { denied } from '#cli/hook/findings.ts';
import type { Invocation } from '#cli/invocation.ts';
import { createKillSwitch } from '#cli/kill-switch.ts';
import type { Finding } from '#policy/verdict.ts';

/** The kill switch holds for the host's own tools as well. */
export function findHalt(invocation: Invocation): readonly Finding[] {
  const why = createKillSwitch(invocation).halted();
  if (why === undefined) return [];
  return [
    denied(
      'kill_switch',
      `The kill switch is on (${why}), and no agent changes anything.`,
      'Wait until the operator runs `fixgate resume --all`; reading goes on meanwhile.',
    ),
  ];
}

import { denied } from '#cli/hook/findings.ts';
import type { Invocation } from '#cli/invocation.ts';
import { createKillSwitch } from '#cli/kill-switch.ts';
import type { Incident } from '#domain/incident.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
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

/**
 * What severity and policy leave to agents, without what humans said since: to prove a release takes longer than a host waits,
 * and the tools of the server know it.
 */
export function findStanding({ autonomy }: HostPolicy, { id, severity }: Incident): readonly Finding[] {
  const only = 'Go on reading';
  if (autonomy.level === 'observer')
    return [
      denied(
        'autonomy/observer',
        'The policy lets agents only observe.',
        `${only}, and suggest the change to the on-call.`,
      ),
    ];
  if (severity === 'SEV1')
    return [
      denied(
        'severity/SEV1',
        `${id} is a SEV1, which is changed only through Fixgate, once a human has released it.`,
        `${only}; when it is released, use apply_patch and run_tests.`,
      ),
    ];
  if (severity === 'SEV4' && !autonomy.sev4_patch)
    return [
      denied('severity/SEV4', `${id} is a SEV4, which is only reported.`, 'Tell the on-call what you found, and stop.'),
    ];
  return [];
}

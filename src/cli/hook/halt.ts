import { foreignState } from '#cli/foreign-state.ts';
import { denied } from '#cli/hook/findings.ts';
import type { Invocation } from '#cli/invocation.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import { createKillSwitch } from '#cli/kill-switch.ts';
import type { Finding } from '#policy/verdict.ts';

/** Records that are kept from this account may say anything: no incident, no budget and no kill switch can be looked up. */
export function findForeignRecords(invocation: Invocation): readonly Finding[] {
  const foreign = foreignState(stateFolderOf(invocation));
  if (!foreign) return [];
  return [
    denied(
      'guard/records',
      foreign.message.replace(/ Nothing was done\.$/, ''),
      'Ask the operator to leave FIXGATE_STATE_DIR and FIXGATE_INCIDENT unset for the account of the agent.',
    ),
  ];
}

/** The kill switch holds for the host's own tools as well. */
export function findHalt(invocation: Invocation, config: string): readonly Finding[] {
  const why = createKillSwitch(invocation, config).halted();
  if (why === undefined) return [];
  return [
    denied(
      'kill_switch',
      `The kill switch is on (${why}), and no agent changes anything.`,
      'Wait until the operator runs `fixgate resume --all`; reading goes on meanwhile.',
    ),
  ];
}

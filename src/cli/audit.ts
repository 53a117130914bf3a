import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { Command } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { EXIT_REFUSED, openRuntime } from '#cli/command.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import { noIncident } from '#cli/no-incident.ts';
import { FixgateError } from '#domain/errors.ts';
import type { ChainVerdict, HeadsVerdict, Store } from '#state/store.ts';

/** How a line begins that says that something is wrong. */
const BROKEN = 'BROKEN: ';

interface VerifyOptions {
  readonly publicKey?: string;
  readonly contains?: string;
}

/** `fixgate audit verify`: proves that no record was changed, removed or put in between. */
export function addAuditCommands(program: Command, context: CommandContext): void {
  program
    .command('audit')
    .description('Check the records.')
    .command('verify')
    .description('Recompute the hash chains of all incidents, or of one, and check the signatures of their ends.')
    .argument('[incident]', 'incident')
    .option('--public-key <file>', 'check with this public key, not with the one in the state folder')
    .option('--contains <seq:hash>', 'event that must be there, as a pull request or a report names it')
    .action((incident: string | undefined, options: VerifyOptions) => verify(incident, options, context));
}

async function verify(incident: string | undefined, options: VerifyOptions, context: CommandContext): Promise<void> {
  const { publicKey: file } = options;
  const publicKey =
    file === undefined ? undefined : readFileSync(path.resolve(context.invocation.workingDirectory, file), 'utf8');
  await using runtime = await openRuntime(context.invocation, { needsSecrets: false });
  const { store } = runtime;
  const chains = store.verify(incident);
  const lines = [
    ...chainLines(chains),
    ...missing(store, incident, options.contains),
    ...headLines(store.verifyHeads(incident, publicKey), publicKey !== undefined),
  ];
  const problems = lines.filter((line) => line.startsWith(BROKEN));
  // A chain that was removed as a whole is missed by its head.
  if (incident !== undefined && problems.length === 0 && chains.ok && chains.chains === 0)
    throw noIncident(incident, stateFolderOf(context.invocation));
  for (const line of [...problems, ...lines.filter((line) => !line.startsWith(BROKEN))]) console.log(line);
  if (problems.length > 0) context.setExitCode(EXIT_REFUSED);
}

function chainLines(verdict: ChainVerdict): readonly string[] {
  if (!verdict.ok) return [`${BROKEN}chain ${verdict.chain}, event ${verdict.seq}: ${verdict.reason}`];
  const chains = `${verdict.chains} chain${verdict.chains === 1 ? '' : 's'}`;
  return [`OK: ${verdict.events} events in ${chains} are as they were written.`];
}

function headLines(verdict: HeadsVerdict, keyGiven: boolean): readonly string[] {
  if (verdict.signed === 'no') {
    if (keyGiven) return [`${BROKEN}no head is signed with the given key`];
    const why = 'The guard is advisory, or nothing was written since it is enforced.';
    return [`NOT SIGNED: there is no key. ${why} Whoever can write the state can write other chains.`];
  }
  const { heads, key, problems, vouchedSince } = verdict;
  const begun = 'it was begun before heads were signed';
  return [
    ...problems.map(({ chain, reason }) => `${BROKEN}${chain === '' ? '' : `chain ${chain}: `}${reason}`),
    ...vouchedSince.map(({ chain, seq }) => `NOTE: chain ${chain} is vouched for from event ${seq} on; ${begun}.`),
    ...(problems.length === 0 ? [`SIGNED: ${heads} head${heads === 1 ? '' : 's'} by the key ${key}.`] : []),
  ];
}

/** What was written down elsewhere is the one thing that a state folder which was set back as a whole does not hold. */
function missing(
  store: Pick<Store, 'timeline'>,
  incident: string | undefined,
  contains: string | undefined,
): readonly string[] {
  if (contains === undefined) return [];
  const [, seq, hash = ''] = /^(\d{1,9}):([0-9a-f]{12,64})$/.exec(contains) ?? [];
  if (seq === undefined || incident === undefined)
    throw new FixgateError('invalid_input', '`--contains` takes the place and the hash of an event of one incident.', {
      fix: 'Name the incident, and the event as in `--contains 57:9f86d081884c`.',
    });
  const event = store.timeline(incident).find((each) => each.seq === Number(seq));
  return event?.hash.startsWith(hash)
    ? []
    : [`${BROKEN}chain ${incident}: event ${seq} with the hash ${hash} is not there`];
}

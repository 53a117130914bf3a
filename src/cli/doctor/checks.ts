import { constants, existsSync, statfsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

import { namedRepositories } from '#cli/auto-open.ts';
import { approversCheck } from '#cli/doctor/approvers-check.ts';
import { logsCheck } from '#cli/doctor/logs-check.ts';
import { notifyCheck } from '#cli/doctor/notify-check.ts';
import { providerChecks } from '#cli/doctor/provider-checks.ts';
import { pushTargets } from '#cli/doctor/push-check.ts';
import type { Check, Warning } from '#cli/doctor/run-checks.ts';
import { suiteChecks } from '#cli/doctor/suite-checks.ts';
import { freezeOf } from '#cli/freeze-file.ts';
import type { Invocation } from '#cli/invocation.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import { checkIsolation } from '#cli/isolation.ts';
import { missingConfig } from '#cli/missing-config.ts';
import type { Runtime } from '#cli/runtime.ts';
import { stateIdOf } from '#cli/state-id.ts';
import { CONFIG_FILE } from '#config/load.ts';
import { FixgateError } from '#domain/errors.ts';
import { keyOption, keysFirst } from '#domain/key-option.ts';
import { createGit } from '#workspace/git.ts';

/** Bytes below which a clone, its trees and a test run may fill the disk. */
const LEAST_FREE_BYTES = 1_000_000_000;
/** Milliseconds by which a record may be later than the clock: another process wrote it just now. */
const CLOCK_SLACK_MS = 5_000;

/** Everything that an incident will need, the nearest first. */
export function createChecks(runtime: Runtime, invocation: Invocation): readonly Check[] {
  return [
    { name: 'configuration', run: async () => configuration(runtime) },
    { name: 'git', run: async () => await gitVersion(invocation) },
    { name: 'repository', run: async () => await repositories(runtime, invocation) },
    { name: 'push', run: async () => await pushTargets(runtime, invocation) },
    ...suiteChecks(runtime, invocation),
    { name: 'sandbox', run: async () => await checkIsolation(runtime.operatorPolicy) },
    { name: 'state', run: async () => await state(stateFolderOf(invocation), runtime) },
    { name: 'clock', run: async () => clock(runtime) },
    ...providerChecks(runtime, invocation),
    ...logsCheck(runtime, invocation),
    ...notifyCheck(runtime),
    { name: 'approvers', run: async () => await approversCheck(runtime, invocation) },
    { name: 'kill switch', run: async () => killSwitch(runtime) },
    { name: 'freeze file', run: async () => freezeFile(runtime) },
    { name: 'guard', run: async () => guard(runtime) },
  ];
}

function configuration({ config }: Runtime): string {
  const { said, fix } = missingConfig(config);
  return config.path ?? `${said}${fix}`.trim();
}

async function gitVersion({ environment }: Invocation): Promise<string> {
  return await createGit({ environment }).text({ args: ['--version'] });
}

/** Those that the configuration names; the one around the working directory only where it names none. */
async function repositories({ config }: Runtime, { environment, workingDirectory }: Invocation): Promise<string> {
  const named = namedRepositories(config.file);
  const found: string[] = [];
  for (const location of named.length > 0 ? named : [workingDirectory])
    found.push(await repository(location, { config, environment }));
  return found.join('; ');
}

async function repository(
  location: string,
  { config, environment }: Pick<Runtime, 'config'> & Pick<Invocation, 'environment'>,
): Promise<string> {
  if (/^[a-z+]+:\/\/|^[^/]+@[^/]+:/.test(location)) {
    const git = createGit({ environment });
    const head = await git.text({ args: ['ls-remote', '--', location, 'HEAD'], as: 'operator', timeoutMs: 15_000 });
    return `${location} answers, HEAD ${head.slice(0, 12)}`;
  }
  const folder = path.resolve(config.folder, location);
  const { exitCode, stdout } = await createGit({ environment }).run({ args: ['rev-parse', 'HEAD'], folder });
  if (exitCode === 0) return `${folder}, HEAD ${stdout.toString().slice(0, 12)}`;
  const missing = missingConfig(config);
  throw new FixgateError('misconfigured', `${missing.said}${folder} is no git repository with a commit.`, {
    fix: `${missing.fix}Name one as repository: in fixgate.yaml, there or at a service, or start in a checkout.`,
  });
}

function killSwitch({ killSwitch: { halted }, proof }: Runtime): string {
  const why = halted();
  if (why === undefined) return 'off';
  throw new FixgateError('misconfigured', `All writes are refused: ${why}.`, {
    fix: `Allow them again with \`fixgate resume --all --reason …${keyOption(proof.mode)}\`, or by what was set to stop them.${keysFirst(proof.mode)}`,
  });
}

function freezeFile({ config }: Runtime): string | { readonly skipped: string } | Warning {
  const { freeze_file: named } = config.file;
  if (named === undefined) return { skipped: 'none is configured' };
  const why = freezeOf(path.resolve(config.folder, named));
  if (why === undefined) return `${named} freezes nothing`;
  return {
    warning: `${why}: pull requests are drafts.`,
    fix: `Wait while a freeze is meant; else have the pipeline write \`status: idle\` to it, or take freeze_file out of ${CONFIG_FILE}.`,
  };
}

async function state(folder: string, { store }: Runtime): Promise<string> {
  const known = store.listIncidents(1).length;
  const existing = nearestExisting(folder);
  try {
    await access(existing, constants.W_OK);
  } catch (cause) {
    throw new FixgateError('misconfigured', `The state folder ${folder} cannot be written.`, {
      fix: 'Give this account the folder, or set FIXGATE_STATE_DIR to another one.',
      cause,
    });
  }
  const { bavail, bsize } = statfsSync(existing);
  const free = bavail * bsize;
  if (free < LEAST_FREE_BYTES) {
    throw new FixgateError('misconfigured', `Only ${toGigabytes(free)} are free in ${existing}.`, {
      fix: 'Free space, for example with `fixgate workspace prune`, or move FIXGATE_STATE_DIR.',
    });
  }
  return `${folder}, ${known === 0 ? 'no incident yet' : 'readable'}, ${toGigabytes(free)} free, state_id ${stateIdOf(folder)}`;
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || path.dirname(folder) === folder ? folder : nearestExisting(path.dirname(folder));
}

/** Approvals expire and windows are cut by it. */
function clock({ clock, store }: Runtime): string {
  const now = clock.now();
  const latest = Math.max(0, ...store.listIncidents(1).map(({ id }) => store.timeline(id).at(-1)?.at ?? 0));
  if (latest <= now + CLOCK_SLACK_MS) return `${new Date(now).toISOString()}, later than every record looked at`;
  throw new FixgateError(
    'misconfigured',
    `It is ${new Date(now).toISOString()} here, and the newest record is of ${new Date(latest).toISOString()}.`,
    { fix: 'Set the clock of this computer, with NTP for example.' },
  );
}

function guard({ guard: { strength } }: Runtime): string {
  return `${strength}; fixgate doctor --guard says why`;
}

function toGigabytes(bytes: number): string {
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { Command } from 'commander';
import { Option } from 'commander';

import { configuredRepository, soleEnvironment, toLocation } from '#cli/auto-open.ts';
import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import { isDoubted, noteOfDoubt } from '#cli/doubt.ts';
import type { CloseOptions, ConfirmOptions } from '#cli/incident-verbs.ts';
import { close, confirm, openerOf } from '#cli/incident-verbs.ts';
import { missingConfig } from '#cli/missing-config.ts';
import { openingNotes } from '#cli/opening-notes.ts';
import type { Runtime } from '#cli/runtime.ts';
import type { Config } from '#config/load.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident, Severity } from '#domain/incident.ts';
import { diagnosisVerdicts, resolutions, severities } from '#domain/incident.ts';
import { keyOption, keysFirst } from '#domain/key-option.ts';
import { parseInstant } from '#domain/time.ts';
import { didYouMean } from '#engine/arguments.ts';
import type { OpenRequest } from '#engine/incidents.ts';
import { confirmCommand } from '#engine/opened-again.ts';
import { boundBy } from '#policy/pinned-policy.ts';
import { quote } from '#report/shell-words.ts';

interface OpenOptions {
  readonly id: string;
  readonly repo?: string;
  readonly base?: string;
  readonly title?: string;
  readonly severity?: Severity;
  readonly service?: string;
  readonly env?: string;
  readonly startedAt?: string;
  readonly rca?: string;
  readonly rcaUrl?: string;
  readonly key?: string;
  readonly config?: string;
}

const KEY = 'key of the approvers file to sign with; default: the first in ~/.ssh';

/** Incidents that a list shows. */
const MAX_LISTED = 100;

/** Bytes of root-cause text that are kept; more than a person writes. */
const MAX_RCA_BYTES = 65_536;

/** Milliseconds by which the clock of whoever says when the trouble began may be ahead. */
const MAX_SKEW_MS = 5 * 60_000;

/** `fixgate incident …`: what humans say of incidents; none of it is a tool. */
export function addIncidentCommands(program: Command, context: CommandContext): void {
  const incident = program.command('incident').description('Open, confirm, close and list incidents.');
  const severity = () => new Option('--severity <severity>', 'impact').choices([...severities]);
  incident
    .command('open')
    .description('Open an incident. The same facts again succeed; different ones are a conflict.')
    .requiredOption('--id <id>', 'id from the pager')
    .option('--repo <path>', 'repository to repair: a path or a URL; default: the one that the configuration names')
    .option('--base <ref>', "base of the fix; default: the remote's default branch, else HEAD")
    .option('--title <title>', 'what is wrong, in a few words')
    .addOption(severity())
    .option('--service <service>', 'affected service')
    .option('--env <environment>', 'where it happens; default: the only one that the service is configured to have')
    .option('--started-at <time>', 'when the trouble began: ISO time, epoch or 2h ago')
    .option('--rca <text>', 'root-cause analysis: text or @FILE')
    .option('--rca-url <url>', 'where the analysis can be read')
    .option(
      '--key <file>',
      "key of the approvers file; where humans sign, an incident that nobody signed is taken for an agent's",
    )
    .option('--config <file>', 'configuration')
    .action((options: OpenOptions) => open(options, context));
  incident
    .command('confirm')
    .description(
      'Confirm the severity of an incident. Raising it is free; what lowers it or lets agents do more is proved.',
    )
    .argument('<id>', 'incident')
    .addOption(severity().makeOptionMandatory())
    .option('--reason <reason>', 'why; it is kept')
    .option('--key <file>', KEY)
    .option('--config <file>', 'configuration')
    .action((id: string, options: ConfirmOptions) => confirm(id, options, context));
  incident
    .command('close')
    .description('End an incident for good: nothing more is done for it, and it blocks no other.')
    .argument('<id>', 'incident')
    .addOption(new Option('--resolution <resolution>', 'how it ended').choices([...resolutions]).default('resolved'))
    .requiredOption('--reason <reason>', 'why; it is kept')
    .addOption(
      new Option('--diagnosis <verdict>', 'whether the diagnosis in the report was right').choices([
        ...diagnosisVerdicts,
      ]),
    )
    .option('--key <file>', KEY)
    .option('--config <file>', 'configuration')
    .action((id: string, options: CloseOptions) => close(id, options, context));
  incident
    .command('list')
    .description('List incidents, newest first.')
    .option('--config <file>', 'configuration')
    .action((options: { readonly config?: string }) => list(options.config, context));
}

async function open(options: OpenOptions, { invocation }: CommandContext): Promise<void> {
  await using runtime = await openRuntime(invocation, { configPath: options.config });
  const request = requestOf(options, runtime, invocation.workingDirectory);
  const opener = await openerOf(runtime, { id: options.id, key: options.key });
  const opened = await runtime.incidents.open(request, opener.openedBy, opener.actor);
  const { created } = opened;
  const incident = await runtime.word.believed(opened.incident);
  console.log(
    `${incident.id} ${created ? 'opened' : incident.state === 'closed' ? 'is closed' : 'is open already'}: ${incident.severity}, ${incident.repository.baseBranch} at ${incident.repository.baseCommit.slice(0, 12)}`,
  );
  if (created) warnOfService(options.service, runtime);
  else warnOfApprovers(incident, runtime);
  if (created) for (const note of await openingNotes(incident, runtime)) console.log(note);
  if (incident.state !== 'closed') console.log(nextStep(incident, runtime, options.config));
  if (options.severity === undefined || incident.severityConfirmed) return;
  const command = confirmCommand(incident, { humanProof: runtime.proof.mode });
  console.log(
    `Its severity is not confirmed: run \`${command}${placeOf(options.config)}\`.${keysFirst(runtime.proof.mode)}`,
  );
}

/** What the options say, and beside them the configuration. */
function requestOf(options: OpenOptions, { config, clock }: Runtime, workingDirectory: string): OpenRequest {
  const { id, repo, base, title, severity, service, env, startedAt, rca, rcaUrl: url } = options;
  const repository = repo === undefined ? configuredRepository(config, service) : toLocation(repo, workingDirectory);
  if (repository === undefined) throw noRepository(options, config);
  const environment = env ?? soleEnvironment(config.file, service);
  // What cannot be read is refused before anything is looked up.
  if (startedAt !== undefined) refuseFuture(parseInstant(startedAt, clock.now()).at, clock.now());
  const text = readRca(rca ?? '', workingDirectory);
  return {
    id,
    repository,
    ...(base !== undefined && { base }),
    ...(title !== undefined && { title }),
    ...(severity !== undefined && { severity }),
    ...(service !== undefined && { service }),
    ...(environment !== undefined && { environment }),
    ...(startedAt !== undefined && { startedAt: (saidAt: number) => parseInstant(startedAt, saidAt).at }),
    ...((rca !== undefined || url !== undefined) && { rca: { text, ...(url !== undefined && { url }) } }),
    implied: [...(repo === undefined ? ['repo' as const] : []), ...(env === undefined ? ['env' as const] : [])],
  };
}

/** An onset that is still to come would hide everything that was logged: only clocks that differ a little may say so. */
function refuseFuture(startedAt: number, now: number): void {
  if (startedAt <= now + MAX_SKEW_MS) return;
  const [said, here] = [startedAt, now].map((at) => new Date(at).toISOString());
  throw new FixgateError(
    'invalid_input',
    `--started-at is in the future: ${said}, and it is ${here}. Nothing was opened.`,
    {
      fix: 'Say when the trouble began, such as 40m, 2h ago or a time with its zone (2025-11-03T13:58:00Z); leave it out where nobody knows.',
    },
  );
}

function noRepository({ id, service }: OpenOptions, config: Config): FixgateError {
  const missing = missingConfig(config);
  const unknown = unknownService(service, config);
  const ofService = service === undefined ? '' : `\`services.${service.slice(0, 64)}.repository\` or `;
  return new FixgateError(
    'invalid_input',
    `${missing.said}${unknown === undefined ? '' : `${unknown}. `}No repository is named for ${id.slice(0, 64)}, neither with --repo nor in the configuration. Nothing was opened.`,
    {
      fix: `${missing.fix}${unknown === undefined ? '' : 'Correct --service, where it is misspelled. '}Name it with --repo PATH, or write ${ofService}\`repository\` into fixgate.yaml.`,
    },
  );
}

function placeOf(config: string | undefined): string {
  return config === undefined ? '' : ` --config ${quote(config)}`;
}

/** That the configuration does not know the service, and which one may be meant; undefined where it does or names none. */
function unknownService(service: string | undefined, { file }: Config): string | undefined {
  const known = Object.keys(file.services);
  if (service === undefined || known.length === 0 || known.includes(service)) return undefined;
  return `\`services\` of the configuration has no ${JSON.stringify(service.slice(0, 64))}${didYouMean(service, known)}`;
}

/** A service may be new; one that was mistyped has no evidence. */
function warnOfService(service: string | undefined, { config }: Runtime): void {
  const unknown = unknownService(service, config);
  if (unknown === undefined) return;
  console.error(
    `Warning: ${unknown}. If the name is wrong, close this incident and open it under another id: what is read of it goes by the service.`,
  );
}

/** Whoever opens an id before the pager does says whose word counts in it. */
function warnOfApprovers({ id, state }: Incident, { store, word }: Runtime): void {
  const here = word.trust();
  const bound = boundBy(store.timeline(id)).trust;
  if (state === 'closed' || here.mode !== 'signed' || bound?.mode !== 'signed') return;
  if (bound.approvers.some((key) => here.approvers.includes(key))) return;
  console.error(
    `Warning: others than the approvers listed here opened ${id} or resumed it, so whoever is listed may only reject and close there. If that is not meant, run \`fixgate incident close ${id} --reason "…" --key FILE\` and open the incident under another id.`,
  );
}

/** What a newcomer does next. */
function nextStep({ id, severity, release }: Incident, { proof }: Runtime, config: string | undefined): string {
  const place = placeOf(config);
  if (severity === 'SEV1' && !release)
    return `Next: agents may only look at a SEV1 until a human runs \`fixgate release ${id}${place} --reason REASON${keyOption(proof.mode)}\`.${keysFirst(proof.mode)}`;
  return `Next: tell your agent to remediate ${id} (prompt remediate_incident), or look yourself: fixgate call get_incident${place} --json '{"incident_id":"${id}"}'`;
}

async function list(configPath: string | undefined, { invocation }: CommandContext): Promise<void> {
  await using runtime = await openRuntime(invocation, { configPath, needsSecrets: false });
  const found = runtime.store.listIncidents(MAX_LISTED + 1);
  const incidents = found.slice(0, MAX_LISTED);
  if (incidents.length === 0) console.error(`No incidents in ${runtime.stateFolder}.`);
  const stricter: string[] = [];
  for (const kept of incidents) {
    const believed = await runtime.word.believed(kept);
    const { id, severity, title } = believed;
    if (isDoubted(kept, believed)) stricter.push(id);
    const state = await runtime.reports.stateOf(believed);
    console.log(`${id}\t${severity}\t${state}\t${runtime.redact(title).split('\n')[0]}`);
  }
  if (found.length > incidents.length)
    console.error(
      `Note: these are the newest ${MAX_LISTED}; older ones are not listed. \`fixgate report INCIDENT\` tells of any, \`fixgate approvals\` what waits in all.`,
    );
  if (stricter.length > 0) console.error(noteOfDoubt(stricter, runtime));
}

function readRca(value: string, workingDirectory: string): string {
  if (!value.startsWith('@')) return value.slice(0, MAX_RCA_BYTES);
  const file = path.resolve(workingDirectory, value.slice(1));
  try {
    return readFileSync(file, 'utf8').slice(0, MAX_RCA_BYTES);
  } catch {
    throw new FixgateError('invalid_input', `The root-cause file ${file} cannot be read.`, {
      fix: 'Name a readable file after the @.',
    });
  }
}

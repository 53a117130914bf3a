import type { Command } from 'commander';

import { parseAge } from '#cli/age.ts';
import type { CommandContext } from '#cli/command.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import { noIncident } from '#cli/no-incident.ts';
import { readTestLog } from '#cli/test-log.ts';
import { systemClock } from '#domain/clock.ts';
import { countOf } from '#domain/count-of.ts';
import { FixgateError } from '#domain/errors.ts';
import type { TestRun } from '#domain/remediation.ts';
import { formatDuration } from '#domain/time.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Evidence, Store } from '#state/store.ts';

interface PurgeOptions {
  readonly olderThan?: string;
  readonly incident?: string;
}

/** `fixgate evidence`: what agents read, in full, for humans. */
export function addEvidenceCommands(program: Command, context: CommandContext): void {
  const evidence = program.command('evidence').description('Read or remove what agents were shown, in full.');
  evidence
    .command('list')
    .description('List what is kept of an incident, the output of test runs included.')
    .argument('<incident>', 'incident')
    .action((id: string) => withStore(context, (store, folder) => list(store, id, folder)));
  evidence
    .command('show')
    .description('Print one kept text, or the output of a test run.')
    .argument('<uri>', 'as in a report or an answer: incident://PD-4821/evidence/3, incident://PD-4821/tests/JOB')
    .action((uri: string) => show(uri, context));
  evidence
    .command('purge')
    .description('Remove kept texts for good. That they were kept, and their SHA-256, stays in the records.')
    .option('--older-than <time>', 'kept longer ago than this, such as 30d')
    .option('--incident <incident>', 'only of this incident, whatever their age')
    .action((options: PurgeOptions) => withStore(context, (store, folder) => purge(store, options, folder)));
}

async function withStore(
  { invocation }: CommandContext,
  work: (store: Store, stateFolder: string) => void,
): Promise<void> {
  const folder = stateFolderOf(invocation);
  await using store = createSqliteStore({ folder, clock: systemClock });
  work(store, folder);
}

function list(store: Store, id: string, stateFolder: string): void {
  if (!store.getIncident(id)) throw noIncident(id, stateFolder);
  const kept = [
    ...store.evidence(id).map((evidence) => ({ at: evidence.at, line: describe(evidence) })),
    ...store.testRuns(id).map((run) => ({ at: run.startedAt, line: describeRun(run) })),
  ].toSorted((a, b) => a.at - b.at);
  console.log(kept.length === 0 ? `Nothing is kept of ${id}.` : kept.map(({ line }) => line).join('\n'));
}

function describeRun({ incidentId, jobId, startedAt, plan, status, result }: TestRun): string {
  const uri = `incident://${incidentId}/tests/${jobId}`;
  return `${uri}  ${new Date(startedAt).toISOString()}  Output of suite ${plan.suite} (${result?.verdict ?? status})`;
}

function describe({ uri, at, title, text, sha256, purgedAt }: Evidence): string {
  const size =
    purgedAt === undefined ? `${Buffer.byteLength(text)} bytes` : `removed ${new Date(purgedAt).toISOString()}`;
  return `${uri}  ${new Date(at).toISOString()}  ${title} (${size}, sha256 ${sha256.slice(0, 12)})`;
}

async function show(uri: string, context: CommandContext): Promise<void> {
  const log = await readTestLog(uri, context);
  if (log === undefined) await withStore(context, (store) => print(keptText(store, uri)));
  else print(log);
}

function keptText(store: Store, uri: string): string {
  const match = /^incident:\/\/([^/]{1,64})\/evidence\/(\d{1,6})$/.exec(uri);
  const found = match?.[1] === undefined ? undefined : store.getEvidence(match[1], Number(match[2]));
  if (!found || found.purgedAt !== undefined) {
    const why = found ? `was removed; its SHA-256 was ${found.sha256}` : 'is not kept here';
    throw new FixgateError('not_found', `${uri.slice(0, 200)} ${why}.`, {
      fix: 'List what is kept with `fixgate evidence list INCIDENT`.',
    });
  }
  return found.text;
}

function print(text: string): void {
  // Whoever reads may end before the text does, as head and pagers do.
  process.stdout.on('error', () => {});
  // In a file or a pipe a line break more would have another SHA-256.
  process.stdout.write(process.stdout.isTTY && !text.endsWith('\n') ? `${text}\n` : text);
}

function purge(store: Store, { olderThan, incident }: PurgeOptions, stateFolder: string): void {
  if (olderThan === undefined && incident === undefined) {
    throw new FixgateError('invalid_input', 'What to remove is not said.', {
      fix: 'Give --older-than, such as 30d, or --incident, or both.',
    });
  }
  if (incident !== undefined && !store.getIncident(incident)) throw noIncident(incident, stateFolder);
  const age = olderThan === undefined ? 0 : parseAge(olderThan);
  const before = systemClock.now() - age + (age === 0 ? 1 : 0);
  const removed = store.purgeEvidence({ before, ...(incident !== undefined && { incidentId: incident }) });
  const which = `${incident === undefined ? '' : ` of ${incident}`}${age === 0 ? '' : ` older than ${formatDuration(age)}`}`;
  console.log(
    removed === 0 ? `Nothing to remove: no text${which} is kept.` : `Removed ${countOf(removed, 'text')}${which}.`,
  );
}

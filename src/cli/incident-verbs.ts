import { randomBytes } from 'node:crypto';

import { giveWord, requireOpen } from '#cli/approve.ts';
import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import type { DecideOptions } from '#cli/prove.ts';
import { humanAccount, prove } from '#cli/prove.ts';
import type { Runtime } from '#cli/runtime.ts';
import { toUnanswered } from '#cli/unanswered.ts';
import type { Approval } from '#domain/approval.ts';
import { APPROVAL_TTL_MINUTES, bindingOf } from '#domain/approval.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Closure, Incident, Severity } from '#domain/incident.ts';
import { SERVER_CHAIN } from '#domain/timeline.ts';
import { confirmCommand } from '#engine/opened-again.ts';
import { HUMAN_LOOK } from '#engine/services/pull-request-fate.ts';
import { isPlainRaise } from '#policy/severity.ts';
import { outcomeWords } from '#report/outcome.ts';

/** How a human gives a severity. */
export interface ConfirmOptions {
  readonly severity: Severity;
  readonly reason?: string;
  readonly key?: string;
  readonly config?: string;
}

/** Gives an incident its severity. Raising is free; what lowers it, keeps it or lets agents do more has to be proved, and only what is proved confirms. */
export async function confirm(id: string, options: ConfirmOptions, { invocation }: CommandContext): Promise<void> {
  await using runtime = await openRuntime(invocation, { configPath: options.config });
  const incident = await requireOpen(runtime, id);
  const { severity, reason = `${id} is a ${severity}.` } = options;
  // What is kept without proof is not believed, and a proved word on top of it ends that.
  const known = [incident, runtime.store.getIncident(id)];
  if (known.every((each) => each?.severityConfirmed === true && each.severity === severity)) {
    // A key that was named for nothing must be right all the same.
    if (runtime.proof.mode === 'signed' && options.key !== undefined)
      await signerOf(runtime, { id, key: options.key, question: reason });
    console.log(`${id} is ${severity}, confirmed already`);
    return;
  }
  const word = hasToSign(runtime, incident, options)
    ? await giveSeverity(runtime, incident, { ...options, reason })
    : undefined;
  const confirmed = word !== undefined || runtime.proof.mode !== 'signed';
  const actor = `human:${word?.decision.by ?? humanAccount()}`;
  const summary = `Severity ${severity} ${confirmed ? 'confirmed' : 'raised, not confirmed'}: ${reason.slice(0, 200)}`;
  const data = {
    severity,
    from: incident.severity,
    ...(word && { approval: word.approval.id, signed: word.decision.signature !== undefined }),
    ...(!confirmed && { confirmed }),
  };
  runtime.store.confirmSeverity(id, severity, { type: 'incident.confirmed', actor, summary, data }, word?.approval.id);
  console.log(confirmed ? `${id} is ${severity}, confirmed` : raisedWords(id, severity));
}

/** Everything but a plain raise, and whatever a key was named for where humans sign. */
function hasToSign({ proof }: Runtime, incident: Incident, { severity, key }: ConfirmOptions): boolean {
  return !isPlainRaise(incident.severity, severity) || (proof.mode === 'signed' && key !== undefined);
}

/** The word of a human for a severity. */
async function giveSeverity(
  runtime: Runtime,
  { id, repository, severity: from, severityConfirmed: confirmed }: Incident,
  options: ConfirmOptions & DecideOptions,
) {
  const { severity: to } = options;
  const nonce = randomBytes(8).toString('hex');
  const facts = { base_commit: repository.baseCommit, from, to, confirmed, nonce };
  const words = { rule: `severity/${from}`, reason: `${id} is a ${to}${from === to ? '' : ` and no ${from}`}.` };
  return await giveWord(runtime, { incidentId: id, kind: 'severity', facts }, { words, options });
}

function raisedWords(id: string, severity: Severity): string {
  const command = confirmCommand({ id, severity }, { humanProof: 'signed' });
  return `${id} is ${severity}, raised and not confirmed: nobody signed. An approver confirms it with \`${command}\`.`;
}

/** How a human ends an incident. */
export interface CloseOptions extends DecideOptions {
  readonly resolution: Closure['resolution'];
  /** Whether the diagnosis in the report was right, where the human says so. */
  readonly diagnosis?: NonNullable<Closure['diagnosis']>;
}

/** Ends an incident for good, so that it binds and blocks nothing any more; proved like a release. */
export async function close(id: string, options: CloseOptions, { invocation }: CommandContext): Promise<void> {
  await using runtime = await openRuntime(invocation, { configPath: options.config });
  const incident = await requireOpen(runtime, id);
  const { severity, repository } = incident;
  const { resolution, diagnosis } = options;
  const said = diagnosis === undefined ? {} : { diagnosis };
  const nonce = randomBytes(8).toString('hex');
  const facts = { base_commit: repository.baseCommit, resolution, ...said, nonce };
  const words = {
    rule: `severity/${severity}`,
    reason: `${id}, a ${severity}, is over (${resolution.replace('_', ' ')}).`,
  };
  const { approval, decision } = await giveWord(runtime, { incidentId: id, kind: 'close', facts }, { words, options });
  const { at, by, reason, signature } = decision;
  // The last of its records that is certain to be made while somebody looks.
  const unanswered = await runtime.fates.look(incident, HUMAN_LOOK);
  if (unanswered !== undefined) console.error(toUnanswered(unanswered, runtime.redact));
  runtime.store.close(id, { at, by, reason, resolution, ...said }, approval.id, {
    type: 'incident.closed',
    actor: `human:${by}`,
    summary: `${id} closed (${resolution.replace('_', ' ')}): ${reason.slice(0, 200)}`,
    data: { approval: approval.id, resolution, ...said, signed: signature !== undefined },
  });
  const { fate } = runtime.store.pullRequest(id) ?? {};
  const after = fate ? ` Its fix: ${outcomeWords(fate.outcome)}.` : '';
  console.log(`${id} is closed (${resolution.replace('_', ' ')}).${after}`);
}

/** Who opens an incident: where humans sign, whoever does not is taken for an agent. */
export async function openerOf(
  runtime: Runtime,
  { id, key }: { readonly id: string; readonly key: string | undefined },
): Promise<{ readonly openedBy: 'human' | 'agent'; readonly actor: string }> {
  const account = `human:${humanAccount()}`;
  if (runtime.proof.mode !== 'signed') return { openedBy: 'human', actor: account };
  if (key === undefined) {
    if (runtime.config.file.incidents.open_by_agents !== 'never') return { openedBy: 'agent', actor: account };
    throw new FixgateError('invalid_input', 'Only humans open incidents here, and nobody signed. Nothing was opened.', {
      fix: 'Name a key of the approvers file with --key.',
    });
  }
  return { openedBy: 'human', actor: `human:${await signerOf(runtime, { id, key, question: `${id} is opened.` })}` };
}

/** The approver whose key this is; of what is signed for it nothing is kept. */
async function signerOf(
  runtime: Runtime,
  { id, key, question }: { readonly id: string; readonly key: string; readonly question: string },
): Promise<string> {
  const now = runtime.clock.now();
  // It says nothing of the incident, which may have other approvers.
  const subject = { incidentId: SERVER_CHAIN, kind: 'severity' as const, facts: { incident: id, at: now } };
  const asked: Approval = {
    id: `A-${randomBytes(4).toString('hex')}`,
    ...subject,
    binding: bindingOf(subject),
    question,
    ruleIds: [],
    requestedBy: humanAccount(),
    requestedAt: now,
    expiresAt: now + APPROVAL_TTL_MINUTES * 60_000,
  };
  return (await prove(runtime, asked, { verdict: 'approved', options: { reason: 'checked', key } })).by;
}

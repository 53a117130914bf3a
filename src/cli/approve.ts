import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';

import type { Command } from 'commander';

import { afterDecision } from '#cli/after-decision.ts';
import { describeApproval, isUnproved } from '#cli/approval-text.ts';
import { listApprovals } from '#cli/approvals-list.ts';
import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import { noIncident } from '#cli/no-incident.ts';
import type { DecideOptions } from '#cli/prove.ts';
import { humanAccount, nobodyCanApprove, prove, requireKey } from '#cli/prove.ts';
import type { Runtime } from '#cli/runtime.ts';
import type { Approval, ApprovalDecision, ApprovalSubject } from '#domain/approval.ts';
import { APPROVAL_TTL_MINUTES, bindingOf, isExpired, OWN_WORDS } from '#domain/approval.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { keyOption } from '#domain/key-option.ts';

/** `fixgate approve|reject|release|approvals`: the word of a human, proved by a key that agents do not hold. Never tools. */
export function addApprovalCommands(program: Command, context: CommandContext): void {
  const decide = (name: string, description: string, verdict: ApprovalDecision['verdict']) =>
    program
      .command(name)
      .description(description)
      .argument('<id>', 'approval, such as A-7f3a91c2')
      .requiredOption('--reason <reason>', 'why; it is kept')
      .option('--key <file>', 'key of the approvers file to sign with; default: the first in ~/.ssh')
      .option('--config <file>', 'configuration')
      .action((id: string, options: DecideOptions) => answer(id, verdict, options, context));
  decide('approve', 'Allow exactly the action that was asked about, once.', 'approved');
  decide('reject', 'Refuse it.', 'rejected');
  program
    .command('release')
    .description('Let work on a SEV1 incident begin.')
    .argument('<incident>', 'incident')
    .requiredOption('--reason <reason>', 'why; it is kept')
    .option('--key <file>', 'key of the approvers file to sign with; default: the first in ~/.ssh')
    .option('--config <file>', 'configuration')
    .action((id: string, options: DecideOptions) => release(id, options, context));
  program
    .command('approvals')
    .description('List what an incident asked, or without one what waits for a human in any.')
    .argument('[incident]', 'incident')
    .option('--config <file>', 'configuration')
    .action((id: string | undefined, options: { readonly config?: string }) => listApprovals(id, options, context));
}

async function answer(
  id: string,
  verdict: ApprovalDecision['verdict'],
  options: DecideOptions,
  { invocation }: CommandContext,
): Promise<void> {
  await using runtime = await openRuntime(invocation, { configPath: options.config });
  const approval = runtime.store.getApproval(id);
  if (!approval)
    throw new FixgateError('not_found', `Nothing is waiting under ${id.slice(0, 40)}.`, {
      fix: 'Run `fixgate approvals` to see what is.',
    });
  refuseChanged(approval);
  if (OWN_WORDS.has(approval.kind)) throw ownWord(approval);
  const isDoubted = await isUnproved(approval, runtime);
  if (approval.decision && !isDoubted) throw decidedError(approval);
  if (isExpired(approval, runtime.clock.now())) throw expiredError(approval);
  console.log(await describeApproval(approval, runtime));
  if (isDoubted) requireKey(runtime, options);
  if (verdict === 'approved') await askOnTerminal(id);
  const question = isDoubted ? askAgain(approval, runtime) : approval;
  await decide(runtime, question, { verdict, options });
  const instead = question === approval ? '' : ` (as ${question.id}: the earlier decision is not believed)`;
  console.log(`${id} is ${verdict}${instead}.`);
  console.log(await afterDecision(question, { verdict, config: options.config }, runtime));
}

function ownWord({ id, kind }: Approval): FixgateError {
  return new FixgateError(
    'invalid_input',
    `${id} is a ${kind} that a human began and did not sign. Nothing was done.`,
    {
      fix: 'Run the command again that asked for it; this question expires by itself.',
    },
  );
}

function decidedError({ id, decision }: Approval): FixgateError {
  const at = decision ? ` at ${new Date(decision.at).toISOString()}` : '';
  return overError(`${id} was ${decision?.verdict ?? 'decided'}${at} already`);
}

function expiredError({ id, expiresAt }: Approval): FixgateError {
  return overError(`${id} expired at ${new Date(expiresAt).toISOString()}`);
}

function overError(what: string): FixgateError {
  return new FixgateError('conflict', `${what}. Nothing was changed.`, {
    fix: 'Let the agent repeat its call, and decide what it asks then.',
  });
}

/** What is shown must be what is signed. */
function refuseChanged(approval: Approval): void {
  if (bindingOf(approval) === approval.binding) return;
  throw new FixgateError('conflict', `The record of ${approval.id} was changed after it was asked. Nothing was done.`, {
    fix: 'Let the agent repeat its call, and decide what it asks then.',
  });
}

/** Asks the same anew, beside the decision that is not believed: nobody's word replaces another's, and the proved one counts. */
function askAgain(approval: Approval, { store, clock, proof }: Runtime): Approval {
  const { decision: _unproved, consumedAt, ...asked } = approval;
  const now = clock.now();
  if (proof.mode === 'none' || consumedAt !== undefined || isExpired(approval, now)) return approval;
  const question: Approval = {
    ...asked,
    id: `A-${randomBytes(4).toString('hex')}`,
    requestedBy: humanAccount(),
    requestedAt: now,
    expiresAt: now + APPROVAL_TTL_MINUTES * 60_000,
  };
  return store.requestApproval(
    question,
    {
      type: 'approval.requested',
      actor: `human:${humanAccount()}`,
      summary: `Approval ${question.id} asked for, since the decision of ${approval.id} is not believed`,
      data: {
        approval: question.id,
        binding: question.binding,
        rule_ids: [...question.ruleIds],
        expires_at: question.expiresAt,
      },
    },
    store.approvalMatter(approval.id),
  );
}

/** Whoever sits at a terminal says so once more after having read; a script has nobody to ask. */
async function askOnTerminal(id: string): Promise<void> {
  if (!process.stdin.isTTY) return;
  // Not on standard output, which may lead elsewhere.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Whoever interrupts it says no.
  const answer = await terminal.question('Allow exactly this, once? Type yes: ').catch(() => 'no');
  terminal.close();
  if (/^y(?:es)?$/i.test(answer.trim())) return;
  throw new FixgateError('cancelled', `${id} was not approved. Nothing was changed.`, {
    fix: `Run \`fixgate reject ${id} --reason "…"\` to refuse it, or let it expire.`,
  });
}

async function release(id: string, options: DecideOptions, { invocation }: CommandContext): Promise<void> {
  await using runtime = await openRuntime(invocation, { configPath: options.config });
  const incident = await requireOpen(runtime, id);
  const subject = { incidentId: id, kind: 'release' as const, facts: { base_commit: incident.repository.baseCommit } };
  const words = { rule: 'severity/SEV1', reason: `Work on ${id} may begin.` };
  const { approval, decision } = await giveWord(runtime, subject, { words, options });
  runtime.store.release(
    id,
    { at: decision.at, by: decision.by, reason: decision.reason },
    {
      type: 'incident.released',
      actor: `human:${decision.by}`,
      summary: `${id} released: ${options.reason.slice(0, 200)}`,
      data: { approval: approval.id, signed: decision.signature !== undefined },
    },
  );
  console.log([`${id} is released.`, ...afterRelease(await runtime.word.believed(incident), runtime)].join(' '));
}

/** What a release does not do. */
function afterRelease({ id, severity, state }: Incident, { proof }: Runtime): readonly string[] {
  const needless = `It is a ${severity}, which needs none; a SEV1 that it may become needs one of its own.`;
  const handedOver = `It is handed over: work goes on once you run \`fixgate resume ${id} --reason "…"${keyOption(proof.mode)}\`.`;
  return [...(severity === 'SEV1' ? [] : [needless]), ...(state === 'escalated' ? [handedOver] : [])];
}

/** What a human says of their own accord: asked, proved and kept in one go. */
export async function giveWord(
  runtime: Runtime,
  subject: ApprovalSubject,
  {
    words,
    options,
  }: { readonly words: { readonly rule: string; readonly reason: string }; readonly options: DecideOptions },
): Promise<{ readonly approval: Approval; readonly decision: ApprovalDecision }> {
  if (runtime.proof.mode === 'none') throw nobodyCanApprove(runtime.proof);
  requireKey(runtime, options);
  const finding = { ...words, effect: 'require_approval' as const, fix: '', evidence: {} };
  const approval = runtime.approvals.ask(subject, [finding], humanAccount());
  return { approval, decision: await decide(runtime, approval, { verdict: 'approved', options }) };
}

/** The incident as far as what was said of it is proved here; it must not be over. */
export async function requireOpen({ store, word, stateFolder }: Runtime, id: string): Promise<Incident> {
  const kept = store.getIncident(id);
  if (!kept) throw noIncident(id, stateFolder);
  const incident = await word.believed(kept);
  if (incident.state !== 'closed') return incident;
  throw new FixgateError('conflict', `${id} is closed. Nothing was changed.`, {
    fix: 'Open a new incident with `fixgate incident open` when the trouble is back.',
  });
}

/** Proves a decision and keeps it, once. */
export async function decide(
  runtime: Runtime,
  approval: Approval,
  { verdict, options }: { readonly verdict: ApprovalDecision['verdict']; readonly options: DecideOptions },
): Promise<ApprovalDecision> {
  const decision = await prove(runtime, approval, { verdict, options });
  const granted = verdict === 'approved';
  const kept = runtime.store.decideApproval(approval.id, decision, {
    type: granted ? 'approval.granted' : 'approval.rejected',
    actor: `human:${decision.by}`,
    summary: `${approval.id} ${verdict} by ${decision.by}: ${decision.reason.slice(0, 200)}`,
    data: { approval: approval.id, binding: approval.binding, signed: decision.signature !== undefined },
  });
  if (kept) return decision;
  // Somebody was faster, or it took too long.
  const last = runtime.store.getApproval(approval.id) ?? approval;
  throw isExpired(last, runtime.clock.now()) ? expiredError(last) : decidedError(last);
}

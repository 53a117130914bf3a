import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { Command } from 'commander';

import { giveWord, requireOpen } from '#cli/approve.ts';
import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import { parseGrant } from '#cli/grant.ts';
import type { DecideOptions } from '#cli/prove.ts';
import { humanAccount, prove } from '#cli/prove.ts';
import type { Approval } from '#domain/approval.ts';
import { APPROVAL_TTL_MINUTES, bindingOf } from '#domain/approval.ts';
import { FixgateError } from '#domain/errors.ts';
import { keyOption, keysFirst } from '#domain/key-option.ts';
import { SERVER_CHAIN } from '#domain/timeline.ts';
import { toJudgeData } from '#policy/audit-data.ts';
import { boundBy, isBoundElsewhere } from '#policy/pinned-policy.ts';

interface StopOptions {
  readonly all?: boolean;
  readonly reason: string;
  readonly config?: string;
}

interface ResumeOptions extends DecideOptions {
  readonly all?: boolean;
  readonly grant?: string;
}

/** `fixgate stop` needs no proof, since it only takes away; `fixgate resume` does. Never tools. */
export function addStopCommands(program: Command, context: CommandContext): void {
  program
    .command('stop')
    .description('Hand an incident over to humans now, or with --all refuse all writes of this state folder.')
    .argument('[incident]', 'incident')
    .option('--all', 'put the file STOP into the state folder')
    .option('--reason <reason>', 'why; it is kept', 'A human said stop.')
    .option('--config <file>', 'configuration')
    .action((id: string | undefined, options: StopOptions) => stop(id, options, context));
  program
    .command('resume')
    .description('Let work on an escalated incident go on, with more budget; or with --all allow writes again.')
    .argument('[incident]', 'incident')
    .option('--all', 'remove the file STOP from the state folder')
    .option('--grant <amounts>', 'what is added to the budget, such as tool_calls=10,usd=0.5')
    .requiredOption('--reason <reason>', 'why; it is kept')
    .option('--key <file>', 'key of the approvers file to sign with; default: the first in ~/.ssh')
    .option('--config <file>', 'configuration')
    .action((id: string | undefined, options: ResumeOptions) => resume(id, options, context));
}

async function stop(id: string | undefined, options: StopOptions, { invocation }: CommandContext): Promise<void> {
  refuseBoth(id, options.all);
  await using runtime = await openRuntime(invocation, { configPath: options.config });
  const { store, clock, killSwitch, config, proof } = runtime;
  const reason = options.reason.slice(0, 1_000);
  if (id === undefined) {
    // The file first: it stops, the record only tells.
    const isPublic = killSwitch.on(reason, { publicly: config.file.agents === 'other_account' });
    const actor = `human:${humanAccount()}`;
    store.append(SERVER_CHAIN, { type: 'server.stopped', actor, summary: `All writes stopped: ${reason}`, data: {} });
    console.log(
      `All writes are refused: ${killSwitch.file} is there. Allow them again with: fixgate resume --all --reason …${keyOption(proof.mode)}${keysFirst(proof.mode)}`,
    );
    if (!isPublic)
      console.log(`Hooks under other accounts do not see it: make ${killSwitch.publicFile} as an account that may.`);
    return;
  }
  const incident = await requireOpen(runtime, id);
  store.escalate(id, { reason, ruleId: 'human', at: clock.now() });
  console.log(
    `${id} is ${incident.state === 'escalated' ? 'handed over already' : 'stopped and handed over'}. Let agents go on with: fixgate resume ${id} --reason …${keyOption(proof.mode)}${keysFirst(proof.mode)}`,
  );
  await runtime.handOver.write(id);
}

async function resume(id: string | undefined, options: ResumeOptions, context: CommandContext): Promise<void> {
  refuseBoth(id, options.all);
  if (id === undefined) return resumeAll(options, context);
  const grant = parseGrant(options.grant ?? '');
  await using runtime = await openRuntime(context.invocation, { configPath: options.config });
  const incident = await requireOpen(runtime, id);
  if (incident.state !== 'escalated' && Object.keys(grant).length === 0) throw nothingToResume(id);
  // Work goes on under this policy and with these approvers: what is signed says so.
  const policy = await runtime.policyOf(incident);
  const trust = runtime.word.trust();
  const events = runtime.store.timeline(id);
  if (isBoundElsewhere(events, { policy, trust })) throw boundElsewhere(id);
  const nonce = randomBytes(8).toString('hex');
  const approvers = trust.approvers.length > 0 ? { approvers: trust.approvers } : {};
  const facts = { base_commit: incident.repository.baseCommit, grant, policy: policy.digest, ...approvers, nonce };
  const subject = { incidentId: id, kind: 'resume' as const, facts };
  const reason = `Work on ${id} may go on${options.grant === undefined ? '' : `, with ${options.grant} more`}.`;
  const { approval, decision } = await giveWord(runtime, subject, {
    words: { rule: 'incident/escalated', reason },
    options,
  });
  const event = {
    type: 'incident.resumed' as const,
    actor: `human:${decision.by}`,
    summary: `${id} resumed: ${decision.reason.slice(0, 200)}`,
    data: {
      approval: approval.id,
      grant,
      signed: decision.signature !== undefined,
      ...toJudgeData({ policy, trust }),
    },
  };
  // Signing takes as long as a human, or an agent, wants: somebody else may have ended it.
  const seen = runtime.store.timeline(id).length;
  await requireOpen(runtime, id);
  runtime.store.resume(id, approval.id, event, (now) => {
    const isEnded = now.slice(seen).some(({ type }) => type === 'incident.closed');
    const isBound = !isDeepStrictEqual(boundBy(now).trust, boundBy(events).trust);
    if (isEnded || isBound || !isDeepStrictEqual(runtime.word.trust(), trust)) throw changedMeanwhile(id);
  });
  console.log(`${id} goes on${options.grant === undefined ? '' : ` with ${options.grant} more`}.`);
}

async function resumeAll(options: ResumeOptions, { invocation }: CommandContext): Promise<void> {
  await using runtime = await openRuntime(invocation, { configPath: options.config });
  const { killSwitch, clock, store } = runtime;
  const now = clock.now();
  const subject = { incidentId: SERVER_CHAIN, kind: 'resume' as const, facts: { at: now } };
  const question: Approval = {
    id: `A-${randomBytes(4).toString('hex')}`,
    ...subject,
    binding: bindingOf(subject),
    question: 'All writes are allowed again.',
    ruleIds: ['kill_switch'],
    requestedBy: humanAccount(),
    requestedAt: now,
    expiresAt: now + APPROVAL_TTL_MINUTES * 60_000,
  };
  const { by, reason, signature } = await prove(runtime, question, { verdict: 'approved', options });
  store.append(SERVER_CHAIN, {
    type: 'server.resumed',
    actor: `human:${by}`,
    summary: `Writes allowed again: ${reason.slice(0, 200)}`,
    data: { approval: question.id, binding: question.binding, signed: signature !== undefined },
  });
  killSwitch.off();
  const still = killSwitch.halted();
  console.log(still === undefined ? 'Writes are allowed again.' : `Writes stay refused: ${still}.`);
}

function refuseBoth(id: string | undefined, all: boolean | undefined): void {
  if ((id === undefined) === (all === true)) return;
  throw new FixgateError('invalid_input', 'Either one incident or --all is meant.', {
    fix: 'Name an incident, or --all, and not both.',
  });
}

function boundElsewhere(id: string): FixgateError {
  return new FixgateError(
    'conflict',
    `${id} was begun under another policy, where humans could not prove themselves in the same way, and a word under this one changes nothing of that. Nothing was changed.`,
    {
      fix: 'Resume it with the configuration that it was begun with (--config), or open a new incident for this policy.',
    },
  );
}

function changedMeanwhile(id: string): FixgateError {
  return new FixgateError(
    'conflict',
    `While this was signed, somebody closed ${id}, began to work on it, resumed it or changed the approvers file, which says whose word counts there. Nothing was changed.`,
    { fix: 'Run the command again.' },
  );
}

function nothingToResume(id: string): FixgateError {
  return new FixgateError('conflict', `${id} is not escalated, and nothing is granted. Nothing was changed.`, {
    fix: 'Name what to add with --grant, such as tool_calls=10,usd=0.5.',
  });
}

import type { Command } from 'commander';

import { giveWord, requireOpen } from '#cli/approve.ts';
import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import type { DecideOptions } from '#cli/prove.ts';
import { FixgateError } from '#domain/errors.ts';
import { didYouMean } from '#engine/arguments.ts';
import { deniedRules } from '#policy/built-in-paths.ts';
import { isWaivable, waivableRules, waiverSubject } from '#policy/waivers.ts';

interface WaiveOptions extends DecideOptions {
  readonly incident: string;
}

/** `fixgate waive`: a human lifts one rule for one incident, for an hour, on the record. Never a tool. */
export function addWaiveCommand(program: Command, context: CommandContext): void {
  program
    .command('waive')
    .description('Lift exactly one rule for one incident, for an hour.')
    .argument('<rule>', 'rule as a refusal names it, such as "protected_files/config/**" or max_lines')
    .requiredOption('--incident <id>', 'incident')
    .requiredOption('--reason <reason>', 'why; it is kept')
    .option('--key <file>', 'key of the approvers file to sign with; default: the first in ~/.ssh')
    .option('--config <file>', 'configuration')
    .action((rule: string, options: WaiveOptions) => waive(rule, options, context));
}

async function waive(rule: string, options: WaiveOptions, { invocation }: CommandContext): Promise<void> {
  if (!isWaivable(rule) || isBuiltInDenial(rule)) throw cannotBeWaived(rule);
  await using runtime = await openRuntime(invocation, { configPath: options.config });
  const incident = await requireOpen(runtime, options.incident);
  const policy = await runtime.policyOf(incident);
  const known = waivableRules(policy);
  if (!known.includes(rule)) throw unknownRule(rule, { id: incident.id, known });
  const subject = waiverSubject(rule, incident, policy);
  const words = { rule, reason: `The rule ${rule} does not hold for ${incident.id}.` };
  const { approval } = await giveWord(runtime, subject, { words, options });
  console.log(
    `${rule} is waived for ${incident.id} until ${new Date(approval.expiresAt).toISOString()} (${approval.id}).`,
  );
}

function isBuiltInDenial(rule: string): boolean {
  return deniedRules.some(({ name }) => rule === `built_in_files/${name}`);
}

function unknownRule(
  rule: string,
  { id, known }: { readonly id: string; readonly known: readonly string[] },
): FixgateError {
  const named = JSON.stringify(rule.slice(0, 200));
  return new FixgateError(
    'invalid_input',
    `The policy of ${id} has no rule ${named}${didYouMean(rule, known)}. Nothing was waived.`,
    { fix: `Name the rule as the refusal names it; \`fixgate report ${id}\` has the refusals.` },
  );
}

function cannotBeWaived(rule: string): FixgateError {
  return new FixgateError('invalid_input', `The rule ${JSON.stringify(rule.slice(0, 200))} cannot be waived.`, {
    fix: 'Name a rule of the policy file as a refusal names it; budgets, failures that are new, commands and built-in denials hold for everyone.',
  });
}

import type { BlockedUse } from '#policy/command/blocked.ts';
import { harmlessAlternatives } from '#policy/command/families.ts';
import type { JudgedUse } from '#policy/guards/command-uses.ts';
import { judgedUses } from '#policy/guards/command-uses.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Refuses a test run that would execute a blocked command, through whatever wrapper. */
export const blockedCommands: Guard = (action, policy) =>
  judgedUses(action, policy).flatMap((use) =>
    use.blocked.filter(({ certainty }) => certainty === 'yes').map((each) => toFinding(each, use)),
  );

function toFinding({ entry, call }: BlockedUse, { text, origin, suite }: JudgedUse): Finding {
  const instead = harmlessAlternatives[entry];
  const change = instead ? `, or have a human replace the call by ${instead}` : '';
  const who = suite === '' ? 'The command' : `The suite ${quote(suite)}`;
  const where = suite === '' ? '' : ` (${quote(origin)})`;
  const otherwise = suite === '' ? 'Work without it' : `Call run_tests with another suite than ${quote(suite)}`;
  return {
    rule: `blocked_commands/${entry}`,
    effect: 'deny',
    reason: `${who} would execute ${quote(call)}${where}, which is blocked: ${quote(entry)}.`,
    fix: `${otherwise}${change}; do not rewrite the command to get round the rule.`,
    evidence: { command: text, origin, entry, call: call.slice(0, 1_024) },
  };
}

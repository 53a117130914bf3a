import type { CommandAnalysis } from '#policy/command/analysis.ts';
import { analyzeCommand } from '#policy/command/analyze.ts';
import { findBlocked, firstDoubt } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import { isSensitiveAssignment } from '#policy/command/environment.ts';
import { harmlessAlternatives } from '#policy/command/families.ts';
import { findGuardCalls } from '#policy/host-guard.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/** A command as it was read off, with every objection to what it runs. */
export interface JudgedCommand {
  readonly analysis: CommandAnalysis;
  readonly findings: readonly Finding[];
}

/** Judges what a command would run; which files it touches is judged apart. */
export function judgeCommand(
  command: string,
  environment: Readonly<Record<string, string>>,
  policy: HostPolicy,
): JudgedCommand {
  const analysis = analyzeCommand(command, { mayBeZsh: true });
  const uses = findBlocked(analysis, compileEntries(policy.blocked_commands, policy.blocked_commands_mode));
  const blocked = uses.filter(({ certainty }) => certainty === 'yes');
  const variable = Object.entries(environment).find(([name, text]) =>
    isSensitiveAssignment(name, { text, kind: 'literal', at: 0 }),
  )?.[0];
  const doubt = firstDoubt(analysis, uses);
  return {
    analysis,
    findings: [
      ...blocked.map(({ entry, call }) => toBlocked(entry, call)),
      ...findGuardCalls(analysis),
      ...(doubt
        ? [toDoubt(`What the command executes cannot be read off: ${doubt.construct} at character ${doubt.at + 1}.`)]
        : []),
      ...(variable === undefined
        ? []
        : [toDoubt(`The variable ${quote(variable)} can change what the command executes.`)]),
    ],
  };
}

function toBlocked(entry: string, call: string): Finding {
  const instead = harmlessAlternatives[entry];
  return {
    rule: `blocked_commands/${entry}`,
    effect: 'deny',
    reason: `The command would execute ${quote(call.slice(0, 256))}, which is blocked: ${quote(entry)}.`,
    fix: instead
      ? `Use ${instead} instead, or ask the on-call engineer to run it; do not rewrite it to get round the rule.`
      : 'Work without it, or ask the on-call engineer to run it; do not rewrite it to get round the rule.',
    evidence: { entry, call: call.slice(0, 1_024) },
  };
}

function toDoubt(reason: string): Finding {
  return {
    rule: 'command_not_analysable',
    effect: 'deny',
    reason,
    fix: 'Write the command plainly: literal program names and arguments, no code in strings, one step a call.',
    evidence: {},
  };
}

import type { Opaque } from '#policy/command/analysis.ts';
import { firstDoubt } from '#policy/command/blocked.ts';
import type { JudgedUse } from '#policy/guards/command-uses.ts';
import { judgedUses } from '#policy/guards/command-uses.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Refuses a test run whose commands cannot be read off: what is not understood is not harmless. */
export const analysableCommands: Guard = (action, policy) =>
  judgedUses(action, policy).flatMap((use) => {
    const doubt = firstDoubt(use.analysis, use.blocked);
    return doubt ? [toFinding(doubt, use)] : [];
  });

function toFinding({ construct, at }: Opaque, { text, origin, suite, analysis }: JudgedUse): Finding {
  const { unit } = analysis;
  const what = suite === '' ? origin : quote(origin);
  const plainly = `${what} with literal program names and arguments`;
  return {
    rule: 'command_not_analysable',
    effect: 'deny',
    reason: `What ${what} executes cannot be read off: ${construct} at ${unit} ${at + 1}.`,
    fix:
      suite === ''
        ? `Write ${plainly}.`
        : `Call run_tests with another suite than ${quote(suite)}, or have a human write ${plainly}.`,
    evidence: { command: text, origin, construct, position: at + 1, unit },
  };
}

import type { Action, CommandUse } from '#domain/action.ts';
import type { CommandAnalysis } from '#policy/command/analysis.ts';
import { analyzeCommand } from '#policy/command/analyze.ts';
import type { BlockedUse } from '#policy/command/blocked.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import type { Policy } from '#policy/schema.ts';

/** A command of a test run, what it would execute and which of that is blocked. */
export interface JudgedUse {
  /** The command's text, cut to 1,024 characters. */
  readonly text: string;
  readonly origin: string;
  readonly suite: string;
  readonly analysis: CommandAnalysis;
  readonly blocked: readonly BlockedUse[];
}

/** Every command of a test run, analysed once for all guards. */
export function judgedUses(action: Action, policy: Policy): readonly JudgedUse[] {
  if (action.kind !== 'test') return [];
  return action.commands.map((use) => {
    const analysis = analysisOf(use);
    const blocked = findBlocked(analysis, compileEntries(policy.blocked_commands, policy.blocked_commands_mode));
    return { text: analysis.raw.slice(0, 1_024), origin: use.origin, suite: action.plan.suite, analysis, blocked };
  });
}

const analyses = new WeakMap<CommandUse, CommandAnalysis>();

function analysisOf(use: CommandUse): CommandAnalysis {
  const analysis = analyses.get(use) ?? analyzeCommand(use.command);
  analyses.set(use, analysis);
  return analysis;
}

import type { CommandAnalysis, Invocation } from '#policy/command/analysis.ts';
import type { CompiledEntry } from '#policy/command/entry.ts';
import { matchCommand } from '#policy/command/match.ts';

/** Characters that a regular expression is asked about. */
const MAX_SEARCHED = 8_192;
const MAX_SEARCHED_IN_ALL = 262_144;

/** A blocked command that a text or argv would run. */
export interface BlockedUse {
  readonly entry: string;
  /** `unknown` when words that decide are only known when it runs. */
  readonly certainty: 'yes' | 'unknown';
  /** The call as it would be executed, joined by spaces. */
  readonly call: string;
  readonly at: number;
}

/** Every blocked command that an analysed command would run, once per entry. */
export function findBlocked(analysis: CommandAnalysis, entries: readonly CompiledEntry[]): readonly BlockedUse[] {
  return entries.flatMap((compiled) => findByPattern(analysis, compiled) ?? findByRegex(analysis, compiled) ?? []);
}

function findByPattern({ invocations }: CommandAnalysis, { entry, patterns }: CompiledEntry): BlockedUse | undefined {
  let unknown: BlockedUse | undefined;
  for (const invocation of invocations) {
    for (const pattern of patterns) {
      const match = matchCommand(invocation, pattern);
      if (match === 'yes') return toUse(entry, 'yes', invocation);
      if (match === 'unknown') unknown ??= toUse(entry, 'unknown', invocation);
    }
  }
  return unknown;
}

function findByRegex({ raw, invocations }: CommandAnalysis, { entry, regex }: CompiledEntry): BlockedUse | undefined {
  if (!regex) return undefined;
  let searched = 0;
  for (const call of [raw, ...invocations.map(toCall)]) {
    searched += call.length;
    if (call.length > MAX_SEARCHED || searched > MAX_SEARCHED_IN_ALL)
      return { entry, certainty: 'unknown', call: raw, at: 0 };
    if (regex(call)) return { entry, certainty: 'yes', call, at: 0 };
  }
  return undefined;
}

function toUse(entry: string, certainty: 'yes' | 'unknown', invocation: Invocation): BlockedUse {
  return { entry, certainty, call: toCall(invocation), at: invocation.args[0]?.at ?? 0 };
}

function toCall({ program, args }: Invocation): string {
  return [program, ...args.slice(1).map((arg) => (arg.kind === 'literal' ? arg.text : `${arg.text}…`))].join(' ');
}

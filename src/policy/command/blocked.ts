import type { CommandAnalysis, Invocation, Opaque } from '#policy/command/analysis.ts';
import { ANY_PROGRAM } from '#policy/command/analysis.ts';
import type { CompiledEntry } from '#policy/command/entry.ts';
import type { CommandPattern } from '#policy/command/match.ts';
import { matchCommand, mayMatch } from '#policy/command/match.ts';

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

/** What to say of a command that cannot be read off: a construct, words that decide on a blocked call, or a word that may be anything. */
export function firstDoubt({ opaque }: CommandAnalysis, uses: readonly BlockedUse[]): Opaque | undefined {
  const unknown = uses.find(({ certainty }) => certainty === 'unknown');
  const words = unknown && { construct: `words of ${unknown.entry} that are not literal`, at: unknown.at };
  return opaque.find(({ isSupposed }) => !isSupposed) ?? words ?? opaque[0];
}

function findByPattern({ invocations }: CommandAnalysis, { entry, patterns }: CompiledEntry): BlockedUse | undefined {
  let unknown: BlockedUse | undefined;
  const ofAny = patternsOfAny(patterns);
  for (const invocation of invocations) {
    for (const pattern of invocation.program === ANY_PROGRAM ? ofAny.filter(mayMatch(invocation)) : patterns) {
      const match = matchCommand(invocation, pattern);
      if (match === 'yes' && invocation.supposedAt === undefined) return toUse(entry, 'yes', invocation);
      if (match) unknown ??= toUse(entry, 'unknown', invocation);
    }
  }
  return unknown;
}

/** What tells a blocked call of a program that is not known: the verb of the entry itself, or more than a verb. */
function patternsOfAny([own, ...equivalents]: readonly CommandPattern[]): readonly CommandPattern[] {
  const verb = own?.verbs.at(-1);
  if (!own || verb === undefined) return [];
  const tells = ({ verbs, flags = [], some, last }: CommandPattern) =>
    verbs.length > 0 ? verbs.at(-1) === verb || some || last : flags.some((flag) => flag.startsWith('--'));
  return [own, ...equivalents.filter(tells)];
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
  return { entry, certainty, call: toCall(invocation), at: invocation.supposedAt ?? invocation.args[0]?.at ?? 0 };
}

function toCall({ program, args }: Invocation): string {
  return [program, ...args.slice(1).map((arg) => (arg.kind === 'literal' ? arg.text : `${arg.text}…`))].join(' ');
}

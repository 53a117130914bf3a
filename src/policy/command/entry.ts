import { equivalentsOf } from '#policy/command/families.ts';
import { compileRegex } from '#policy/command/linear-regex.ts';
import type { CommandPattern } from '#policy/command/match.ts';
import { npmVerb } from '#policy/command/npm-verbs.ts';
import { programName } from '#policy/command/program-name.ts';
import { RegexProblem } from '#policy/command/regex-parse.ts';

/** One blocked command of a policy, ready to be matched. */
export interface CompiledEntry {
  /** As the policy's author wrote it. */
  readonly entry: string;
  /** Calls that are meant; empty for a regular expression. */
  readonly patterns: readonly CommandPattern[];
  /** Searched in the raw text and in every argv, joined by spaces. */
  readonly regex?: (text: string) => boolean;
  /** Why the entry cannot be used. */
  readonly problem?: string;
}

/** How plain words are read: on parsed commands alone, or in the text as well, as architect does, so that a mention counts. */
export const entryModes = ['words', 'strict-regex'] as const;
type EntryMode = (typeof entryModes)[number];

/** A metacharacter makes an entry a regular expression; a lone dot leaves it both. */
const METACHARACTER = /[\\^$*+?()[\]{}|]/;

/** Compiles plain words to a command pattern with its equivalents, and anything else to a linear-time expression. */
export function compileEntry(entry: string, mode: EntryMode = 'words'): CompiledEntry {
  const isRegex = METACHARACTER.test(entry);
  const patterns = isRegex ? [] : toPatterns(entry);
  if (!isRegex && patterns.length === 0) return { entry, patterns, problem: 'names no command' };
  if (!isRegex && !entry.includes('.') && mode === 'words') return { entry, patterns };
  try {
    return { entry, patterns, regex: compileRegex(entry) };
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    return { entry, patterns, problem: `the regular expression cannot be used: ${error.message}` };
  }
}

/** Compiles a list once per list, since a policy's lists never change. */
export function compileEntries(entries: readonly string[], mode: EntryMode = 'words'): readonly CompiledEntry[] {
  let compiled = compiledLists[mode].get(entries);
  if (compiled === undefined) {
    compiled = entries.map((entry) => compileEntry(entry, mode));
    compiledLists[mode].set(entries, compiled);
  }
  return compiled;
}

type CompiledLists = WeakMap<readonly string[], readonly CompiledEntry[]>;
const compiledLists: Readonly<Record<EntryMode, CompiledLists>> = {
  words: new WeakMap(),
  'strict-regex': new WeakMap(),
};

function toPatterns(entry: string): readonly CommandPattern[] {
  const [program, ...words] = entry.match(/\S+/g) ?? [];
  if (!program) return [];
  const verbs = words.filter((word) => !word.startsWith('-'));
  const flags = words.filter((word) => word.startsWith('-'));
  const name = programName(program);
  const [verb, ...more] = verbs;
  const pattern = { program: name, verbs: name === 'npm' && verb ? [npmVerb(verb), ...more] : verbs, flags };
  const equivalents = flags.length > 0 ? [] : equivalentsOf(pattern);
  return [pattern, ...equivalents];
}

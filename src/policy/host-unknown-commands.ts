import { analyzeCommand } from '#policy/command/analyze.ts';
import type { BlockedUse } from '#policy/command/blocked.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import { programName } from '#policy/command/program-name.ts';
import { findGuardCalls, LAUNCHERS } from '#policy/host-guard.ts';
import type { Finding } from '#policy/verdict.ts';

/** Words before a command that a person would not begin a sentence with. */
const LEADS =
  /^(?:sudo|doas|env|nohup|setsid|timeout|xargs|exec|eval|command|builtin|nice|ionice|time|watch|stdbuf|ssh|uv|uvx|npx|pnpm|yarn|(?:ba|da|k|z|fi)?sh)$/;
/** What begins a command in the middle of a text. */
const PARTS = /[\n;]|&&|\|\|?/;
/** What options, paths and assignments have, and prose has not. */
const TECHNICAL = /^-|[/=:]/;

/** A blocked command that a text is, or a part of it, where it begins with the program itself: prose that names one in its middle is none. */
export function blockedIn(texts: readonly string[], blockedCommands: readonly string[]): BlockedUse | undefined {
  const entries = compileEntries(blockedCommands);
  const programs = new Set(entries.flatMap(({ patterns }) => patterns.map(({ program }) => program)));
  return texts
    .flatMap(partsOf)
    .filter((part) => begins(part, (program, word) => LEADS.test(word) || programs.has(program)))
    .filter((part) => mayBeCommand(wordsOf(part)))
    .flatMap((part) => findBlocked(analyzeCommand(part), entries))
    .find(({ certainty }) => certainty === 'yes');
}

/** The same for a call that the guard leaves to humans; `isOwnEntry` says which words are files of the program that guards. */
export function guardCallIn(texts: readonly string[], isOwnEntry: (word: string) => boolean): Finding | undefined {
  const starts = (program: string, word: string) =>
    program === 'fixgate' || LEADS.test(word) || LAUNCHERS.test(program) || isOwnEntry(word);
  for (const part of texts.flatMap(partsOf).filter((each) => begins(each, starts))) {
    const found = findGuardCalls(analyzeCommand(part), (word) => isOwnEntry(word)).find((each) =>
      isAsked(each, wordsOf(part)),
    );
    if (found) return found;
  }
  return undefined;
}

/** Whether the first word of a text is such a program. */
function begins(text: string, isSuch: (program: string, word: string) => boolean): boolean {
  const first = (wordsOf(text)[0] ?? '').replaceAll(/["'\\]/g, '');
  return isSuch(programName(first), first);
}

/** Without variables before the program. */
function wordsOf(text: string): readonly string[] {
  return text.replace(/^(?:\w+=\S*\s+)+/, '').split(/\s+/);
}

function partsOf(text: string): readonly string[] {
  return [text, ...(PARTS.test(text) ? text.split(PARTS) : [])].map((part) =>
    part.trim().replace(/^(?:[({!\s]+|(?:then|do|else)\s+)+/, ''),
  );
}

/** A sentence about a command: no option, path or assignment among many words. */
function mayBeCommand(words: readonly string[]): boolean {
  return words.length <= 4 || words.slice(1).some((word) => TECHNICAL.test(word));
}

/** Verbs of Fixgate, and those that need no option: without one no other verb does anything. */
const VERB =
  /^(?:approve|reject|release|waive|resume|stop|incident|call|serve|hook|workspace|evidence|job|report|policy)$/;
const BARE_VERB = /^(?:stop|workspace|evidence)$/;

/** A command to the guard rather than a sentence about it. */
function isAsked({ rule, evidence }: Finding, words: readonly string[]): boolean {
  const hasOption = words.slice(1).some((word) => /^--?[a-z]/i.test(word));
  if (rule !== 'guard/human_verb') return mayBeCommand(words);
  const verb = typeof evidence['verb'] === 'string' ? evidence['verb'] : '';
  return BARE_VERB.test(verb) || (VERB.test(verb) && hasOption);
}

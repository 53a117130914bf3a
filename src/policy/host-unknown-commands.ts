import { analyzeCommand } from '#policy/command/analyze.ts';
import type { BlockedUse } from '#policy/command/blocked.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import { programName } from '#policy/command/program-name.ts';

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
    .flatMap((text) => [text, ...(PARTS.test(text) ? text.split(PARTS) : [])])
    .map((text) => text.trim().replace(/^(?:[({!\s]+|(?:then|do|else)\s+)+/, ''))
    .filter((text) => isMeant(text, programs))
    .flatMap((text) => findBlocked(analyzeCommand(text), entries))
    .find(({ certainty }) => certainty === 'yes');
}

function isMeant(text: string, programs: ReadonlySet<string>): boolean {
  const words = text.replace(/^(?:\w+=\S*\s+)+/, '').split(/\s+/);
  const first = (words[0] ?? '').replaceAll(/["'\\]/g, '');
  if (!LEADS.test(first) && !programs.has(programName(first))) return false;
  // A sentence about a command: no option, path or assignment among many words.
  return words.length <= 4 || words.slice(1).some((word) => TECHNICAL.test(word));
}

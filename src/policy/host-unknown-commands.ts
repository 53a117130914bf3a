import { analyzeCommand } from '#policy/command/analyze.ts';
import type { BlockedUse } from '#policy/command/blocked.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import { programName } from '#policy/command/program-name.ts';

/** Words before a command that a person would not begin a sentence with. */
const LEADS = /^(?:sudo|doas|env|nohup|setsid|timeout|xargs|exec|command|(?:ba|da|k|z)?sh)$/;

/** A blocked command that a text is, where it begins with the program itself: prose that names one in its middle is none. */
export function blockedIn(texts: readonly string[], blockedCommands: readonly string[]): BlockedUse | undefined {
  const entries = compileEntries(blockedCommands);
  const programs = new Set(entries.flatMap(({ patterns }) => patterns.map(({ program }) => program)));
  return texts
    .filter((text) => {
      const [first = ''] = text.replace(/^(?:\w+=\S*\s+)+/, '').split(/\s+/, 1);
      return LEADS.test(first) || programs.has(programName(first));
    })
    .flatMap((text) => findBlocked(analyzeCommand(text), entries))
    .find(({ certainty }) => certainty === 'yes');
}

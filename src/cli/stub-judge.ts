import { analyzeCommand } from '#policy/command/analyze.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import { programName } from '#policy/command/program-name.ts';
import type { CommandJudge } from '#workspace/sandbox-judge.ts';

/** Verbs that package managers get all day; the rest is asked about. No options: `npm --version --no-version publish` publishes. */
const frequentFirst = ['run', 'run-script', 'start', 't', 'test', 'tst'];

/** Programs of which these words are known. */
const packageManagers = new Set(['npm', 'pnpm', 'yarn', 'bun']);

/** Judges calls at execution by the analysis that also reads commands off: one truth for text and for argv. */
export function createStubJudge(blockedCommands: readonly string[]): CommandJudge {
  const entries = compileEntries(blockedCommands);
  const hasRegex = entries.some(({ regex }) => regex !== undefined);
  const named = new Set(entries.flatMap(({ patterns }) => patterns.map(({ program }) => program)));
  // A regular expression names its programs as words somewhere; words that are no program match no file.
  const words = entries.filter(({ patterns }) => patterns.length === 0).flatMap(({ entry }) => entry.split(/[^\w.-]+/));
  const programs = new Set([...named, ...words.filter((word) => word.length > 1).map(programName)]);
  // An entry may name a script: `npm run deploy`, which `npm run-script deploy` is too.
  const ends = [[], ...entries.flatMap(({ entry }) => endsOf(entry.split(/\s+/)))];
  const isBlocked = (argv: readonly string[]) => findBlocked(analyzeCommand(argv), entries).length > 0;
  return {
    concerns(fileName) {
      // Several versions lie side by side as `kubectl.1.30`.
      return [fileName, fileName.replace(/(?:\.\d+)+$/, '')].map(programName).find((name) => programs.has(name));
    },
    harmlessFirst: (program) =>
      hasRegex || !packageManagers.has(program)
        ? []
        : frequentFirst.filter((first) => ends.every((end) => !isBlocked([program, first, ...end]))),
    findBlocked(argv) {
      const analysis = analyzeCommand(argv);
      // An argv too long or too strange to be read off is not harmless.
      if (analysis.invocations.length === 0) return { entry: 'command_not_analysable', call: analysis.raw };
      return findBlocked(analysis, entries)[0];
    },
  };
}

/** The words behind the first, behind the second, and so on. */
function endsOf(words: readonly string[]): readonly (readonly string[])[] {
  return words.slice(1).map((_, at) => words.slice(at + 1));
}

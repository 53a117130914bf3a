import { analyzeCommand } from '#policy/command/analyze.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import { programName } from '#policy/command/program-name.ts';
import type { CommandJudge } from '#workspace/sandbox-judge.ts';

/** First arguments that package managers get all day; the rest is asked about. */
const frequentFirst = ['--version', '-v', 'run', 'run-script', 'start', 't', 'test', 'tst'];

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
  return {
    concerns(fileName) {
      // Several versions lie side by side as `kubectl.1.30`.
      return [fileName, fileName.replace(/(?:\.\d+)+$/, '')].map(programName).find((name) => programs.has(name));
    },
    // Elsewhere words follow that count: `kubectl -v 9 apply`, `cargo -v publish`. An entry may name a script: `npm run deploy`.
    harmlessFirst: (program) =>
      hasRegex || !packageManagers.has(program)
        ? []
        : frequentFirst
            .filter((first) => findBlocked(analyzeCommand([program, first]), entries).length === 0)
            .filter((first) => !entries.some(({ entry }) => entry.split(/\s+/).includes(first))),
    findBlocked(argv) {
      const analysis = analyzeCommand(argv);
      // An argv too long or too strange to be read off is not harmless.
      if (analysis.invocations.length === 0) return { entry: 'command_not_analysable', call: analysis.raw };
      return findBlocked(analysis, entries)[0];
    },
  };
}

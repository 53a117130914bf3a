import { denied } from '#cli/hook/findings.ts';
import type { JudgedCall, JudgeDeps } from '#cli/hook/judge-call.ts';
import { treeFindings } from '#cli/hook/judge-landing.ts';
import { judgeContents, judgeUse, judgeWord } from '#cli/hook/judge-paths.ts';
import { judgeWords } from '#cli/hook/judge-words.ts';
import type { Surroundings } from '#cli/hook/locate.ts';
import { isOwnEntry, locate, pathsAt } from '#cli/hook/locate.ts';
import { ODD_FOLDER } from '#policy/command/told-words.ts';
import type { CommandReach } from '#policy/host-command.ts';
import { MOVES, reachOf } from '#policy/host-command.ts';
import { findGuardCalls } from '#policy/host-guard.ts';
import { LOOKS, onlyLooks } from '#policy/host-looks.ts';
import { judgeCommand } from '#policy/host-shell.ts';
import type { HostFacts } from '#policy/host-tools.ts';
import type { Finding } from '#policy/verdict.ts';

/** Folders that a command may stand in; one that wanders further is refused. */
const MAX_FOLDERS = 16;

/** Judges what a command runs and which files it names. */
export function judgeShell(
  { command, folder, environment }: Extract<HostFacts, { kind: 'command' }>,
  deps: JudgeDeps,
): JudgedCall {
  const { analysis, findings } = judgeCommand(command, environment, deps.policy);
  const reach = reachOf(analysis);
  const starts = folder === undefined ? [deps.folder] : pathsAt(folder, deps.folder, deps.around);
  const bases = wander(starts, reach, deps.around);
  const isLost = bases === undefined && reach.uses.some(({ text, use }) => use === 'write' && !text.startsWith('/'));
  const looks = analysis.invocations.every(onlyLooks);
  const written = reach.uses.filter(({ use }) => use === 'write');
  return {
    findings: [
      ...findings,
      ...findGuardCalls(analysis, (word, isRun) =>
        isOwnEntry(word, isRun, { bases: bases ?? starts, around: deps.around }),
      ),
      ...(isLost ? [lost] : []),
      ...(analysis.bareFolder !== undefined && starts.some((start) => ODD_FOLDER.test(start)) ? [oddFolder] : []),
      ...fileFindings(reach, bases ?? starts, deps),
      ...judgeWords(analysis, reach, { bases: bases ?? starts, deps }),
    ],
    changes: !looks || written.length > 0,
    written: written
      .map(({ text }) => text)
      .filter((text) => (bases ?? starts).some((base) => isOfProject(text, base, deps.around))),
    runs: !analysis.invocations.every(({ program }) => MOVES.has(program) || LOOKS.has(program)),
    edited: [],
  };
}

/** A glob or a folder is where it begins. */
function isOfProject(text: string, base: string, around: Surroundings): boolean {
  const { place } = locate(text === '' ? '.' : text, base, around);
  return place === 'project' || place === 'linked';
}

function fileFindings(
  { uses, shown, contents, trees, told }: CommandReach,
  bases: readonly string[],
  deps: JudgeDeps,
): readonly Finding[] {
  const keepsSecrets = (deps.policy.sensitive_files ?? []).length > 0;
  if (uses.length === 0 && trees.length === 0 && !keepsSecrets) return [];
  return bases.flatMap((base) => [
    ...uses.flatMap((use) => judgeUse(use, base, { ...deps, uses, told })),
    ...trees.flatMap((tree) => treeFindings(tree, base, deps.around)),
    ...(keepsSecrets ? shown.flatMap((word) => judgeWord(word, base, deps)) : []),
    ...(keepsSecrets ? contents.flatMap((names) => judgeContents(names, base, deps)) : []),
  ]);
}

/** Every folder that the command may stand in when it names a file; undefined when that cannot be told. */
function wander(
  starts: readonly string[],
  { folders }: CommandReach,
  around: Surroundings,
): readonly string[] | undefined {
  const bases = new Set(starts);
  for (const folder of folders) {
    if (folder === undefined) return undefined;
    const next = [...bases].flatMap((base) => pathsAt(folder, base, around));
    for (const each of next) bases.add(each);
    if (bases.size > MAX_FOLDERS) return undefined;
  }
  return [...bases];
}

const oddFolder = denied(
  'command_not_analysable',
  'The name of the current folder holds more than plain characters, and stands in the command without quotes.',
  'Put quotes around it ("$PWD"), outside of any shell text, or name another folder.',
);

const lost = denied(
  'command_not_analysable',
  'In which folder the command writes cannot be read off.',
  'Write with absolute names, or change into one literal folder at most.',
);

import { denied, deniedByGuard } from '#cli/hook/findings.ts';
import type { JudgedCall, JudgeDeps } from '#cli/hook/judge-call.ts';
import { judgeContents, judgeUse, judgeWord } from '#cli/hook/judge-paths.ts';
import type { Surroundings } from '#cli/hook/locate.ts';
import { guardedAt, locate, pathsAt } from '#cli/hook/locate.ts';
import type { CommandReach } from '#policy/host-command.ts';
import { MOVES, reachOf } from '#policy/host-command.ts';
import { findGuardCalls } from '#policy/host-guard.ts';
import { judgeCommand } from '#policy/host-shell.ts';
import type { HostFacts } from '#policy/host-tools.ts';
import type { Finding } from '#policy/verdict.ts';

/** Folders that a command may stand in; one that wanders further is refused. */
const MAX_FOLDERS = 16;

/** Programs that only look; with nothing else in it a command changes nothing. */
const LOOKS = new Set(
  (
    'cat tac head tail less more wc ls dir tree stat file realpath readlink basename dirname pwd cd echo printf grep egrep fgrep rg ag ack cut ' +
    'uniq diff cmp nl true false test [ jq which type date whoami id uname fixgate'
  ).split(' '),
);
const GIT_LOOKS =
  /^(?:status|log|diff|show|blame|grep|ls-files|ls-tree|rev-parse|describe|shortlog|cat-file|merge-base)$/;

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
  const looks = analysis.invocations.every(({ program, args }) =>
    program === 'git' ? GIT_LOOKS.test(args[1]?.text ?? '') : LOOKS.has(program),
  );
  const written = reach.uses.filter(({ use }) => use === 'write');
  return {
    findings: [
      ...findings,
      ...findGuardCalls(analysis, (word) => isOwnEntry(word, bases ?? starts, deps.around)),
      ...(isLost ? [lost] : []),
      ...fileFindings(reach, bases ?? starts, deps),
      ...guardFindings(command, reach, { bases: bases ?? starts, around: deps.around }),
    ],
    changes: !looks || written.length > 0,
    writes: written.some(({ text }) => (bases ?? starts).some((base) => isOfProject(text, base, deps.around))),
    runs: !analysis.invocations.every(({ program }) => MOVES.has(program) || LOOKS.has(program)),
    edited: [],
  };
}

/** A glob or a folder is where it begins. */
function isOfProject(text: string, base: string, around: Surroundings): boolean {
  const { place } = locate(text === '' ? '.' : text, base, around);
  return place === 'project' || place === 'linked';
}

const ENTRY = /^\/(?:bin\/|dist\/|src\/main\.)/;

/** Files of the program that guards, by whichever entry it is started. */
function isOwnEntry(word: string, bases: readonly string[], around: Surroundings): boolean {
  const { program } = around;
  if (program === undefined || !/\.[cm]?[jt]s$/.test(word)) return false;
  return bases.some((base) =>
    pathsAt(word, base, around).some((file) =>
      ENTRY.test(file.startsWith(`${program}/`) ? file.slice(program.length) : ''),
    ),
  );
}

function fileFindings(
  { uses, words, contents }: CommandReach,
  bases: readonly string[],
  deps: JudgeDeps,
): readonly Finding[] {
  const keepsSecrets = (deps.policy.sensitive_files ?? []).length > 0;
  if (uses.length === 0 && !keepsSecrets) return [];
  return bases.flatMap((base) => [
    ...uses.flatMap((use) => judgeUse(use, base, deps)),
    ...(keepsSecrets ? words.flatMap((word) => judgeWord(word, base, deps)) : []),
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

const lost = denied(
  'command_not_analysable',
  'In which folder the command writes cannot be read off.',
  'Write with absolute names, or change into one literal folder at most.',
);

/** Words that lead to the records; where some are only known when it runs, the mere name of that folder is too much. */
function guardFindings(
  command: string,
  { words, hidden }: CommandReach,
  { bases, around }: { readonly bases: readonly string[]; readonly around: Surroundings },
): readonly Finding[] {
  const secret = { ...around, guarded: around.guarded.filter(({ readable }) => !readable) };
  const found = bases.flatMap((base) =>
    words.flatMap((word) => {
      const guarded = guardedAt(word, base, secret);
      return guarded ? [deniedByGuard(word, guarded, 'touch')] : [];
    }),
  );
  if (!hidden || found.length > 0) return found;
  const named = secret.guarded.find(({ path }) => {
    const tail = path.startsWith(`${around.home}/`) ? path.slice(around.home.length + 1) : path;
    return command.includes(tail) || command.includes('FIXGATE_STATE_DIR');
  });
  return named ? [deniedByGuard(named.path, named, 'touch')] : [];
}

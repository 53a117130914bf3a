import path from 'node:path';

import { minimatch } from 'minimatch';

import { denied, deniedByGuard } from '#cli/hook/findings.ts';
import type { JudgeDeps } from '#cli/hook/judge-call.ts';
import type { Guarded, Surroundings } from '#cli/hook/locate.ts';
import { guardedAt, locate, pathsAt } from '#cli/hook/locate.ts';
import { isWithin, statOf } from '#cli/hook/real-path.ts';
import type { CommandAnalysis } from '#policy/command/analysis.ts';
import type { CommandReach } from '#policy/host-command.ts';
import { MOVES } from '#policy/host-command.ts';
import { copiesHere } from '#policy/host-copies.ts';
import { isOfNoDependency, judgeRead, judgeWrite } from '#policy/host-files.ts';
import type { FoundFiles } from '#policy/host-find.ts';
import { onlyLooks } from '#policy/host-looks.ts';
import { talks } from '#policy/host-names.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

interface Where {
  /** Every folder that the command may stand in. */
  readonly bases: readonly string[];
  readonly deps: JudgeDeps;
}

/** Judges words of a command by what they name, whatever the programs do that get them. */
export function judgeWords(analysis: CommandAnalysis, reach: CommandReach, where: Where): readonly Finding[] {
  return [
    ...recordFindings(analysis.raw, reach, where),
    ...doubtfulFindings(reach, where),
    ...standFindings(analysis, where),
    ...detourFindings(analysis, reach, where),
  ];
}

/** Words that lead to the records; where some are only known when it runs, the mere name of that folder is too much. */
function recordFindings(command: string, { words, globs, hidden }: CommandReach, where: Where): readonly Finding[] {
  const { around } = where.deps;
  const secret = { ...around, guarded: around.guarded.filter(({ readable }) => !readable) };
  const all = [...globs, ...(hidden ? hiddenGlobs(command) : [])];
  const found = where.bases.flatMap((base) => [
    ...words.flatMap((word) => {
      const guarded = guardedAt(word, base, secret);
      return guarded ? [deniedByGuard(word, guarded, 'touch')] : [];
    }),
    ...all.flatMap((glob) => {
      const guarded = secret.guarded.find((each) => finds(glob, each, base, around));
      return guarded ? [deniedByGuard(glob.use.pattern ?? `${glob.use.text}*`, guarded, 'touch')] : [];
    }),
  ]);
  if (!hidden || found.length > 0) return found;
  const named = secret.guarded.find(({ path: own }) => {
    const tail = own.startsWith(`${around.home}/`) ? own.slice(around.home.length + 1) : own;
    return command.includes(tail) || /FIXGATE_STATE_DIR|XDG_STATE_HOME/.test(command);
  });
  return named ? [deniedByGuard(named.path, named, 'touch')] : [];
}

/** Globs behind a variable that is the home folder. */
function hiddenGlobs(command: string): readonly FoundFiles[] {
  const words = command.match(/[^\s;|&<>()]+/g) ?? [];
  return words
    .filter((word) => /[*?[]/.test(word) && /\$\{?HOME\b/.test(word))
    .map((word) => {
      const pattern = word.replaceAll(/["'\\]/g, '').replace(/^.*\$(?:HOME|\{HOME\})/, '~');
      return { use: { use: 'read', text: '~', extent: 'glob', pattern }, isDeep: false };
    });
}

/** Whether a glob may find a guarded file, something below it or, where it goes deep, a folder above. */
function finds({ use, isDeep }: FoundFiles, { path: own }: Guarded, base: string, around: Surroundings): boolean {
  // What a glob goes on with is only known where its text was read as it stands.
  if (use.pattern === undefined) return pathsAt(use.text, base, around).some((start) => own.startsWith(start));
  return pathsAt(use.pattern, base, around).some((pattern) => {
    const parts = pattern.replace(/\/$/, '').split('/');
    for (const [index, component] of own.split('/').entries()) {
      const part = parts[index];
      if (part === undefined) return isDeep;
      if (part.includes('**')) return true;
      const dot = use.findsHidden === true || index < parts.length - 1 || part.startsWith('.');
      if (!minimatch(component, part, { dot, nocase: true })) return false;
    }
    return true;
  });
}

/** These write what their words say, or what is judged apart. */
const TOLD = /^(?:git|curl|wget)$/;

/** A folder of the guard outside of the project, in which a program stands that may write what it likes there. */
function standFindings({ certain }: CommandAnalysis, { bases, deps: { around } }: Where): readonly Finding[] {
  const isTold = certain.every(
    (call) => onlyLooks(call) || MOVES.has(call.program) || copiesHere(call) || TOLD.test(call.program),
  );
  if (isTold) return [];
  return bases.flatMap((base) => {
    const own = around.guarded.find((each) => path.dirname(each.path) === base || isWithin(base, each.path));
    return own && locate('.', base, around).place !== 'project'
      ? [deniedByGuard(base, own, 'run a program beside')]
      : [];
  });
}

/** Files that nobody may write, named to a program that might. */
function doubtfulFindings({ doubtful }: CommandReach, { bases, deps }: Where): readonly Finding[] {
  const found = bases.flatMap((base) => doubtful.flatMap((word) => writesMaybe(word, base, deps)));
  return [...new Map(found.map((finding) => [finding.rule, finding])).values()];
}

const ADDRESS = /^[a-z][a-z+.-]*:\/\//i;
/** An option, a number, a verb such as `build`, a revision, a sentence or the rest of a quoted text, where no such file is. */
const MERE_WORD = /^(?:-.*|\d+|[a-z-]+|HEAD)$|[\s"'`{}<>]/;

function writesMaybe(word: string, base: string, { policy, around }: JudgeDeps): readonly Finding[] {
  if (ADDRESS.test(word)) return [];
  const { names, real, guarded, place } = locate(word, base, around);
  // Into a folder it may put what it likes; that of the project is the agent's to work in.
  const beside = place === 'project' ? undefined : around.guarded.find((each) => path.dirname(each.path) === real);
  const own = guarded ?? beside;
  if (own) return [deniedByGuard(word, own, 'change')];
  const there = real === undefined ? undefined : statOf(real);
  if (real === undefined || there?.isDirectory() === true || (!there && MERE_WORD.test(word))) return [];
  // That it is not even to be read is said elsewhere.
  if (there && names.some((name) => judgeRead(name, policy).length > 0)) return [];
  return (
    names
      .flatMap((name) => (name === '' ? [] : judgeWrite(name, policy)))
      // Plugins and the like are named to be read.
      .filter((finding) => finding.rule !== 'path_canonical' && isOfNoDependency(finding))
      .map((finding) => ({
        ...finding,
        fix: 'Look at it with cat, grep or git; of this program it is not known that it only reads.',
      }))
  );
}

/** The open files and folders of a process, by which a file has a name that no rule knows. */
const PROCESS =
  /^\/proc\/(?:[^/]+\/)+(?:cwd|root)(?:\/|$)|^\/proc\/(?:[^/]+\/)+fd\/(?:[012]\/|(?![012]$)\w)|^\/dev\/fd\/\d+\/./;
/** The same behind a part that is not known. */
const HIDDEN_PROCESS = /\/proc\/[^\s;|&]*\/(?:cwd|root|fd\/+[^\s/;|&]+\/)/;
/** Home folders of other accounts, the last folder and the stack of folders. */
const TILDE = /^(?:\w+=)?~(?:-|[+-]?\d+|[A-Za-z_][\w.-]*)(?:\/|$)/;

/** Names that lead to a file by a detour which is not followed here. */
function detourFindings({ raw, invocations }: CommandAnalysis, reach: CommandReach, where: Where): readonly Finding[] {
  const { bases, deps } = where;
  const args = invocations.flatMap((each) => (talks(each.program) ? [] : each.args.map(({ text }) => text)));
  const used = reach.uses.map(({ text }) => text);
  const tilde = [...args, ...used].find((text) => TILDE.test(text));
  const texts = [...new Set([...reach.words, ...used])].filter((text) => /proc|fd|\.\.|cwd|root/.test(text));
  const leads = (text: string) =>
    bases.some((base) => pathsAt(text, base, deps.around).some((file) => PROCESS.test(path.normalize(file))));
  const process = texts.find(leads) ?? (reach.hidden ? HIDDEN_PROCESS.exec(raw)?.[0] : undefined);
  const found = tilde ?? process;
  if (found === undefined) return [];
  return [
    denied(
      'command_not_analysable',
      `To which file ${quote(found)} leads cannot be read off.`,
      'Name the file by its plain path inside the project.',
    ),
  ];
}

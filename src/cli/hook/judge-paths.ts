import path from 'node:path';

import { filesOf, locateAll } from '#cli/hook/below.ts';
import { denied, deniedByGuard } from '#cli/hook/findings.ts';
import { composedNames } from '#cli/hook/judge-composed.ts';
import { landingFindings, tooMuch } from '#cli/hook/judge-landing.ts';
import type { Located, Surroundings } from '#cli/hook/locate.ts';
import { isThere, locate } from '#cli/hook/locate.ts';
import { hasOtherNames, isWithin } from '#cli/hook/real-path.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import { trackedFiles } from '#cli/hook/tracked.ts';
import { isOfNoDependency, judgeRead, judgeWrite } from '#policy/host-files.ts';
import type { PathUse } from '#policy/host-tools.ts';
import { bareRepositoryAround } from '#policy/path-bare.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/** Findings that one use is answered with; one is enough to refuse. */
const MAX_FINDINGS = 5;

interface Deps {
  readonly policy: HostPolicy;
  readonly around: Surroundings;
  /** Everything that the same call touches. */
  readonly uses?: readonly PathUse[];
  /** They are all that it writes. */
  readonly told?: boolean;
}

/** Every objection to one file that a call names, seen from a folder it may start in. */
export function judgeUse(use: PathUse, base: string, deps: Deps): readonly Finding[] {
  const findings = use.use === 'write' ? writeFindings(use, base, deps) : readFindings(use, base, deps);
  return findings.slice(0, MAX_FINDINGS);
}

function writeFindings(use: PathUse, base: string, deps: Deps): readonly Finding[] {
  if (use.extent === 'unknown') return [unknownTarget('writes')];
  if (use.extent === 'glob') return use.renamed ? renamedFindings(use, base, deps) : belowFindings(use, base, deps);
  if (use.extent === 'composed') {
    const { names, findings } = composedNames(use, base, deps);
    return [...findings, ...nameEach(names, base, deps)];
  }
  const located = locate(use.text, base, deps.around);
  if (use.extent === 'alias') return aliasFindings(use, located, deps.around);
  const first = placeFinding(use, located, deps.around);
  if (first) return [first];
  const landed = use.from === undefined ? [] : landingFindings({ ...use, from: use.from }, base, deps);
  if (located.real === undefined) return landed;
  // A name in the folder for temporary files may be another one of a file that a rule keeps.
  if (located.place === 'temporary')
    return use.extent === 'name' ? [...otherNames(use.text, located.real), ...landed] : landed;
  const named = nameFindings(located.names, located.real, deps.policy);
  return [
    // What is removed or moved away takes no dependency's place, and package managers put back what they installed.
    ...(use.extent === 'deep' ? [...named, ...belowFindings(use, base, deps)].filter(isOfNoDependency) : named),
    ...landed,
  ];
}

function nameEach(names: readonly string[], base: string, deps: Deps): readonly Finding[] {
  return names.flatMap((text) => writeFindings({ use: 'write', text, extent: 'name' }, base, deps));
}

/** Files that fit a glob, by the names that they get. */
function renamedFindings(use: PathUse, base: string, deps: Deps): readonly Finding[] {
  const { files, whole } = filesOf(use, base, deps.around);
  if (!whole) return [tooMuch(use)];
  const folder = use.text.replace(/[^/]*$/, '');
  const root = locate(folder || '.', base, deps.around).real ?? base;
  const names = files.flatMap((file) => use.renamed?.(folder + path.relative(root, file)) ?? []);
  return nameEach([...new Set(names)], base, deps);
}

/** A name under which a program sees other files than the rules do; where no agent may write, nothing is named so. */
function aliasFindings(use: PathUse, located: Located, around: Surroundings): readonly Finding[] {
  const own =
    located.guarded ?? around.guarded.find((each) => located.real !== undefined && isWithin(each.path, located.real));
  if (own) return [deniedByGuard(use.text, own, 'cover')];
  const { real } = located;
  const covers = real !== undefined && [around.project, around.temporary].some((each) => isWithin(each, real));
  if (located.place === 'elsewhere' && !covers) return [];
  return [
    denied(
      'command_not_analysable',
      `Which files are named ${quote(use.text)} there cannot be read off: ${use.why}.`,
      'Leave files their names: bind each to its own path, or to one outside of the project and the folder for temporary files.',
    ),
  ];
}

/** Before any rule of the policy: the guard's own files, links, and places that are not the agent's to write. */
function placeFinding(use: PathUse, { guarded, place, real }: Located, around: Surroundings): Finding | undefined {
  const inside = around.guarded.find(
    ({ path: own }) => use.extent === 'deep' && real !== undefined && isWithin(own, real),
  );
  const own = guarded ?? inside;
  if (own) return deniedByGuard(use.text, own, 'change');
  if (place === 'linked' || real === undefined) {
    const why = real === undefined ? 'is a link that leads in a circle' : 'leads out of the project through a link';
    return denied('path_links', `${quote(use.text)} ${why}, where no rule looks.`, 'Name a file inside the project.');
  }
  if (place !== 'elsewhere') return undefined;
  return denied(
    'outside_project',
    `${quote(use.text)} is outside the project; an agent writes there only in the folder for temporary files.`,
    'Write inside the project, or into the folder for temporary files.',
  );
}

function nameFindings(names: readonly string[], real: string, policy: HostPolicy): readonly Finding[] {
  const known = names.filter((name) => name !== '');
  const rules = known.flatMap((name) => judgeWrite(name, policy));
  const bare = known.flatMap((name) => {
    const top = real.endsWith(`/${name}`) ? real.slice(0, -name.length) : undefined;
    const folder = top === undefined ? undefined : bareRepositoryAround(name, (each) => isThere(path.join(top, each)));
    const why = `${quote(name)} is part of what git would take for a repository, whose configuration it obeys.`;
    return folder === undefined
      ? []
      : [denied('built_in_files/bare-repository', why, `Leave ${quote(name)} as it is.`)];
  });
  return [...rules, ...bare, ...otherNames(known[0] ?? real, real)];
}

function otherNames(text: string, real: string): readonly Finding[] {
  if (!hasOtherNames(real)) return [];
  return [
    denied(
      'path_links',
      `${quote(text)} has another name elsewhere (a hard link), which would change with it.`,
      'Make it a file of its own first: copy it, and move the copy into its place.',
    ),
  ];
}

/** What is below a folder, or fits a glob, is touched with it. */
function belowFindings(use: PathUse, base: string, deps: Deps): readonly Finding[] {
  const walked = filesOf(use, base, deps.around);
  if (!walked.whole) return [tooMuch(use)];
  const all = locateAll(walked, deps.around);
  if (use.use === 'read')
    return eachRule(all.flatMap((located) => readNames(located, located.real ?? '', deps.policy)));
  const placed = all.map((located) => ({
    located,
    first:
      use.extent === 'glob'
        ? placeFinding({ ...use, text: located.real ?? use.text }, located, deps.around)
        : undefined,
  }));
  const names = placed.flatMap(({ located, first }) => (first || located.place === 'temporary' ? [] : located.names));
  const rules = names.flatMap((name) => judgeWrite(name, deps.policy)).filter(({ rule }) => rule !== 'path_canonical');
  return eachRule([...placed.flatMap(({ first }) => first ?? []), ...rules]);
}

function eachRule(found: readonly Finding[]): readonly Finding[] {
  return [...new Map(found.map((each) => [each.rule, each])).values()];
}

function readFindings(use: PathUse, base: string, deps: Deps): readonly Finding[] {
  const { around } = deps;
  const keepsSecrets = (deps.policy.sensitive_files ?? []).length > 0;
  if (use.extent === 'unknown') return keepsSecrets ? [unknownTarget('reads')] : [];
  const located = locate(use.text, base, deps.around);
  const inside = around.guarded.find(
    ({ path: own, readable }) =>
      !readable && use.extent === 'deep' && located.real !== undefined && isWithin(own, located.real),
  );
  const opened = around.guarded.find(
    ({ path: held }) =>
      use.opens === true &&
      located.real !== undefined &&
      !isWithin(held, around.project) &&
      (isWithin(held, located.real) || isWithin(located.real, held)),
  );
  const own = located.guarded?.readable === false ? located.guarded : (inside ?? opened);
  if (own) return [deniedByGuard(use.text, own, 'read')];
  if (!keepsSecrets || use.extent === 'listed') return [];
  if (use.extent !== 'name' && isMade(located, base, deps)) return [unknownTarget('reads')];
  const named = use.extent === 'glob' ? [] : readNames(located, use.text, deps.policy);
  return use.extent === 'name' ? named : [...named, ...belowFindings(use, base, deps)];
}

/** A folder that is not there yet and that git makes in the same call, so that nobody knows what will be in it. */
function isMade({ real }: Located, base: string, { around, uses = [] }: Deps): boolean {
  if (real === undefined || isThere(real)) return false;
  return uses.some(({ brings, text }) => {
    const made = brings ? locate(text, base, around).real : undefined;
    return made !== undefined && isWithin(real, made);
  });
}

/** Sensitive files are kept from being read wherever they are: outside of the project by any end of their path, since it may be a copy. */
function readNames({ names, real }: Located, text: string, policy: HostPolicy): readonly Finding[] {
  const known = names.length > 0 ? names : endsOf((real ?? text).replace(/^\/+/, ''));
  return known.flatMap((name) => (name === '' ? [] : judgeRead(name, policy)));
}

/** A path without its first folders, as far as a folder is left. */
function endsOf(file: string): readonly string[] {
  const parts = file.split('/');
  return parts.slice(0, Math.max(1, parts.length - 1)).map((_, at) => parts.slice(at).join('/'));
}

/** A word of a command that may be the name of a sensitive file: it counts where such a file is. */
export function judgeWord(word: string, base: string, { policy, around }: Deps): readonly Finding[] {
  const located = locate(word, base, around);
  return isThere(located.real) ? readNames(located, word, policy) : [];
}

/** Whether a text is the name of a file: one that is there, one in a folder that is there, or one that a rule keeps. */
export function namesFile(text: string, base: string, { policy, around }: Deps): boolean {
  const located = locate(text, base, around);
  const [first = ''] = text.split('/');
  if (located.guarded || isThere(located.real)) return true;
  if (text.includes('/') && !/\s/.test(text) && isThere(locate(first, base, around).real)) return true;
  const rules = located.names.flatMap((name) => [...judgeWrite(name, policy), ...judgeRead(name, policy)]);
  return !/\s/.test(text) && rules.some(({ rule }) => rule !== 'path_canonical');
}

/** Every objection to showing the content of tracked files, of those below these names or of all. */
export function judgeContents(
  names: readonly string[] | 'all',
  base: string,
  { policy, around }: Deps,
): readonly Finding[] {
  const checkout = findCheckout(base);
  if (!checkout) return [];
  const tracked = trackedFiles(checkout.own);
  if (tracked === undefined) return [unknownTarget('reads')];
  // What is behind a revision's colon is seen from the top, what is behind `--` from the folder.
  const startsOf = (name: string) => (/^\.\.?(?:\/|$)/.test(name) ? [base] : [base, checkout.top]);
  const roots =
    names === 'all'
      ? ['']
      : names.flatMap((name) => startsOf(name).flatMap((start) => locate(name, start, around).names));
  const isBelow = (file: string, root: string) => root === '' || file === root || file.startsWith(`${root}/`);
  // What a revision names may be a folder of a commit, whose files have shorter names there.
  const isShown = (file: string) =>
    roots.some((root) => file.split('/').some((_, at, parts) => isBelow(parts.slice(at).join('/'), root)));
  return tracked
    .filter(isShown)
    .flatMap((file) => judgeRead(file, policy))
    .slice(0, MAX_FINDINGS)
    .map((finding) => ({ ...finding, fix: 'Name the files that you mean behind `--`, or use --stat.' }));
}

function unknownTarget(verb: string): Finding {
  return denied(
    'command_not_analysable',
    `Which files the command ${verb} cannot be read off.`,
    "Write the names of the files literally, or use the host's own edit tool, or Fixgate's apply_patch for a patch.",
  );
}

import { existsSync } from 'node:fs';
import path from 'node:path';

import { isLink, isWithin, realPath } from '#cli/hook/real-path.ts';
import type { Checkout } from '#cli/hook/repository.ts';
import { checkoutsAround } from '#cli/hook/repository.ts';

/** Files of Fixgate itself, which an agent must not write; some it may not even read. */
export interface Guarded {
  readonly path: string;
  readonly what: string;
  readonly readable: boolean;
  /** A copy of it would do what it does, and no rule would know its name. */
  readonly isProgram?: boolean;
}

/** Where calls are judged; every folder absolute and without links. */
export interface Surroundings {
  readonly project: string;
  readonly checkout: Checkout | undefined;
  readonly home: string;
  readonly temporary: string;
  readonly guarded: readonly Guarded[];
  /** Folder of the program that guards, whose entries are commands of humans. */
  readonly program?: string;
}

/** Where one written path leads. */
export interface Located {
  /** Without links; undefined when the links lead in a circle. */
  readonly real: string | undefined;
  /** Seen from the roots of all repositories around it, as rules are written, the checkout's first; empty outside of them. */
  readonly names: readonly string[];
  readonly guarded: Guarded | undefined;
  /** `linked` is inside by its name and elsewhere by its links. */
  readonly place: 'project' | 'temporary' | 'elsewhere' | 'linked';
}

/** Finds out where a path leads from a folder, by its spelling and through its links alike. */
export function locate(text: string, base: string, around: Surroundings): Located {
  const both = pathsAt(text, base, around);
  const real = realPath(base, expandTilde(text, base, around.home));
  const inside = both.map((file) => isInside(file, around));
  return {
    real,
    names: [...new Set(both.filter((_, index) => inside[index]).flatMap((file) => namesOf(file, around)))],
    guarded: guardedAt(text, base, around),
    place: placeOf(real, inside, around),
  };
}

/** Finds out the same of the files of a folder that was reached without links, so that the way to it is looked at once. */
export function locateIn(folder: string, around: Surroundings): (file: string) => Located {
  const probe = `${folder}/_`;
  const inside = isInside(probe, around);
  const prefixes = inside ? namesOf(probe, around).map((name) => name.slice(0, -1)) : [];
  const place = placeOf(probe, [inside], around);
  const near = around.guarded.filter((each) => isWithin(folder, each.path) || path.dirname(each.path) === folder);
  return (file) => {
    const name = file.slice(folder.length + 1);
    return {
      real: file,
      names: prefixes.map((prefix) => prefix + name),
      guarded: near.find((each) => isWithin(file, each.path)),
      place,
    };
  };
}

/** A folder to which no link leads. */
interface Reached {
  readonly at: string;
  /** It is not there yet, and so nothing in it is a link. */
  readonly isNew: boolean;
  readonly find: (file: string) => Located;
}

/** Finds out where many names below one folder lead: the way into each folder is walked once, as far as no links are on it. */
export function locateBelow(text: string, base: string, around: Surroundings): (name: string) => Located {
  const folders = new Map<string, Reached | undefined>();
  return (name) => {
    const landed = `${text.replace(/\/+$/, '')}/${name}`;
    const folder = path.dirname(landed);
    if (!folders.has(folder)) {
      const [at = '', elsewhere] = pathsAt(folder, base, around);
      const reached = { at, isNew: !isThere(at), find: locateIn(at, around) };
      folders.set(folder, elsewhere === undefined ? reached : undefined);
    }
    const known = folders.get(folder);
    const file = known && path.join(known.at, path.basename(landed));
    return known && file !== undefined && (known.isNew || !isLink(file))
      ? known.find(file)
      : locate(landed, base, around);
  };
}

/** The file of the guard that a path names or leads to. */
export function guardedAt(text: string, base: string, around: Surroundings): Guarded | undefined {
  const both = pathsAt(text, base, around);
  return around.guarded.find((guarded) => both.some((file) => isWithin(file, guarded.path)));
}

/** What a path says by its spelling, and where its links lead when that is elsewhere. */
export function pathsAt(text: string, base: string, around: Surroundings): readonly string[] {
  const written = expandTilde(text, base, around.home);
  const spelled = path.resolve(base, written);
  return [...new Set([spelled, realPath(base, written) ?? spelled])];
}

/** As shells do: the home folder, and for `~+` the one that the command stands in. */
function expandTilde(text: string, base: string, home: string): string {
  const tilde = /^~\+?(?=\/|$)/.exec(text)?.[0];
  return tilde === undefined ? text : (tilde === '~' ? home : base) + text.slice(tilde.length);
}

function placeOf(real: string | undefined, inside: readonly boolean[], around: Surroundings): Located['place'] {
  if (real !== undefined && inside.at(-1) === true) return 'project';
  if (inside[0] === true) return 'linked';
  return real !== undefined && isWithin(real, around.temporary) ? 'temporary' : 'elsewhere';
}

/** Inside is the project, and every other worktree of its repository. */
function isInside(file: string, { project, checkout }: Surroundings): boolean {
  if (isWithin(file, project) || (checkout && isWithin(file, checkout.top))) return true;
  return checkout !== undefined && checkoutsAround(`${file}/.`).some(({ shared }) => shared === checkout.shared);
}

function namesOf(file: string, { project, checkout }: Surroundings): readonly string[] {
  const tops = [...(checkout ? [checkout.top] : []), project, ...checkoutsAround(file).map(({ top }) => top)];
  return [...new Set(tops)].filter((top) => isWithin(file, top)).map((top) => path.relative(top, file));
}

/** A path as the disk has it, for folders that are known to be there. */
export function canonicalFolder(folder: string): string {
  return realPath('/', folder) ?? folder;
}

/** True when anything of this name is there. */
export function isThere(file: string | undefined): boolean {
  return file !== undefined && existsSync(file);
}

const ENTRY = /^\/(?:bin\/|dist\/|src\/main\.)/;
/** The same as Node.js finds it by a folder, or by a name without its suffix. */
const FOUND = /^(?:$|\/(?:bin|dist|src\/main)(?:$|\/[^.]*$))/;

/** Files of the program that guards, by whichever entry it is started; `isRun` where the word is surely what is run. */
export function isOwnEntry(word: string, isRun: boolean, { bases, around }: Standing): boolean {
  const { program } = around;
  const entry = /\.[cm]?[jt]s$/.test(word) ? ENTRY : isRun ? FOUND : undefined;
  if (program === undefined || !entry) return false;
  return bases.some((base) =>
    pathsAt(word, base, around).some((file) => isWithin(file, program) && entry.test(file.slice(program.length))),
  );
}

interface Standing {
  readonly bases: readonly string[];
  readonly around: Surroundings;
}

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { realPath, statOf } from '#cli/hook/real-path.ts';

/** The checkout that a folder is in. */
export interface Checkout {
  /** Its top folder. */
  readonly top: string;
  /** Its own git folder, with its index. */
  readonly own: string;
  /** The folder that all its worktrees share; equal for worktrees of one repository. */
  readonly shared: string;
}

/** Finds the checkout around a folder without asking git; undefined when there is none. */
export function findCheckout(folder: string): Checkout | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    const found = checkoutAt(at);
    if (found !== undefined) return found;
    if (at === path.dirname(at)) return undefined;
  }
}

/** Every folder on the way up that is the top of a checkout: a repository inside another hides nothing from its rules. */
export function checkoutsAround(file: string): readonly Checkout[] {
  const found: Checkout[] = [];
  for (let at = path.dirname(file); ; at = path.dirname(at)) {
    const checkout = checkoutAt(at);
    if (checkout !== undefined) found.push(checkout);
    if (at === path.dirname(at)) return found;
  }
}

/** `.git` is a folder, or in a worktree a file that names one. */
function checkoutAt(top: string): Checkout | undefined {
  const git = path.join(top, '.git');
  const found = statOf(git);
  if (found === undefined) return undefined;
  const named = found.isDirectory() ? undefined : /^gitdir: (.+)/.exec(readFileSync(git, 'utf8'))?.[1]?.trim();
  const own = named === undefined ? git : path.resolve(top, named);
  const common = path.join(own, 'commondir');
  const shared = existsSync(common) ? path.resolve(own, readFileSync(common, 'utf8').trim()) : own;
  return { top, own, shared: realPath('/', shared) ?? shared };
}

import path from 'node:path';

import { denied, deniedByGuard } from '#cli/hook/findings.ts';
import type { Located, Surroundings } from '#cli/hook/locate.ts';
import { isThere, locate, locateBelow, pathsAt } from '#cli/hook/locate.ts';
import { isLink, isWithin, statOf } from '#cli/hook/real-path.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import { walk } from '#cli/hook/walk.ts';
import { judgeWrite } from '#policy/host-files.ts';
import type { WorkTree } from '#policy/host-git.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

interface Deps {
  readonly policy: HostPolicy;
  readonly around: Surroundings;
  /** Everything that the same call touches. */
  readonly uses?: readonly PathUse[];
  /** They are all that it writes. */
  readonly told?: boolean;
}

/** A write that puts somewhere what is below another folder. */
type Landing = PathUse & { readonly from: string };

/** Objections to what lands at a destination under the names that it has below its source: files of rules, and the guard's own. */
export function landingFindings(use: Landing, base: string, deps: Deps): readonly Finding[] {
  const { around, policy } = deps;
  const to = locate(use.text, base, around);
  const source = locate(use.from, base, around).real;
  const copied = around.guarded.find(
    (each) =>
      each.isProgram === true &&
      source !== undefined &&
      (isWithin(source, each.path) || path.dirname(each.path) === source),
  );
  if (copied) return [deniedByGuard(use.from, copied, 'copy')];
  const isNear = holdsGuarded(to, around) && (spills(use.from) || !isFolder(use.text, base, around));
  if (source === undefined || (to.place === 'temporary' && !isNear)) return [];
  const { names, whole } = contentOf(source, {
    made: madeBy(base, deps),
    links: use.follows === true,
    known: new Map(),
  });
  if (!whole) return [tooMuch(use)];
  const locateName = locateBelow(use.text, base, around);
  const found = names.flatMap((name) => {
    const located = locateName(name);
    if (located.guarded && isNear)
      return [deniedByGuard(`${use.text.replace(/\/+$/, '')}/${name}`, located.guarded, 'change')];
    return located.place === 'temporary'
      ? []
      : located.names.flatMap((each) => judgeWrite(each, policy)).filter(({ rule }) => rule !== 'path_canonical');
  });
  const isAll = deps.told === true && (names.length > 0 || isKnown(source, madeBy(base, deps)));
  if (isNear && !isAll && found.length === 0) return [unknownContent(use)];
  return [...new Map(found.map((each) => [each.rule, each])).values()];
}

/** Objections to what git brings out of commits, whose names are in no word: other repositories than the project's may hold files of the guard. */
export function treeFindings(tree: WorkTree, base: string, around: Surroundings): readonly Finding[] {
  const checkout = tree === 'folder' ? undefined : findCheckout(base);
  if (checkout && checkout.top === around.checkout?.top) return [];
  const top = checkout?.top ?? base;
  // One that the call makes has its top where it stands.
  const isMade = tree === 'around' && !checkout;
  const own = around.guarded.find((each) => (isMade ? path.dirname(each.path) === top : isWithin(each.path, top)));
  return own ? [deniedByGuard(top, own, 'change')] : [];
}

/** What is said where there is more below a folder than can be looked at. */
export function tooMuch({ text }: PathUse): Finding {
  return denied(
    'command_not_analysable',
    `There is too much below ${quote(text)} to be judged in time.`,
    'Name a smaller folder, or single files.',
  );
}

/** Whether something of the guard lies below. */
function holdsGuarded({ real }: Located, { guarded }: Surroundings): boolean {
  return real !== undefined && guarded.some(({ path: own }) => isWithin(own, real));
}

/** `d/.`: what is below lands in the destination itself, also where that is there already. */
function spills(from: string): boolean {
  return /(?:^|\/)\.{0,2}$/.test(from);
}

/** A folder of its own: a link to one may be replaced, and with it all that is named behind it. */
function isFolder(text: string, base: string, around: Surroundings): boolean {
  const [spelled = ''] = pathsAt(text, base, around);
  return !isLink(spelled) && statOf(spelled)?.isDirectory() === true;
}

/** A file or folder that the call makes, and what it makes it of. */
interface Made {
  readonly at: string;
  readonly source: string | undefined;
}

function madeBy(base: string, { around, uses = [] }: Deps): readonly Made[] {
  const real = (text: string) => locate(text, base, around).real;
  return uses.flatMap(({ use, text, from, endings }) => {
    if (use !== 'write' || text === '') return [];
    const source = from === undefined ? undefined : real(from);
    const [, folder = '', start = ''] = /^(.*\/)?([^/]*)$/s.exec(text) ?? [];
    const at = real(endings ? folder || '.' : text);
    if (at === undefined) return [];
    return endings?.map((ending) => ({ at: path.join(at, start + ending), source })) ?? [{ at, source }];
  });
}

/** There now, or made by the words of the call itself. */
function isKnown(file: string, made: readonly Made[]): boolean {
  return isThere(file) || made.some(({ at, source }) => source === undefined && isWithin(at, file));
}

interface Look {
  readonly made: readonly Made[];
  readonly links: boolean;
  /** What was found, by folder; nothing yet where one is being looked into, so that circles end. */
  readonly known: Map<string, Content>;
}

interface Content {
  readonly names: readonly string[];
  /** False when there was too much to look at. */
  readonly whole: boolean;
}

const nothing: Content = { names: [], whole: true };

/** Names below a folder: what is there now, and what the words of the call put there before it is copied on. */
function contentOf(folder: string, look: Look): Content {
  const known = look.known.get(folder);
  if (known) return known;
  look.known.set(folder, nothing);
  const { files, whole } = walk(folder, { dependencies: true, links: look.links });
  const there = { names: files.map((file) => path.relative(folder, file)), whole };
  const content = allOf([there, ...look.made.map((made) => putInto(folder, made, look))]);
  look.known.set(folder, content);
  return content;
}

/** What one write of the call puts into a folder. */
function putInto(folder: string, { at, source }: Made, look: Look): Content {
  if (isWithin(folder, at)) {
    const part = source === undefined ? undefined : path.join(source, path.relative(at, folder));
    return part !== undefined && mayBe(part, look) ? contentOf(part, look) : nothing;
  }
  if (!isWithin(at, folder)) return nothing;
  const name = path.relative(folder, at);
  const below = source === undefined ? nothing : contentOf(source, look);
  return { names: [name, ...below.names.map((each) => `${name}/${each}`)], whole: below.whole };
}

/** A part of a source that nothing makes is not followed further, so that a folder that is copied into itself ends. */
function mayBe(part: string, { made }: Look): boolean {
  return isThere(part) || made.some(({ at }) => isWithin(at, part));
}

function allOf(contents: readonly Content[]): Content {
  const names = new Set(contents.flatMap((content) => content.names));
  names.delete('');
  return { names: [...names], whole: contents.every(({ whole }) => whole) };
}

function unknownContent({ text, from }: Landing): Finding {
  return denied(
    'command_not_analysable',
    `What would land in ${quote(text)} from ${quote(from)} is only known once the rest of the call has run, and files of the guard are there.`,
    'Make it first, and copy it in a call of its own; name single files.',
  );
}

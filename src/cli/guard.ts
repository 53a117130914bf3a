import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';

import { isWithin, realPath, statOf } from '#cli/hook/real-path.ts';
import type { Config } from '#config/load.ts';
import type { GuardReason, GuardStrength } from '#domain/guard.ts';
import { guardReasons } from '#domain/guard.ts';
import type { ApprovalProof } from '#policy/approvals.ts';

/** Whether an agent with a shell could undo the guard, and why. */
export interface GuardStatus {
  readonly strength: GuardStrength;
  /** Empty when it is enforced. */
  readonly reasons: readonly GuardProblem[];
}

/** One reason, in words, and the next step of the operator. */
export interface GuardProblem {
  readonly reason: GuardReason;
  readonly why: string;
  readonly fix: string;
}

interface GuardFacts {
  readonly config: Config;
  readonly stateFolder: string;
  readonly proof: ApprovalProof;
  readonly transport: 'stdio' | 'http';
}

/** Judges what this process can see; it believes the operator about where agents' shells run. */
export function guardStatus({ config, stateFolder, proof, transport }: GuardFacts): GuardStatus {
  const own = [config.path, config.file.policy, config.file.approvers]
    .filter((file) => file !== undefined)
    .map((file) => path.resolve(config.folder, file));
  const reasons: readonly GuardProblem[] = [
    ...(transport === 'stdio' ? [problem('stdio')] : []),
    ...(config.file.agents === 'same_account' ? [problem('same_account')] : []),
    ...(proof.mode === 'advisory' ? [problem('approvals_advisory')] : []),
    ...[...own, stateFolder].flatMap((file) => [...problemsOf(file), ...placeProblems(file, config)]),
  ];
  return { strength: reasons.length > 0 ? 'advisory' : 'enforced', reasons };
}

/** What lies in a repository that agents change comes to the next checkout with a pull request; a link there, and what one leads to. */
function placeProblems(file: string, { file: { repository, services }, folder }: Config): readonly GuardProblem[] {
  const named = [repository, ...Object.values(services).map((service) => service.repository)];
  const tops = named
    .filter((location) => location !== undefined && !location.includes('://'))
    .flatMap((location) => [path.resolve(folder, location ?? ''), realOf(path.resolve(folder, location ?? ''))]);
  for (const place of placesOf(file)) {
    const around = tops.find((top) => isWithin(place, top));
    if (around === undefined) continue;
    const why = `${file} ${place === file ? 'lies' : `leads to ${place}, which lies`} in the repository ${around}, which agents change by pull requests`;
    return [{ reason: 'writable', why, fix: `Move it out of ${around}.` }];
  }
  return [];
}

/** Links that are followed; Linux stops at 40 as well. */
const MAX_LINKS = 40;

/** A file as it is named, and where each link of it leads, whether anything is there or not. */
function placesOf(file: string): readonly string[] {
  const places = [file];
  let next: string | undefined = file;
  for (let links = 0; next !== undefined && links <= MAX_LINKS; links++) {
    const place: string = path.join(realOf(path.dirname(next)), path.basename(next));
    places.push(place);
    const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    next = isLink ? path.resolve(path.dirname(place), readlinkSync(place)) : undefined;
  }
  return places;
}

function problem(reason: GuardReason): GuardProblem {
  return { reason, ...guardReasons[reason] };
}

/** Write permission for group or others, and the bit under which only owners rename (see chmod(1)). */
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Who may write a file, or a folder above it, decides what is in it; the same of what a link leads to. */
function problemsOf(file: string): readonly GuardProblem[] {
  const chains = [file, realOf(file)].map((name) => [name, ...foldersAbove(name)]);
  return [...new Set(chains.flat())].flatMap((name) => problemWith(name, file)).slice(0, 1);
}

/** From the nearest up to the root. */
function foldersAbove(file: string): readonly string[] {
  const above = path.dirname(file);
  return above === file ? [] : [above, ...foldersAbove(above)];
}

function realOf(file: string): string {
  return realPath('/', file) ?? file;
}

function problemWith(name: string, file: string): readonly GuardProblem[] {
  const found = statOf(name);
  if (!found) return [];
  if (isForeign(found)) {
    const why = `${name} belongs to another account (uid ${found.uid}), which can write what it holds`;
    return [{ reason: 'writable', why, fix: `Run \`chown\` on ${name} for the account of the server.` }];
  }
  const isWritable = (found.mode & WRITABLE_BY_OTHERS) !== 0 && (name === file || (found.mode & STICKY) === 0);
  if (!isWritable) return [];
  const why =
    name === file
      ? `${file} can be written by other accounts`
      : `${file} can be replaced by other accounts, which can write ${name}`;
  return [{ reason: 'writable', why, fix: `Run \`chmod go-w ${name}\`.` }];
}

/** Owned by neither this account nor root, which may do everything. */
function isForeign({ uid }: { readonly uid: number }): boolean {
  return uid !== 0 && uid !== process.getuid?.();
}

import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import { localFolder, plainUrl } from '#domain/repository-address.ts';
import { excerpt } from '#workspace/git-text.ts';
import type { Git } from '#workspace/git.ts';
import type { FolderSource, Source } from '#workspace/source-repository.ts';
import { originOf } from '#workspace/source-repository.ts';

/** Repositories that are followed from one to the next; nobody has so many clones of clones. */
const MAX_STOPS = 40;

/** A repository on this machine, as far as it leads to another one. */
type Stop = Pick<FolderSource, 'location' | 'gitDir' | 'bare'>;

/** A repository and those that its branches go through, each by its `origin`. */
interface Line {
  readonly stops: readonly Stop[];
  /** Where the last of them leads: another machine, or a folder without a repository that git reads. */
  readonly end?: string;
  /** The one that the last of them leads back to. */
  readonly circle?: Stop;
}

/** Where branches of a repository are pushed to. */
export interface PushTarget {
  readonly address: string;
  /** The same for all addresses of the repository. */
  readonly identity: string;
}

/** One name for all addresses of a repository: where its clones on this machine lead to in the end. */
export async function identityOf(git: Git, source: Source): Promise<string> {
  return nameOf(await lineOf(git, source));
}

/** The first place on the way that is nobody's checkout. */
export async function pushTargetOf(git: Git, source: Source): Promise<PushTarget> {
  const line = await lineOf(git, source);
  const address = line.stops.find(({ bare }) => bare)?.location ?? line.end;
  if (address !== undefined) return { address, identity: nameOf(line) };
  const last = line.stops.at(-1)?.location ?? source.location;
  throw new FixgateError(
    'misconfigured',
    `${excerpt(last)} has no remote, so the branch cannot be pushed anywhere; nothing is pushed into a checkout.`,
    {
      fix: 'Add the remote with git remote add origin URL.',
    },
  );
}

async function lineOf(git: Git, source: Source): Promise<Line> {
  if (source.kind === 'url') return { stops: [], end: source.location };
  const stops: Stop[] = [source];
  for (let at: Stop | undefined = source; at && stops.length < MAX_STOPS; at = stops.at(-1)) {
    const origin = originOf(git, at.location, 'push');
    // Nothing of a bare repository has to go any farther.
    const url = (await (at.bare ? origin.catch(ifRefused) : origin))?.url;
    if (url === undefined) break;
    const next = await stopAt(git, url);
    if (typeof next === 'string') return { stops, end: next };
    const circle = stops.find(({ gitDir }) => gitDir === next.gitDir);
    if (circle) return { stops, circle };
    stops.push(next);
  }
  return { stops };
}

/** The repository of an address on this machine, else the address. */
async function stopAt(git: Git, address: string): Promise<Stop | string> {
  const named = localFolder(address);
  if (named === undefined) return address;
  for (const folder of [named, `${named}.git`]) {
    const location = await realpath(folder).catch(() => undefined);
    const stop = location === undefined ? undefined : await repositoryIn(git, location);
    if (stop) return stop;
  }
  return await realpath(named).catch(() => named);
}

/** A repository by its own folder or by its git folder; nothing is looked for above it, where another one may be. */
async function repositoryIn(git: Git, location: string): Promise<Stop | undefined> {
  const asked = ['--is-bare-repository', '--absolute-git-dir', '--git-common-dir', '--show-prefix'];
  const args = ['rev-parse', '--path-format=absolute', ...asked];
  const { exitCode, stdout } = await git.run({ as: 'operator', folder: location, args });
  const [bare, own = '', shared = '', prefix = ''] = stdout.toString('utf8').split('\n');
  if (exitCode !== 0) return undefined;
  const isTop = prefix === '' && existsSync(join(location, '.git'));
  if (!isTop && (await realpath(own)) !== location) return undefined;
  return { location, gitDir: await realpath(shared), bare: bare === 'true' };
}

function nameOf({ stops, end, circle }: Line): string {
  if (end !== undefined) return localFolder(end) === undefined ? plainUrl(end) : end;
  // Whichever of a circle was named, they are the same.
  const last = circle ? stops.slice(stops.indexOf(circle)) : stops.slice(-1);
  return last.map(({ gitDir }) => gitDir).toSorted()[0] ?? '';
}

function ifRefused(error: unknown): undefined {
  if (!(error instanceof FixgateError)) throw error;
}

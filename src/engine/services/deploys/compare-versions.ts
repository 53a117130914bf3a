import { FixgateError } from '#domain/errors.ts';
import type { CommitRange } from '#domain/evidence.ts';
import type { KeptRead } from '#engine/services/deploys/kept-reads.ts';
import { digestOf } from '#engine/services/deploys/kept-reads.ts';
import type { Chosen } from '#engine/sources.ts';
import type { DeploySource } from '#providers/sources.ts';

type Sources = readonly Chosen<DeploySource>[];

/** Two tags, branches or commits. */
export interface Versions {
  readonly base: string;
  readonly head: string;
}

/** What lies between two versions, and what was asked for it. */
export interface Compared {
  readonly range: CommitRange;
  readonly summary: string;
  readonly notes: readonly string[];
  readonly reads: readonly KeptRead[];
}

/** Compares by the first source that has both versions; says so when they seem to be swapped. */
export async function compareVersions(able: Sources, versions: Versions, signal: AbortSignal): Promise<Compared> {
  const { name, source, range } = await firstWithBoth(able, versions, signal);
  const read = {
    of: 'commits',
    source: name,
    query: { ...versions },
    requests: [`compare ${versions.base} ${versions.head}`],
    answers: range.commits.length,
    sha256: digestOf(range),
  } as const;
  const notes =
    range.commits.length === 0 && versions.base !== versions.head ? await explainNone(source, versions, signal) : [];
  return { range, summary: summaryOf(range, versions), notes, reads: [read] };
}

function summaryOf({ commits, files }: CommitRange, { base, head }: Versions): string {
  const sum = (of: 'added' | 'removed') => files.reduce((total, file) => total + file[of], 0);
  const count = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`;
  const size = `${count(commits.length, 'commit')}, ${count(files.length, 'file')} +${sum('added')} -${sum('removed')}`;
  return `${size} from ${base} to ${head}.`;
}

async function explainNone(
  source: DeploySource,
  { base, head }: Versions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const back = await source.compare?.(head, base, signal);
  if (back === undefined || back.commits.length === 0) return [`${head} and ${base} have the same commits.`];
  const commits = `${back.commits.length} ${back.commits.length === 1 ? 'commit' : 'commits'}`;
  return [`${head} is ${commits} behind ${base}: base and head are swapped, or this is a rollback.`];
}

interface Found {
  readonly name: string;
  readonly source: DeploySource;
  readonly range: CommitRange;
}

async function firstWithBoth(able: Sources, { base, head }: Versions, signal: AbortSignal): Promise<Found> {
  let refused: unknown;
  for (const { name, source } of able) {
    if (source.compare === undefined) continue;
    try {
      return { name, source, range: await source.compare(base, head, signal) };
    } catch (error) {
      // The first is git itself, or what the caller named: its refusal tells most.
      refused ??= error;
      if (!(error instanceof FixgateError) || error.code !== 'not_found') throw error;
    }
  }
  throw refused ?? noCompare(able);
}

function noCompare(able: Sources): FixgateError {
  const names = able.map(({ name }) => name).join('+');
  return new FixgateError('invalid_input', `${names} has no code to compare.`, {
    fix: 'Leave source out, so that git compares the commits.',
  });
}

import { mergeDeploys } from '#analysis/deploy-merge.ts';
import { FixgateError } from '#domain/errors.ts';
import type { CodeChange, Deploy, DeployQuery, TimeWindow } from '#domain/evidence.ts';
import type { KeptRead } from '#engine/services/deploys/kept-reads.ts';
import { digestOf } from '#engine/services/deploys/kept-reads.ts';
import type { Chosen } from '#engine/sources.ts';
import type { ChangeList, DeployList, DeploySource } from '#providers/sources.ts';

/** What all sources know of a time. */
export interface Gathered {
  readonly deploys: readonly Deploy[];
  /** What ran before the oldest of them, where that was asked for. */
  readonly older?: Deploy;
  readonly changes: readonly CodeChange[];
  /** Why something may be missing. */
  readonly warnings: readonly string[];
  /** What else the caller should know. */
  readonly notes: readonly string[];
  /** What was asked for it. */
  readonly reads: readonly KeptRead[];
}

type Sources = readonly Chosen<DeploySource>[];

/** Asks all sources at once; one that fails is a warning, unless all fail. */
export async function gatherChanges(
  sources: Sources,
  asked: { readonly query: DeployQuery; readonly codeWindow: TimeWindow },
  signal: AbortSignal,
): Promise<Gathered> {
  const coders = sources.filter(({ source }) => source.changes !== undefined).slice(0, 1);
  const [lists, changes] = await Promise.all([
    Promise.allSettled(sources.map(({ source }) => source.list(asked.query, signal))),
    Promise.allSettled(coders.map(({ source }) => readChanges(source, asked.codeWindow, signal))),
  ]);
  const [listed, coded] = [settle(lists, sources), settle(changes, coders)];
  const failures = [...listed.failures, ...coded.failures];
  const first = failures[0];
  if (listed.answers.length + coded.answers.length === 0 && first) throw first.error;
  const heard = [...listed.answers, ...coded.answers].flatMap(({ name, answer }) =>
    (answer?.warnings ?? []).map((warning) => `${name}: ${warning}`),
  );
  return {
    deploys: mergeDeploys(listed.answers.flatMap(({ answer }) => answer.deploys)),
    changes: coded.answers.flatMap(({ answer }) => answer?.changes ?? []),
    warnings: [...failures.map(({ name, error }) => `${name} could not be asked: ${error.message}`), ...heard],
    notes: listed.answers.flatMap(({ name, answer }) => (answer.notes ?? []).map((note) => `${name}: ${note}`)),
    reads: [
      ...listed.answers.map((answer) => readOf(answer, asked.query)),
      ...coded.answers.map(({ name, answer }): KeptRead => {
        const changes = answer?.changes ?? [];
        const read = {
          of: 'changes',
          source: name,
          window: asked.codeWindow,
          requests: answer?.requests ?? [],
        } as const;
        return { ...read, answers: changes.length, sha256: digestOf(changes) };
      }),
    ],
  };
}

/** Asks all sources for deploys alone; those that fail know of none. */
export async function listDeploys(
  sources: Sources,
  query: DeployQuery,
  signal: AbortSignal,
): Promise<Pick<Gathered, 'deploys' | 'reads'>> {
  const lists = await Promise.allSettled(sources.map(({ source }) => source.list(query, signal)));
  const { answers } = settle(lists, sources);
  return {
    deploys: mergeDeploys(answers.flatMap(({ answer }) => answer.deploys)),
    reads: answers.map((answer) => readOf(answer, query)),
  };
}

/** What was asked of one source, and the digest of its answer. */
function readOf(
  { name, answer: { deploys, requests = [] } }: { readonly name: string; readonly answer: DeployList },
  { window, ...query }: DeployQuery,
): KeptRead {
  const read = { of: 'deploys', source: name, window, query, requests } as const;
  return { ...read, answers: deploys.length, sha256: digestOf(deploys) };
}

async function readChanges(
  source: DeploySource,
  window: TimeWindow,
  signal: AbortSignal,
): Promise<ChangeList | undefined> {
  return await source.changes?.(window, signal);
}

interface Settled<T> {
  readonly answers: readonly { readonly name: string; readonly answer: T }[];
  readonly failures: readonly { readonly name: string; readonly error: FixgateError }[];
}

function settle<T>(results: readonly PromiseSettledResult<T>[], sources: Sources): Settled<T> {
  const named = results.map((result, index) => ({ name: sources[index]?.name ?? '', result }));
  return {
    answers: named.flatMap(({ name, result }) =>
      result.status === 'fulfilled' ? [{ name, answer: result.value }] : [],
    ),
    failures: named.flatMap(({ name, result }) => {
      if (result.status === 'fulfilled') return [];
      if (!(result.reason instanceof FixgateError)) throw result.reason;
      return [{ name, error: result.reason }];
    }),
  };
}

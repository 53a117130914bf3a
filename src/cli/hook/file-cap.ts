import type { TimelineEvent } from '#domain/timeline.ts';
import { listOf, quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/** What the files of a call are counted against. */
export interface FileCount {
  /** The incident's chain, in order. */
  readonly events: readonly TimelineEvent[];
  /** Files that `apply_patch` touched. */
  readonly everTouched: readonly string[];
  readonly cap: number;
}

/**
 * The objection to a call that would take the incident past its cap on files. The timeline orders the calls of all processes,
 * and each of them counts alike: a call that did not fit is skipped by all. `callId` is a call that stands in it already.
 */
export function overFileCap(
  paths: readonly string[],
  { events, everTouched, cap }: FileCount,
  callId?: string,
): Finding | undefined {
  if (paths.length === 0) return undefined;
  const touched = new Set(everTouched);
  const fits = (names: readonly string[]) => {
    const fresh = names.filter((name) => !touched.has(name));
    return fresh.length === 0 || touched.size + fresh.length <= cap ? fresh : undefined;
  };
  for (const event of events) {
    if (event.data['action'] !== 'host_write') continue;
    if (event.callId === callId) break;
    for (const name of fits(event.data['paths'] as readonly string[]) ?? []) touched.add(name);
  }
  return fits(paths) ? undefined : tooManyFiles(touched, paths, cap);
}

function tooManyFiles(touched: ReadonlySet<string>, paths: readonly string[], cap: number): Finding {
  const known = [...touched].slice(0, 10).map(quote);
  return {
    rule: 'max_files',
    effect: 'deny',
    reason: `With ${listOf(paths.map(quote))} this incident would have touched more than its cap of ${cap} files${known.length > 0 ? ` (so far ${listOf(known)})` : ''}.`,
    fix: 'Keep the fix to files that were touched already, or hand over to the on-call engineer.',
    evidence: { cap, touched: [...touched].slice(0, 100) },
  };
}

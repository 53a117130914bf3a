import type { FixgateError } from '#domain/errors.ts';

import { isTooLarge } from '../http/errors.ts';
import type { LinesRead, LokiLine } from './replies.ts';

/** What one page asks for; times in nanoseconds, the end excluded. */
export interface PageRequest {
  readonly start: bigint;
  readonly end: bigint;
  readonly limit: number;
  /** Have Loki cut long lines. */
  readonly cut: boolean;
}

/** One page, and whether lines had to be left out. */
export interface Page extends LinesRead {
  readonly truncated: boolean;
}

const PAGE_LINES = 1_000;
/** What Loki allows by default as `max_entries_limit_per_query`. */
const MAX_PAGE_LINES = 5_000;
/** Cut at 70,000 characters each, they fit into the 4 MiB of a message within Loki. */
const CUT_PAGE_LINES = 50;

/**
 * Reads a range from its end to its start. Loki has no cursor: each page ends just after the oldest line of the page before, and lines of
 * that nanosecond which were seen already are dropped.
 */
export async function* readBackwards(
  ask: (request: PageRequest) => Promise<LinesRead>,
  { start, end }: { readonly start: bigint; readonly end: bigint },
): AsyncGenerator<Page> {
  let request: PageRequest = { start, end, limit: PAGE_LINES, cut: false };
  let border: Border = { ns: end, seen: new Set() };
  while (request.start < request.end) {
    const answer = await askOrShrink(ask, request);
    if ('smaller' in answer) {
      request = answer.smaller;
      continue;
    }
    const fresh = answer.lines.filter((line) => line.ns !== border.ns || !border.seen.has(keyOf(line)));
    const oldest = answer.lines[0]?.ns;
    if (oldest === undefined || answer.lines.length < request.limit) {
      yield { ...answer, lines: fresh, truncated: false };
      return;
    }
    border = borderAt(oldest, border, answer.lines);
    const next = nextRequest(request, oldest, fresh.length);
    yield { ...answer, lines: fresh, ...next.loss };
    request = next.request;
  }
}

interface Border {
  readonly ns: bigint;
  readonly seen: Set<string>;
}

function borderAt(ns: bigint, before: Border, lines: readonly LokiLine[]): Border {
  const keys = lines.filter((line) => line.ns === ns).map(keyOf);
  return { ns, seen: new Set(before.ns === ns ? [...before.seen, ...keys] : keys) };
}

/** Characters that tell lines apart; fewer than are left of a line that Loki was asked to cut. */
const KEY_CHARS = 60_000;

function keyOf({ labels, text }: LokiLine): string {
  return `${JSON.stringify(labels)}\n${text.slice(0, KEY_CHARS)}`;
}

interface Next {
  readonly request: PageRequest;
  readonly loss: { readonly truncated: boolean; readonly warnings?: readonly string[] };
}

/** More lines of one nanosecond than a page holds need a larger page; beyond Loki's limit the rest of them cannot be had. */
function nextRequest(request: PageRequest, oldest: bigint, fresh: number): Next {
  const stuck = fresh === 0 && request.end === oldest + 1n;
  if (!stuck) return { request: { ...request, end: oldest + 1n }, loss: { truncated: false } };
  const limit = Math.min(request.limit * 2, MAX_PAGE_LINES);
  if (limit > request.limit && !request.cut) return { request: { ...request, limit }, loss: { truncated: false } };
  const warning = `More than ${request.limit} lines have the same time; Loki gives no more of them.`;
  return { request: { ...request, end: oldest }, loss: { truncated: true, warnings: [warning] } };
}

/** A page beyond what this Loki or one answer holds is asked again in a smaller form. */
async function askOrShrink(
  ask: (request: PageRequest) => Promise<LinesRead>,
  request: PageRequest,
): Promise<LinesRead | { readonly smaller: PageRequest }> {
  try {
    return await ask(request);
  } catch (error) {
    const allowed = /limit > max_entries_limit_per_query \(\d+ > (\d+)\)/.exec((error as FixgateError).message)?.[1];
    if (allowed !== undefined && Number(allowed) > 0 && Number(allowed) < request.limit)
      return { smaller: { ...request, limit: Number(allowed) } };
    const tooLarge = isTooLarge(error) || /message larger than max/.test((error as FixgateError).message);
    if (!tooLarge || request.limit === 1) throw error;
    const limit = request.cut ? Math.ceil(request.limit / 4) : Math.min(request.limit, CUT_PAGE_LINES);
    return { smaller: { ...request, limit, cut: true } };
  }
}

import { isTooLarge } from '../http/errors.ts';
import { originOf } from './entries.ts';
import type { Hit, SearchReply } from './replies.ts';

type SortValue = string | number | null;

/** What one page asks for. */
export interface PageRequest {
  readonly size: number;
  readonly after?: readonly SortValue[];
  /** Ids of documents to leave out. */
  readonly except?: readonly string[];
}

/** Hits of one page that were not seen before. */
export interface Page {
  readonly hits: readonly Hit[];
  readonly reply: SearchReply;
  /** Hits that cannot be had. */
  readonly lost?: string;
}

const PAGE_HITS = 1_000;
/** Documents of one time that can be told apart; their ids go with each request. */
const MAX_EXCEPT = 10_000;
const NANOSECONDS = 1e15;
const NS_PER_MS = 1e6;

/** Reads pages from the newest document on. */
export async function* readPages(
  ask: (request: PageRequest) => Promise<SearchReply>,
  hasTiebreak: boolean,
): AsyncGenerator<Page> {
  const border = createBorder();
  let request: PageRequest = { size: PAGE_HITS };
  for (;;) {
    const answer = await askOrShrink(ask, request);
    if ('smaller' in answer) {
      request = answer.smaller;
      continue;
    }
    const { hits } = answer;
    const fresh = hits.filter((hit) => !border.has(hit));
    const last = hits.at(-1);
    const isLast = last === undefined || hits.length < request.size;
    const size = Math.min(request.size * 2, PAGE_HITS);
    const next = isLast ? undefined : hasTiebreak ? { request: { after: last.sorted } } : border.move(hits, fresh);
    yield { hits: fresh, reply: answer, ...(next?.lost !== undefined && { lost: next.lost }) };
    if (next === undefined) return;
    request = { size, ...next.request };
  }
}

interface Border {
  has(hit: Hit): boolean;
  /** Where the page after these hits begins. */
  move(hits: readonly Hit[], fresh: readonly Hit[]): Next;
}

interface Next {
  readonly request: Omit<PageRequest, 'size'>;
  readonly lost?: string;
}

/**
 * Without a tiebreak, `search_after` would skip documents of the time at which a page ends. So the next page begins a millisecond before it,
 * and what was seen is dropped; where nothing else comes, the cluster is told to leave it out.
 */
function createBorder(): Border {
  let seen = new Map<string, readonly [hit: Hit, at: number]>();
  return {
    has: (hit) => seen.has(originOf(hit)),
    move(hits, fresh) {
      const value = hits.at(-1)?.sorted[0] ?? null;
      const after = before(value);
      const all = [...seen.values(), ...hits.map((hit) => [hit, Number(hit.sorted[0])] as const)];
      seen = new Map(all.filter(([, at]) => at < Number(after)).map((entry) => [originOf(entry[0]), entry]));
      if (seen.size > MAX_EXCEPT)
        return {
          request: { after: [value] },
          lost: `More than ${MAX_EXCEPT} documents have the same time; the rest of them is missing.`,
        };
      const isCrowded = fresh.length < hits.length / 2 || seen.size > hits.length / 2;
      const except = [...seen.values()].map(([{ id }]) => id);
      return { request: { after: [after], ...(isCrowded && { except }) } };
    },
  };
}

/** A sort value that still lets in the documents of this time: one millisecond newer. */
function before(value: SortValue): SortValue {
  if (typeof value !== 'number') return value;
  return value + (value >= NANOSECONDS ? NS_PER_MS : 1);
}

/** A page beyond what one answer holds is asked again in a smaller form. */
async function askOrShrink(
  ask: (request: PageRequest) => Promise<SearchReply>,
  request: PageRequest,
): Promise<SearchReply | { readonly smaller: PageRequest }> {
  try {
    return await ask(request);
  } catch (error) {
    if (!isTooLarge(error) || request.size === 1) throw error;
    return { smaller: { ...request, size: Math.ceil(request.size / 4) } };
  }
}

import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { ReadAction } from '#domain/action.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { TimeWindow } from '#domain/evidence.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import { canonicalJson } from '#domain/json.ts';
import type { ToolAnswer } from '#engine/call-tool.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import { CHARS_PER_TOKEN, fitOutput, MAX_RESULT_CHARS, renderOutput } from '#engine/render.ts';
import type { AnyTool } from '#engine/tool.ts';
import type { Evidence, Store } from '#state/store.ts';

type Output = Readonly<Record<string, unknown>>;

const WHOLE_ANSWER = 'application/json';

/** An answer as it was before it was cut, redacted. */
interface WholeAnswer {
  readonly tool: string;
  readonly rows: string;
  readonly output: Readonly<Record<string, unknown>>;
  /** What was asked of the source, where the same question may be answered again. */
  readonly request?: Json;
}

/** Milliseconds that an answer about a window that was still open holds. */
const OPEN_WINDOW_MS = 30_000;
/** The same for a window that had ended: late entries may still come in. */
const CLOSED_WINDOW_MS = 600_000;

/** Facts that lead to what was left out, or say where an answer comes from. */
const PAGING = new Set(['rest', 'next_cursor', 'cached']);

/** A place within a kept answer. */
interface Position {
  readonly n: number;
  readonly offset: number;
}

/** The next part of an earlier answer. */
export interface NextPage {
  readonly action: ReadAction;
  readonly output: Output;
  readonly position: Position;
}

interface Rendered {
  readonly tool: AnyTool;
  readonly input: Readonly<Record<string, unknown>>;
  readonly incident: Incident;
}

/** Cuts answers to size; what is left out is kept as evidence, and cursors lead through it. */
export interface Pages {
  /** Finds the page of a cursor; throws `invalid_input` for one of another incident or tool. */
  open(incident: Incident, tool: string, cursor: string): NextPage;
  render(call: Rendered, output: Output, from?: { readonly position?: Position; readonly kept?: Evidence }): ToolAnswer;
  /** Keeps the answer to a read, so that the same question need not be asked again; a partial one is kept, but asked again. */
  remember(call: Rendered, action: ReadAction, output: Output): Evidence | undefined;
  /** The answer to the last identical read while it holds, marked as such. */
  recall(call: Rendered, action: ReadAction): { readonly output: Output; readonly kept: Evidence } | undefined;
}

interface Kept {
  readonly output: Output;
  readonly request?: Json;
  readonly key?: string;
}

/** Answers of different sizes to one question are the same answer. */
function keyOf({ name }: AnyTool, input: Rendered['input']): string {
  const { max_tokens: _size, cursor: _cursor, ...asked } = input;
  return createHash('sha256')
    .update(canonicalJson({ tool: name, asked: asked as Record<string, Json> }))
    .digest('hex');
}

function requestOf({ source, request }: ReadAction): Json {
  return JSON.parse(JSON.stringify({ source, request })) as Json;
}

/** When the window that is asked about ends; questions without one are never closed. */
function untilOf({ request }: ReadAction): number {
  const query: { readonly window?: TimeWindow } = 'query' in request ? request.query : {};
  return query.window?.until ?? Number.POSITIVE_INFINITY;
}

/** Found out once for each tool. */
const optional = new WeakMap<AnyTool['output'], readonly string[]>();

function optionalFacts({ output }: AnyTool): readonly string[] {
  const known = optional.get(output);
  if (known) return known;
  const { required = [] } = z.toJSONSchema(output);
  const facts = Object.keys(output.shape).filter((name) => !required.includes(name) && !PAGING.has(name));
  optional.set(output, facts);
  return facts;
}

/** Makes the pager; whole answers live in the store, redacted. */
export function createPages(deps: {
  readonly store: Pick<Store, 'saveEvidence' | 'getEvidence' | 'findEvidence'>;
  readonly clock: Clock;
  readonly redact: Redact;
}): Pages {
  function open(incident: Incident, tool: string, cursor: string): NextPage {
    const match = /^e(\d{1,6})\.(\d{1,7})$/.exec(cursor);
    const [n, offset] = [Number(match?.[1]), Number(match?.[2])];
    const kept = match ? deps.store.getEvidence(incident.id, n) : undefined;
    const readable = kept?.mimeType === WHOLE_ANSWER && kept.purgedAt === undefined;
    const whole = readable ? (JSON.parse(kept.text) as WholeAnswer) : undefined;
    if (!whole || whole.tool !== tool || offset >= (whole.output[whole.rows] as unknown[]).length) {
      throw new FixgateError(
        'invalid_input',
        `The cursor ${JSON.stringify(cursor.slice(0, 40))} belongs to no earlier answer of ${tool} for ${incident.id}.`,
        {
          fix: 'Use the next_cursor of an earlier answer as it is, or call without a cursor.',
        },
      );
    }
    const rows = (whole.output[whole.rows] as unknown[]).slice(offset);
    return {
      action: { kind: 'read', source: `evidence/${n}`, request: { of: 'evidence', n, offset } },
      output: { ...whole.output, [whole.rows]: rows },
      position: { n, offset },
    };
  }

  function render(
    { tool, input, incident }: Rendered,
    raw: Output,
    from: { readonly position?: Position; readonly kept?: Evidence } = {},
  ): ToolAnswer {
    const { position } = from;
    const output = redactDeep(raw, deps.redact);
    const maxTokens = typeof input['max_tokens'] === 'number' ? input['max_tokens'] : Number.POSITIVE_INFINITY;
    const limits = {
      rows: tool.rows,
      maxChars: Math.min(MAX_RESULT_CHARS - 1, maxTokens * CHARS_PER_TOKEN),
      maxTokens,
      cursor: 'cursor' in tool.input.shape,
      rest: 'rest' in tool.output.shape,
      spare: tool.rows === undefined ? [] : optionalFacts(tool),
    };
    const fitted = fitOutput(output, limits);
    const paged =
      position && 'returned' in fitted.output ? { ...fitted.output, returned: fitted.returned } : fitted.output;
    if (!fitted.cut || !limits.rest) return { callId: '', text: renderOutput(paged), structured: paged };
    const kept =
      from.kept ?? (position && deps.store.getEvidence(incident.id, position.n)) ?? keep(tool, incident, { output });
    const next = (position?.offset ?? 0) + fitted.returned;
    const cut = {
      ...paged,
      rest: kept.uri,
      ...('next_cursor' in paged && { next_cursor: `e${kept.n}.${next}` }),
    };
    const { uri, title, mimeType } = kept;
    return { callId: '', text: renderOutput(cut), structured: cut, evidence: { uri, title, mimeType } };
  }

  function keep(tool: AnyTool, incident: Incident, { output, request, key }: Kept): Evidence {
    const whole: WholeAnswer = {
      tool: tool.name,
      rows: tool.rows ?? '',
      output,
      ...(request !== undefined && { request }),
    };
    const title = `Whole answer of ${tool.name}`;
    const text = JSON.stringify(whole);
    return deps.store.saveEvidence(incident.id, {
      title,
      mimeType: WHOLE_ANSWER,
      text,
      ...(key !== undefined && { key }),
    });
  }

  function remember({ tool, input, incident }: Rendered, action: ReadAction, raw: Output): Evidence | undefined {
    const whole = raw['status'] === 'ok' || raw['status'] === 'empty';
    if (!whole && raw['status'] !== 'partial') return undefined;
    const request = requestOf(action);
    const key = whole ? { key: keyOf(tool, input) } : {};
    return keep(tool, incident, { output: redactDeep(raw, deps.redact), request, ...key });
  }

  function recall({ tool, input, incident }: Rendered, action: ReadAction) {
    const kept = deps.store.findEvidence(incident.id, keyOf(tool, input));
    if (!kept) return undefined;
    const whole = JSON.parse(kept.text) as WholeAnswer;
    const age = deps.clock.now() - kept.at;
    const closed =
      untilOf(action) <= kept.at && canonicalJson(whole.request ?? null) === canonicalJson(requestOf(action));
    if (age < 0 || age >= (closed ? CLOSED_WINDOW_MS : OPEN_WINDOW_MS)) return undefined;
    const notes = Array.isArray(whole.output['notes']) ? (whole.output['notes'] as unknown[]) : [];
    const note = `The same was asked ${Math.round(age / 1_000)} s ago; this is that answer again.`;
    const scanned = 'scanned_bytes' in whole.output ? { scanned_bytes: 0 } : {};
    return { output: { ...whole.output, ...scanned, cached: true, notes: [note, ...notes] }, kept };
  }

  return { open, render, remember, recall };
}

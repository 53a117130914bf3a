import type { ReadAction } from '#domain/action.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
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
}

/** A place within a kept answer. */
interface Position {
  readonly n: number;
  readonly offset: number;
}

/** The next part of an earlier answer. */
interface NextPage {
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
  render(call: Rendered, output: Output, position?: Position): ToolAnswer;
}

/** Makes the pager; whole answers live in the store, redacted. */
export function createPages(deps: {
  readonly store: Pick<Store, 'saveEvidence' | 'getEvidence'>;
  readonly redact: Redact;
}): Pages {
  function open(incident: Incident, tool: string, cursor: string): NextPage {
    const match = /^e(\d{1,6})\.(\d{1,7})$/.exec(cursor);
    const [n, offset] = [Number(match?.[1]), Number(match?.[2])];
    const kept = match ? deps.store.getEvidence(incident.id, n) : undefined;
    const whole = kept?.mimeType === WHOLE_ANSWER ? (JSON.parse(kept.text) as WholeAnswer) : undefined;
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

  function render({ tool, input, incident }: Rendered, raw: Output, position?: Position): ToolAnswer {
    const output = redactDeep(raw, deps.redact);
    const maxTokens =
      typeof input['max_tokens'] === 'number' ? input['max_tokens'] : MAX_RESULT_CHARS / CHARS_PER_TOKEN;
    const maxChars = Math.min(MAX_RESULT_CHARS - 1, maxTokens * CHARS_PER_TOKEN);
    const limits = {
      rows: tool.rows,
      maxChars,
      cursor: 'cursor' in tool.input.shape,
      rest: 'rest' in tool.output.shape,
    };
    const fitted = fitOutput(output, limits);
    const paged =
      position && 'returned' in fitted.output ? { ...fitted.output, returned: fitted.returned } : fitted.output;
    if (!fitted.cut || !limits.rest) return { callId: '', text: renderOutput(paged), structured: paged };
    const kept = (position && deps.store.getEvidence(incident.id, position.n)) ?? keep(tool, incident, output);
    const next = (position?.offset ?? 0) + Math.max(1, fitted.returned);
    const cut = {
      ...paged,
      rest: kept.uri,
      ...('next_cursor' in paged && { next_cursor: `e${kept.n}.${next}` }),
    };
    const { uri, title, mimeType } = kept;
    return { callId: '', text: renderOutput(cut), structured: cut, evidence: { uri, title, mimeType } };
  }

  function keep(tool: AnyTool, incident: Incident, output: Output): Evidence {
    const whole: WholeAnswer = { tool: tool.name, rows: tool.rows ?? '', output };
    const title = `Whole answer of ${tool.name}`;
    return deps.store.saveEvidence(incident.id, { title, mimeType: WHOLE_ANSWER, text: JSON.stringify(whole) });
  }

  return { open, render };
}

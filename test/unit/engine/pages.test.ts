import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { toOutputSchema } from '#engine/arguments.ts';
import { createPages } from '#engine/pages.ts';
import { createRedactor } from '#engine/redact.ts';
import { defineTool, readArguments, readOutput } from '#engine/tool.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';

import { createFakeClock } from '../../support/fake-clock.ts';
import { sampleEvent, sampleIncident } from '../../support/store-samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'fixgate-pages-'));
const clock = createFakeClock();
const store = createSqliteStore({ folder, clock });
const [incident, other] = [sampleIncident('PD-1'), sampleIncident('PD-2')];
for (const each of [incident, other]) store.openIncident(each, sampleEvent('incident.opened'));
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const read = (name: string) =>
  defineTool({
    name,
    title: name,
    description: name,
    effect: 'read',
    input: z.strictObject({ ...readArguments, cursor: z.string().optional() }),
    output: z.object(readOutput),
    rows: 'rows',
    plan: () => ({ kind: 'inspect' as const }),
    run: async () => answer([]),
  });
const tool = read('get_incident_logs');
const pages = createPages({ store, clock, redact: createRedactor([]) });
const schema = z.fromJSONSchema(toOutputSchema(tool.output));

function answer(rows: Record<string, unknown>[]) {
  const window = { since: '2026-03-01T11:00:00Z', until: '2026-03-01T12:00:00Z' };
  return {
    summary: 'Lines.',
    status: 'ok' as const,
    source: 'files',
    window,
    matched: rows.length,
    returned: rows.length,
    truncated: false,
    rows,
    notes: [],
    notice: 'untrusted',
  };
}

interface Page {
  readonly rows: Record<string, unknown>[];
  readonly returned: number;
  readonly truncated: boolean;
  readonly next_cursor?: string;
  readonly rest?: string;
}

function render(rows: Record<string, unknown>[], maxTokens = 1_500) {
  return pages.render({ tool, input: { max_tokens: maxTokens }, incident }, answer(rows));
}

/** Every page from the first answer to the end. */
function readAll(rows: Record<string, unknown>[], maxTokens: number): Page[] {
  const found: Page[] = [];
  let rendered = render(rows, maxTokens);
  for (;;) {
    const page = rendered.structured as unknown as Page;
    expect(rendered.text.length).toBeLessThanOrEqual(Math.min(7_999, maxTokens * 4));
    expect(JSON.stringify(page).length).toBeLessThanOrEqual(Math.min(7_999, maxTokens * 4));
    expect(schema.safeParse(page).error).toBeUndefined();
    expect(page.returned).toBe(page.rows.length);
    found.push(page);
    if (page.next_cursor === undefined) return found;
    expect(page).toMatchObject({ truncated: true, rest: expect.stringMatching(/^incident:\/\/PD-1\/evidence\/\d+$/) });
    const { output, position } = pages.open(incident, tool.name, page.next_cursor);
    rendered = pages.render({ tool, input: { max_tokens: maxTokens }, incident }, output, { position });
  }
}

describe('cursors', () => {
  it('lead through all rows in order, none lost and none twice [tools:results:rest]', () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ n, text: `line ${n} `.repeat(1 + (n % 20)) }));
    const read = readAll(rows, 1_500);
    expect(read.length).toBeGreaterThan(10);
    expect(read.flatMap((page) => page.rows)).toEqual(rows);
    expect(read.at(-1)).not.toHaveProperty('next_cursor');
  });

  it('keep the whole answer once, however many pages are read', () => {
    const before = render(Array.from({ length: 300 }, () => ({ text: 'x'.repeat(200) }))).evidence?.uri;
    readAll(
      Array.from({ length: 300 }, () => ({ text: 'x'.repeat(200) })),
      500,
    );
    const after = render(Array.from({ length: 300 }, () => ({ text: 'x'.repeat(200) }))).evidence?.uri;
    const [first, last] = [before, after].map((uri) => Number(uri?.split('/').at(-1)));
    expect((last ?? 0) - (first ?? 0)).toBe(2);
  });

  it('hold for every answer: no page is too long and every row is reached [tools:results:bounded]', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ maxLength: 400 }),
      fc.constant('"\\\n'.repeat(300)),
      fc.constant('日本語'.repeat(900)),
    );
    const row = fc.record(
      { text, at: fc.string({ maxLength: 20 }), code: fc.array(text, { maxLength: 5 }), count: fc.integer() },
      { requiredKeys: ['text'] },
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.integer({ min: 200, max: 2_000 }), (rows, maxTokens) => {
        const marked = rows.map((each, n) => ({ n, ...each }));
        expect(readAll(marked, maxTokens).flatMap((page) => page.rows.map(({ n }) => n))).toEqual(
          marked.map(({ n }) => n),
        );
      }),
      { numRuns: 40 },
    );
  }, 30_000);

  it('pass one enormous row, which the rest holds whole', () => {
    const huge = { n: 1, text: 'y'.repeat(40_000), code: Array.from({ length: 3_000 }, () => 'z'.repeat(90)) };
    const read = readAll([{ n: 0 }, huge, { n: 2 }], 400);
    expect(read.flatMap((page) => page.rows.map(({ n }) => n))).toEqual([0, 1, 2]);
    const kept = store.getEvidence('PD-1', Number(read[0]?.rest?.split('/').at(-1)));
    expect(kept?.text).toContain(huge.text);
  });

  it.each([
    ['of another incident', other, 'get_incident_logs', (cursor: string) => cursor],
    ['of another tool', incident, 'query_metrics', (cursor: string) => cursor],
    ['past the end', incident, 'get_incident_logs', (cursor: string) => cursor.replace(/\.\d+$/, '.9999')],
    ['of an answer that was never kept', incident, 'get_incident_logs', () => 'e99999.1'],
    ['made up', incident, 'get_incident_logs', () => 'e1.1;../../PD-2'],
    ['with a sign', incident, 'get_incident_logs', () => 'e-1.1'],
    ['empty', incident, 'get_incident_logs', () => ''],
  ])('%s are refused', (_, at, name, forge) => {
    const { structured } = render(Array.from({ length: 300 }, () => ({ text: 'x'.repeat(200) })));
    const cursor = forge((structured as unknown as Page).next_cursor ?? '');
    expect(() => pages.open(at, name, cursor)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  it('to texts that are no answers are refused', () => {
    const { n } = store.saveEvidence('PD-1', { mimeType: 'text/plain', title: 'x', text: 'not JSON' });
    expect(() => pages.open(incident, tool.name, `e${n}.0`)).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    );
  });
});

describe('an answer', () => {
  it('without rows is whole', () => {
    const { text, structured, evidence } = render([]);
    expect(structured).toMatchObject({ rows: [], truncated: false, returned: 0 });
    expect(text).toMatch(/^OK Lines\.\n/);
    expect(text).toContain('\nrows: none\n');
    expect(evidence).toBeUndefined();
  });

  it('says the same as text and as an object [tools:results:two-forms]', () => {
    const { text, structured } = render([
      { n: 7, text: 'queue is\nfull' },
      { n: 8, text: 'ok' },
    ]);
    expect(text).toContain('matched: 2');
    expect(text).toContain('- n=7 text="queue is\\nfull"');
    expect((structured as unknown as Page).rows[0]).toEqual({ n: 7, text: 'queue is\nfull' });
  });

  it('keeps what it cut of a single long field', () => {
    const { structured, evidence } = render([{ text: 'x'.repeat(700) }]);
    expect(structured).toMatchObject({ truncated: true, returned: 1, rest: evidence?.uri });
    expect(structured).not.toHaveProperty('next_cursor');
  });

  it('is kept redacted', () => {
    const { evidence } = render(
      Array.from({ length: 300 }, () => ({ text: `DB_PASSWORD=hunter2x ${'x'.repeat(200)}` })),
    );
    const kept = store.getEvidence('PD-1', Number(evidence?.uri.split('/').at(-1)));
    expect(kept?.text).toContain('[masked:secret]');
    expect(kept?.text).not.toContain('hunter2x');
  });

  it('without a list to cut still fits', () => {
    const plain = defineTool({
      name: 'plain',
      title: 'Plain',
      description: 'plain',
      effect: 'inspect',
      input: z.strictObject({}),
      output: z.object({}),
      plan: () => ({ kind: 'inspect' as const }),
      run: async () => ({}),
    });
    const output = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`list_${n}`, Array.from({ length: 50 }, () => 'x'.repeat(600))]),
    );
    const { text, structured } = pages.render({ tool: plain, input: {}, incident }, output);
    expect(text.length).toBeLessThan(8_000);
    expect(JSON.stringify(structured).length).toBeLessThan(8_000);
  });
});

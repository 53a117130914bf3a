import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import { parseArguments, toInputSchema } from '#engine/arguments.ts';

const tool = {
  input: z.strictObject({
    incident_id: z.string().max(64),
    patch: z.string().max(100).optional(),
    limit: z.int().min(1).max(500).default(10),
    wait_s: z.number().optional(),
    dry_run: z.boolean().default(false),
    files: z.array(z.string()).max(5).optional(),
    mode: z.enum(['lines', 'errors']).default('lines'),
    edits: z.array(z.strictObject({ path: z.string(), content: z.string().optional() })).optional(),
    base: z.object({}).catchall(z.string()).optional(),
  }),
};
const schema = toInputSchema(tool.input);
const parse = (raw: unknown) => parseArguments(tool, schema, raw);

function refusal(raw: unknown): FixgateError {
  try {
    parse(raw);
  } catch (error) {
    if (error instanceof FixgateError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('arguments [tools:arguments:lenient]', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['null is absent', { limit: null, files: null }, { limit: 10 }],
    ['a whole number may be a string', { limit: '25' }, { limit: 25 }],
    ['a number may be a string', { wait_s: ' 2.5 ' }, { wait_s: 2.5 }],
    ['a boolean may be a string', { dry_run: 'True' }, { dry_run: true }],
    ['false may be a string', { dry_run: 'FALSE' }, { dry_run: false }],
    ['a list may be separated by commas', { files: 'a.js, b.js,' }, { files: ['a.js', 'b.js'] }],
    ['a list may be JSON in a string', { files: ' ["a,1.js","b.js"]' }, { files: ['a,1.js', 'b.js'] }],
    ['an empty string is an empty list', { files: '' }, { files: [] }],
    ['null within an object is absent', { edits: [{ path: 'a', content: null }] }, { edits: [{ path: 'a' }] }],
    [
      'a list of objects may be JSON in a string',
      { edits: '[{"path":"a","content":null}]' },
      { edits: [{ path: 'a' }] },
    ],
    ['an object may be JSON in a string', { base: ' {"a":"0f","b":null}' }, { base: { a: '0f' } }],
    ['an empty string is an empty object', { base: '' }, { base: {} }],
    ['an id may be a number', { incident_id: 4821 }, { incident_id: '4821' }],
    ['text stays text', { patch: '12' }, { patch: '12' }],
  ])('%s', (_, raw, expected) => {
    expect(parse({ incident_id: 'PD-1', ...raw })).toMatchObject(expected);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a word is no number', { limit: 'many' }, /^limit: /],
    ['hexadecimal is no number', { limit: '0x10' }, /^limit: /],
    ['a number past the range', { limit: '501' }, /^limit: /],
    ['more digits than a number holds', { wait_s: '9'.repeat(400) }, /^wait_s: /],
    ['yes is no boolean', { dry_run: 'yes' }, /^dry_run: /],
    ['1 is no boolean', { dry_run: 1 }, /^dry_run: /],
    ['broken JSON is no list', { files: '["a.js"' }, /^files: /],
    ['a list of numbers is no list of texts', { files: '[1]' }, /^files\.0: /],
    ['broken JSON is no object', { base: '{"a"' }, /^base: /],
    ['text is no object', { base: 'a=0f' }, /^base: /],
    ['a list of texts is no list of objects', { edits: 'a,b' }, /^edits\.0: /],
    ['an object is no text', { patch: { a: 1 } }, /^patch: /],
    ['a boolean is no text', { patch: true }, /^patch: /],
    ['an unlisted word', { mode: 'tail' }, /^mode: /],
  ])('%s is refused by name', (_, raw, message) => {
    expect(refusal({ incident_id: 'PD-1', ...raw })).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(message),
    });
  });

  it('names an unknown key, the nearest valid one and all valid ones [tools:arguments:unknown-key]', () => {
    const error = refusal({ incident_id: 'PD-1', incidentid: 'PD-1', dryrun: true });
    expect(error.message).toContain('"incidentid" is not an argument (did you mean incident_id?)');
    expect(error.message).toContain('"dryrun" is not an argument (did you mean dry_run?)');
    expect(error.fix).toBe(
      'Use only these arguments: incident_id, patch, limit, wait_s, dry_run, files, mode, edits, base.',
    );
  });

  it('ends the last problem once, also where it asks what was meant', () => {
    expect(refusal({ incident_id: 'PD-1', mode: 'eror' }).message).toBe(
      'mode: must be one of lines, errors; did you mean errors?',
    );
    expect(refusal({ incident_id: 'PD-1', patch: true }).message).toBe('patch: must be a text.');
  });

  it('names every problem at once, unknown keys and wrong values alike', () => {
    const error = refusal({ limt: 3, limit: 'x', mode: 'tail' });
    for (const part of ['"limt" is not an argument (did you mean limit?)', 'incident_id: ', 'limit: ', 'mode: ']) {
      expect(error.message).toContain(part);
    }
    expect(error.fix).toBe(
      'Use only these arguments: incident_id, patch, limit, wait_s, dry_run, files, mode, edits, base; give incident_id, correct limit, mode.',
    );
  });

  it.each<[object, string]>([
    [{}, 'Give incident_id and call again.'],
    [{ incident_id: 'PD-1', limit: 'x', mode: 'tail' }, 'Correct limit, mode and call again.'],
    [{ edits: [{ old: 7 }, { old: 8 }] }, 'Give incident_id, correct edits and call again.'],
  ])('says of %j what is to be given and what to be corrected', (raw, fix) => {
    expect(refusal(raw).fix).toBe(fix);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    '%s is an unknown key like any other',
    (key) => {
      const raw = JSON.parse(`{"incident_id":"PD-1","${key}":{"dry_run":true}}`) as unknown;
      expect(refusal(raw).message).toContain(`"${key}" is not an argument`);
      expect(({} as Record<string, unknown>)['dry_run']).toBeUndefined();
    },
  );

  it.each([null, [], 'PD-1', 7])('%j is no set of arguments', (raw) => {
    expect(refusal(raw)).toMatchObject({ code: 'invalid_input', fix: 'Send the arguments as one JSON object.' });
  });

  it('reports a call without arguments by what is missing', () => {
    expect(refusal(undefined).message).toMatch(/^incident_id: /);
  });

  it('bounds what it says of a hostile call, and what it costs', () => {
    const keys = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`dry_rum_${index}`, 1]));
    const began = process.cpuUsage();
    const error = refusal({ incident_id: 'PD-1', ...keys, ['k'.repeat(10_000)]: 1 });
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(1_000);
    expect(error.message.length).toBeLessThan(2_000);
  });

  it('keeps line ends of a key out of the message', () => {
    expect(refusal({ incident_id: 'PD-1', 'x\nOK applied': 1 }).message).not.toContain('\n');
  });
});

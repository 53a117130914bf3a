import { z } from 'zod';

import { asSentence } from '#domain/as-sentence.ts';
import { FixgateError } from '#domain/errors.ts';
import { issueWords } from '#domain/issue-words.ts';
import { nearest } from '#domain/nearest.ts';

type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';

interface PropertySchema {
  readonly type?: JsonType;
}

/** JSON Schema of a tool's input: one `type` per property, and no alternatives. */
export interface InputSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties: false;
}

/** Problems of each kind that one refusal names: enough to mend a call, and a bound on what a hostile one costs. */
const MAX_PROBLEMS = 10;

/** JSON Schema of a tool's input, without the keys that no host reads. */
export function toInputSchema(input: z.ZodType): InputSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input' });
  return schema as unknown as InputSchema;
}

/** JSON Schema of a tool's output. */
export function toOutputSchema(output: z.ZodType): Record<string, unknown> & { type: 'object' } {
  const { $schema: _, ...schema } = z.toJSONSchema(output, {
    io: 'output',
    override: ({ jsonSchema }) => dropDefaults(jsonSchema),
  });
  return { ...schema, type: 'object' };
}

/** What a schema says when it says nothing, and bounds that only JavaScript has: every client pays for each word of the tool list. */
function dropDefaults(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (isEmpty(schema.properties)) delete schema.properties;
  if (isEmpty(schema.additionalProperties)) delete schema.additionalProperties;
}

function isEmpty(value: unknown): boolean {
  return value !== null && typeof value === 'object' && Object.keys(value).length === 0;
}

/**
 * Reads a tool's arguments as hosts send them: `null` is absent, numbers, booleans, lists and objects may be strings.
 * Throws `invalid_input` that names every problem and, for unknown keys, the nearest valid one.
 */
export function parseArguments<T>(tool: { readonly input: z.ZodType<T> }, schema: InputSchema, raw: unknown): T {
  if (raw !== undefined && (raw === null || typeof raw !== 'object' || Array.isArray(raw))) {
    throw invalid(['arguments must be an object'], 'Send the arguments as one JSON object.');
  }
  const given = Object.entries(raw ?? {}).filter(([, value]) => value !== null);
  const known = Object.keys(schema.properties);
  const unknown = given.map(([key]) => key).filter((key) => !known.includes(key));
  const values = Object.fromEntries(
    given
      .filter(([key]) => known.includes(key))
      .map(([key, value]) => [key, coerce(value, schema.properties[key]?.type)]),
  );
  const parsed = tool.input.safeParse(values, { error: issueWords });
  if (parsed.success && unknown.length === 0) return parsed.data;
  const issues = parsed.error?.issues.slice(0, MAX_PROBLEMS) ?? [];
  const problems = [
    ...unknown.slice(0, MAX_PROBLEMS).map((key) => `${quote(key)} is not an argument${didYouMean(key, known)}`),
    ...issues.map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`),
  ];
  const wrong = [...new Set(issues.map((issue) => String(issue.path[0] ?? 'the arguments')))];
  const isGiven = (key: string) => key === 'the arguments' || values[key] !== undefined;
  const mend = [
    ...sentencePart(
      'give',
      wrong.filter((key) => !isGiven(key)),
    ),
    ...sentencePart('correct', wrong.filter(isGiven)),
  ].join(', ');
  if (unknown.length === 0) throw invalid(problems, `${mend.charAt(0).toUpperCase()}${mend.slice(1)} and call again.`);
  throw invalid(problems, `Use only these arguments: ${known.join(', ')}${mend === '' ? '' : `; ${mend}`}.`);
}

function sentencePart(verb: string, keys: readonly string[]): readonly string[] {
  return keys.length === 0 ? [] : [`${verb} ${keys.join(', ')}`];
}

function invalid(problems: readonly string[], fix: string): FixgateError {
  return new FixgateError('invalid_input', asSentence(problems.join('; ')), { fix, evidence: { problems } });
}

function coerce(value: unknown, type: JsonType | undefined): unknown {
  if (typeof value === 'number' && type === 'string') return String(value);
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'string') return withoutNulls(value);
  switch (type) {
    case 'number':
    case 'integer':
      return /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
    case 'boolean':
      return /^true$/i.test(value) ? true : /^false$/i.test(value) ? false : value;
    case 'array':
      return toList(value);
    case 'object':
      return value.trim() === '' ? {} : withoutNulls(fromJson(value, '{'));
    case 'string':
    case undefined:
      return value;
  }
}

function toList(text: string): unknown {
  const list = fromJson(text, '[');
  if (Array.isArray(list)) return list.map(withoutNulls);
  if (text.trim().startsWith('[')) return text;
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The value that a string is the JSON of; the string itself when it begins otherwise or does not parse. */
function fromJson(text: string, begin: '[' | '{'): unknown {
  if (!text.trim().startsWith(begin)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Within an object, too, `null` is absent. */
function withoutNulls(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
}

function quote(key: string): string {
  return JSON.stringify(key.slice(0, 64));
}

/** ` (did you mean x?)`, or nothing when no candidate is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const best = nearest(word.slice(0, 64), candidates);
  return best === undefined ? '' : ` (did you mean ${best}?)`;
}

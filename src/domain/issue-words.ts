import type { z } from 'zod';

import { nearest } from './nearest.ts';

/** Values of a choice that are named. */
const MAX_NAMED = 20;

/** What is wrong with a value, for humans and agents who know no schema library: given to a parse as its `error`. Undefined leaves the library's words. */
export function issueWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return boundWords('at least', Number(issue.minimum), issue);
    case 'too_big':
      return boundWords('at most', Number(issue.maximum), issue);
    case 'invalid_value':
      return choiceWords(issue.values, issue.input);
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : unionWords(issue.inst);
    default:
      return undefined;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** Every form that is taken, such as `must be a text or { glob, effect }`. */
function unionWords(schema: unknown): string | undefined {
  const { options } = (schema as z.ZodUnion<readonly z.ZodType[]> | undefined)?.def ?? {};
  return options && `must be ${options.map(formWords).join(' or ')}`;
}

function formWords({ def }: z.ZodType): string {
  const { type, shape, in: input } = def as z.core.$ZodTypeDef & { readonly shape?: object; readonly in?: z.ZodType };
  if (shape) return `{ ${Object.keys(shape).join(', ')} }`;
  return input ? formWords(input) : (kinds[type] ?? type);
}

interface Bound {
  readonly origin: string;
  readonly inclusive?: boolean | undefined;
}

function boundWords(bound: 'at least' | 'at most', limit: number, { origin, inclusive }: Bound): string | undefined {
  const count = (noun: string) => `${limit} ${noun}${limit === 1 ? '' : 's'}`;
  switch (origin) {
    case 'string':
      return limit === 1 && bound === 'at least' ? 'must not be empty' : `must have ${bound} ${count('character')}`;
    case 'array':
      return limit === 1 && bound === 'at least' ? 'must not be empty' : `must have ${bound} ${count('item')}`;
    case 'number':
    case 'int':
      return inclusive === false
        ? `must be ${bound === 'at least' ? 'more' : 'less'} than ${limit}`
        : `must be ${bound} ${limit}`;
    default:
      return undefined;
  }
}

function choiceWords(values: readonly unknown[], input: unknown): string {
  const named = values.map(String);
  if (input === undefined) return `is missing: ${listed(named)}`;
  const meant = values.find((value) => typeof value !== 'string' && String(value) === input);
  if (meant !== undefined) return `must be ${listed(named)}, without quotes: a ${typeof meant}, no text`;
  const close = typeof input === 'string' ? nearest(input.slice(0, 64), named) : undefined;
  return `must be ${listed(named)}${close === undefined ? '' : `; did you mean ${close}?`}`;
}

function listed(values: readonly string[]): string {
  if (values.length === 1) return values[0] ?? '';
  return `one of ${values.slice(0, MAX_NAMED).join(', ')}${values.length > MAX_NAMED ? ', …' : ''}`;
}

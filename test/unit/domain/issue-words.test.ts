import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { issueWords } from '#domain/issue-words.ts';

const wordsOf = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value, { error: issueWords }).error?.issues.map(({ message }) => message);

describe('what is wrong with a value', () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ['nothing', z.string(), undefined, 'is missing'],
    ['a number for a text', z.string(), 5, 'must be a text'],
    ['a word for a truth value', z.boolean(), 'maybe', 'must be true or false'],
    ['a text for a list', z.array(z.string()), 'a', 'must be a list'],
    ['a list for an object', z.record(z.string(), z.string()), [], 'must be an object'],
    ['a fraction', z.int(), 1.5, 'must be a whole number'],
    ['a short text', z.string().min(10), 'short', 'must have at least 10 characters'],
    ['an empty text', z.string().min(1), '', 'must not be empty'],
    ['a long text', z.string().max(1), 'ab', 'must have at most 1 character'],
    ['an empty list', z.array(z.string()).min(1), [], 'must not be empty'],
    ['a long list', z.array(z.string()).max(2), ['a', 'b', 'c'], 'must have at most 2 items'],
    ['a small number', z.number().min(3), 2, 'must be at least 3'],
    ['a large number', z.number().max(3), 4, 'must be at most 3'],
    ['no more than nothing', z.number().positive(), 0, 'must be more than 0'],
    [
      'a word of no choice',
      z.enum(['enforce', 'shadow']),
      'enfroce',
      'must be one of enforce, shadow; did you mean enforce?',
    ],
    ['no word', z.enum(['enforce', 'shadow']), undefined, 'is missing: one of enforce, shadow'],
    ['another word than the only one', z.literal('git'), 'svn', 'must be git'],
    ['a text for a number of a choice', z.literal(1), '1', 'must be 1, without quotes: a number, no text'],
    ['what a schema words itself', z.string({ error: 'is no name' }), 5, 'is no name'],
  ])('is told of %s', (_, schema, value, words) => {
    expect(wordsOf(schema, value)).toEqual([words]);
  });

  it('names a few of many choices', () => {
    const many = Array.from({ length: 30 }, (_, n) => `choice${n}`) as [string, ...string[]];
    expect(wordsOf(z.enum(many), 'x')?.[0]).toMatch(/choice19, …$/);
  });
});

import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import { nearest } from '#domain/nearest.ts';

/** One thing that is wrong with a file: where, and in words. */
export interface Problem {
  readonly at: readonly PropertyKey[];
  readonly what: string;
}

/** A problem as a line such as `limits.max_file: unknown key; did you mean "max_files"?`. */
export function toLine({ at, what }: Problem): string {
  return `${toPath(at)}: ${what}`;
}

/** Turns the issues of a failed parse into lines. */
export function describeIssues(error: z.ZodError, schema: z.ZodType): readonly string[] {
  return problemsOf(error, schema).map(toLine);
}

/** What is wrong according to a failed parse, each with its place. */
export function problemsOf(error: z.ZodError, schema: z.ZodType): readonly Problem[] {
  return error.issues.flatMap((issue) => toProblems(issue, schema));
}

function toProblems(issue: z.core.$ZodIssue, schema: z.ZodType): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({ at: [...issue.path, key], what: unknownKey(key, known) }));
  }
  const meant = issue.code === 'invalid_union' ? meantIssues(issue) : undefined;
  if (meant === undefined) return [{ at: issue.path, what: issue.message }];
  return meant.flatMap((each) => toProblems({ ...each, path: [...issue.path, ...each.path] }, schema));
}

/** Of the forms that a value may have, what is wrong by the one that was meant; undefined when that cannot be told. */
function meantIssues({ errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const ofItsKind = errors.filter(
    (branch) => !branch.some(({ code, path }) => code === 'invalid_type' && !path.length),
  );
  const fewest = Math.min(...ofItsKind.map(({ length }) => length));
  const closest = ofItsKind.filter(({ length }) => length === fewest);
  if (closest.length < 2) return closest[0];
  const [first = [], ...others] = closest.map((branch) => branch.flatMap(unknownKeysOf));
  const keys = first.filter((key) => others.every((each) => each.includes(key)));
  return keys.length > 0 ? [{ code: 'unrecognized_keys', keys, path: [], message: '' }] : undefined;
}

function unknownKeysOf(issue: z.core.$ZodIssue): readonly string[] {
  return issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [];
}

/** An operator's file that cannot be used, with every problem at once. */
export function misconfigured(origin: string, problems: readonly string[], cause?: unknown): FixgateError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new FixgateError(
    'misconfigured',
    `${origin} has ${count}:\n${problems.map((line) => `- ${line}`).join('\n')}`,
    {
      fix: `Correct ${origin} and start again.`,
      evidence: { origin, problems },
      cause,
    },
  );
}

function unknownKey(key: string, known: readonly string[]): string {
  const suggestion = nearest(key, known);
  return `unknown key; ${suggestion === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${suggestion}"?`}`;
}

function toPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(top level)';
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${String(part)}`))
    .join('');
}

/** The keys that there may be at a place, whichever form the value there has. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let current = formsOf(schema);
  for (const part of path) current = current.flatMap((form) => formsWithin(form, part));
  return [...new Set(current.flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : [])))];
}

function formsWithin(form: z.ZodType, part: PropertyKey): readonly z.ZodType[] {
  if (form instanceof z.ZodRecord) return formsOf(form.valueType as z.ZodType);
  if (form instanceof z.ZodArray) return formsOf(form.element as z.ZodType);
  const within = form instanceof z.ZodObject ? (form.shape[String(part)] as z.ZodType | undefined) : undefined;
  return within ? formsOf(within) : [];
}

/** What a schema is beneath its wrappers: one form, or those of a union. */
function formsOf(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => formsOf(option as z.ZodType));
  if (schema instanceof z.ZodPipe) return formsOf(schema.in as z.ZodType);
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodCatch;
  return isWrapper ? formsOf(schema.unwrap() as z.ZodType) : [schema];
}

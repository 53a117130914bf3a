import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import { nearest } from '#domain/nearest.ts';

/** Where something stands in a file: keys, and positions in lists. */
export type Place = readonly PropertyKey[];

/** One thing that is wrong with a file: where, and in words. */
export interface Problem {
  readonly at: Place;
  readonly what: string;
  /** What an unknown key was probably meant to say. */
  readonly meant?: Place;
}

/** One line of what is wrong, and the file that it is wrong with. */
export interface FileProblem {
  readonly origin: string;
  readonly line: string;
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
    return issue.keys.map((key) => unknownKey(issue.path, key, known));
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

/** The same for several files at once, all of which the operator wrote; `origin` is the one that was asked for. */
export function misconfiguredFiles(origin: string, problems: readonly FileProblem[]): FixgateError {
  const [{ origin: only } = { origin }] = problems;
  if (problems.every((problem) => problem.origin === only)) return misconfigured(only, linesOf(problems));
  const lines = problems.map((each) => ({
    ...each,
    line: each.origin === origin ? each.line : `${each.origin}: ${each.line}`,
  }));
  return misconfigured(origin, linesOf(lines));
}

/** A file that two others extend is told of once. */
function linesOf(problems: readonly FileProblem[]): readonly string[] {
  return [...new Set(problems.map(({ line }) => line))];
}

function unknownKey(path: Place, key: string, known: readonly string[]): Problem {
  const at = [...path, key];
  const suggestion = nearest(key, known);
  if (suggestion === undefined) return { at, what: `unknown key; known keys: ${known.join(', ')}` };
  return { at, what: `unknown key; did you mean "${suggestion}"?`, meant: [...path, suggestion] };
}

function toPath(path: Place): string {
  if (path.length === 0) return '(top level)';
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${String(part)}`))
    .join('');
}

/** The keys that there may be at a place, whichever form the value there has. */
function keysAt(schema: z.ZodType, path: Place): readonly string[] {
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

import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import { nearest } from '#domain/nearest.ts';

/** Turns the issues of a failed parse into lines such as `limits.max_file: unknown key; did you mean "max_files"?`. */
export function describeIssues(error: z.ZodError, schema: z.ZodType): readonly string[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [`${toPath(issue.path)}: ${issue.message}`];
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => unknownKey(toPath([...issue.path, key]), key, known));
  });
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

function unknownKey(path: string, key: string, known: readonly string[]): string {
  const suggestion = nearest(key, known);
  const help = suggestion === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${suggestion}"?`;
  return `${path}: unknown key; ${help}`;
}

function toPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(top level)';
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${String(part)}`))
    .join('');
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let current = unwrap(schema);
  for (const part of path) {
    if (current instanceof z.ZodRecord) current = unwrap(current.valueType as z.ZodType);
    else if (current instanceof z.ZodObject) current = unwrap(current.shape[String(part)] as z.ZodType);
    else if (current instanceof z.ZodArray) current = unwrap(current.element as z.ZodType);
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  let current = schema;
  while (
    current instanceof z.ZodOptional ||
    current instanceof z.ZodNullable ||
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault
  ) {
    current = current.unwrap() as z.ZodType;
  }
  return current;
}

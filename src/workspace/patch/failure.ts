import { FixgateError } from '#domain/errors.ts';
import type { Json } from '#domain/json.ts';

import { cut, printable } from './visible.ts';

/** Why a patch is refused; permanent names, found in `evidence.code`. */
export type ProblemCode =
  | 'parse'
  | 'too_large'
  | 'binary'
  | 'contradiction'
  | 'path_denied'
  | 'missing_prefix'
  | 'missing_file'
  | 'exists'
  | 'no_context'
  | 'no_change'
  | 'not_found'
  | 'anchor_not_found'
  | 'ambiguous'
  | 'order'
  | 'already_applied'
  | 'stale_base';

/** One reason why a patch was not applied. */
export interface Problem {
  readonly code: ProblemCode;
  /** What and why; untrusted text in it is already cut and made visible. */
  readonly message: string;
  /** One imperative sentence. */
  readonly fix: string;
  readonly path?: string;
  /** 1-based within the file. */
  readonly hunk?: number;
  readonly patchLine?: number;
  readonly detail?: Readonly<Record<string, Json>>;
}

const maxProblemChars = 1_200;
const maxMatched = 10;
const maxFixChars = 500;
const maxNameChars = 160;

const changedSince: ReadonlySet<ProblemCode> = new Set(['already_applied', 'stale_base']);

/** What an error says beside its problems. */
export interface Remainder {
  /** Hunks that did fit. */
  readonly matched?: readonly string[];
  /** Problems that were found but not worded. */
  readonly more?: number;
}

/** How many problems an error words; the rest it counts. */
export const maxProblems = 3;

/** Sorts problems that need a better patch before those that only say that it came too late. */
export function byUrgency(a: Pick<Problem, 'code'>, b: Pick<Problem, 'code'>): number {
  return Number(changedSince.has(a.code)) - Number(changedSince.has(b.code));
}

/** Turns problems into the refusal that an agent can act on in one retry. */
export function toPatchError(
  problems: readonly [Problem, ...Problem[]],
  { matched = [], more = 0 }: Remainder = {},
): FixgateError {
  const ranked = problems.toSorted(byUrgency);
  const first = ranked[0] ?? problems[0];
  const shown = ranked.slice(0, maxProblems);
  const hidden = ranked.length - shown.length + more;
  const text = shown.map((problem) => cut(problem.message, maxProblemChars));
  if (hidden > 0) text.push(`${hidden} more of the patch's hunks or files do not fit either.`);
  if (matched.length > 0) text.push(`Matched: ${listed(matched)}.`);
  text.push('Nothing was written.');
  return new FixgateError(changedSince.has(first.code) ? 'conflict' : 'invalid_input', text.join('\n'), {
    fix: cut(first.fix, maxFixChars),
    evidence: {
      ...evidenceOf(first),
      ...(ranked.length > 1 && { problems: shown.map(evidenceOf) }),
      ...(hidden > 0 && { problems_hidden: hidden }),
      ...(matched.length > 0 && { matched: matched.slice(0, maxMatched).map((name) => cut(name, maxNameChars)) }),
      nothing_written: true,
    },
  });
}

/** A refusal for text that is no patch, naming the line and what was expected there. */
export function parseFailure(patchLine: number, expected: string, found: string): FixgateError {
  return toPatchError([
    {
      code: 'parse',
      patchLine,
      message: `The patch does not parse at line ${patchLine}: expected ${expected}, found ${quoted(found)}.`,
      fix: `Resend the patch with ${expected} at line ${patchLine}.`,
    },
  ]);
}

/** Untrusted text for use inside a sentence. */
export function quoted(text: string): string {
  return `"${cut(printable(text), 160)}"`;
}

function listed(names: readonly string[]): string {
  const rest = names.length - maxMatched;
  const shown = names.slice(0, maxMatched).map((name) => cut(name, maxNameChars));
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function evidenceOf(problem: Problem): Record<string, Json> {
  return {
    code: problem.code,
    ...(problem.path !== undefined && { path: cut(problem.path, 512) }),
    ...(problem.hunk !== undefined && { hunk: problem.hunk }),
    ...(problem.patchLine !== undefined && { patch_line: problem.patchLine }),
    ...problem.detail,
  };
}

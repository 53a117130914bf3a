import { FixgateError } from '#domain/errors.ts';
import type { Json } from '#domain/json.ts';

import { cut, printable } from './visible.ts';

/** Why a patch is refused; permanent names, found in `evidence.code`. */
export type ProblemCode =
  | 'parse'
  | 'unrecognised_format'
  | 'invalid_edit'
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
  /** 1-based item of `edits`. */
  readonly edit?: number;
  readonly detail?: Readonly<Record<string, Json>>;
}

/** Characters of one problem in words, its fix included. */
const maxProblemChars = 1_200;
const maxMatched = 10;
const maxFixChars = 500;
const maxNameChars = 160;

const changedSince: ReadonlySet<ProblemCode> = new Set(['already_applied', 'stale_base']);

/** What an error says beside its problems. */
export interface Remainder {
  /** Hunks and files that did fit. */
  readonly matched?: readonly string[];
  /** Problems that were found but not worded. */
  readonly more?: number;
  /** Every file that the patch names: whoever may not read one of them may not read the error. */
  readonly files?: readonly string[];
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
  { matched = [], more = 0, files = [] }: Remainder = {},
): FixgateError {
  const ranked = problems.toSorted(byUrgency);
  const first = ranked[0] ?? problems[0];
  const shown = ranked.slice(0, maxProblems);
  const hidden = ranked.length - shown.length + more;
  const many = ranked.length > 1;
  const text = shown.map((problem) => (many ? withFix(problem) : cut(problem.message, maxProblemChars)));
  if (hidden > 0) text.push(`${hidden} more of the patch's hunks or files do not fit either.`);
  if (matched.length > 0) text.push(`Matched: ${listed(matched)}.`);
  text.push('Nothing was written.');
  return new FixgateError(changedSince.has(first.code) ? 'conflict' : 'invalid_input', text.join('\n'), {
    fix: cut(fixOf(shown, { matched, hidden }), maxFixChars),
    evidence: {
      ...(many
        ? {
            code: first.code,
            problems: shown.map((problem) => ({ ...evidenceOf(problem), fix: cut(problem.fix, maxFixChars) })),
          }
        : evidenceOf(first)),
      ...(hidden > 0 && { problems_hidden: hidden }),
      ...(matched.length > 0 && { matched: matched.slice(0, maxMatched).map((name) => cut(name, maxNameChars)) }),
      ...(files.length > 0 && { files: [...files] }),
      nothing_written: true,
    },
  });
}

function withFix({ message, fix }: Problem): string {
  const told = `Fix: ${cut(fix, maxFixChars)}`;
  return `${cut(message, maxProblemChars - told.length - 1)}\n${told}`;
}

/** One sentence that mends all problems, those that are not shown included. */
function fixOf(
  shown: readonly Problem[],
  { matched, hidden }: { readonly matched: readonly string[]; readonly hidden: number },
): string {
  const [first] = shown;
  // The least urgent are last, so that nothing but these is left.
  if (first?.code === 'already_applied') return fixOfApplied(matched);
  if (shown.length === 1) return first?.fix ?? '';
  const names = shown.map(labelOf).join(', ');
  const rest = hidden > 0 ? `, and look at every other hunk again, of which ${hidden} do not fit either` : '';
  return `Resend the whole patch with ${names} mended as the Fix line of each says${rest}.`;
}

function fixOfApplied(matched: readonly string[]): string {
  if (matched.length === 0) return 'Go on with run_tests, since everything in the patch is in the tree already.';
  const names = matched.map((name) => cut(name, maxNameChars)).join(', ');
  const left = names.length <= 350 ? names : `the ${matched.length} hunks or files that are not named as applied`;
  return `Resend the patch with nothing but ${left}, since the rest of it is in the tree already.`;
}

function labelOf(problem: Problem): string {
  const { path, hunk, edit, patchLine } = problem;
  if (edit !== undefined) return `edit ${edit}`;
  if (path === undefined) return `patch line ${patchLine}`;
  const name = path.length <= 120 ? path : `…${path.slice(-119)}`;
  return hunk === undefined ? printable(name) : `hunk ${hunk} of ${printable(name)}`;
}

/** An error of what came of a patch that fits, with every file that the patch names, since it shows that the patch fits them. */
export function namingFiles(error: unknown, files: readonly string[]): unknown {
  if (!(error instanceof FixgateError)) return error;
  const { code, message, fix, evidence } = error;
  return new FixgateError(code, message, { fix, evidence: { ...evidence, files: [...files] }, cause: error });
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

/** A refusal for text that ends before its form does. */
export function cutOffFailure(last: { readonly no: number; readonly text: string }, expected: string): FixgateError {
  return toPatchError([
    {
      code: 'parse',
      patchLine: last.no,
      message: `The patch ends after line ${last.no} (${quoted(last.text)}) without ${expected}: it may have been cut off.`,
      fix: `Resend the whole patch, with ${expected} after its last line.`,
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

// The path as it is: what is decided by it must see all of it.
function evidenceOf(problem: Problem): Record<string, Json> {
  const { code, path, hunk, edit, patchLine, detail } = problem;
  return {
    code,
    ...(path !== undefined && { path }),
    ...(hunk !== undefined && { hunk }),
    ...(edit !== undefined && { edit }),
    ...(patchLine !== undefined && { patch_line: patchLine }),
    ...detail,
  };
}

import type { Json } from '#domain/json.ts';

import { enclosingLine, excerptAround, excerptChars, findClosest } from './excerpt.ts';
import type { Closest } from './excerpt.ts';
import { quoted } from './failure.ts';
import type { Problem, ProblemCode } from './failure.ts';
import type { Places, Target } from './find-places.ts';
import { oldLines } from './model.ts';
import type { Hunk, Origin } from './model.ts';
import { fieldsFor, wordsFor } from './origin.ts';
import { cut, visible, visiblePair } from './visible.ts';

/** A hunk that could not be placed; `number` is 1-based within the file. */
export interface Misfit {
  readonly target: Target;
  readonly hunk: Hunk;
  readonly number: number;
}

const maxListed = 5;
const maxDifferenceChars = 120;

function problem(
  misfit: Misfit,
  code: ProblemCode,
  said: { readonly message: string; readonly fix: string; readonly detail?: Problem['detail'] },
): Problem {
  const { target, hunk, number } = misfit;
  return {
    code,
    path: target.path,
    ...(hunk.edit === undefined && { hunk: number }),
    ...fieldsFor(hunk),
    fix: said.fix,
    message: `${nameOf(misfit)}: ${said.message}`,
    ...(said.detail && { detail: said.detail }),
  };
}

function nameOf(misfit: Misfit): string {
  const { edit, patchLine } = misfit.hunk;
  const name = hunkName(misfit);
  return `${name[0]?.toUpperCase()}${name.slice(1)}${edit === undefined ? ` (patch line ${patchLine})` : ''}`;
}

/** What sentences call a hunk: `hunk 2 of src/a.ts`, or `edit 2 (src/a.ts)`. */
export function hunkName({ target, hunk, number }: Misfit): string {
  const path = shortPath(target.path);
  return hunk.edit === undefined ? `hunk ${number} of ${path}` : `edit ${hunk.edit} (${path})`;
}

function shortPath(path: string): string {
  return path.length <= 120 ? path : `…${path.slice(-119)}`;
}

/** Why a hunk has no place, with the closest one, its first differing line and the real lines to copy. */
export function explainNotFound(misfit: Misfit, places: Places): Problem {
  const { target, hunk } = misfit;
  if (places.anchorMissing) return explainAnchor(misfit);
  if (places.ruledOut.length > 0) return explainRuledOut(misfit, places);
  const closest = findClosest(hunk, target);
  return closest ? explainClosest(misfit, closest) : explainUnknown(misfit);
}

function explainAnchor(misfit: Misfit): Problem {
  const { target, hunk, number } = misfit;
  const closest = findClosest(hunk, target);
  const around = closest && excerptAround(target.text.texts, closest.start, excerptChars);
  const anchors = hunk.anchors.map((anchor) => quoted(cut(anchor, maxDifferenceChars))).slice(0, 3);
  return problem(misfit, 'anchor_not_found', {
    message:
      `no line reads as its @@ anchor ${anchors.join(', ')}.` +
      (around ? `\nMost of its old lines stand here:\n${around.text}` : ''),
    fix: `Resend the patch with a whole line of ${shortPath(target.path)} as the anchor of hunk ${number}, or with @@ alone.`,
    ...(around && { detail: { lines: around.text.split('\n') } }),
  });
}

/** As a file is shown with the numbers of its lines. */
const NUMBERED = /^\s*\d+\s*(?:[|:\t→]|$)/u;

function fixOfNumbered(misfit: Misfit): string | undefined {
  if (!oldLines(misfit.hunk).every(({ text }) => NUMBERED.test(text))) return undefined;
  return `Resend the patch without the line numbers before the lines of ${hunkName(misfit)}.`;
}

function explainUnknown(misfit: Misfit): Problem {
  const { target, hunk } = misfit;
  const { texts } = target.text;
  const around = excerptAround(texts, (hunk.oldStart ?? 1) - 1, excerptChars);
  return problem(misfit, 'not_found', {
    message:
      `none of its ${oldLines(hunk).length} old lines stands in the file of ${texts.length} lines.\n` +
      `The file reads:\n${around.text}`,
    fix: fixOfNumbered(misfit) ?? `Resend the patch with the real lines of the file in ${hunkName(misfit)}.`,
    detail: { lines: around.text.split('\n') },
  });
}

function explainClosest(misfit: Misfit, { start, matched, differs }: Closest): Problem {
  const { target, hunk } = misfit;
  const { texts } = target.text;
  const old = oldLines(hunk);
  const line = start + differs;
  const inEdit = hunk.edit !== undefined;
  const patchLine = old[differs]?.patchLine ?? 0;
  const [expected, actual] = visiblePair(old[differs]?.text ?? '', texts[line] ?? '', maxDifferenceChars);
  const difference = {
    line: Math.max(0, line) + 1,
    [inEdit ? 'old_text_line' : 'patch_line']: patchLine,
    expected,
    actual: texts[line] === undefined ? '(no such line)' : actual,
  };
  const stated = inEdit ? `line ${patchLine} of old_text` : `patch line ${patchLine}`;
  const around = excerptAround(texts, line, excerptChars);
  return problem(misfit, 'not_found', {
    message:
      `not found. Closest is line ${Math.max(0, start) + 1}, where ${matched} of ${old.length} old lines match. ` +
      `The first difference is at line ${difference.line} (${stated}).\n` +
      `expected: ${difference.expected}\nactual:   ${difference.actual}\nThe file reads:\n${around.text}`,
    fix:
      (matched === 0 ? fixOfNumbered(misfit) : undefined) ??
      `Resend the patch with ${hunkName(misfit)} rewritten from lines ${around.from}–${around.to} as shown.`,
    detail: {
      closest: { line: Math.max(0, start) + 1, matched_lines: matched, of: old.length },
      first_difference: difference,
      lines: around.text.split('\n'),
    },
  });
}

function explainRuledOut(misfit: Misfit, places: Places): Problem {
  const { hunk, target } = misfit;
  const lines = places.ruledOut.map((start) => start + 1);
  const why =
    hunk.atEof && hunk.anchors.length === 0 ? 'not at the end of the file' : 'outside the block of its @@ anchor';
  return problem(misfit, 'not_found', {
    message: `its old lines stand at ${lineList(lines)}, ${why}.\n${candidateLines(target, places.ruledOut)}`,
    fix: `Resend the patch with ${hunk.anchors.length > 0 ? 'an anchor that encloses' : 'no end-of-file marker in'} ${hunkName(misfit)}.`,
    detail: { candidates: candidatesOf(target, places.ruledOut) },
  });
}

/** Why a hunk that fits several places was not applied to any of them. */
export function explainAmbiguous(misfit: Misfit, starts: readonly number[], cutOff: boolean): Problem {
  const lines = starts.map((start) => start + 1);
  const count = cutOff ? 'too many places to look at' : `${lines.length} places`;
  return problem(misfit, 'ambiguous', {
    message: `its old lines fit ${count}${lines.length > 0 ? `: ${lineList(lines)}` : ''}.\n${candidateLines(misfit.target, starts)}`,
    fix: `Resend the patch with more unchanged lines around ${hunkName(misfit)}, so that it fits one place only.`,
    detail: { candidates: candidatesOf(misfit.target, starts), candidates_total: lines.length, cut_off: cutOff },
  });
}

/** Why an edit is refused whose old text stands elsewhere as often as it says: all places, or none. */
export function explainCount(
  misfit: Misfit,
  {
    starts,
    expected,
    cutOff,
  }: { readonly starts: readonly number[]; readonly expected: number; readonly cutOff: boolean },
): Problem {
  const lines = starts.map((start) => start + 1);
  const found = cutOff ? `at least ${lines.length} times` : lines.length === 1 ? 'once' : `${lines.length} times`;
  return problem(misfit, 'ambiguous', {
    message: `its old_text stands in the file ${found}, at ${lineList(lines)}; expected_count is ${expected}.\n${candidateLines(misfit.target, starts)}`,
    fix:
      `Resend the patch with more of the surrounding text in old_text and new_text of ${hunkName(misfit)}` +
      (cutOff ? '.' : `, or with expected_count ${lines.length} to change all of them.`),
    detail: { candidates: candidatesOf(misfit.target, starts), candidates_total: lines.length, cut_off: cutOff },
  });
}

function lineList(lines: readonly number[]): string {
  const rest = lines.length - maxListed;
  const shown = lines.slice(0, maxListed).join(', ');
  return `line${lines.length === 1 ? '' : 's'} ${shown}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function candidateLines(target: Target, starts: readonly number[]): string {
  const { texts } = target.text;
  return starts
    .slice(0, maxListed)
    .map((start) => {
      const inside = enclosingLine(texts, start);
      return `${start + 1}| ${visible(texts[start] ?? '', 80)}${inside === undefined ? '' : `   in: ${inside}`}`;
    })
    .join('\n');
}

function candidatesOf({ text: { texts } }: Target, starts: readonly number[]): Json[] {
  return starts.slice(0, maxListed).map((start) => {
    const within = enclosingLine(texts, start);
    return { line: start + 1, ...(within !== undefined && { within }) };
  });
}

/** Why hunks that all have places fit no order. */
export function explainOrder(
  target: Target,
  hunks: readonly Hunk[],
  candidates: readonly (readonly number[])[],
): Problem {
  const where = candidates
    .slice(0, maxListed * 2)
    .map((starts, i) => `${nameInOrder(hunks[i], i)} fits ${lineList(starts.map((start) => start + 1))}`);
  return {
    code: 'order',
    path: target.path,
    message: `The hunks of ${shortPath(target.path)} overlap or do not stand in file order: ${where.join('; ')}.`,
    fix: `Resend the hunks of ${shortPath(target.path)} from top to bottom, merging those that touch the same lines.`,
    detail: {
      candidates: candidates
        .slice(0, maxListed * 2)
        .map((starts) => starts.slice(0, maxListed).map((start) => start + 1)),
    },
  };
}

function nameInOrder(hunk: Hunk | undefined, i: number): string {
  return hunk?.edit === undefined ? `hunk ${i + 1} (patch line ${hunk?.patchLine})` : wordsFor(hunk);
}

/** Why two items of `edits` cannot both be made. */
export function explainOverlap(path: string, [a, b]: readonly [Origin, Origin]): Problem {
  const same = wordsFor(a) === wordsFor(b);
  return {
    code: 'order',
    path,
    ...fieldsFor(b),
    message: same
      ? `The places of ${wordsFor(a)} in ${shortPath(path)} overlap each other.`
      : `${wordsFor(a)} and ${wordsFor(b)} change the same lines of ${shortPath(path)}; each is matched against the file as it is, not against what the other makes of it.`,
    fix: `Resend the patch with one edit in place of ${same ? wordsFor(a) : `${wordsFor(a)} and ${wordsFor(b)}`}.`,
  };
}

/** Says that a hunk's result stands in the file already; `start` is 0-based. */
export function explainApplied(misfit: Misfit, start: number): Problem {
  const { target } = misfit;
  return problem(misfit, 'already_applied', {
    message: `already applied; its new lines stand at line ${start + 1}.\n${excerptAround(target.text.texts, start, excerptChars).text}`,
    fix: `Leave out ${hunkName(misfit)}, which is applied already.`,
    detail: { closest: { line: start + 1 } },
  });
}

/** Refuses a hunk that ends in a change without context while its header counts lines that are not there. */
export function explainShort(misfit: Misfit, start: number): Problem {
  const { target } = misfit;
  return problem(misfit, 'no_context', {
    message:
      `its header counts more old lines than it has, and it starts or ends with a change without unchanged lines beside it, ` +
      `so a lost line could move the change. It would land at line ${start + 1}.\nThe file reads:\n` +
      excerptAround(target.text.texts, start, excerptChars).text,
    fix: `Resend the patch with unchanged lines above and below the change in ${hunkName(misfit)}.`,
    detail: { closest: { line: start + 1 } },
  });
}

/** Refuses a hunk that has nothing to hold on to. */
export function explainNoContext(misfit: Misfit): Problem {
  const { texts } = misfit.target.text;
  const around = excerptAround(texts, (misfit.hunk.oldStart ?? texts.length) - 1, excerptChars);
  return problem(misfit, 'no_context', {
    message: `it only adds lines, so its place in the ${texts.length} lines of the file cannot be known.\nSome of them are:\n${around.text}`,
    fix: `Resend the patch with the unchanged lines above and below the addition in ${hunkName(misfit)}.`,
    detail: { lines: around.text.split('\n') },
  });
}

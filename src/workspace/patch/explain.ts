import { enclosingLine, excerptAround, findClosest } from './excerpt.ts';
import type { Closest } from './excerpt.ts';
import { quoted } from './failure.ts';
import type { Problem, ProblemCode } from './failure.ts';
import type { Places, Target } from './find-places.ts';
import { oldLines } from './model.ts';
import type { Hunk } from './model.ts';
import { visible } from './visible.ts';

/** A hunk that could not be placed; `number` is 1-based within the file. */
export interface Misfit {
  readonly target: Target;
  readonly hunk: Hunk;
  readonly number: number;
}

const maxListed = 5;
const excerptChars = 700;

function problem(
  misfit: Misfit,
  code: ProblemCode,
  said: { readonly message: string; readonly fix: string; readonly detail?: Problem['detail'] },
): Problem {
  const { target, hunk, number } = misfit;
  return {
    code,
    path: target.path,
    hunk: number,
    patchLine: hunk.patchLine,
    fix: said.fix,
    message: `${nameOf(misfit)}: ${said.message}`,
    ...(said.detail && { detail: said.detail }),
  };
}

function nameOf({ target, hunk, number }: Misfit): string {
  return `Hunk ${number} of ${shortPath(target.path)} (patch line ${hunk.patchLine})`;
}

function shortPath(path: string): string {
  return path.length <= 120 ? path : `…${path.slice(-119)}`;
}

/** Why a hunk has no place, with the closest one, its first differing line and the real lines to copy. */
export function explainNotFound(misfit: Misfit, places: Places): Problem {
  const { target, hunk, number } = misfit;
  const path = shortPath(target.path);
  if (places.anchorMissing) {
    return problem(misfit, 'anchor_not_found', {
      message: `no line reads as its @@ anchor ${hunk.anchors
        .map((anchor) => quoted(anchor))
        .slice(0, 3)
        .join(', ')}.`,
      fix: `Resend the patch with a whole line of ${path} as the anchor of hunk ${number}, or with @@ alone.`,
    });
  }
  if (places.ruledOut.length > 0) return explainRuledOut(misfit, places);
  const closest = findClosest(hunk, target);
  return closest ? explainClosest(misfit, closest) : explainUnknown(misfit);
}

function explainUnknown(misfit: Misfit): Problem {
  const { target, hunk, number } = misfit;
  const { texts } = target.text;
  const around = excerptAround(texts, (hunk.oldStart ?? 1) - 1, excerptChars);
  return problem(misfit, 'not_found', {
    message:
      `none of its ${oldLines(hunk).length} old lines stands in the file of ${texts.length} lines, ` +
      `which reads:\n${around.text}`,
    fix: `Resend the patch with the real lines of ${shortPath(target.path)} in hunk ${number}.`,
    detail: { lines: around.text.split('\n') },
  });
}

function explainClosest(misfit: Misfit, { start, matched, differs }: Closest): Problem {
  const { target, hunk, number } = misfit;
  const { texts } = target.text;
  const old = oldLines(hunk);
  const line = start + differs;
  const expected = visible(old[differs]?.text ?? '');
  const actual = texts[line] === undefined ? '(no such line)' : visible(texts[line]);
  const around = excerptAround(texts, line, excerptChars);
  return problem(misfit, 'not_found', {
    message:
      `not found. Closest is line ${Math.max(0, start) + 1}, where ${matched} of ${old.length} old lines match. ` +
      `First difference, at line ${Math.max(0, line) + 1} (patch line ${old[differs]?.patchLine}):\n` +
      `expected: ${expected}\nactual:   ${actual}\nThe file reads:\n${around.text}`,
    fix: `Resend the patch with hunk ${number} of ${shortPath(target.path)} rewritten from lines ${around.from}–${around.to} as shown.`,
    detail: {
      closest: { line: Math.max(0, start) + 1, matched_lines: matched, of: old.length },
      expected,
      actual,
      lines: around.text.split('\n'),
    },
  });
}

function explainRuledOut(misfit: Misfit, places: Places): Problem {
  const { hunk, number, target } = misfit;
  const lines = places.ruledOut.map((start) => start + 1);
  const why =
    hunk.atEof && hunk.anchors.length === 0 ? 'not at the end of the file' : 'outside the block of its @@ anchor';
  return problem(misfit, 'not_found', {
    message: `its old lines stand at ${lineList(lines)}, ${why}.\n${candidateLines(target, places.ruledOut)}`,
    fix: `Resend the patch with ${hunk.anchors.length > 0 ? 'an anchor that encloses' : 'no end-of-file marker in'} hunk ${number} of ${shortPath(target.path)}.`,
    detail: { candidates: lines.slice(0, maxListed) },
  });
}

/** Why a hunk that fits several places was not applied to any of them. */
export function explainAmbiguous(misfit: Misfit, starts: readonly number[], cutOff: boolean): Problem {
  const { target, number } = misfit;
  const lines = starts.map((start) => start + 1);
  const count = cutOff ? 'too many places to look at' : `${lines.length} places`;
  return problem(misfit, 'ambiguous', {
    message: `its old lines fit ${count}${lines.length > 0 ? `: ${lineList(lines)}` : ''}.\n${candidateLines(target, starts)}`,
    fix: `Resend the patch with more unchanged lines around hunk ${number} of ${shortPath(target.path)}, so that it fits one place only.`,
    detail: { candidates: lines.slice(0, maxListed), candidates_total: lines.length, cut_off: cutOff },
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

/** Why hunks that all have places fit no order. */
export function explainOrder(
  target: Target,
  hunks: readonly Hunk[],
  candidates: readonly (readonly number[])[],
): Problem {
  const where = candidates
    .slice(0, maxListed * 2)
    .map(
      (starts, i) =>
        `hunk ${i + 1} (patch line ${hunks[i]?.patchLine}) fits ${lineList(starts.map((start) => start + 1))}`,
    );
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

/** Says that a hunk's result stands in the file already; `start` is 0-based. */
export function explainApplied(misfit: Misfit, start: number): Problem {
  const { target, number } = misfit;
  return problem(misfit, 'already_applied', {
    message: `already applied; its new lines stand at line ${start + 1}.\n${excerptAround(target.text.texts, start, excerptChars).text}`,
    fix: `Resend the patch without hunk ${number} of ${shortPath(target.path)}, or go on if nothing else is left in it.`,
    detail: { closest: { line: start + 1 } },
  });
}

/** Refuses a hunk that ends in a change without context while its header counts lines that are not there. */
export function explainShort(misfit: Misfit, start: number): Problem {
  const { target, number } = misfit;
  return problem(misfit, 'no_context', {
    message:
      `its header counts more old lines than it has, and it starts or ends with a change without unchanged lines beside it, ` +
      `so a lost line could move the change. It would land at line ${start + 1}:\n` +
      excerptAround(target.text.texts, start, excerptChars).text,
    fix: `Resend the patch with unchanged lines above and below the change in hunk ${number} of ${shortPath(target.path)}.`,
    detail: { closest: { line: start + 1 } },
  });
}

/** Refuses a hunk that has nothing to hold on to. */
export function explainNoContext(misfit: Misfit): Problem {
  const { target, number } = misfit;
  return problem(misfit, 'no_context', {
    message: `it only adds lines, so its place in the ${target.text.texts.length} lines of the file cannot be known.`,
    fix: `Resend the patch with the unchanged lines above and below the addition in hunk ${number} of ${shortPath(target.path)}.`,
  });
}

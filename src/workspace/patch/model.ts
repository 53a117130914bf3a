import type { GitMode } from '#domain/remediation.ts';

/** What one hunk line does: keep, delete or add. */
export type LineOp = ' ' | '-' | '+';

/** How a line ends; `''` only for a last line without a newline. */
export type Eol = '\n' | '\r\n' | '';

/** One line of a hunk, with the 1-based patch line that it came from. */
export interface HunkLine {
  readonly op: LineOp;
  readonly text: string;
  readonly eol: Eol;
  readonly patchLine: number;
}

/** Where in what was sent something stands: a 1-based line of the patch text, or a 1-based item of `edits`. */
export interface Origin {
  /** In an item of `edits`: its number again. */
  readonly patchLine: number;
  readonly edit?: number;
}

/** One contiguous edit; its old lines decide where it lands, its stated line never does. */
export interface Hunk extends Origin {
  /** 1-based line of the header; used only when the pre-image is proven, and to word errors. */
  readonly oldStart?: number;
  /** Lines that enclose the edit, outermost first. */
  readonly anchors: readonly string[];
  /** The old lines must end at the end of the file. */
  readonly atEof: boolean;
  readonly lines: readonly HunkLine[];
  /** The header counts more old lines than the hunk has, so that some may have been lost. */
  readonly short?: boolean;
}

/** One reading of a section's names; a section may have several, of which the existing one counts. */
export interface PathPair {
  readonly oldPath?: string;
  readonly newPath?: string;
}

/** What a section does to its file. */
export type PatchKind = 'add' | 'modify' | 'delete' | 'rename' | 'copy';

/** One text of a file to replace by another; both with LF between their lines. */
export interface Replacement extends Origin {
  readonly oldText: string;
  readonly newText: string;
  /** How often the old text stands in the file; all of them are replaced. */
  readonly count: number;
}

/** The change to one file that a patch asks for. */
export interface FilePatch extends Origin {
  readonly kind: PatchKind;
  /** Never empty, in order of preference. */
  readonly paths: readonly PathPair[];
  readonly hunks: readonly Hunk[];
  /** Hunks stand in file order; otherwise each must fit exactly one place by itself. */
  readonly ordered: boolean;
  /** A deletion that need not show the content. */
  readonly wholeFile?: boolean;
  /** Instead of hunks. */
  readonly replacements?: readonly Replacement[];
  /** Instead of hunks: the whole new content, of a file that may exist already only for the kind `modify`. */
  readonly content?: string;
  readonly oldMode?: GitMode;
  readonly newMode?: GitMode;
  /** Abbreviated blob id of the pre-image, at least 7 hexadecimal digits. */
  readonly oldOid?: string;
}

/** A patch of any accepted form. */
export interface ParsedPatch {
  readonly form: 'unified' | 'begin_patch' | 'search_replace' | 'edits';
  readonly files: readonly FilePatch[];
}

/** Bounds on what one patch may ask; they keep parsing and matching below a second. */
export const patchLimits = {
  patchChars: 262_144,
  files: 200,
  hunks: 2_000,
  fileBytes: 5 * 1024 * 1024,
  fileLines: 500_000,
  totalBytes: 32 * 1024 * 1024,
  pathChars: 4_096,
  pathParts: 64,
  anchors: 10,
  /** Places that one item of `edits` may change. */
  count: 100,
  /** Line comparisons per patch before it is refused as ambiguous. */
  comparisons: 10_000_000,
  /** Places per hunk before it is refused as ambiguous. */
  candidates: 1_000,
} as const;

/** The old side of a hunk: kept and deleted lines. */
export function oldLines(hunk: Hunk): HunkLine[] {
  return hunk.lines.filter((line) => line.op !== '+');
}

/** The new side of a hunk: kept and added lines. */
export function newLines(hunk: Hunk): HunkLine[] {
  return hunk.lines.filter((line) => line.op !== '-');
}

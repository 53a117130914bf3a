import type { GitMode } from '#domain/remediation.ts';

import { parseFailure, toPatchError } from './failure.ts';
import type { PatchLine } from './patch-lines.ts';

/** The header lines of one section, before they are judged together. */
export interface SectionHeaders {
  /** First line of the section. */
  readonly line: PatchLine;
  git?: PatchLine;
  old?: PatchLine | undefined;
  new?: PatchLine | undefined;
  added?: PatchLine;
  deleted?: PatchLine;
  renameFrom?: PatchLine;
  renameTo?: PatchLine;
  copyFrom?: PatchLine;
  copyTo?: PatchLine;
  oldMode?: GitMode;
  newMode?: GitMode;
  oldOid?: string;
}

/** Headers of a section of which only the first line is read. */
export function emptyHeaders(line: PatchLine): SectionHeaders {
  return { line };
}

type Apply = (headers: SectionHeaders, rest: string, line: PatchLine) => void;

const extendedHeaders: readonly (readonly [string, Apply])[] = [
  ['old mode ', (headers, rest, line) => void (headers.oldMode = readMode(rest, line))],
  ['new mode ', (headers, rest, line) => void (headers.newMode = readMode(rest, line))],
  ['new file mode ', (headers, rest, line) => void ((headers.added = line), (headers.newMode = readMode(rest, line)))],
  ['deleted file mode ', (headers, rest, line) => void ((headers.deleted = line), readMode(rest, line))],
  ['rename from ', (headers, _, line) => void (headers.renameFrom = line)],
  ['rename to ', (headers, _, line) => void (headers.renameTo = line)],
  ['copy from ', (headers, _, line) => void (headers.copyFrom = line)],
  ['copy to ', (headers, _, line) => void (headers.copyTo = line)],
  ['index ', readIndex],
  ['similarity index ', () => undefined],
  ['dissimilarity index ', () => undefined],
];

/** Reads one of git's extended header lines; false when it is something else. */
export function readExtendedHeader(headers: SectionHeaders, line: PatchLine): boolean {
  const found = extendedHeaders.find(([prefix]) => line.text.startsWith(prefix));
  found?.[1](headers, line.text.slice(found[0].length), line);
  return found !== undefined;
}

function readIndex(headers: SectionHeaders, rest: string, line: PatchLine): void {
  const match = /^([0-9a-f]{7,64})\.\.[0-9a-f]{4,64}(?: (\d+))?\s*$/u.exec(rest);
  if (match?.[2] !== undefined) readMode(match[2], line);
  if (match?.[1] !== undefined) headers.oldOid = match[1];
}

function readMode(text: string, line: PatchLine): GitMode {
  const mode = text.trim();
  if (!/^[0-7]{5,6}$/u.test(mode)) throw parseFailure(line.no, 'a file mode such as 100644', line.text);
  if (/^100[0-7]{3}$/u.test(mode)) return (Number.parseInt(mode, 8) & 0o111) === 0 ? '100644' : '100755';
  throw toPatchError([
    {
      code: 'path_denied',
      patchLine: line.no,
      message: `Patch line ${line.no} asks for mode ${mode}: symbolic links, submodules and special files are refused.`,
      fix: 'Resend the patch with regular files only (mode 100644 or 100755).',
    },
  ]);
}

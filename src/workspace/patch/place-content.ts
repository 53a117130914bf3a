import type { Target } from './find-places.ts';
import { tightenHunk } from './hunk.ts';
import type { Eol, FilePatch, HunkLine } from './model.ts';
import type { Placement } from './place-file.ts';
import { splitLines } from './text-file.ts';
import { asItIs } from './tiers.ts';

/** A whole new content as one hunk over the file, so that lines which stay keep their bytes and the others the file's endings. */
export function placeContent({ patchLine, edit }: FilePatch, content: string, { text }: Target): Placement {
  const now = splitLines(content.startsWith('\uFEFF') ? content.slice(1) : content);
  // Endings of one kind are the sender's habit; a mixture is meant.
  const mixed = now.eols.includes('\n') && now.eols.includes('\r\n');
  const plain = (eol: Eol): Eol => (eol === '\r\n' && !mixed ? '\n' : eol);
  const lines: HunkLine[] = [
    ...text.texts.map((line, i) => ({ op: '-' as const, text: line, eol: plain(text.eols[i] ?? ''), patchLine })),
    ...now.texts.map((line, i) => ({ op: '+' as const, text: line, eol: plain(now.eols[i] ?? ''), patchLine })),
  ];
  const hunk = { patchLine, ...(edit !== undefined && { edit }), anchors: [], atEof: false, lines };
  return {
    placed: [{ hunk: tightenHunk(hunk), start: 0, tier: 'exact', adapt: asItIs }],
    problems: [],
    more: 0,
    matched: [],
  };
}

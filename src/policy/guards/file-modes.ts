import { isAscii } from 'node:buffer';

import type { FileWrite } from '#domain/remediation.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Characters that make a reviewer read another text than a compiler: reordering (CVE-2021-42574), tags, and terminal commands. */
const HIDDEN = /[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}\u001b]/u;
const ESCAPE = 0x1b;

/** Refuses entries that are not plain text files, since a link or a submodule reaches what no path rule sees. */
export const fileModes: Guard = (action) =>
  action.kind === 'patch' ? action.writes.flatMap((write) => findProblem(write) ?? []) : [];

function findProblem(write: FileWrite): Finding | undefined {
  const before = write.before?.mode;
  const after = write.after?.mode;
  if (before === '160000' || after === '160000')
    return deny(write, 'submodule', 'is a submodule, whose content is not reviewed here');
  if (after === '120000')
    return deny(write, 'symlink', 'would be a symbolic link, which can point at a protected file');
  if (before === '120000' && after)
    return deny(write, 'type_change', 'is a symbolic link that would become a regular file');
  if (write.after?.content.includes(0))
    return deny(write, 'binary', 'would hold binary content, which nobody can review');
  const hidden = write.after && hiddenIn(write.after.content);
  if (hidden !== undefined) return askForHidden(write, hidden);
  const executable = after === '100755';
  if (!after || executable === (before === '100755')) return undefined;
  return {
    rule: 'file_modes/executable_bit',
    effect: 'require_approval',
    reason: `A human has to agree that ${quote(write.path)} ${executable ? 'becomes' : 'is no longer'} executable.`,
    fix: `Send the same patch without the change of mode of ${quote(write.path)}, which keeps ${before ?? '100644'}.`,
    evidence: toEvidence(write),
  };
}

/** Plain ASCII holds only one of them, and most files are plain ASCII. */
function hiddenIn(content: Buffer): string | undefined {
  if (isAscii(content) && !content.includes(ESCAPE)) return undefined;
  return HIDDEN.exec(content.toString('utf8'))?.[0];
}

function askForHidden(write: FileWrite, hidden: string): Finding {
  const name = `U+${(hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return {
    rule: 'file_modes/hidden_characters',
    effect: 'require_approval',
    reason: `A human has to agree to ${quote(write.path)}: it would hold ${name}, which reviewers do not see.`,
    fix: `Send the same patch with an escape sequence instead of ${name} in ${quote(write.path)}.`,
    evidence: { ...toEvidence(write), character: name },
  };
}

function deny(write: FileWrite, what: string, why: string): Finding {
  return {
    rule: `file_modes/${what}`,
    effect: 'deny',
    reason: `${quote(write.path)} ${why}.`,
    fix: `Send the same patch without ${quote(write.path)}, changing regular text files only.`,
    evidence: toEvidence(write),
  };
}

function toEvidence({ path, before, after }: FileWrite): Finding['evidence'] {
  return { path, mode_before: before?.mode ?? null, mode_after: after?.mode ?? null };
}

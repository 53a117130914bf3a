import type { FileWrite } from '#domain/remediation.ts';
import { addedText } from '#policy/added-lines.ts';
import { hiddenIn } from '#policy/hidden-characters.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

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
  const hidden = hiddenInAdded(write);
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

/** Lines that were there before are nobody's question; nor is a byte order mark where a file begins. */
function hiddenInAdded(write: FileWrite): string | undefined {
  const { alone, first } = addedText(write) ?? { alone: '', first: () => 1 };
  for (const [index, line] of alone.split('\n').entries()) {
    const marked = index === 0 && line.startsWith('\uFEFF') && first() === 1;
    const hidden = hiddenIn(marked ? line.slice(1) : line);
    if (hidden !== undefined) return hidden;
  }
  return undefined;
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

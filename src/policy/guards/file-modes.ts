import type { FileWrite } from '#domain/remediation.ts';
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
  const executable = after === '100755';
  if (!after || executable === (before === '100755')) return undefined;
  return {
    rule: 'file_modes/executable_bit',
    effect: 'require_approval',
    reason: `A human has to agree that ${quote(write.path)} ${executable ? 'becomes' : 'is no longer'} executable.`,
    fix: `Send the same patch with mode ${before ?? '100644'} for ${quote(write.path)}.`,
    evidence: toEvidence(write),
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

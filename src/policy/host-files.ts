import type { PatchAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { FileWrite } from '#domain/remediation.ts';
import { installedRule, vendoredRule } from '#policy/dependency-paths.ts';
import { builtInFiles } from '#policy/guards/built-in-files.ts';
import { canonicalPaths } from '#policy/guards/canonical-paths.ts';
import { protectedFiles } from '#policy/guards/protected-files.ts';
import { foldPath } from '#policy/path-fold.ts';
import { compileGlobs } from '#policy/path-rules.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import type { Policy } from '#policy/schema.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';

/** What the guards of the gate say of a write to a path, seen from the root of its repository. */
export function judgeWrite(path: string, policy: HostPolicy): readonly Finding[] {
  // Guards of names look at the lists of files alone.
  const verdict = judge(
    [canonicalPaths, protectedFiles, builtInFiles],
    changeOf({ path, after: { mode: '100644', content: Buffer.alloc(0) }, added: 0, removed: 0 }),
    policy as Policy,
    nobody,
  );
  return verdict.effect === 'allow'
    ? []
    : verdict.findings.map((finding) => ({ ...finding, fix: fixOf(finding, path) }));
}

/** Whether a finding is about something else than the content of installed or vendored dependencies. */
export function isOfNoDependency({ rule }: Finding): boolean {
  return ![installedRule, vendoredRule].some(({ name }) => rule === `built_in_files/${name}`);
}

/** Only `sensitive_files` are kept from being read. */
export function judgeRead(path: string, policy: HostPolicy): readonly Finding[] {
  const folded = foldPath(path);
  return compileGlobs(policy.sensitive_files ?? none)
    .filter(({ covers }) => covers(folded))
    .map(({ glob }) => ({
      rule: `sensitive_files/${glob}`,
      effect: 'deny',
      reason: `${quote(path)} may not be read: it is covered by sensitive_files (${glob}).`,
      fix: 'Work without its content; name single files or a narrower folder when you search.',
      evidence: { path, pattern: glob },
    }));
}

const none: readonly string[] = [];

/** The guards speak of patches; a host's own tool needs another way forward. */
function fixOf({ rule, effect, instead }: Finding, path: string): string {
  const operator = instead === undefined ? '' : ` The operator says what to do instead: ${instead}.`;
  if (rule === 'path_canonical') return 'Name the file by its plain path inside the project.';
  if (effect === 'require_approval')
    return `Leave ${quote(path)} as it is, or propose the change with Fixgate's apply_patch, which asks a human.${operator}`;
  return `Leave ${quote(path)} as it is; hand over to a human if it must change, and do not move its content elsewhere.${operator}`;
}

/** A write of a host's own tool, as guards look at it. */
export function changeOf(write: FileWrite): PatchAction {
  return {
    kind: 'patch',
    reason: '',
    fromTree: '',
    tree: '',
    writes: [write],
    reads: [],
    netChanges: [],
    diffHash: '',
    everTouched: [write.path],
    touched: [],
  };
}

/** Rules about names and contents look at no incident. */
export const nobody: Incident = {
  id: 'none',
  title: '',
  severity: 'SEV4',
  severityConfirmed: false,
  startedAt: 0,
  repository: { location: '', baseBranch: '', baseCommit: '' },
  openedBy: 'human',
  openedAt: 0,
  state: 'open',
};

import type { CommandContext } from '#cli/command.ts';
import type { Invocation } from '#cli/invocation.ts';
import { loadPolicy } from '#cli/policy/policy-file.ts';
import { sentence, SHADOW, shown } from '#cli/policy/shown.ts';
import { uncoveredCalls } from '#policy/command/coverage.ts';
import { readingOf } from '#policy/explain.ts';
import { globsOf } from '#policy/file-rules.ts';
import type { GlobHint } from '#policy/path-hints.ts';
import { hintGlobs } from '#policy/path-hints.ts';
import type { Policy } from '#policy/schema.ts';
import { createGit } from '#workspace/git.ts';
import { openRepository } from '#workspace/source-repository.ts';

/** Paths that one line of output lists. */
const MAX_LISTED = 5;

/** Loads a policy, which verifies its examples, and prints how it was read and what it does not cover. */
export async function checkPolicy(
  file: string,
  { repo }: { readonly repo?: string },
  { invocation }: CommandContext,
): Promise<void> {
  const policy = loadPolicy(invocation, file);
  const files = repo === undefined ? undefined : await trackedFiles(invocation, repo);
  const globs = [...globsOf(policy.protected_files), ...(policy.sensitive_files ?? [])];
  const lines = [
    `OK: ${shown(policy.name)} loads (${policy.digest.slice(0, 19)}); ${countExamples(policy)} examples hold.`,
    ...(policy.mode === 'shadow' ? [`note: ${SHADOW}`] : []),
    ...policy.notes.map((note) => `note: ${sentence(note)}`),
    ...policy.blocked_commands.map(
      (entry) => `blocked_commands ${shown(entry)}: read as ${readingOf(entry, policy.blocked_commands_mode)}`,
    ),
    ...hintGlobs(globs, files).flatMap((hint) => describeGlob(hint, files)),
    ...describeUncovered(policy),
  ];
  console.log(lines.join('\n'));
}

function countExamples({ examples: { refused, allowed }, ruleExamples = [] }: Policy): number {
  const rows = [refused, allowed].flatMap(({ paths, commands }) => [...paths, ...commands]);
  return rows.length + ruleExamples.length;
}

async function trackedFiles({ environment }: Invocation, repo: string): Promise<readonly string[]> {
  const git = createGit({ environment });
  const { location } = await openRepository(git, repo);
  const listed = await git.text({ folder: location, as: 'operator', args: ['ls-files', '-z', '--cached'] });
  return listed.split('\0').filter(Boolean);
}

function describeGlob({ glob, hits, nearMisses }: GlobHint, files: readonly string[] | undefined): readonly string[] {
  const near = nearMisses.length > 0 ? [`hint: ${shown(glob)} does not cover ${listed(nearMisses)}`] : [];
  if (files === undefined) return near;
  const found =
    hits.length > 0
      ? `glob ${shown(glob)}: ${hits.length} of ${files.length} files: ${listed(hits)}`
      : `hint: ${shown(glob)} hits none of the ${files.length} files of the repository`;
  return [found, ...near];
}

function listed(paths: readonly string[]): string {
  const more = paths.length > MAX_LISTED ? ` and ${paths.length - MAX_LISTED} more` : '';
  return `${paths
    .slice(0, MAX_LISTED)
    .map((each) => shown(each))
    .join(', ')}${more}`;
}

function describeUncovered({ blocked_commands: entries }: Policy): readonly string[] {
  const calls = uncoveredCalls(entries);
  return calls.length > 0 ? [`hint: blocked_commands leave open: ${calls.join(', ')}`] : [];
}

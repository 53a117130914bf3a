import type { Incident } from '#domain/incident.ts';
import type { Git } from '#workspace/git.ts';
import type { Clone } from '#workspace/repository.ts';
import type { FileHistory } from '#workspace/workspace.ts';

/** Days before the base commit that are looked at. */
const DAYS = 30;
/** Files whose commits are counted; a hotfix has fewer. */
const MAX_PATHS = 20;

/** How often files were changed before a commit, and whether one of them was part of a revert. */
export async function readHistory(
  { git, clone }: { readonly git: Git; readonly clone: Clone },
  commit: string,
  paths: readonly string[],
): Promise<FileHistory> {
  const { gitDir } = clone;
  const committed = Number(await git.text({ gitDir, args: ['log', '-1', '--format=%ct', '--end-of-options', commit] }));
  const since = `--since=${new Date((committed - DAYS * 86_400) * 1_000).toISOString()}`;
  const looked = paths.slice(0, MAX_PATHS);
  // Names of files may look like patterns.
  const ask = (verb: readonly string[], of: readonly string[]) =>
    git.text({ gitDir, args: ['--literal-pathspecs', ...verb, since, '--end-of-options', commit, '--', ...of] });
  const counts = await Promise.all(looked.map((path) => ask(['rev-list', '--count'], [path])));
  const reverts = looked.length > 0 && (await ask(['rev-list', '--max-count=1', '--grep=^Revert "'], looked)) !== '';
  return { churn: Math.max(0, ...counts.map(Number)), reverted: reverts };
}

/** Commits whose messages are looked at. */
const MAX_REVERTS = 20;

/** The newest commit of the clone's branches after the base commit that says it takes back a commit, or the change of an incident. */
export async function findRevert(
  { git, clone }: { readonly git: Git; readonly clone: Clone },
  { id, repository }: Pick<Incident, 'id' | 'repository'>,
  commit: string,
): Promise<string | undefined> {
  const quoted = [`This reverts commit ${commit}`, `Revert "hotfix(${id}):`];
  const trailer = `Reverts-Incident: ${id}`;
  const asked = ['log', '--all', '--format=%H%x00%B%x01', `--max-count=${MAX_REVERTS}`, '--fixed-strings'];
  const greps = [...quoted, trailer].map((mark) => `--grep=${mark}`);
  const args = [...asked, ...greps, '--end-of-options', `^${repository.baseCommit}`];
  const found = await git.text({ gitDir: clone.gitDir, args });
  const entries = found.split('\u0001').map((entry) => entry.trim().split('\0'));
  // Another incident's id may begin like this one's.
  const takesBack = (line: string) => quoted.some((mark) => line.includes(mark)) || line.trim() === trailer;
  return entries.find(([, message = '']) => message.split('\n').some(takesBack))?.[0];
}

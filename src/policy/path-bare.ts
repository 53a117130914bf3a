import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/** Files and folders by which git takes a folder for a repository, and what it then obeys. */
const LAYOUT =
  /^(?:HEAD|config|config\.worktree|packed-refs|commondir|gitdir|index|(?:hooks|info|objects|refs)(?:\/.*)?)$/i;

const PARTS = ['objects', 'refs', 'config'];

/**
 * The folder that would be a bare repository with this path in it, when it is one of the files that git reads there:
 * every git command below such a folder obeys its configuration.
 */
export function bareRepositoryAround(path: string, has: (path: string) => boolean): string | undefined {
  const components = path.split('/');
  for (let depth = components.length - 1; depth > 0; depth--) {
    const folder = components.slice(0, depth).join('/');
    const inside = components.slice(depth).join('/');
    if (!LAYOUT.test(inside)) continue;
    const holds = (name: string) =>
      has(`${folder}/${name}`) || inside === name || inside.toLowerCase().startsWith(`${name.toLowerCase()}/`);
    // A new HEAD with one other part beside it is half of one; a file of that name alone is ordinary.
    const shares =
      holds('commondir') ||
      (holds('objects') && holds('refs')) ||
      (/^HEAD$/i.test(inside) && PARTS.some((name) => holds(name)));
    if (holds('HEAD') && shares) return folder;
  }
  return undefined;
}

/** A finding about a path in a folder that is, or would become, a bare repository. */
export function bareFinding(path: string, has: (path: string) => boolean): Finding | undefined {
  const folder = bareRepositoryAround(path, has);
  return folder === undefined
    ? undefined
    : {
        rule: 'built_in_files/bare-repository',
        effect: 'deny',
        reason: `No policy allows an agent to change ${quote(path)}, because ${quote(folder)} is or becomes a bare repository, whose configuration git obeys.`,
        fix: `Send the same change without ${quote(path)}.`,
        evidence: { path, repository: folder },
      };
}

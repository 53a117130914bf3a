/** Files and folders by which git takes a folder for a repository, and what it then obeys. */
const LAYOUT =
  /^(?:HEAD|config|config\.worktree|packed-refs|commondir|gitdir|index|(?:hooks|info|objects|refs)(?:\/.*)?)$/i;

/**
 * The folder that would be a bare repository with this path in it, when it is one of the files that git reads there:
 * every git command below such a folder obeys its configuration.
 */
export function bareRepositoryAround(path: string, has: (path: string) => boolean): string | undefined {
  const components = path.split('/');
  for (let depth = components.length - 1; depth > 0; depth--) {
    const folder = components.slice(0, depth).join('/');
    const inside = components.slice(depth).join('/');
    const holds = (name: string) =>
      has(`${folder}/${name}`) || inside === name || inside.toLowerCase().startsWith(`${name.toLowerCase()}/`);
    const shares = holds('commondir') || (holds('objects') && holds('refs'));
    if (LAYOUT.test(inside) && holds('HEAD') && shares) return folder;
  }
  return undefined;
}

import { dirname, join } from 'node:path';

/** How one package manager family names its files. */
export interface Ecosystem {
  readonly lockfiles: readonly string[];
  /** Decide when there is no lockfile. */
  readonly manifests: readonly string[];
  /** Where dependencies are installed, below the project. */
  readonly folders: readonly string[];
}

/** The families whose installed dependencies live inside the checkout. */
export const ecosystems: readonly Ecosystem[] = [
  {
    lockfiles: ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb'],
    manifests: ['package.json'],
    folders: ['node_modules'],
  },
  {
    lockfiles: ['uv.lock', 'poetry.lock', 'Pipfile.lock', 'pdm.lock'],
    manifests: ['requirements.txt', 'pyproject.toml', 'setup.py'],
    folders: ['.venv', 'venv'],
  },
  { lockfiles: ['composer.lock'], manifests: ['composer.json'], folders: ['vendor'] },
  { lockfiles: ['Gemfile.lock'], manifests: ['Gemfile'], folders: ['vendor/bundle'] },
];

/** The files that decide whether a project's dependencies fit: the nearest lockfiles upwards (workspaces), else its manifests. */
export function governing(
  ecosystem: Ecosystem,
  project: string,
  tree: { has(path: string): boolean },
): readonly string[] {
  for (let folder = project; ; folder = dirname(folder)) {
    const locks = ecosystem.lockfiles.map((name) => join(folder, name)).filter((path) => tree.has(path));
    if (locks.length > 0) return locks;
    if (folder === '.') break;
  }
  return ecosystem.manifests.map((name) => join(project, name)).filter((path) => tree.has(path));
}

/** Files, packages and usual aliases that are a program under another name. */
const entryPoints: Readonly<Record<string, string>> = {
  'npm-cli': 'npm',
  'npx-cli': 'npx',
  'pnpm-cli': 'pnpm',
  kubecolor: 'kubectl',
  opentofu: 'tofu',
  nodejs: 'node',
  k: 'kubectl',
  tf: 'terraform',
  'lerna-lite': 'lerna',
  '@changesets/cli': 'changeset',
  '@lerna-lite/cli': 'lerna',
  '@lerna/cli': 'lerna',
  '@kubernetes/kubectl': 'kubectl',
  pypy: 'python',
  pypy3: 'python',
};

/** Base name of a program as the system would find it: lower case, without folder, extension, tag and version. */
export function programName(word: string): string {
  const scoped = entryPoints[word.toLowerCase().replace(/(?<=.)@[^/]*$/, '')];
  if (scoped !== undefined) return scoped;
  const base = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1).toLowerCase();
  const bare = base
    .replace(/(?<=.)@.*$/, '')
    .replace(/:[\w.-]+$/, '')
    .replace(/\.(?:exe|cmd|bat|ps1|com|js|cjs|mjs)$/, '')
    .replace(/(?<=[a-z]{2})[-_]?v?\d+(?:\.\d+)*$/, '');
  return entryPoints[bare] ?? bare;
}

/** Files that are a program under another name. */
const entryPoints: Readonly<Record<string, string>> = {
  'npm-cli': 'npm',
  'npx-cli': 'npx',
  'pnpm-cli': 'pnpm',
  kubecolor: 'kubectl',
  opentofu: 'tofu',
  nodejs: 'node',
  pypy: 'python',
  pypy3: 'python',
};

/** Base name of a program as the system would find it: lower case, without folder, extension, tag and version. */
export function programName(word: string): string {
  const base = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1).toLowerCase();
  const bare = base
    .replace(/(?<=.)@.*$/, '')
    .replace(/:[\w.-]+$/, '')
    .replace(/\.(?:exe|cmd|bat|ps1|com|js|cjs|mjs)$/, '')
    .replace(/(?<=[a-z]{2})[-_]?v?\d+(?:\.\d+)*$/, '');
  return entryPoints[bare] ?? bare;
}

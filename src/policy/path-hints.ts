import { compileGlob } from '#policy/path-rules.ts';

/** Files that an author who writes one glob often means too; the names are those of common tools. */
const companions: readonly { readonly of: RegExp; readonly files: readonly string[] }[] = [
  {
    of: /\.lock\b/i,
    files: [
      'package-lock.json',
      'npm-shrinkwrap.json',
      'pnpm-lock.yaml',
      'bun.lockb',
      'go.sum',
      'gradle.lockfile',
      'packages.lock.json',
      'Package.resolved',
      '.terraform.lock.hcl',
    ],
  },
  { of: /\.env\b/i, files: ['.flaskenv', 'secrets.yml', 'credentials.json', 'config/master.key'] },
  { of: /dockerfile/i, files: ['Containerfile', 'docker-compose.yml', 'compose.yaml', '.dockerignore'] },
  { of: /k8s|kubernetes/i, files: ['helm/values.yaml', 'charts/app/values.yaml', 'kustomization.yaml'] },
  { of: /\.tf\b|terraform/i, files: ['main.tf.json', 'terraform.tfvars', 'terraform.tfstate'] },
  { of: /migrations?\b/i, files: ['db/schema.rb', 'schema.sql', 'prisma/schema.prisma'] },
];

/** What one glob hits among files, and what lies close beside it. */
export interface GlobHint {
  readonly glob: string;
  readonly hits: readonly string[];
  /** Files that no glob of the list covers, although this one looks as if it were meant to. */
  readonly nearMisses: readonly string[];
}

/** Tries globs on the files of a repository; without one, near misses are well-known names. */
export function hintGlobs(globs: readonly string[], files: readonly string[] | undefined): readonly GlobHint[] {
  const compiled = globs.map(compileGlob);
  const isCovered = (path: string) => compiled.some(({ covers }) => covers(path.toLowerCase()));
  return compiled.map(({ glob, covers }) => {
    const known = companions.filter(({ of }) => of.test(glob)).flatMap((each) => each.files);
    const elsewhere = glob.includes('/') ? compileGlob(`**/${glob.replace(/^(?:\.?\/)+/, '')}`) : undefined;
    const isNear = (path: string) =>
      elsewhere?.covers(path.toLowerCase()) === true || known.some((name) => baseOf(name) === baseOf(path));
    return {
      glob,
      hits: (files ?? []).filter((path) => covers(path.toLowerCase())),
      nearMisses: (files ?? known).filter((path) => isNear(path) && !isCovered(path)),
    };
  });
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

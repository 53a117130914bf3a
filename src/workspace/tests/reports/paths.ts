import type { ReportContext } from './report.ts';

/** Folders of a checkout that hold what others wrote. */
const foreign = new Set([
  'node_modules',
  'site-packages',
  'dist-packages',
  'vendor',
  '.venv',
  'venv',
  '.yarn',
  '.pnpm',
]);

/** Names a file as the repository does; undefined when it is outside, a dependency, or not there. */
export function toRepositoryPath(file: string, context: ReportContext): string | undefined {
  const path = decodeFileUrl(file);
  const root = context.roots.find((each) => path.startsWith(`${each}/`));
  const relative = root === undefined ? below(context.cwd, path) : below('.', path.slice(root.length + 1));
  if (relative === undefined || relative.split('/').some((part) => foreign.has(part))) return undefined;
  return context.exists(relative) ? relative : undefined;
}

/** Finds the source of a Java class by its package: `com.acme.Foo$Bar` in `Foo.java` lies at `com/acme/Foo.java` below a source root. */
export function classFile(className: string, fileName: string, context: ReportContext): string | undefined {
  const folders = className.split('.').slice(0, -1);
  if (!/^[\w$.]+$/.test(className) || !/^[\w$-]+\.\w+$/.test(fileName)) return undefined;
  const path = [...folders, fileName].join('/');
  const candidates = (context.sourceRoots ?? []).map((root) => (root === '' ? path : `${root}/${path}`));
  return candidates.find((each) => context.exists(each));
}

function decodeFileUrl(file: string): string {
  if (!file.startsWith('file://')) return file;
  try {
    return decodeURIComponent(file.slice('file://'.length));
  } catch {
    return file;
  }
}

function below(cwd: string, path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0')) return undefined;
  const parts: string[] = [];
  for (const part of `${cwd}/${path}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

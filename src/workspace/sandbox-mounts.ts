import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

import { readFolder, toReal } from '#workspace/sandbox-folders.ts';

/** One folder or file of the machine that a sandbox sees, read-only. */
export interface Mount {
  readonly source: string;
  readonly target: string;
}

const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store'];

/** What programs need of /etc; nothing of it is secret. */
const etcFiles =
  'alternatives ca-certificates crypto-policies fonts ld.so.cache ld.so.conf ld.so.conf.d localtime magic maven/logging maven/m2.conf mime.types pki/ca-trust pki/tls/certs protocols services ssl/ca-bundle.pem ssl/cert.pem ssl/certs ssl/openssl.cnf terminfo timezone'.split(
    ' ',
  );
const etcFamilies = /^(?:java|python)[\w.-]*$/;

/** Folders beside a toolchain's `bin` that its programs read. */
const besideBin = ['lib', 'lib64', 'libexec', 'include', 'share', 'pkg', 'src', 'jmods', 'conf'];
/** Parents of a `bin` that hold more than one toolchain, and credentials among it. */
const sharedParents = /^\.(?:cargo|local|docker|config|aws|kube|krew|ssh)$/;

/** The options that show the operating system: programs and libraries, and of /etc what they need. */
export function systemMounts(): readonly string[] {
  const shown = systemFolders.filter((folder) => existsSync(folder)).flatMap(showSystemFolder);
  const families = readFolder('/etc').filter((name) => etcFamilies.test(name));
  const files = [...etcFiles, ...families, ...phpFolders()]
    .map((name) => join('/etc', name))
    .filter((file) => existsSync(file));
  return [...shown, ...files.flatMap((file) => ['--ro-bind', file, file])];
}

/** Which extensions PHP loads; its php.ini may hold passwords and stays hidden. */
function phpFolders(): readonly string[] {
  const versions = readFolder('/etc/php');
  return versions.flatMap((version) => [join('php', version, 'cli/conf.d'), join('php', version, 'mods-available')]);
}

/** On merged systems /bin is a link into /usr. */
function showSystemFolder(folder: string): readonly string[] {
  return lstatSync(folder).isSymbolicLink()
    ? ['--symlink', readlinkSync(folder), folder]
    : ['--ro-bind', folder, folder];
}

/** Where toolchains are looked for, and what must not be shown on the way. */
export interface ToolchainRequest {
  /** Folders of the operator's PATH, absolute. */
  readonly path: readonly string[];
  /** Folders named by variables such as `RUSTUP_HOME`; shown whole. */
  readonly roots: readonly string[];
  /** Never shown, nor any folder above them: the operator's home, the server's state, the tree (which is mounted apart). */
  readonly hidden: readonly string[];
}

/** The folders outside the system's that the operator's programs need; no folder that holds a hidden one. */
export function toolchainFolders({ path, roots, hidden }: ToolchainRequest): readonly string[] {
  const hiddenFolders = hidden.flatMap((folder) => [folder, toReal(folder)]);
  const isShowable = (folder: string) =>
    isFolder(folder) &&
    ![folder, toReal(folder)].some((shown) => hiddenFolders.some((each) => each === shown || isBelow(shown, each)));
  const wanted = [...path.filter((folder) => !folder.includes('/node_modules/')).flatMap(withNeighbours), ...roots];
  const folders = [...new Set(wanted)].filter((folder) => !isSystem(folder)).filter(isShowable);
  return folders.filter((folder) => !folders.some((other) => other !== folder && isBelow(other, folder)));
}

function withNeighbours(folder: string): readonly string[] {
  const parent = dirname(folder);
  if (!/^s?bin$/.test(basename(folder)) || parent === sep || sharedParents.test(basename(parent))) return [folder];
  return [folder, ...besideBin.map((name) => join(parent, name))];
}

/** Where a sandbox with these mounts shows a file of the machine, whose links are resolved: at its own path, below another one, or nowhere. */
export function placesOf(file: string, mounts: readonly Mount[]): readonly string[] {
  const mounted = mounts.flatMap(({ source, target }) => {
    const real = toReal(source);
    return isBelow(real, file) ? [target + file.slice(real.length)] : [];
  });
  return isSystem(file) ? [file, ...mounted] : mounted;
}

/** True when the sandbox shows the folder anyway. */
export function isSystem(folder: string): boolean {
  return systemFolders.some((each) => folder === each || isBelow(each, folder));
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // A folder of PATH may be gone, or another account's.
    return false;
  }
}

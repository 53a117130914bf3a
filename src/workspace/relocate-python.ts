import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a file that may name the folder it was installed in. */
const MAX_SCRIPT_BYTES = 1_000_000;

/**
 * Makes a copied virtual environment stand on its own: scripts, `.pth` files and editable installs name the
 * checkout by its absolute path, and tests would silently import the checkout's code instead of the patched tree.
 */
export async function relocatePython(
  environment: string,
  paths: { readonly from: string; readonly to: string },
): Promise<void> {
  if (!(await isFile(join(environment, 'pyvenv.cfg')))) return;
  const files = [join(environment, 'pyvenv.cfg'), ...(await filesIn(join(environment, 'bin')))];
  for (const lib of await filesIn(join(environment, 'lib'))) {
    const installed = await filesIn(join(lib, 'site-packages'));
    files.push(...installed.filter((path) => /(?:\.pth|\.egg-link|\/__editable__[^/]*\.py)$/.test(path)));
  }
  for (const file of files) {
    if (!(await isFile(file))) continue;
    const content = await readFile(file);
    if (content.length > MAX_SCRIPT_BYTES || content.includes(0) || !content.includes(paths.from)) continue;
    await writeFile(file, content.toString('latin1').replaceAll(toBytes(paths.from), toBytes(paths.to)), 'latin1');
  }
}

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
}

async function isFile(path: string): Promise<boolean> {
  return await lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function toBytes(path: string): string {
  return Buffer.from(path).toString('latin1');
}

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What fills a folder; answers what there is to know of it. */
type Fill<T> = (folder: string) => Promise<T>;

const run = promisify(execFile);

/**
 * Fills a folder once for each test file and copies it for each test: making a history takes a dozen processes, a copy one.
 * Files in `naming` hold the folder's own path, and hold the copy's after it.
 */
export function createTemplate<T>(fill: Fill<T>, naming: readonly string[]): Fill<T> {
  let made: Promise<{ readonly from: string; readonly facts: T }> | undefined;
  const make = async () => {
    const from = await realpath(await mkdtemp(join(process.env['TEST_TEMPLATES'] ?? tmpdir(), 'fixgate-template-')));
    return { from, facts: await fill(from) };
  };
  return async (to) => {
    const { from, facts } = await (made ??= make());
    await run('cp', ['-a', `${from}/.`, to]);
    for (const file of naming) {
      const text = await readFile(join(from, file), 'utf8');
      await writeFile(join(to, file), text.replaceAll(from, to));
    }
    return facts;
  };
}

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { removeTree } from '#workspace/copy-tree.ts';

import { temporaryFolder } from '../../support/temporary-repository.ts';

it.each([
  ['few folders with long names', 'd'.repeat(200), 60],
  ['many folders with short names', 'a', 5_000],
])(
  'removes %s that are nested deeper than a path can say, and nothing that links in them lead to',
  async (_title, name, depth) => {
    await using place = await temporaryFolder();
    const [tree, outside] = [join(place.path, 'tree'), join(place.path, 'outside')];
    await mkdir(tree);
    await mkdir(outside);
    await writeFile(join(outside, 'kept'), 'kept');
    await symlink(outside, join(tree, 'link'));
    const nest = `for (let n = 0; n < ${depth}; n += 1) { fs.mkdirSync('${name}'); process.chdir('${name}'); }
fs.symlinkSync(${JSON.stringify(outside)}, 'link'); fs.writeFileSync(Buffer.from([0xff]), '');`;
    execFileSync(process.execPath, ['-e', nest], { cwd: tree });
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
    expect(await readFile(join(outside, 'kept'), 'utf8')).toBe('kept');
  },
);

it('removes what another process removes at the same time', async () => {
  await using place = await temporaryFolder();
  const tree = join(place.path, 'tree');
  const folders = Array.from({ length: 60 }, (_, n) => join(tree, `${n % 6}/${n}`));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await Promise.all(folders.flatMap((folder) => [1, 2, 3].map((n) => writeFile(join(folder, `${n}`), ''))));
  await Promise.all([removeTree(tree), removeTree(tree), removeTree(tree)]);
  expect(existsSync(tree)).toBe(false);
});

import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { root } from '../support/citations.ts';

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

it('the installed package carries every page that its files name [house:docs:carried]', () => {
  const { files } = JSON.parse(read('package.json')) as { readonly files: readonly string[] };
  // npm packs the README whatever `files` says.
  const packed = globSync(['README.md', '{src,tools,bin,ops,policies}/**/*.{ts,js,md,yaml,json}'], { cwd: root });
  const named = packed.flatMap((file) =>
    [...read(file).matchAll(/docs\/[\w/-]+\.md/g)].map(([page]) => ({ file, page })),
  );
  const isCarried = (page: string) =>
    existsSync(path.join(root, page)) && files.some((each) => page === each || page.startsWith(`${each}/`));

  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ page }) => !isCarried(page))).toEqual([]);
});

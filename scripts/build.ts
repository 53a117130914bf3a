// Builds the one file that is published: dist/fixgate.js, with every dependency inside.
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { rolldown } from 'rolldown';

import { collectNotices } from './notices.ts';

const root = path.dirname(import.meta.dirname);

await rm(path.join(root, 'dist'), { recursive: true, force: true });
const build = await rolldown({
  input: path.join(root, 'src/main.ts'),
  platform: 'node',
  tsconfig: false,
  transform: { target: 'node22.15' },
  checks: { circularDependency: true },
});
const { output } = await build.write({
  dir: path.join(root, 'dist'),
  format: 'esm',
  entryFileNames: 'fixgate.js',
  chunkFileNames: '[name]-[hash].js',
  minify: { compress: true, mangle: false },
  legalComments: 'none',
});
const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []));
await writeFile(path.join(root, 'dist/THIRD-PARTY-NOTICES.txt'), await collectNotices(modules));

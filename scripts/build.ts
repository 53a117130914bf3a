// Builds the one file that is published: dist/fixgate.js, with every dependency inside.
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { rolldown } from 'rolldown';

import { collectNotices } from './notices.ts';

const root = path.dirname(import.meta.dirname);

// Made beside the old one and moved in at the end: a running program finds either the old files or the new ones.
const dist = path.join(root, 'dist');
const fresh = path.join(root, `dist.${process.pid}.new`);
const stale = path.join(root, `dist.${process.pid}.old`);

const build = await rolldown({
  input: path.join(root, 'src/main.ts'),
  platform: 'node',
  tsconfig: false,
  transform: { target: 'node22.15' },
  // An import that cannot be resolved would only be noticed when the program runs.
  onLog(_level, { code, message }) {
    if (code === 'UNRESOLVED_IMPORT') throw new Error(message);
  },
});
const { output } = await build.write({
  dir: fresh,
  format: 'esm',
  entryFileNames: 'fixgate.js',
  chunkFileNames: '[name]-[hash].js',
  minify: { compress: true, mangle: false },
  comments: { legal: false },
});
const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []));
await writeFile(path.join(fresh, 'THIRD-PARTY-NOTICES.txt'), await collectNotices(modules));
await rename(dist, stale).catch(() => {});
await rename(fresh, dist);
await rm(stale, { recursive: true, force: true });

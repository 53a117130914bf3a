// Builds what is published: dist/fixgate.js, and beside it the hook, which must not wait for the rest; every dependency is inside.
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { RolldownOutput } from 'rolldown';
import { rolldown } from 'rolldown';

import { hookChunks, hookPlugins } from './hook-plugins.ts';
import { collectNotices } from './notices.ts';
import { trimDatadog } from './trim-datadog.ts';

const root = path.dirname(import.meta.dirname);

// Made beside the old one and moved in at the end: a running program finds either the old files or the new ones.
const dist = path.join(root, 'dist');
const fresh = path.join(root, `dist.${process.pid}.new`);
const stale = path.join(root, `dist.${process.pid}.old`);

const HOOK = '#cli/hook/serve-hook.ts';
const HOOK_FILE = 'hook.js';

const GRPC_EXPORTER_BASE = 'node_modules/@opentelemetry/otlp-grpc-exporter-base/dist/index.cjs';

async function bundle(entry: string, name: string): Promise<RolldownOutput> {
  const isHook = name === HOOK_FILE;
  const build = await rolldown({
    input: path.join(root, entry),
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node22.15' },
    plugins: isHook ? [...hookPlugins] : [trimDatadog(root)],
    external: isHook ? [] : [HOOK],
    // Its module form loads gRPC by a `require` that no bundler sees.
    resolve: { alias: { '@opentelemetry/otlp-grpc-exporter-base': path.join(root, GRPC_EXPORTER_BASE) } },
    // One file less to load.
    ...(isHook && { preserveEntrySignatures: 'allow-extension' as const }),
    // An import that cannot be resolved would only be noticed when the program runs.
    onLog(_level, { code, message }) {
      if (code === 'UNRESOLVED_IMPORT') throw new Error(message);
    },
  });
  return await build.write({
    dir: fresh,
    format: 'esm',
    ...(isHook && { codeSplitting: hookChunks }),
    entryFileNames: name,
    chunkFileNames: `${path.parse(name).name}-[name]-[hash].js`,
    paths: { [HOOK]: `./${HOOK_FILE}` },
    minify: { compress: true, mangle: false },
    comments: { legal: false },
  });
}

const outputs = [await bundle('src/main.ts', 'fixgate.js'), await bundle('src/cli/hook/serve-hook.ts', HOOK_FILE)];
const modules = outputs.flatMap(({ output }) =>
  output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : [])),
);
await writeFile(path.join(fresh, 'THIRD-PARTY-NOTICES.txt'), await collectNotices([...new Set(modules)]));
await rename(dist, stale).catch(() => {});
await rename(fresh, dist);
await rm(stale, { recursive: true, force: true });

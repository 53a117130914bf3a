// Builds what is published: dist/main.cjs, which starts dist/fixgate.js or the hook, that must not wait for the rest; every dependency is inside.
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

/** What is built, by file: each is loaded by the first only when it is asked for. Modules take Node.js 4 ms longer to load than scripts. */
const ENTRIES = {
  'main.cjs': 'src/main.ts',
  'fixgate.js': 'src/cli/run-cli.ts',
  'hook.cjs': 'src/cli/hook/serve-hook.ts',
} as const;
type Entry = keyof typeof ENTRIES;

/** The other files, as the first one names them in its source. */
const PATHS = { '#cli/run-cli.ts': './fixgate.js', '#cli/hook/serve-hook.ts': './hook.cjs' };

const GRPC_EXPORTER_BASE = 'node_modules/@opentelemetry/otlp-grpc-exporter-base/dist/index.cjs';

async function bundle(name: Entry): Promise<RolldownOutput> {
  const isHook = name === 'hook.cjs';
  const build = await rolldown({
    input: path.join(root, ENTRIES[name]),
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node22.15' },
    plugins: name === 'fixgate.js' ? [trimDatadog(root)] : [...hookPlugins],
    external: name === 'main.cjs' ? Object.keys(PATHS) : [],
    // Its module form loads gRPC by a `require` that no bundler sees.
    resolve: { alias: { '@opentelemetry/otlp-grpc-exporter-base': path.join(root, GRPC_EXPORTER_BASE) } },
    // What an entry shares with other files stays in it: fewer files to load.
    preserveEntrySignatures: 'allow-extension',
    // An import that cannot be resolved would only be noticed when the program runs.
    onLog(_level, { code, message }) {
      if (code === 'UNRESOLVED_IMPORT') throw new Error(message);
    },
  });
  const { ext } = path.parse(name);
  return await build.write({
    dir: fresh,
    ...(ext === '.js' ? { format: 'esm' } : { format: 'cjs', strict: true }),
    ...(isHook && { codeSplitting: hookChunks }),
    entryFileNames: name,
    chunkFileNames: `${path.basename(name, ext)}-[name]-[hash]${ext}`,
    paths: PATHS,
    minify: { compress: true, mangle: false },
    comments: { legal: false },
  });
}

const outputs = await Promise.all(Object.keys(ENTRIES).map((name) => bundle(name as Entry)));
const modules = outputs.flatMap(({ output }) =>
  output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : [])),
);
await writeFile(path.join(fresh, 'THIRD-PARTY-NOTICES.txt'), await collectNotices([...new Set(modules)]));
await rename(dist, stale).catch(() => {});
await rename(fresh, dist);
await rm(stale, { recursive: true, force: true });

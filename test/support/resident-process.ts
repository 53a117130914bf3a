import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { runCli } from '#cli/run-cli.ts';

import { root } from './citations.ts';
import type { Asked } from './resident.ts';

/** Runs the command lines that its parent sends, one after the other, with the built program; each finds its own surroundings. */
const built = pathToFileURL(join(root, 'dist/fixgate.js')).href;
const program = (await import(built)) as { readonly runCli: typeof runCli };
let last = Promise.resolve();
// Each command line adds its own, for a process that ends after it.
process.setMaxListeners(0);

process.on('message', (asked: Asked) => {
  last = last.then(() => answer(asked));
});
process.on('disconnect', () => process.exit());

async function answer({ number, cwd, env, args }: Asked): Promise<void> {
  process.chdir(cwd);
  // Name by name: only so what the program asks the system for, such as its home, follows.
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const [stdout, stderr] = [capture('stdout'), capture('stderr')];
  const exitCode = await program.runCli({
    argv: args,
    environment: env,
    workingDirectory: cwd,
    packageFolder: root,
    entry: join(root, 'dist/main.cjs'),
  });
  process.send?.({ number, finished: { exitCode, stdout: stdout(), stderr: stderr() } });
}

/** Keeps what is printed until it is asked for. */
function capture(name: 'stdout' | 'stderr'): () => string {
  const stream = process[name];
  const { write } = stream;
  const chunks: Buffer[] = [];
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    chunks.push(Buffer.from(chunk as Uint8Array));
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
  return () => {
    stream.write = write;
    return Buffer.concat(chunks).toString();
  };
}

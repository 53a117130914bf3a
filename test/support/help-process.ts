import path from 'node:path';

import { runCli } from '#cli/run-cli.ts';

import { root } from './citations.ts';

/** Runs command lines that only print, given as JSON, one after the other in one process; prints what each printed and its exit code. */
const lines = JSON.parse(process.argv[2] ?? '[]') as string[][];
const write = process.stdout.write.bind(process.stdout);
const runs: { readonly exitCode: number; readonly stdout: string }[] = [];
for (const argv of lines) {
  let stdout = '';
  process.stdout.write = (text: string | Uint8Array) => {
    stdout += String(text);
    return true;
  };
  const exitCode = await runCli({
    argv,
    environment: process.env,
    workingDirectory: process.cwd(),
    packageFolder: root,
    entry: path.join(root, 'src/main.ts'),
  });
  runs.push({ exitCode, stdout });
}
process.stdout.write = write;
process.stdout.write(JSON.stringify(runs));

import path from 'node:path';

// The only place that reads the environment.
const invocation = {
  argv: process.argv.slice(2),
  environment: process.env,
  workingDirectory: process.cwd(),
  // One level below the package in the source tree and in the bundle alike.
  packageFolder: path.dirname(import.meta.dirname),
  entry: import.meta.filename,
};

/** Answers the exit code. */
async function start(): Promise<number> {
  const [command, first] = invocation.argv;
  // A host waits for the hook before each call of a tool: it starts without the rest of the command line, whose way to end on a
  // wrong option would let the call through.
  if (command === 'hook' && first !== '--help' && first !== '-h') {
    const { serveHook } = await import('#cli/hook/serve-hook.ts');
    return await serveHook(invocation.argv.slice(1), invocation);
  }
  const { runCli } = await import('#cli/run-cli.ts');
  return await runCli(invocation);
}

// Waiting for what never comes is no success; Node.js ends a module so, but not a script.
process.once('beforeExit', () => {
  process.exitCode ??= 13;
});
void start().then((code) => {
  process.exitCode = code;
});

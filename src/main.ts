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
const [command, first] = invocation.argv;

// A host waits for the hook before each call of a tool: it starts without the rest of the command line, whose way to end on a
// wrong option would let the call through.
if (command === 'hook' && first !== '--help' && first !== '-h') {
  const { serveHook } = await import('#cli/hook/serve-hook.ts');
  process.exitCode = await serveHook(invocation.argv.slice(1), invocation);
} else {
  const { runCli } = await import('#cli/run-cli.ts');
  process.exitCode = await runCli(invocation);
}

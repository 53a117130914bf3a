import path from 'node:path';

import { runCli } from '#cli/run-cli.ts';

// The only place that reads the environment.
process.exitCode = await runCli({
  argv: process.argv.slice(2),
  environment: process.env,
  workingDirectory: process.cwd(),
  // One level below the package in the source tree and in the bundle alike.
  packageFolder: path.dirname(import.meta.dirname),
  entry: import.meta.filename,
});

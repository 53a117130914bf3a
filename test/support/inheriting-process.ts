import { runCommand } from '#workspace/sandbox.ts';

/** Runs a shell script in a sandbox, as a server would that was started with descriptors of somebody else. */
const [isolation, cwd = '', script = ''] = process.argv.slice(2);
const result = await runCommand({
  argv: ['bash', '-c', script],
  cwd,
  host: { PATH: '/usr/bin:/bin' },
  env: {},
  timeoutMs: 20_000,
  signal: new AbortController().signal,
  label: `inheriting-${process.pid}`,
  sandbox: { isolation: isolation === 'full' ? 'full' : 'none' },
});
process.stdout.write(result.output);

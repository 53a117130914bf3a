// How long a host waits for the built hook, as a ratio to starting Node.js alone. Usage: npm run build && node bench/hook.ts [runs]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const runs = Number(process.argv[2] ?? 41);
const entry = path.join(import.meta.dirname, '../bin/fixgate.js');
const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'hook-bench-')));

/** A checkout with a file, and a state folder of its own. */
async function project(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const root = path.join(folder, name);
  for (const [file, text] of Object.entries({ 'src/app.js': 'one\n', ...files })) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: root });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'x');
  return root;
}

const plain = await project('plain', {});
const architect = await project('architect', { '.architect.yaml': 'guardrails: { protected_files: ["db/**"] }\n' });
const incident = await project('incident', {});
const environmentOf = (root: string) => ({
  ...process.env,
  CLAUDE_PROJECT_DIR: root,
  FIXGATE_STATE_DIR: path.join(folder, `state-${path.basename(root)}`),
});
execFileSync(process.execPath, [entry, 'incident', 'open', '--id', 'BENCH', '--repo', incident, '--severity', 'SEV3'], {
  cwd: incident,
  env: environmentOf(incident),
});

const event = (root: string, tool: string, input: object): string =>
  JSON.stringify({
    cwd: root,
    hook_event_name: 'PreToolUse',
    permission_mode: 'default',
    tool_name: tool,
    tool_input: input,
  });
const edit = (root: string) => event(root, 'Edit', { file_path: path.join(root, 'src/app.js') });
const bash = (root: string) => event(root, 'Bash', { command: 'npm test -- --grep queue' });

const ways: readonly (readonly [name: string, root: string, args: readonly string[], input: string])[] = [
  ['node -e 0', plain, ['-e', '0'], ''],
  ['a tool that is left alone', plain, [entry, 'hook', 'claude'], event(plain, 'WebFetch', { url: 'x' })],
  ['an edit', plain, [entry, 'hook', 'claude'], edit(plain)],
  ['a command', plain, [entry, 'hook', 'claude'], bash(plain)],
  ['a refused command', plain, [entry, 'hook', 'claude'], event(plain, 'Bash', { command: 'kubectl apply -f x' })],
  ['an edit, .architect.yaml committed', architect, [entry, 'hook', 'claude'], edit(architect)],
  ['a command, .architect.yaml committed', architect, [entry, 'hook', 'claude'], bash(architect)],
  ['an edit for an incident', incident, [entry, 'hook', 'claude'], edit(incident)],
  ['a command for an incident', incident, [entry, 'hook', 'claude'], bash(incident)],
];

const times = new Map<string, number[]>();
for (let run = 0; run < runs; run++) {
  for (const [name, root, args, input] of ways) {
    const began = performance.now();
    spawnSync(process.execPath, args, { cwd: root, env: environmentOf(root), input });
    times.set(name, [...(times.get(name) ?? []), performance.now() - began]);
  }
}
await rm(folder, { recursive: true, force: true });

const medianOf = (name: string): number => (times.get(name) ?? []).toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN;
for (const [name] of ways) {
  const median = medianOf(name);
  process.stdout.write(
    `${name}: ${median.toFixed(0)} ms in the median, ${(median / medianOf('node -e 0')).toFixed(2)} times node -e 0\n`,
  );
}

// How long a host waits for the built hook, from its event to the end of the process, and what that costs in CPU time, beside
// starting Node.js alone in the same run. The ratios to that say more than the times where others use the machine. Usage: npm run build && node bench/hook.ts [runs]
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';

const runs = Number(process.argv[2] ?? 41);
const entry = path.join(import.meta.dirname, '../bin/fixgate.js');
const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'hook-bench-')));
const key = path.join(folder, 'ada');

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

const environmentOf = (root: string) => ({
  ...process.env,
  CLAUDE_PROJECT_DIR: root,
  FIXGATE_STATE_DIR: path.join(folder, `state-${path.basename(root)}`),
});
const fixgate = (root: string, ...args: string[]) =>
  execFileSync(process.execPath, [entry, ...args], { cwd: folder, env: environmentOf(root), stdio: 'pipe' });

/** A policy that no run uses up. */
async function operator(): Promise<string> {
  const shipped = readFileSync(path.join(import.meta.dirname, '../policies/default.yaml'), 'utf8');
  const ample = shipped
    .replace('tool_calls: 40', 'tool_calls: 100000')
    .replace('patch_attempts: 3', 'patch_attempts: 10000')
    .replace('usd: 1.00', 'usd: 10000');
  await writeFile(path.join(folder, 'policy.yaml'), ample);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  await writeFile(path.join(folder, 'approvers'), `ada@example.com ${readFileSync(`${key}.pub`, 'utf8')}`);
  const file = path.join(folder, 'fixgate.yaml');
  await writeFile(file, 'version: 1\npolicy: ./policy.yaml\napprovers: ./approvers\n');
  return file;
}

const plain = await project('plain', {});
const architect = await project('architect', { '.architect.yaml': 'guardrails:\n  protected_files: ["db/**"]\n' });
const clone = await project('clone', {});
// As a clone has it.
execFileSync('git', ['update-ref', 'refs/remotes/origin/main', 'HEAD'], { cwd: clone });
const incident = await project('incident', {});
const severe = await project('severe', {});
const config = await operator();
fixgate(incident, 'incident', 'open', '--id', 'BENCH', '--repo', incident, '--severity', 'SEV3', '--key', key);
fixgate(severe, 'incident', 'open', '--id', 'BENCH', '--repo', severe, '--severity', 'SEV1', '--key', key);
fixgate(severe, 'release', 'BENCH', '--reason', 'bench', '--key', key);

const event = (root: string, tool: string, input: object): string =>
  JSON.stringify({
    cwd: root,
    hook_event_name: 'PreToolUse',
    permission_mode: 'default',
    tool_name: tool,
    tool_input: input,
  });
const edit = (root: string) =>
  event(root, 'Edit', { file_path: path.join(root, 'src/app.js'), old_string: 'one', new_string: 'two' });
const bash = (root: string) => event(root, 'Bash', { command: 'npm test -- --grep queue' });
const hook = [entry, 'hook', 'claude', '--config', config];

const ways: readonly (readonly [name: string, root: string, args: readonly string[], input: string])[] = [
  ['node -e 0', plain, ['-e', '0'], ''],
  ['a tool that is left alone', plain, hook, event(plain, 'WebFetch', { url: 'x' })],
  ['no incident: an edit', plain, hook, edit(plain)],
  ['no incident: a command', plain, hook, bash(plain)],
  ['no incident: a refused command', plain, hook, event(plain, 'Bash', { command: 'kubectl apply -f x' })],
  ['a clone of a remote: an edit', clone, hook, edit(clone)],
  ['a clone of a remote: a command', clone, hook, bash(clone)],
  ['.architect.yaml committed: an edit', architect, hook, edit(architect)],
  ['.architect.yaml committed: a command', architect, hook, bash(architect)],
  ['an incident: an edit', incident, hook, edit(incident)],
  ['an incident: a command', incident, hook, bash(incident)],
  ['a released SEV1: an edit', severe, hook, edit(severe)],
  ['a released SEV1: a command', severe, hook, bash(severe)],
];

/** CPU time of all processes that were waited for, in milliseconds; Linux counts it in hundredths of a second. */
function cpuOfChildren(): number {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return Number.NaN;
  }
}

const measured = ways.map(() => ({ wall: [] as number[], cpu: 0 }));
for (let run = -1; run < runs; run++) {
  for (const [index, [name, root, args, input]] of ways.entries()) {
    const cpuBefore = cpuOfChildren();
    const began = performance.now();
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, env: environmentOf(root), input });
    const took = performance.now() - began;
    const refused = stdout.includes('deny');
    if (status !== 0 || refused !== name.includes('refused')) throw new Error(`${name}: ${status} ${String(stdout)}`);
    // The first run fills the caches.
    if (run < 0) continue;
    measured[index]?.wall.push(took);
    if (measured[index]) measured[index].cpu += cpuOfChildren() - cpuBefore;
  }
}
await rm(folder, { recursive: true, force: true });

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const figures = measured.map(({ wall, cpu }) => {
  const sorted = wall.toSorted((a, b) => a - b);
  return { median: at(sorted, 0.5), p95: at(sorted, 0.95), 'user+sys': cpu / runs };
});
const [alone] = figures;
process.stdout.write(
  `${runs} runs, load ${loadavg()[0]?.toFixed(1)}; milliseconds, and how many times \`node -e 0\`\n`,
);
for (const [index, [name]] of ways.entries()) {
  const columns = Object.entries(figures[index] ?? {}).map(([column, value]) => {
    const times = value / (alone?.[column as 'median'] ?? Number.NaN);
    return `${column} ${value.toFixed(0).padStart(4)} ${`(${times.toFixed(1)})`.padEnd(6)}`;
  });
  process.stdout.write(`${name.padEnd(38)} ${columns.join('  ').trimEnd()}\n`);
}

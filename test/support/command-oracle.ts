import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { temporaryFolder } from './temporary-repository.ts';

/** One program that really started: its name and its arguments. */
export type Call = readonly string[];

const [ARGUMENT, CALL, TEXT] = ['\x1f', '\x1e', '\x1d'];
const UNSHARE = '/usr/bin/unshare';
const namespaces = ['--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Programs that only write down how they were called. */
const logged =
  'kubectl docker npm npx terraform podman tofu yarn pnpm oc skopeo crane helm k3s bun corepack lerna terragrunt uv poetry bundle cmake fd ssh-agent'.split(
    ' ',
  );

/** True where strings can be executed without a network and without reaching other processes. */
export function canIsolate(): boolean {
  return spawnSync(UNSHARE, [...namespaces, 'true'], { stdio: 'ignore' }).status === 0;
}

/** Drivers at a time; most of their time is waiting for processes. */
const DRIVERS = 4;

/** Executes each text with `bash -c` among stubs (what is left in the background dies with it), in namespaces of its own; answers the calls that each made. */
export async function executeAll(texts: readonly string[]): Promise<readonly (readonly Call[])[]> {
  const share = Math.ceil(texts.length / DRIVERS);
  const shares = Array.from({ length: DRIVERS }, (_, index) => texts.slice(index * share, (index + 1) * share));
  return (await Promise.all(shares.map(executeShare))).flat();
}

async function executeShare(texts: readonly string[]): Promise<readonly (readonly Call[])[]> {
  await using folder = await temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  await mkdir(at('work'));
  await writeStubs(at('bin'), at('log'));
  await writeFile(at('texts'), texts.map((text) => `${text}\0`).join(''));
  await writeFile(at('work/README.md'), 'kubectl apply\n');
  await writeFile(at('results'), '');
  const driver = `cd '${at('work')}'
while IFS= read -r -d '' text; do
  : > '${at('log')}'
  timeout -k 1 2 ${UNSHARE} --pid --fork --kill-child bash -c "$text" < /dev/null > /dev/null 2>&1
  { cat '${at('log')}'; printf '\\035'; } >> '${at('results')}'
done < '${at('texts')}'`;
  const child = spawn(UNSHARE, [...namespaces, 'bash', '-c', driver], {
    env: { PATH: `${at('bin')}:/usr/bin:/bin`, HOME: at('work'), TMPDIR: at('work'), LC_ALL: 'C.UTF-8' },
    stdio: 'ignore',
  });
  await once(child, 'close');
  const results = (await readFile(at('results'), 'utf8')).split(TEXT).slice(0, -1);
  if (results.length !== texts.length)
    throw new Error(`Only ${results.length} of ${texts.length} texts were executed.`);
  return results.map((calls) => splitEnded(calls, CALL).map((call) => splitEnded(call, ARGUMENT)));
}

/** Parts that each end with a mark. */
function splitEnded(text: string, mark: string): readonly string[] {
  return text.split(mark).slice(0, -1);
}

async function writeStubs(bin: string, log: string): Promise<void> {
  await mkdir(bin);
  const stub = `#!/bin/sh\n{ printf '%s\\037' "\${0##*/}" "$@"; printf '\\036'; } >> '${log}'\n`;
  const elevate =
    '#!/bin/sh\nwhile :; do case "$1" in -u) shift 2;; -*|*=*) shift;; *) break;; esac; done\nexec "$@"\n';
  for (const name of logged) await writeExecutable(path.join(bin, name), stub);
  for (const name of ['sudo', 'doas']) await writeExecutable(path.join(bin, name), elevate);
}

async function writeExecutable(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o755);
}

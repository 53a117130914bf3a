import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startDetached, stopDetached } from '#workspace/sandbox-detached.ts';
import { findRung, probeIsolation } from '#workspace/sandbox-ladder.ts';
import { type CommandRequest, runCommand } from '#workspace/sandbox.ts';

import { missing } from '../support/needs.ts';

let folder: string;
let count = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-test-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const host = { PATH: process.env['PATH'], HOME: process.env['HOME'], SECRET_TOKEN: 'hunter2', FIXGATE_STATE_DIR: '/x' };

function run(script: string, options: Partial<CommandRequest> = {}) {
  count += 1;
  return runCommand({
    argv: ['bash', '-c', script],
    cwd: folder,
    host,
    env: {},
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    label: `test-${process.pid}-${count}`,
    ...options,
  });
}

/** Pids whose command line holds `word`. */
function running(word: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
      } catch {
        return false;
      }
    });
}

const linux = process.platform === 'linux';
const isolations = ['full', 'partial', 'none'] as const;

describe.each(isolations)('a command with isolation %s', (isolation) => {
  const sandbox = { isolation };

  beforeEach(async ({ skip }) => {
    if (!linux) skip('needs /proc');
    const what = isolation === 'full' ? 'bubblewrap with user namespaces' : 'unshare with user and PID namespaces';
    const without = missing(what, (await findRung(isolation)) !== undefined);
    if (without !== undefined) skip(without);
  });

  it('answers exit code and output in order of arrival', async () => {
    const result = await run('echo out; echo err >&2; exit 3', { sandbox });
    expect(result).toMatchObject({ exitCode: 3, timedOut: false, cancelled: false, outputTruncated: false, isolation });
    expect(result.output.split('\n').toSorted()).toEqual(['', 'err', 'out']);
  });

  it('says which signal ended it', async () => {
    expect(await run('kill -KILL $$', { sandbox })).toMatchObject({ signal: 'SIGKILL' });
  });

  it.each([
    ['a child that ignores TERM', "trap '' TERM INT HUP; echo ready; sleep 31.77{n}"],
    ['a grandchild in a session of its own', 'setsid bash -c "sleep 31.77{n}" & echo ready; wait'],
    ['a double fork', '( ( setsid sleep 31.77{n} & ) & ); echo ready; sleep 31.77{n}'],
    ['a background child that holds the pipes', 'sleep 31.77{n} & echo ready; sleep 31.77{n}'],
  ])('leaves nothing of %s at the time limit [workspace:tests:killed]', async (_title, template) => {
    const mark = `31.77${String((count += 1)).padStart(3, '0')}${isolation.length}`;
    const script = template.replaceAll('31.77{n}', mark);
    // What a start takes on this computer now is no part of the test.
    const { durationMs } = await run('true', { sandbox });
    const timeoutMs = Math.max(700, 10 * durationMs);
    const result = await run(script, { sandbox, timeoutMs });
    expect(result).toMatchObject({ timedOut: true, cancelled: false });
    expect(result.output).toContain('ready');
    expect(result.durationMs).toBeLessThan(timeoutMs + 10_000);
    expect(running(mark)).toEqual([]);
  });

  it.each([
    ['a background child', 'sleep 31.78{n} & echo done'],
    ['a detached child', 'setsid sleep 31.78{n} >/dev/null 2>&1 & echo done'],
    ['a detached double fork', '( ( setsid sleep 31.78{n} >/dev/null 2>&1 & ) & ); echo done'],
  ])('leaves nothing of %s after a normal exit', async (_title, template) => {
    const mark = `31.78${String((count += 1)).padStart(3, '0')}${isolation.length}`;
    const result = await run(template.replaceAll('31.78{n}', mark), { sandbox });
    expect(result).toMatchObject({ exitCode: 0, timedOut: false });
    expect(result.durationMs).toBeLessThan(15_000);
    expect(running(mark)).toEqual([]);
  });

  it('stops when it is cancelled, before and after the start', async () => {
    const early = await run('sleep 31.791', { sandbox, signal: AbortSignal.abort() });
    expect(early).toMatchObject({ cancelled: true, timedOut: false });
    const late = await run('sleep 31.792', { sandbox, signal: AbortSignal.timeout(200) });
    expect(late).toMatchObject({ cancelled: true, timedOut: false });
    expect([...running('31.791'), ...running('31.792')]).toEqual([]);
  });

  it('sees a clean environment, private folders and no input [workspace:tests:no-credentials]', async () => {
    const result = await run('env; cat; echo "pwd=$PWD"; touch $HOME/a $TMPDIR/b', {
      sandbox,
      env: { MODE: 'unit' },
    });
    const names = result.output.split('\n').flatMap((line) => (line.includes('=') ? [line.split('=')[0]] : []));
    expect(result.exitCode).toBe(0);
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'TMPDIR', 'CI', 'LC_ALL', 'MODE']));
    const known =
      /^(PATH|HOME|TMPDIR|CI|LANG|LC_ALL|TZ|MODE|SANDBOX_ID|RUSTUP_HOME|PYENV_ROOT|GOMODCACHE|PWD|OLDPWD|SHLVL|_|pwd)$/;
    expect(names.filter((name) => !known.test(name ?? ''))).toEqual([]);
    expect(result.output).not.toContain('hunter2');
    const home = /^HOME=(.*)$/m.exec(result.output)?.[1];
    expect(home).not.toBe(process.env['HOME']);
    expect(existsSync(home ?? '/')).toBe(false);
  });

  it('keeps head and tail of 50 MB of output [workspace:tests:output]', async () => {
    const result = await run('echo first; head -c 50000000 /dev/zero | tr "\\0" x; echo; echo last', { sandbox });
    expect(result).toMatchObject({ exitCode: 0, outputTruncated: true });
    expect(result.output.length).toBeLessThan(530_000);
    expect(result.output).toMatch(/^first\n/);
    expect(result.output).toMatch(/\[… 49\d{6} bytes of output left out …\]/);
    expect(result.output).toMatch(/last\n$/);
  });
});

it('names a program that is missing', async () => {
  await expect(run('', { argv: ['no-such-program-here', 'x'] })).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('no-such-program-here') as string,
  });
  await expect(run('', { argv: ['./scripts/nothing.sh'] })).rejects.toMatchObject({ code: 'not_found' });
});

it('refuses to run in a folder that does not exist', async () => {
  await expect(run('true', { cwd: join(folder, 'absent') })).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('folder') as string,
  });
});

it('finds programs in the given folders before the operator’s PATH', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'ls'), '#!/bin/sh\necho mine\n');
  await chmod(join(bin, 'ls'), 0o755);
  expect((await run('', { argv: ['ls'], binFolders: [bin] })).output).toBe('mine\n');
});

it('passes arguments as they are, without a shell [workspace:tests:declared]', async () => {
  const result = await run('', { argv: ['printf', '%s|', '$(id)', 'a b', '*', '"'] });
  expect(result.output).toBe('$(id)|a b|*|"|');
});

it('hides the environment of other processes from the command', async ({ skip }) => {
  if ((await probeIsolation()) === 'none') skip('needs user and PID namespaces');
  const result = await run(`cat /proc/${process.pid}/environ; umount /proc; cat /proc/${process.pid}/environ; true`);
  expect(result.output).not.toContain('PATH=');
  expect(process.env['PATH']).toBeDefined();
});

it('keeps the beginning of standard output apart for reports', async () => {
  expect((await run('echo to-out; echo to-err >&2', { stdoutBytes: 100 })).stdout).toBe('to-out\n');
  expect((await run('echo to-out', { stdoutBytes: 3 })).stdout).toBe('to-');
  expect((await run('echo to-out')).stdout).toBe('');
});

it('stops a detached process together with the command it runs', async ({ skip }) => {
  if (!linux) skip('needs /proc');
  const label = `detached-${process.pid}`;
  const pid = startDetached({
    argv: ['/bin/sh', '-c', 'setsid sleep 31.795 & sleep 31.796', label],
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', SANDBOX_ID: label },
    logFile: join(folder, 'log'),
  });
  await expect.poll(() => running('31.795').length).toBeGreaterThan(0);
  await stopDetached(pid, label);
  await expect.poll(() => [...running('31.795'), ...running('31.796')]).toEqual([]);
});

it('never kills a process that took over the pid', async () => {
  const pid = startDetached({ argv: ['/bin/sleep', '31.797'], cwd: folder, env: {}, logFile: join(folder, 'log') });
  await stopDetached(pid, 'job-of-somebody-else');
  expect(running('31.797')).toEqual([String(pid)]);
  process.kill(pid, 'SIGKILL');
});

describe('certificate authorities of the operator [workspace:install:authority]', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const key = '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n';
  const show = 'cat "$NODE_EXTRA_CA_CERTS"; echo "[$SSL_CERT_FILE] [$PIP_CERT]"; echo x >> "$NODE_EXTRA_CA_CERTS"';

  it.each([true, false])('are shown to what has network, without anything else of their file: %s', async (network) => {
    const bundle = join(folder, 'bundle.pem');
    await writeFile(bundle, key + certificate);
    const tree = join(folder, 'tree');
    await mkdir(tree);
    const trusting = { ...host, NODE_EXTRA_CA_CERTS: bundle, SSL_CERT_FILE: '/nonexistent.pem', PIP_CERT: 'own.pem' };
    const { output } = await run(show, { cwd: tree, host: trusting, sandbox: { network } });
    expect(output.includes('BEGIN CERTIFICATE')).toBe(network);
    expect(output).toContain('[] []');
    expect(output).not.toContain('PRIVATE KEY');
    expect(readFileSync(bundle, 'utf8')).toBe(key + certificate);
  });
});

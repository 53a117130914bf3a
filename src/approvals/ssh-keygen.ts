// Signatures are made and checked by OpenSSH itself, so that agents with confirmation, passphrases and hardware keys
// work. Threat: whoever can write the database can write a decision into it; only a signature by a key of the
// operator's approvers file makes it count.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { execa } from 'execa';

import { APPROVAL_NAMESPACE } from '#domain/approval.ts';
import { FixgateError } from '#domain/errors.ts';

const TIMEOUT_MS = 10_000;
/** Milliseconds for one look at what signs nothing. */
const LOOK_TIMEOUT_MS = 3_000;
/** Time for a person to type a passphrase or touch a key. */
const SIGN_TIMEOUT_MS = 120_000;

/** A text, its signature, and lines of allowed signers. */
interface AllowedSigners {
  readonly text: string;
  readonly signature: string;
  readonly approvers: readonly string[];
}

/** The principal whose key signed `text` as ssh-keygen(1) says, or undefined when none of these keys did. */
export async function askKeygen({ text, signature, approvers }: AllowedSigners): Promise<string | undefined> {
  return inFolder(async (folder) => {
    const file = path.join(folder, 'signature');
    const allowed = path.join(folder, 'approvers');
    await writeFile(file, signature, { mode: 0o600 });
    await writeFile(allowed, approvers.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    const found = await keygen(['-Y', 'find-principals', '-s', file, '-f', allowed]);
    for (const principal of found.stdout.split('\n').filter((line) => found.exitCode === 0 && line !== '')) {
      const args = ['-Y', 'verify', '-f', allowed, '-I', principal, '-n', APPROVAL_NAMESPACE, '-s', file];
      if ((await keygen(args, text)).exitCode === 0) return principal;
    }
    return undefined;
  });
}

/** Signs `text` with a private key, or a public one whose private part an SSH agent holds; may ask on the terminal. */
export async function signWithKey(text: string, key: string): Promise<string> {
  const signed = await execa('ssh-keygen', ['-Y', 'sign', '-n', APPROVAL_NAMESPACE, '-f', key], {
    input: text,
    stderr: 'inherit',
    timeout: SIGN_TIMEOUT_MS,
    stripFinalNewline: false,
    reject: false,
  });
  if (signed.code === 'ENOENT') throw noKeygen();
  if (signed.exitCode === 0) return signed.stdout;
  throw new FixgateError('invalid_input', `ssh-keygen did not sign with ${key}.`, {
    fix: 'Name a key of the approvers file with --key, and unlock it when asked.',
  });
}

/** How a program of OpenSSH ended; `exitCode` is undefined where it was ended. */
export interface Answer {
  readonly isInstalled: boolean;
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

/** Asks for the public half of a private key that has no passphrase. */
export async function askPublicHalf(file: string): Promise<Answer> {
  return await look('ssh-keygen', ['-y', '-P', '', '-f', file]);
}

/** Asks an SSH agent which keys it holds; exits with 1 where there are none. */
export async function askAgent(socket: string): Promise<Answer> {
  return await look('ssh-add', ['-L'], { SSH_AUTH_SOCK: socket });
}

async function look(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { exitCode, stdout, code } = await execa(program, args, {
    env,
    stdin: 'ignore',
    timeout: LOOK_TIMEOUT_MS,
    reject: false,
  });
  return { isInstalled: code !== 'ENOENT', exitCode, stdout };
}

async function keygen(args: readonly string[], input = ''): Promise<{ exitCode: number | undefined; stdout: string }> {
  const { exitCode, stdout, failed, code } = await execa('ssh-keygen', args, {
    input,
    timeout: TIMEOUT_MS,
    reject: false,
  });
  if (failed && code === 'ENOENT') throw noKeygen();
  return { exitCode, stdout };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fixgate-approval-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function noKeygen(): FixgateError {
  return new FixgateError('misconfigured', 'Approvals are checked with ssh-keygen, which is not installed.', {
    fix: 'Install OpenSSH 8.2 or newer (package openssh-client).',
  });
}

// Which keys of the approvers file this account can use without a human. Threat: what an account can use alone, an agent under
// it can use as well. Nothing is signed to find out.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import type { ListedKey } from '#approvals/approver-file.ts';
import { readStrings } from '#approvals/signature-blob.ts';
import { askAgent, askPublicHalf } from '#approvals/ssh-keygen.ts';

/** Files that are looked at, and bytes that a private key has at most. */
const MAX_FILES = 50;
const MAX_BYTES = 65_536;

/** What was found, in words. */
export interface UsableKeys {
  /** Each listed key that can be used, and why. */
  readonly usable: readonly string[];
  /** What could not be looked at. */
  readonly unseen: readonly string[];
}

interface Look {
  readonly listed: readonly ListedKey[];
  /** Where the account keeps its keys. */
  readonly folder: string;
  /** Address of the SSH agent. */
  readonly agent: string | undefined;
}

/** Listed keys that lie in a folder without a passphrase, or that an SSH agent holds; hardware keys are touched by a human. */
export async function findUsableKeys({ listed, folder, agent }: Look): Promise<UsableKeys> {
  const soft = listed.filter(({ kind }) => !kind.startsWith('sk-'));
  if (soft.length === 0) return { usable: [], unseen: [] };
  const found = await Promise.all([
    ...privateKeysIn(folder).map((file) => openKey(file, soft)),
    agentKeys(agent, soft),
  ]);
  return {
    usable: found.flatMap(({ usable }) => usable),
    unseen: [...new Set(found.flatMap(({ unseen }) => unseen))],
  };
}

const nothing: UsableKeys = { usable: [], unseen: [] };

interface KeyFile {
  readonly file: string;
  readonly text: string;
}

function privateKeysIn(folder: string): readonly KeyFile[] {
  try {
    const found = readdirSync(folder).flatMap((name) => privateKey(path.join(folder, name)) ?? []);
    return found.slice(0, MAX_FILES);
  } catch {
    // An account without such a folder has no keys there.
    return [];
  }
}

function privateKey(file: string): KeyFile | undefined {
  try {
    const found = statSync(file);
    const text = found.isFile() && found.size <= MAX_BYTES ? readFileSync(file, 'latin1') : '';
    return /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ? { file, text } : undefined;
  } catch {
    // What this account may not read it cannot sign with either.
    return undefined;
  }
}

/** A private key without a passphrase that belongs to a listed one. */
async function openKey({ file, text }: KeyFile, listed: readonly ListedKey[]): Promise<UsableKeys> {
  const blob = text.startsWith('-----BEGIN OPENSSH') ? openBlob(text) : await blobByKeygen(file);
  if (blob === 'unseen')
    return { usable: [], unseen: ['ssh-keygen is not installed, so keys in older formats were not looked at'] };
  const key = blob && listed.find((each) => each.blob.equals(blob));
  return key ? { usable: [`${file} of ${key.principals} has no passphrase`], unseen: [] } : nothing;
}

const MAGIC = 'openssh-key-v1\0';

/** The public half of a key that is not encrypted (PROTOCOL.key of OpenSSH), whoever may read the file. */
function openBlob(text: string): Buffer | undefined {
  const bytes = Buffer.from(text.replaceAll(/-----[^\n]*-----|\s/g, ''), 'base64');
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const head = readStrings(bytes.subarray(MAGIC.length), 3);
  const [cipher] = head?.strings ?? [];
  return cipher?.toString('latin1') === 'none'
    ? readStrings(head?.rest.subarray(4) ?? Buffer.alloc(0), 1)?.strings[0]
    : undefined;
}

/** Formats of OpenSSL. */
async function blobByKeygen(file: string): Promise<Buffer | 'unseen' | undefined> {
  const { isInstalled, exitCode, stdout } = await askPublicHalf(file);
  if (!isInstalled) return 'unseen';
  return exitCode === 0 ? blobsOf(stdout)[0] : undefined;
}

/** Whether a key asks before it signs, no agent tells. */
async function agentKeys(agent: string | undefined, listed: readonly ListedKey[]): Promise<UsableKeys> {
  if (!agent) return nothing;
  const { isInstalled, exitCode, stdout } = await askAgent(agent);
  if (!isInstalled) return { usable: [], unseen: ['ssh-add is not installed, so the SSH agent was not asked'] };
  // It holds no keys.
  if (exitCode === 1) return nothing;
  if (exitCode !== 0) return { usable: [], unseen: ['the SSH agent of SSH_AUTH_SOCK does not answer'] };
  const held = blobsOf(stdout);
  return {
    usable: listed
      .filter(({ blob }) => held.some((each) => each.equals(blob)))
      .map(
        ({ principals, blob }) =>
          `the SSH agent holds ${fingerprintOf(blob)} of ${principals}, and signs with it unasked unless it was added with \`ssh-add -c\``,
      ),
    unseen: [],
  };
}

/** Public keys as lines of `KIND KEY COMMENT`. */
function blobsOf(lines: string): readonly Buffer[] {
  return lines.split('\n').map((line) => Buffer.from(line.split(' ')[1] ?? '', 'base64'));
}

function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

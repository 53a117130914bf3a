import { simpleGit } from 'simple-git';

import { FixgateError } from '#domain/errors.ts';

import { throwIfCancelled } from '../cancelled.ts';
import type { NotedRequests } from '../noted-requests.ts';

/** One reading git command. Nothing an agent wrote stands where git expects an option. */
export interface GitRead {
  readonly folder: string;
  readonly args: readonly string[];
  /** Output beyond this is dropped and the command stopped. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Where the command is remembered. */
  readonly noted?: NotedRequests | undefined;
}

/** What git said. Untrusted: names, subjects and diffs are the repository's. */
export interface GitOutput {
  readonly text: string;
  readonly truncated: boolean;
}

/** Milliseconds of silence after which git is stopped. */
const SILENCE_MS = 30_000;

/** Runs git for reading. simple-git removes ambient GIT_* variables and refuses options that start programs. */
export async function readGit({ folder, args, maxBytes, signal, noted }: GitRead): Promise<GitOutput> {
  throwIfCancelled(signal);
  noted?.add(['git', ...args].join(' '));
  const full = new AbortController();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const keep = (chunk: Buffer) => {
    if (bytes < maxBytes) chunks.push(chunk.subarray(0, maxBytes - bytes));
    bytes += chunk.length;
    if (bytes > maxBytes) full.abort();
  };
  try {
    const options = { baseDir: folder, abort: AbortSignal.any([signal, full.signal]), timeout: { block: SILENCE_MS } };
    const git = simpleGit({ ...options, maxConcurrentProcesses: 1 });
    await git.outputHandler((_command, stdout) => stdout.on('data', keep)).raw([...args]);
  } catch (error) {
    throwIfCancelled(signal);
    if (!full.signal.aborted) throw failed(error);
  }
  return { text: Buffer.concat(chunks).toString('utf8'), truncated: bytes > maxBytes };
}

function failed(cause: unknown): FixgateError {
  const said = cause instanceof Error ? cause.message.trim().slice(0, 1_024) : 'unknown reason';
  return new FixgateError('provider_unavailable', `git could not read the repository: ${said}`, {
    fix: 'Have the operator check that the repository of the incident can be read.',
    cause,
  });
}

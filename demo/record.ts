import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';

import type { Release, Repository } from './repository.ts';
import { git } from './repository.ts';

/** Where a run's logs and metrics go. */
export interface Recording {
  readonly logs: string;
  readonly metrics: string;
}

const SCRAPE_EVERY_MS = 250;
const SIGN_UPS_AT_ONCE = 8;
/** More than the audit view can show, so that a release that keeps every result complains on a busy machine, too. */
const LEAST_SIGN_UPS = 1_200;
const PROFILE_BYTES = 16_384;

/** Runs the real service of a release under load for `durationMs`, and until it has had enough of it; records what it logs and what it measures. */
export async function runUnderLoad(
  repository: Repository,
  release: Release,
  recording: Recording,
  durationMs: number,
): Promise<void> {
  const folder = path.join(path.dirname(repository.checkout), 'releases', path.basename(release.tag));
  await mkdir(recording.metrics, { recursive: true });
  await git(path.dirname(repository.checkout), [
    'clone',
    '--quiet',
    '--branch',
    release.tag,
    repository.remote,
    folder,
  ]);
  const service = execa('node', ['--expose-gc', 'src/server.js'], {
    cwd: folder,
    env: { PORT: '0' },
    buffer: false,
    reject: false,
  });
  const logs = pipeline(service.stdout, createWriteStream(recording.logs, { flags: 'a' }));
  try {
    const url = await addressOf(service.stdout);
    const stopAt = performance.now() + durationMs;
    let signUps = 0;
    const isOver = () => performance.now() >= stopAt && signUps >= LEAST_SIGN_UPS;
    const keepSigningUp = async () => {
      for (; !isOver(); signUps += 1) await signUp(url);
    };
    await Promise.all([
      scrape(url, recording.metrics, isOver),
      ...Array.from({ length: SIGN_UPS_AT_ONCE }, () => keepSigningUp()),
    ]);
  } finally {
    service.kill('SIGTERM');
    await service;
    await logs;
    await rm(folder, { recursive: true, force: true });
  }
}

/** The service says its port in its first log line. */
function addressOf(stdout: NodeJS.ReadableStream): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(new Error('The service did not start within 30 s.')), 30_000);
  stdout.on('data', (chunk: Buffer) => {
    const port = /"port":(\d+)/.exec(chunk.toString())?.[1];
    if (port === undefined) return;
    clearTimeout(timer);
    resolve(`http://127.0.0.1:${port}`);
  });
  return promise;
}

async function scrape(url: string, folder: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const answer = await fetch(`${url}/metrics`);
    await writeFile(path.join(folder, `user-service-${Date.now()}.prom`), await answer.text());
    await sleep(SCRAPE_EVERY_MS);
  }
}

async function signUp(url: string): Promise<void> {
  const user = { name: 'Ada', profile: 'x'.repeat(PROFILE_BYTES) };
  const answer = await fetch(`${url}/users`, { method: 'POST', body: JSON.stringify(user) });
  await answer.arrayBuffer();
  await sleep(10);
}

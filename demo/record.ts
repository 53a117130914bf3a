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
const PROFILE_BYTES = 16_384;

/** Runs the real service of a release under load for `durationMs`; records what it logs and what it measures. */
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
    await Promise.all([
      scrape(url, recording.metrics, stopAt),
      ...Array.from({ length: SIGN_UPS_AT_ONCE }, () => signUp(url, stopAt)),
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
  const timer = setTimeout(() => reject(new Error('The service did not start within 10 s.')), 10_000);
  stdout.on('data', (chunk: Buffer) => {
    const port = /"port":(\d+)/.exec(chunk.toString())?.[1];
    if (port === undefined) return;
    clearTimeout(timer);
    resolve(`http://127.0.0.1:${port}`);
  });
  return promise;
}

async function scrape(url: string, folder: string, stopAt: number): Promise<void> {
  while (performance.now() < stopAt) {
    const answer = await fetch(`${url}/metrics`);
    await writeFile(path.join(folder, `user-service-${Date.now()}.prom`), await answer.text());
    await sleep(SCRAPE_EVERY_MS);
  }
}

async function signUp(url: string, stopAt: number): Promise<void> {
  const user = { name: 'Ada', profile: 'x'.repeat(PROFILE_BYTES) };
  while (performance.now() < stopAt) {
    await fetch(`${url}/users`, { method: 'POST', body: JSON.stringify(user) }).then((answer) => answer.arrayBuffer());
    await sleep(10);
  }
}

import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { Log } from '#telemetry/log.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import { withLock } from '#workspace/lock.ts';

interface MetricsFileDeps {
  /** Absolute; its name ends in `.prom`. */
  readonly file: string;
  readonly stateFolder: string;
  readonly metrics: Pick<Metrics, 'recordsText'>;
  readonly log: Log;
  readonly everyMs?: number;
}

const EVERY_MS = 10_000;
/** How long the end of a server waits for another that writes. */
const LAST_WAIT_MS = 2_000;

/**
 * Keeps a file for node_exporter's textfile collector up to date while the server runs, and once more at its end. All servers of a
 * state folder write the same text into the same file, each under a lock, so that no number in it ever goes back.
 */
export function keepMetricsFile({ everyMs = EVERY_MS, ...deps }: MetricsFileDeps): AsyncDisposable {
  let written: string | undefined;
  let told = false;

  async function write(waitMs: number): Promise<void> {
    // A long history is read before anybody has to wait for it.
    if ((await deps.metrics.recordsText()) === written && existsSync(deps.file)) return;
    const locks = path.join(deps.stateFolder, 'locks');
    mkdirSync(locks, { recursive: true, mode: 0o700 });
    await withLock({ file: path.join(locks, 'metrics.lock'), what: 'The metrics file', waitMs }, async () => {
      const text = await deps.metrics.recordsText();
      replaceFile(deps.file, text);
      written = text;
    });
    told = false;
  }

  /** A full disk is told once, and tried again. */
  async function tryToWrite(waitMs: number): Promise<void> {
    try {
      await write(waitMs);
    } catch (error) {
      const isBusy = error instanceof FixgateError && error.code === 'timeout';
      if (isBusy || told) return;
      told = true;
      deps.log('warn', `the metrics file was not written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  let turn = tryToWrite(0);
  const again = setInterval(() => {
    turn = turn.then(() => tryToWrite(0));
  }, everyMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(again);
      await turn;
      await tryToWrite(LAST_WAIT_MS);
    },
  };
}

/** Never half a file: written beside it and moved. The collector runs under another account, and there is nothing secret in it. */
function replaceFile(file: string, text: string): void {
  // In a folder where others may write, a name that they know could be a link of theirs.
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 });
    chmodSync(temporary, 0o644);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

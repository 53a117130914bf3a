import path from 'node:path';

import { keepMetricsFile } from '#cli/metrics-file.ts';
import type { Runtime } from '#cli/runtime.ts';
import { stateIdOf } from '#cli/state-id.ts';
import type { Config } from '#config/load.ts';
import { files } from '#providers/files.ts';
import { providers } from '#providers/index.ts';
import { localGit } from '#providers/local-git.ts';
import { openmetrics } from '#providers/openmetrics.ts';
import type { Asked } from '#telemetry/call-facts.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import { createMetrics } from '#telemetry/metrics.ts';

interface ServerMetricsDeps {
  readonly runtime: Pick<Runtime, 'store' | 'config' | 'toolNames' | 'log' | 'recordDrops' | 'closeTelemetry'>;
  readonly stateFolder: string;
  readonly version: string;
}

/** The metrics of a server, and what keeps them where others read them. */
export interface ServerMetrics extends AsyncDisposable {
  /** Loads the library the first time. */
  get(): Promise<Metrics>;
}

const DROPS_EVERY_MS = 60_000;

/** Makes the metrics of a server; without a file to write and without a scrape nothing is loaded. */
export function createServerMetrics({ runtime, stateFolder, version }: ServerMetricsDeps): ServerMetrics {
  const { store, config, toolNames, log } = runtime;
  const state = stateIdOf(stateFolder);
  const names = { tools: toolNames, providers: providers.map(({ id }) => id), sources: sourcesOf(config) };
  let made: Promise<Metrics> | undefined;
  const get = () => (made ??= createMetrics({ store, ...names, version, state }));

  const { metrics_textfile: file } = config.file.telemetry;
  const lazily = { recordsText: async () => (await get()).recordsText() };
  const kept =
    file === undefined
      ? undefined
      : keepMetricsFile({ file: path.resolve(config.folder, file), stateFolder, metrics: lazily, log });

  const drops = setInterval(runtime.recordDrops, DROPS_EVERY_MS).unref();
  return {
    get,
    async [Symbol.asyncDispose]() {
      clearInterval(drops);
      // What the end drops is in the file, too.
      await runtime.closeTelemetry();
      await kept?.[Symbol.asyncDispose]();
    },
  };
}

/** Whom this configuration lets calls ask, with what a checkout holds itself. */
function sourcesOf({ sources, codeHost }: Config): readonly Pick<Asked, 'provider' | 'role'>[] {
  const roles = ['logs', 'metrics', 'deploys'] as const;
  const configured = sources.flatMap(({ provider: { id, capabilities } }) =>
    roles.filter((role) => role in capabilities).map((role) => ({ provider: id, role })),
  );
  const embedded = [
    { provider: files.id, role: 'logs' },
    { provider: openmetrics.id, role: 'metrics' },
    { provider: localGit.id, role: 'deploys' },
    { provider: codeHost.provider.id, role: 'host' },
  ] as const;
  return [...embedded, ...configured];
}

import { once } from 'node:events';

import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import { cacheFolderOf, packageVersion, stateFolderOf } from '#cli/invocation.ts';
import { checkIsolation } from '#cli/isolation.ts';
import type { Runtime } from '#cli/runtime.ts';
import { openStderr } from '#cli/stderr.ts';
import { tidyInBackground } from '#cli/tidy.ts';
import { FixgateError } from '#domain/errors.ts';
import { createInFlight } from '#engine/in-flight.ts';
import { refuseReadableKey } from '#state/head-key.ts';
import { createDropped } from '#telemetry/dropped.ts';
import { listenForStopSignals } from '#transport/stop-signals.ts';

interface ServeOptions {
  readonly config?: string;
  readonly http?: boolean;
  readonly host: string;
  readonly port: number;
  readonly budget?: number;
  readonly readOnly?: boolean;
}

/** Tools whose answers may take longer than an idle proxy waits. */
const LONG_TOOLS: ReadonlySet<string> = new Set([
  'run_tests',
  'open_pr',
  'apply_patch',
  'get_incident_logs',
  'query_metrics',
  'list_recent_deploys',
]);

/** How often a server looks for what other processes want to be told. */
const LOOK_MS = 5_000;

/** `fixgate serve`: the MCP server on stdio or HTTP. */
export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('Serve MCP on stdio, or with --http on streamable HTTP at /mcp.')
    .option('--config <file>', 'configuration; default: fixgate.yaml in the working directory, if there')
    .option('--http', 'speak streamable HTTP instead of stdio')
    .option('--host <host>', 'address to listen on; beyond loopback a token is needed', '127.0.0.1')
    .option('--port <port>', 'port to listen on', parsePort, 7337)
    .option('--budget <usd>', 'dollars an incident may spend; can only lower the policy', parseUsd)
    .option('--read-only', 'offer only tools that change nothing')
    .action((options: ServeOptions) => serve(options, context));
}

async function serve(options: ServeOptions, { invocation }: CommandContext): Promise<void> {
  const inFlight = createInFlight();
  using stop = listenForStopSignals();
  const dropped = createDropped();
  using stderr = openStderr(() => dropped.add('log_lines'));
  await using runtime = await openRuntime(invocation, {
    transport: options.http ? 'http' : 'stdio',
    configPath: options.config,
    maxUsd: options.budget,
    readOnly: options.readOnly ?? false,
    stderr,
    logLevel: 'info',
    dropped,
  });
  const onError = (error: Error) => runtime.log('error', error.message);
  const stateFolder = stateFolderOf(invocation);
  if (runtime.guard.strength === 'enforced') refuseReadableKey(stateFolder);
  const { store, clock, config } = runtime;
  const keepEvidenceMs = config.file.evidence.keep_days * 86_400_000;
  const kept = { stateFolder, cacheFolder: cacheFolderOf(invocation), store, clock, keepEvidenceMs };
  using _ = tidyInBackground(kept, (error) => onError(error instanceof Error ? error : new Error(String(error))));
  void warnOfIsolation(runtime);
  using background = new DisposableStack();
  background.use(runtime.handOver.watch(LOOK_MS));
  const version = packageVersion(invocation);
  // It brings the providers, which other commands do without.
  const { createServerMetrics } = await import('#cli/server-metrics.ts');
  await using metrics = createServerMetrics({ runtime, stateFolder, version });
  if (!options.http) {
    const { serveStdioTransport } = await import('#transport/stdio.ts');
    const factory = await runtime.serverFactory(inFlight, runtime.callTool);
    await serveStdioTransport({ factory, inFlight, onError, stop: stop.signal });
    return;
  }
  const { startHttp } = await import('#transport/http.ts');
  await using http = await startHttp({
    factory: await runtime.serverFactory(inFlight, runtime.callTool),
    metrics: await metrics.get(),
    inFlight,
    onError,
    clock: runtime.clock,
    host: options.host,
    port: options.port,
    token: runtime.config.httpToken,
    allowedHosts: runtime.config.file.http.allowed_hosts,
    isLongRunning: (tool) => LONG_TOOLS.has(tool),
  });
  runtime.log('info', `serving MCP at ${http.url}`);
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
}

/** Tried at the start, beside the first calls: an operator learns now, and not from a refused test run, what is missing. */
async function warnOfIsolation({ operatorPolicy, log }: Runtime): Promise<void> {
  try {
    await checkIsolation(operatorPolicy);
  } catch (error) {
    log('warn', error instanceof FixgateError ? `${error.message} ${error.fix}` : String(error));
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('must be 0 to 65535');
  return port;
}

function parseUsd(text: string): number {
  const usd = Number(text);
  if (!Number.isFinite(usd) || usd < 0) throw new InvalidArgumentError('must be an amount of dollars, such as 0.50');
  return usd;
}

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

import type { Carrier } from '#telemetry/trace-parent.ts';

/** One run of the program: what it was asked, and what it may know of its surroundings. */
export interface Invocation {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Where `policies/` and `package.json` are. */
  readonly packageFolder: string;
  /** File that starts this program again. */
  readonly entry: string;
  /** Told of the secrets of the configuration when it is read. */
  readonly onSecrets?: (secrets: readonly string[]) => void;
}

/** The version in package.json. */
export function packageVersion({ packageFolder }: Pick<Invocation, 'packageFolder'>): string {
  return manifestIn(packageFolder).version;
}

/** Versions of the packages that are built in, by name: exact ones for those that speak to vendors. */
export function builtInVersions({
  packageFolder,
}: Pick<Invocation, 'packageFolder'>): Readonly<Record<string, string>> {
  return manifestIn(packageFolder).devDependencies;
}

/** The manifest that is published beside the program. */
function manifestIn(folder: string): { readonly version: string; readonly devDependencies: Record<string, string> } {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as ReturnType<typeof manifestIn>;
}

/** Where Node.js keeps this program compiled, as bin/fixgate.js tells it: whoever writes there chooses what runs. */
export function cacheFolderOf({ environment }: Pick<Invocation, 'environment'>): string {
  const xdg = environment['XDG_CACHE_HOME'];
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(homedir(), '.cache'), 'fixgate');
}

/** `FIXGATE_STATE_DIR`, else the place that the XDG base directory specification names for state. */
export function stateFolderOf({
  environment,
  workingDirectory,
}: Pick<Invocation, 'environment' | 'workingDirectory'>): string {
  const given = environment['FIXGATE_STATE_DIR'];
  if (given) return path.resolve(workingDirectory, given);
  const xdg = environment['XDG_STATE_HOME'];
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(homedir(), '.local/state'), 'fixgate');
}

/** The span that started this process, as OpenTelemetry's environment variables carry it; untrusted. */
export function carrierOf({ environment }: Pick<Invocation, 'environment'>): Carrier {
  return { traceparent: environment['TRACEPARENT'], tracestate: environment['TRACESTATE'] };
}

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

import { FixgateError } from '#domain/errors.ts';

/** The environment that the server itself runs in; untrusted code sees only what is picked here by name. */
export type HostEnvironment = Readonly<Record<string, string | undefined>>;

/** Marks every process of one sandboxed command, so that strays can be found. */
export const SANDBOX_MARK = 'SANDBOX_ID';

/** Where toolchains live, relative to the operator's home; programs such as `cargo` fail without them. */
const toolchainFolders: Readonly<Record<string, string>> = {
  RUSTUP_HOME: '.rustup',
  PYENV_ROOT: '.pyenv',
  GOMODCACHE: 'go/pkg/mod',
};

const passedOn = ['TZ', 'GOROOT', 'JAVA_HOME', ...Object.keys(toolchainFolders)];

/** What decides the environment of one sandboxed command. */
export interface EnvironmentRequest {
  readonly host: HostEnvironment;
  /** Declared by the operator; wins over everything else. */
  readonly extra: Readonly<Record<string, string>>;
  readonly home: string;
  readonly temporary: string;
  /** Folders that are searched for programs, in this order. */
  readonly path: readonly string[];
  readonly label: string;
}

/** Builds a clean environment from an allow-list: no credentials, nothing else of the server's own. */
export function toSandboxEnvironment(request: EnvironmentRequest): Record<string, string> {
  const { host, extra } = request;
  const picked = passedOn.flatMap((name) => {
    const value = host[name] ?? toolchainFolder(name, host);
    return value ? [[name, value] as const] : [];
  });
  return {
    ...Object.fromEntries(picked),
    PATH: request.path.join(delimiter),
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    HOME: request.home,
    TMPDIR: request.temporary,
    CI: 'true',
    ...extra,
    [SANDBOX_MARK]: request.label,
  };
}

function toolchainFolder(name: string, host: HostEnvironment): string | undefined {
  const below = toolchainFolders[name];
  if (!below || !host['HOME']) return undefined;
  const folder = join(host['HOME'], below);
  return existsSync(folder) ? folder : undefined;
}

/** The folders of the operator's PATH. */
export function operatorPath(host: HostEnvironment): readonly string[] {
  // A relative entry would mean another folder in every working directory.
  return (host['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter).filter(isAbsolute);
}

/** Folders of toolchains that programs find by a variable, not beside themselves. */
export function toolchainRoots(host: HostEnvironment): readonly string[] {
  return [...Object.keys(toolchainFolders), 'GOROOT', 'JAVA_HOME'].flatMap(
    (name) => host[name] ?? toolchainFolder(name, host) ?? [],
  );
}

/** Finds the program as a shell would; throws `not_found` when it is missing or no executable file. */
export function findProgram(name: string, cwd: string, path: string): string {
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : path.split(delimiter).map((folder) => join(folder, name));
  const found = candidates.find(isExecutable);
  if (found) return found;
  const where = name.includes('/') ? 'in the working folder' : 'in PATH';
  throw new FixgateError(
    'not_found',
    `The program ${name.slice(0, 200)} was not found ${where}, or may not be executed.`,
    {
      fix: 'Ask the operator to install the program or to correct the suite.',
    },
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether a test can run here. Answers undefined when `present`, else the sentence to skip with;
 * where everything must be there (FIXGATE_REQUIRE_ALL), it throws instead, so that nothing is skipped unseen.
 */
export function missing(what: string, present: boolean): string | undefined {
  if (present) return undefined;
  if (process.env['FIXGATE_REQUIRE_ALL']) throw new Error(`${what} is required here and missing.`);
  return `${what} is not on this machine.`;
}

/** The same for toolchains that no run installs: their recorded output is tested everywhere. */
export function absent(what: string, present: boolean): string | undefined {
  return present ? undefined : `${what} is not on this machine.`;
}

/** A folder of packages with mocha in it, and why a test that needs it is skipped. */
export const mochaModules = process.env['FIXGATE_MOCHA'] ?? '';
export const withoutMocha = (): string | undefined => missing('mocha (FIXGATE_MOCHA)', mochaModules !== '');

/** True when a program is on the PATH: starting it takes a second for some, and longer than any limit on a busy machine. */
export function hasProgram(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => isExecutable(join(folder, name)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

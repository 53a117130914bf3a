import { refuseForeignState } from '#cli/foreign-state.ts';
import type { Invocation } from '#cli/invocation.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import type { Runtime, RuntimeOptions } from '#cli/runtime.ts';

/** Answered; red tests too. */
export const EXIT_OK = 0;
/** Refused or failed. */
export const EXIT_REFUSED = 1;
/** Waits for an approval, or is still running. */
export const EXIT_PENDING = 2;
/** Wrong usage or configuration. */
export const EXIT_USAGE = 3;

/** What every command is given: where it runs, and where it says how it ended. */
export interface CommandContext {
  readonly invocation: Invocation;
  setExitCode(code: number): void;
}

/** Builds the object graph; loaded only now, because most of what it imports is slow to load. */
export async function openRuntime(invocation: Invocation, options: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  refuseForeignState(stateFolderOf(invocation));
  const { createRuntime } = await import('#cli/runtime.ts');
  return createRuntime(invocation, {
    transport: 'stdio',
    configPath: undefined,
    maxUsd: undefined,
    readOnly: false,
    needsSecrets: true,
    ...options,
  });
}

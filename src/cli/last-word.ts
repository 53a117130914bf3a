import { inspect } from 'node:util';

import { EXIT_REFUSED } from '#cli/command.ts';

/** What a process says on standard error when it fails: errors of libraries name addresses and headers, secrets among them. */
export interface LastWord extends Disposable {
  /** Secrets of the configuration, once it is read. */
  readonly hold: (secrets: readonly string[]) => void;
  say(problem: unknown): Promise<void>;
}

/** Makes it, and ends the process with it when an error reaches nobody. */
export function openLastWord(): LastWord {
  const held: string[] = [];
  const say = async (problem: unknown) => {
    const { createRedactor } = await import('#engine/redact.ts');
    console.error(createRedactor(held)(typeof problem === 'string' ? problem : inspect(problem)));
  };
  const onLost = (error: unknown) => void say(error).finally(() => process.exit(EXIT_REFUSED));
  process.on('uncaughtException', onLost);
  return {
    hold: (secrets) => void held.push(...secrets),
    say,
    [Symbol.dispose]: () => void process.off('uncaughtException', onLost),
  };
}

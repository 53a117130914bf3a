import util from 'node:util';

import type { Host } from '#policy/host-tools.ts';
import { hosts } from '#policy/host-tools.ts';

/** How the hook was started. */
export interface HookOptions {
  readonly host: Host;
  readonly incident: string | undefined;
  readonly policy: string | undefined;
  readonly config: string | undefined;
  /** Names under which the host knows Fixgate's MCP server. */
  readonly servers: readonly string[];
}

const OPTIONS = {
  incident: { type: 'string' },
  policy: { type: 'string' },
  config: { type: 'string' },
  server: { type: 'string', multiple: true },
} as const;

/** Reads the command line; a string says what is wrong with it. A parser that exits by itself would let the call through. */
export function parseOptions(words: readonly string[]): HookOptions | string {
  try {
    const { values, positionals } =
      readPlainly(words) ?? util.parseArgs({ args: [...words], allowPositionals: true, options: OPTIONS });
    const host = hosts.find((each) => each === positionals[0]);
    if (host === undefined || positionals.length > 1) return `name one host: ${hosts.join(' or ')}`;
    if (values.policy !== undefined && values.config !== undefined) return 'name --policy or --config, not both';
    const { incident, policy, config, server } = values;
    return { host, incident, policy, config, servers: server ?? ['fixgate'] };
  } catch (error) {
    return error instanceof Error ? error.message : 'the options cannot be read';
  }
}

interface Words {
  readonly values: {
    readonly incident?: string;
    readonly policy?: string;
    readonly config?: string;
    readonly server?: string[];
  };
  readonly positionals: readonly string[];
}

/** The usual line, `<host> --config <file>`: the parser of Node.js takes a millisecond to load. */
function readPlainly([host = '-', option, value, ...more]: readonly string[]): Words | undefined {
  if (host.startsWith('-') || more.length > 0) return undefined;
  if (option === undefined) return { values: {}, positionals: [host] };
  const isPlain = option === '--config' && value !== undefined && !value.startsWith('-');
  return isPlain ? { values: { config: value }, positionals: [host] } : undefined;
}

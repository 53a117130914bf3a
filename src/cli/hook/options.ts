import { parseArgs } from 'node:util';

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

/** Reads the command line; a string says what is wrong with it. A parser that exits by itself would let the call through. */
export function parseOptions(words: readonly string[]): HookOptions | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        incident: { type: 'string' },
        policy: { type: 'string' },
        config: { type: 'string' },
        server: { type: 'string', multiple: true },
      },
    });
    const host = hosts.find((each) => each === positionals[0]);
    if (host === undefined || positionals.length > 1) return `name one host: ${hosts.join(' or ')}`;
    if (values.policy !== undefined && values.config !== undefined) return 'name --policy or --config, not both';
    const { incident, policy, config, server } = values;
    return { host, incident, policy, config, servers: server ?? ['fixgate'] };
  } catch (error) {
    return error instanceof Error ? error.message : 'the options cannot be read';
  }
}

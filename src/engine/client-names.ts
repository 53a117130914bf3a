import type { Server, ServerContext } from '@modelcontextprotocol/server';
import { CLIENT_INFO_META_KEY } from '@modelcontextprotocol/server';

import { currentCaller } from '#telemetry/caller.ts';

/** What clients call themselves: for people to read, never for decisions. */
export interface ClientNames {
  /** Notes who initialized: without a session another protocol server answers what comes next. */
  learn(server: Server, context: ServerContext): void;
  /** Name and version, printable and at most 100 characters; `client` when it is not known. */
  of(server: Server, context: ServerContext): string;
}

/** Clients that are remembered; beyond that all are forgotten, which costs nothing but names. */
const MAX_REMEMBERED = 1_000;

/** Makes the memory of one process. */
export function createClientNames(): ClientNames {
  const known = new Map<string, string>();
  return {
    learn(server, context) {
      const [key, name] = [keyOf(context), nameOf(server.getClientVersion())];
      if (key === undefined) return;
      if (known.size >= MAX_REMEMBERED && !known.has(key)) known.clear();
      // Of two that cannot be told apart neither is named.
      known.set(key, (known.get(key) ?? name) === name ? name : '');
    },
    of(server, context) {
      const envelope: Readonly<Record<string, unknown>> = { ...context.mcpReq.envelope };
      const claimed = envelope[CLIENT_INFO_META_KEY] ?? server.getClientVersion();
      const name = claimed === undefined ? known.get(keyOf(context) ?? '') : nameOf(claimed);
      return name || 'client';
    },
  };
}

/** What requests of one HTTP client have in common; undefined on stdio, where a server has one client. */
function keyOf({ http }: ServerContext): string | undefined {
  const userAgent = http?.req?.headers.get('user-agent')?.slice(0, 256);
  return http && JSON.stringify([currentCaller()?.address, http.authInfo?.clientId, userAgent]);
}

/** How the timeline names humans, hooks and the server itself; no client may pass for one. */
const OWN_ACTORS = /^(?:human|server|cli|hook)\b/i;

function nameOf(claimed: unknown): string {
  const { name, version } = { ...(claimed as { readonly name?: unknown; readonly version?: unknown } | undefined) };
  const printable = [name, version]
    .filter((part) => typeof part === 'string')
    .map((part) => part.slice(0, 1_000))
    .join('/')
    .replaceAll(/[^\x20-\x7E]/g, '')
    .trim()
    .slice(0, 100);
  return OWN_ACTORS.test(printable) ? `client ${printable}`.slice(0, 100) : printable;
}

import type { JSONRPCRequest, Result, ServerContext, ServerOptions } from '@modelcontextprotocol/server';
import { Server } from '@modelcontextprotocol/server';

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

/** Does something around an answer. */
export type Around = (server: Server, context: ServerContext, answer: () => Promise<Result>) => Promise<Result>;

/** Requests that the SDK answers by itself; a ping is answered with nothing, as the protocol wants it. */
const OWN: ReadonlySet<string> = new Set(['initialize', 'server/discover']);

/** Makes a protocol server with something around what the SDK answers by itself; the SDK lets only subclasses in there. */
export function createProtocolServer(
  info: ConstructorParameters<typeof Server>[0],
  options: ServerOptions,
  around: Around,
): Server {
  class Observed extends Server {
    // Called by the SDK's constructor, too, before this class has fields.
    protected override _wrapHandler(method: string, handler: Handler): Handler {
      const observed: Handler = OWN.has(method)
        ? (request, context) => around(this, context, () => handler(request, context))
        : handler;
      // oxlint-disable-next-line no-underscore-dangle -- the SDK's own name
      return super._wrapHandler(method, observed);
    }
  }
  return new Observed(info, options);
}

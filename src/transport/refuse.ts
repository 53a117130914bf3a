import type { ServerResponse } from 'node:http';

/** One HTTP answer that says no, in the shape JSON-RPC clients show to their users. */
export interface HttpRefusal {
  readonly status: number;
  /** JSON-RPC error code. */
  readonly code: number;
  /** What was refused and why. */
  readonly message: string;
  /** One imperative sentence. */
  readonly fix: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request's id, when exactly one could be read. */
  readonly id?: string | number | null;
}

/** JSON-RPC codes of answers given before a server sees the message. */
export const rpcCodes = {
  transport: -32_000,
  unknownSession: -32_001,
  parse: -32_700,
  invalidRequest: -32_600,
} as const;

const noStore = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;

/** The refusal as the body of a JSON-RPC error response. */
export function toRpcError({ code, message, fix, id }: HttpRefusal): string {
  return JSON.stringify({ jsonrpc: '2.0', error: { code, message, data: { fix } }, id: id ?? null });
}

/** The refusal as a web response. */
export function toResponse(refusal: HttpRefusal): Response {
  return new Response(toRpcError(refusal), { status: refusal.status, headers: { ...noStore, ...refusal.headers } });
}

/** Answers with the refusal; the rest of an unread body is discarded by Node under the request time limit. */
export function refuse(res: ServerResponse, refusal: HttpRefusal): void {
  res.writeHead(refusal.status, { ...noStore, ...refusal.headers });
  res.end(toRpcError(refusal));
}

/** Answers with plain JSON, for callers that are not MCP clients. */
export function sendJson(res: ServerResponse, status: number, body: Readonly<Record<string, string>>): void {
  res.writeHead(status, noStore);
  res.end(JSON.stringify(body));
}

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

import { isJsonContentType } from '@modelcontextprotocol/server';

import { rpcCodes, type HttpRefusal } from './refuse.ts';

interface BodyLimits {
  readonly bodyBytes: number;
  readonly jsonDepth: number;
}

/** A parsed body, or why it was not parsed. */
export type BodyOutcome = { readonly value: unknown } | { readonly refusal: HttpRefusal };

/** Reads one JSON body; size is checked while it arrives, nesting before anything parses it. */
export async function readJsonBody(req: IncomingMessage, limits: BodyLimits): Promise<BodyOutcome> {
  if (!isJsonContentType(req.headers['content-type'] ?? null)) return { refusal: notJson };
  if (Number(req.headers['content-length']) > limits.bodyBytes) return { refusal: tooLarge(limits.bodyBytes) };
  const bytes = await collect(req, limits.bodyBytes);
  return bytes ? parseBody(bytes, limits.jsonDepth) : { refusal: tooLarge(limits.bodyBytes) };
}

/** Parses the bytes of one body. */
export function parseBody(bytes: Buffer, maxDepth: number): BodyOutcome {
  if (!isUtf8(bytes)) return { refusal: unparsable };
  const text = bytes.toString('utf8');
  if (exceedsJsonDepth(text, maxDepth)) return { refusal: tooDeep(maxDepth) };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { refusal: unparsable };
  }
}

/** True when arrays and objects nest deeper than `maxDepth`; one pass, no recursion, valid JSON or not. */
export function exceedsJsonDepth(text: string, maxDepth: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (char === '}' || char === ']') depth -= 1;
  }
  return false;
}

async function collect(req: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let received = 0;
  // Leaving the loop must not destroy the socket: the refusal still has to be written to it.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    received += chunk.byteLength;
    if (received > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const notJson: HttpRefusal = {
  status: 415,
  code: rpcCodes.transport,
  message: 'Only JSON bodies are read here.',
  fix: 'Send "Content-Type: application/json".',
};

const unparsable: HttpRefusal = {
  status: 400,
  code: rpcCodes.parse,
  message: 'The request body is not valid JSON in UTF-8.',
  fix: 'Send one JSON-RPC message.',
};

function tooLarge(maxBytes: number): HttpRefusal {
  return {
    status: 413,
    code: rpcCodes.transport,
    message: `The request body is larger than the limit of ${maxBytes} bytes.`,
    fix: 'Send less in one call.',
  };
}

function tooDeep(maxDepth: number): HttpRefusal {
  return {
    status: 400,
    code: rpcCodes.invalidRequest,
    message: `The request body nests deeper than the limit of ${maxDepth} levels.`,
    fix: 'Send flatter arguments.',
  };
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { pipeline } from 'node:stream';

import type { TlsMaterial } from './tls.ts';

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, whole. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Decompressed and decoded; empty when `overflow` is true. */
  readonly body: string;
  /** The body was larger than `maxBytes`; the connection was cut there. */
  readonly overflow: boolean;
}

/** The bounds of one exchange. */
export interface Exchange {
  /** Closes the connection when it aborts. */
  readonly signal: AbortSignal;
  /** Bytes of a body after decompression. */
  readonly maxBytes: number;
  readonly tls: TlsMaterial;
}

/** Sends one request and reads its answer to the end or to the limit; rejects with the system's own error. */
export async function exchange(request: WireRequest, { signal, maxBytes, tls }: Exchange): Promise<WireAnswer> {
  const { method, url, body } = request;
  const headers = {
    ...request.headers,
    'accept-encoding': 'gzip',
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
  };
  const response = await open(url, { method, headers, signal, ...tls }, body);
  const overflow = { happened: false };
  const text = await readText(response, maxBytes, overflow);
  return { status: response.statusCode ?? 0, headers: response.headers, body: text, overflow: overflow.happened };
}

/** Loaded when it is used: most commands of the program never speak to a vendor. */
async function open(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return await new Promise((resolve, reject) => {
    // The listener stays: a connection may break after the headers have come, and the reader of the body hears of that as well.
    request(url, options, resolve).on('error', reject).end(body);
  });
}

async function readText(response: IncomingMessage, maxBytes: number, overflow: { happened: boolean }): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of await decompressed(response)) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      // Leaving the loop destroys the stream, and with it the connection.
      overflow.happened = true;
      return '';
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function decompressed(response: IncomingMessage): Promise<AsyncIterable<Buffer>> {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  const { createGunzip } = await import('node:zlib');
  return pipeline(response, createGunzip(), () => {
    // The error reaches whoever iterates.
  });
}

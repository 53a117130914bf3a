import { once } from 'node:events';
import { readSync } from 'node:fs';

import type { HookOptions } from '#cli/hook/options.ts';
import { parseOptions } from '#cli/hook/options.ts';
import type { HookReply } from '#cli/hook/protocol.ts';
import { errorReply, parseInput, toProcessEnd } from '#cli/hook/protocol.ts';
import { runHook } from '#cli/hook/run-hook.ts';
import type { Invocation } from '#cli/invocation.ts';
import { FixgateError } from '#domain/errors.ts';
import { readHostCall } from '#policy/host-tools.ts';

/** Bytes of one event; a host writes whole files into it. */
const MAX_INPUT_BYTES = 32 * 1024 * 1024;

/** Answers one event on stdin, and the exit code. Whatever goes wrong is a refusal: both hosts take an error for consent. */
export async function serveHook(words: readonly string[], invocation: Invocation): Promise<number> {
  const options = parseOptions(words);
  const host = typeof options === 'string' ? 'architect' : options.host;
  const late = Promise.withResolvers<HookReply>();
  const timer = setTimeout(() => late.resolve(tooLate), ANSWER_MS);
  const reply = await Promise.race([answer(options, invocation), late.promise]);
  clearTimeout(timer);
  const end = toProcessEnd(host, reply);
  if (end.stdout !== '' && !process.stdout.write(end.stdout)) await once(process.stdout, 'drain');
  if (end.stderr !== '' && !process.stderr.write(end.stderr)) await once(process.stderr, 'drain');
  // What is still waited for would keep this process alive until the host gives up, which is consent. Where nothing was said, nothing
  // is lost either, and tidying up takes 2 ms.
  if (reply === tooLate || reply.decision === 'pass') process.exit(end.exitCode);
  return end.exitCode;
}

async function answer(options: HookOptions | string, invocation: Invocation): Promise<HookReply> {
  if (typeof options === 'string')
    return broken(`the hook is set up wrongly: ${options}`, 'Ask the operator to correct the command of the hook.');
  try {
    const text = await readInput();
    if (text === undefined)
      return broken(`the input is larger than ${MAX_INPUT_BYTES} bytes`, 'Write the file in smaller steps.');
    const input = parseInput(options.host, text);
    if (typeof input === 'string')
      return broken(input, `Ask the operator to check that the hook is called by ${options.host} before each tool.`);
    const facts = readHostCall(input.call, options.servers);
    if (facts.kind === 'ignored') return { decision: 'pass' };
    return await runHook({ options, input, facts, invocation });
  } catch (error) {
    if (error instanceof FixgateError) return errorReply(error);
    const what = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
    return broken(
      `something broke here, not in your call (${what})`,
      'Tell the on-call engineer, and do not try to get round it.',
    );
  }
}

/** Milliseconds until an answer is given, whatever is still waited for; well below the ten seconds that a host waits at least. */
const ANSWER_MS = 6_000;

function broken(what: string, fix: string): HookReply {
  return {
    decision: 'broken',
    reason: `DENIED[hook] Fixgate's hook cannot judge this call: ${what}. Nothing was done. ${fix}`,
  };
}

const tooLate = broken(`it took longer than ${ANSWER_MS} ms`, 'Tell the on-call engineer when that happens again.');

/** Undefined when there is too much of it. */
async function readInput(): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of pieces()) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_INPUT_BYTES) return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads the pipe itself, since the stream over it takes long to load; a pipe that does not wait is left to the stream. */
async function* pieces(): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(65_536);
    let length: number;
    try {
      length = readSync(0, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      for await (const rest of process.stdin) yield rest as Buffer;
      return;
    }
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}

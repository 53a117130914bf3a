import { FixgateError } from '#domain/errors.ts';

/**
 * Milliseconds without a question after which the command is ended; the next question starts another, which takes longer than all else
 * of a small patch. Agents think and test for minutes between two.
 */
const IDLE_MS = 600_000;
/** Milliseconds that one answer may take. */
const ANSWER_TIMEOUT_MS = 120_000;

/** A command that stays running until it is disposed. */
export interface Session extends AsyncDisposable {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: AsyncIterable<Buffer>;
  /** Whether this process stays alive for it; it does at first. */
  ref(): void;
  unref(): void;
}

/** A command that stays running and is asked again and again: starting one costs more than most answers. */
export interface Conversation extends AsyncDisposable {
  /** Questions wait for each other. A command that died meanwhile is started again, and asked once more. */
  ask<T>(question: string, read: (answer: Answer) => Promise<T>): Promise<T>;
}

/** What the command says; whatever reads it must take exactly its own answer. */
export interface Answer {
  /** Up to the next line end, without it. */
  line(): Promise<string>;
  take(count: number): Promise<Buffer>;
  /** Everything before `end`, which must be the last that the command says; throws `invalid_input` past `maxBytes`. */
  until(end: string, maxBytes: number): Promise<Buffer>;
}

interface Running {
  readonly session: Session;
  readonly answer: Answer;
}

/** The command ended before it had answered. */
class Ended extends Error {}

/** Starts nothing yet. The command never keeps this process running, and ends with it: its standard input closes. */
export function createConversation(start: () => Session): Conversation {
  let running: Running | undefined;
  let closed = false;
  let queue: Promise<unknown> = Promise.resolve();
  const idle = createIdleTimer(() => void end());

  const end = async () => {
    const ending = running;
    running = undefined;
    await ending?.session[Symbol.asyncDispose]();
  };

  const askOnce = async <T>(question: string, read: (answer: Answer) => Promise<T>): Promise<T> => {
    if (closed) throw new Error('A command was asked after it was closed.');
    if (!running) {
      const session = start();
      running = { session, answer: createAnswer(session) };
    }
    const { session, answer } = running;
    session.ref();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(tooSlow()), ANSWER_TIMEOUT_MS);
    });
    try {
      session.stdin.write(question);
      return await Promise.race([read(answer), late]);
    } catch (error) {
      // What is left of this answer would be taken for the next one.
      await end();
      throw error;
    } finally {
      clearTimeout(timer);
      session.unref();
      idle.restart();
    }
  };

  return {
    ask(question, read) {
      const answered = queue.then(() =>
        askOnce(question, read).catch((error: unknown) => {
          if (error instanceof Ended) return askOnce(question, read);
          throw error;
        }),
      );
      queue = answered.catch(() => undefined);
      return answered;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      idle.stop();
      await end();
    },
  };
}

function createIdleTimer(onIdle: () => void) {
  let timer: NodeJS.Timeout | undefined;
  return {
    restart() {
      clearTimeout(timer);
      timer = setTimeout(onIdle, IDLE_MS).unref();
    },
    stop: () => clearTimeout(timer),
  };
}

function createAnswer(session: Session): Answer {
  const chunks = session.stdout[Symbol.asyncIterator]();
  let parts: Buffer[] = [];
  let length = 0;

  const more = async () => {
    // A stream that is cut off may end or fail; either way there is no answer.
    const { done, value } = await chunks.next().catch(() => ({ done: true as const, value: undefined }));
    if (done === true || value === undefined) throw new Ended('the command ended early');
    parts.push(Buffer.from(value));
    length += value.length;
  };
  const joined = () => {
    const all = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length);
    parts = [all];
    return all;
  };
  const has = (count: number) => length >= count;
  const take = async (count: number): Promise<Buffer> => {
    while (!has(count)) await more();
    const all = joined();
    parts = [all.subarray(count)];
    length -= count;
    return all.subarray(0, count);
  };

  return {
    take,
    async line() {
      while (!joined().includes(10)) await more();
      return (await take(joined().indexOf(10) + 1)).toString('latin1').slice(0, -1);
    },
    async until(end, maxBytes) {
      const tail = Buffer.from(end);
      while (!endsWith(parts, tail)) {
        if (length > maxBytes) throw tooMuch(maxBytes);
        await more();
      }
      return (await take(length)).subarray(0, -tail.length);
    },
  };
}

/** Looks at no more of the end than it must: answers come in many chunks. */
function endsWith(parts: readonly Buffer[], tail: Buffer): boolean {
  let last = parts.at(-1) ?? Buffer.alloc(0);
  for (let at = parts.length - 2; at >= 0 && last.length < tail.length; at -= 1)
    last = Buffer.concat([parts[at] ?? Buffer.alloc(0), last]);
  return last.length >= tail.length && last.subarray(-tail.length).equals(tail);
}

function tooSlow(): FixgateError {
  return new FixgateError(
    'timeout',
    `A command of the server did not answer within ${ANSWER_TIMEOUT_MS / 1000} s and was stopped.`,
    {
      fix: 'Try again later; if it happens again, check the disk of the server.',
    },
  );
}

function tooMuch(maxBytes: number): FixgateError {
  return new FixgateError('invalid_input', `The change would make a diff of more than ${maxBytes} bytes.`, {
    fix: 'Ask for a smaller change or a smaller file.',
  });
}

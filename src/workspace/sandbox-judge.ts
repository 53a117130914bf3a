import { createServer, type Socket } from 'node:net';

/** Knows which calls of which programs are blocked; the policy's own analysis behind a small face. */
export interface CommandJudge {
  /** The program's usual name, when some of its calls are blocked, by the name of a file. */
  concerns(fileName: string): string | undefined;
  /** First arguments behind which no call of the program is blocked. */
  harmlessFirst(program: string): readonly string[];
  /** The blocked command that a call is, if any; also a call that cannot be read off. */
  findBlocked(argv: readonly string[]): BlockedCall | undefined;
}

/** A blocked command that was tried; `call` is untrusted. */
export interface BlockedCall {
  /** The policy's entry, such as `kubectl apply`. */
  readonly entry: string;
  readonly call: string;
}

/** Listens for stubs, and remembers what was refused out of the sandbox's reach. */
export interface JudgeServer extends AsyncDisposable {
  readonly refused: readonly BlockedCall[];
}

/** Bytes of one question; a call with longer arguments is refused. */
const MAX_QUESTION_BYTES = 1024 * 1024;
/** A stub asks within milliseconds. */
const QUESTION_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 64;
/** Refusals that are kept; one is enough for the verdict. */
const MAX_REFUSED = 20;
const MAX_CALL = 1_024;

interface Question {
  readonly program: string;
  readonly args: readonly string[];
}

/** Answers stubs on a Unix socket. */
export async function listenForStubs(socketFile: string, judge: CommandJudge): Promise<JudgeServer> {
  const refused: BlockedCall[] = [];
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    answerOne(socket, (question) => answer(question, judge, refused));
  });
  server.maxConnections = MAX_CONNECTIONS;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(socketFile, resolve);
  await promise;
  return {
    refused,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

function answerOne(socket: Socket, reply: (question: string) => object): void {
  let question = '';
  let answered = false;
  const end = (answer: object) => {
    answered = true;
    socket.end(JSON.stringify(answer));
  };
  socket.setEncoding('utf8');
  socket.setTimeout(QUESTION_TIMEOUT_MS, () => socket.destroy());
  // The asking process may be killed at any moment.
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    if (answered) return;
    question += text;
    if (question.length > MAX_QUESTION_BYTES) end({ allow: false, message: 'the call is too long to be judged.' });
    else if (question.endsWith('\n')) end(reply(question));
  });
}

function answer(text: string, judge: CommandJudge, refused: BlockedCall[]): object {
  const question = parseQuestion(text);
  if (!question) return { allow: false, message: 'the call could not be read.' };
  const { program } = question;
  const found = judge.findBlocked([program, ...question.args]);
  if (!found) return { allow: true };
  if (refused.length < MAX_REFUSED) refused.push({ entry: found.entry, call: found.call.slice(0, MAX_CALL) });
  return {
    allow: false,
    message: `${program} was not run: blocked_commands/${found.entry} forbids it. Nothing was executed.`,
  };
}

function parseQuestion(text: string): Question | undefined {
  try {
    const { program, args } = JSON.parse(text) as Partial<Question>;
    const isList = Array.isArray(args) && args.every((each) => typeof each === 'string');
    return typeof program === 'string' && isList ? { program, args } : undefined;
  } catch {
    return undefined;
  }
}

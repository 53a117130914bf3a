import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import type { StdioTarget } from './mcp-clients.ts';

/** The program under test: the built one. */
export const fixgateEntry = fileURLToPath(new URL('../../bin/fixgate.js', import.meta.url));

/** Where a process runs and all it knows of its surroundings. */
export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Account of the process; only root may choose another than its own. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

/** A command that ended. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server process of a test; disposing kills it. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** What it wrote to its standard error so far. */
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
}

/** A server that speaks HTTP. */
export interface HttpServerProcess extends ServerProcess {
  readonly url: string;
}

/** One JSON-RPC message, not validated. */
export interface RpcMessage {
  readonly jsonrpc?: string;
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A server spoken to line by line, by no SDK. */
export interface LineServerProcess extends ServerProcess {
  /** Every line of standard output so far, as it came. */
  readonly lines: readonly string[];
  send(message: RpcMessage): void;
  /** Sends a line as it is. */
  write(line: string): void;
  /** Sends a request and waits for its answer; rejects when the server ends first. */
  request(id: number, method: string, params?: Readonly<Record<string, unknown>>): Promise<RpcMessage>;
  /** Closes the server's standard input. */
  end(): void;
}

/** Runs one command line of fixgate to its end. */
export async function runFixgate(place: Place, args: readonly string[], input = ''): Promise<Finished> {
  const child = start(place, args);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed(child)]);
  return { exitCode: child.exitCode, stdout, stderr };
}

/** The command that starts `fixgate serve` on standard streams. */
export function stdioTarget({ cwd, env }: Place, args: readonly string[] = []): StdioTarget {
  return { command: process.execPath, args: [fixgateEntry, 'serve', ...args], cwd, env };
}

/** Starts `fixgate serve --http` on a free port and waits until it listens. */
export async function startHttpServer(place: Place, args: readonly string[] = []): Promise<HttpServerProcess> {
  const child = start(place, ['serve', '--http', '--port', '0', ...args]);
  child.stdin.end();
  child.stdout.resume();
  const server = follow(child);
  const listening = Promise.withResolvers<string>();
  child.stderr.on('data', () => {
    const url = /serving MCP at ([^\s"]+)[\s"]/.exec(server.stderr())?.[1];
    if (url !== undefined) listening.resolve(url);
  });
  const url = await Promise.race([listening.promise, endedEarly(server)]);
  return { ...server, url };
}

/** Starts `fixgate serve` with plain pipes. */
export function startLineServer(place: Place, args: readonly string[] = []): LineServerProcess {
  const child = start(place, ['serve', ...args]);
  const server = follow(child);
  const lines: string[] = [];
  const waiting = new Map<number, (message: RpcMessage) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    const message = parseLine(line);
    if (message?.id !== undefined && message.method === undefined) waiting.get(message.id)?.(message);
  });
  const write = (line: string) => void child.stdin.write(`${line}\n`);
  const send = (message: RpcMessage) => write(JSON.stringify({ jsonrpc: '2.0', ...message }));
  return {
    ...server,
    lines,
    send,
    write,
    async request(id, method, params = {}) {
      const { promise, resolve } = Promise.withResolvers<RpcMessage>();
      waiting.set(id, resolve);
      send({ id, method, params });
      return Promise.race([promise, endedEarly(server)]);
    },
    end: () => void child.stdin.end(),
  };
}

/** A line as JSON-RPC; undefined when it is anything else. */
export function parseLine(line: string): RpcMessage | undefined {
  try {
    const message = JSON.parse(line) as RpcMessage;
    return message.jsonrpc === '2.0' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Ids of the processes, of whomever, that carry a word on their command line; one that ended and was not waited for has none. */
export function processesNaming(word: string): number[] {
  if (!existsSync('/proc')) {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,args=']).toString().split('\n');
    return lines.filter((line) => line.includes(word)).map((line) => Number.parseInt(line, 10));
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandLine(pid).includes(word)).map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Initializes as a 2025 client. */
export async function initialize(server: LineServerProcess): Promise<void> {
  const clientInfo = { name: 'lines', version: '0.0.0' };
  await server.request(0, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  server.send({ method: 'notifications/initialized' });
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function start({ cwd, env, as }: Place, args: readonly string[]): Child {
  const child = spawn(process.execPath, [fixgateEntry, ...args], { cwd, env: { ...env }, ...as });
  // A server that was killed no longer reads what is still being written.
  child.stdin.on('error', () => {});
  return child;
}

function follow(child: Child): ServerProcess {
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const exited = closed(child);
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  return {
    pid: child.pid ?? 0,
    exited,
    stderr: () => stderr,
    kill,
    async [Symbol.asyncDispose]() {
      kill('SIGKILL');
      await exited;
    },
  };
}

async function closed(child: Child): Promise<Exit> {
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode };
}

async function endedEarly({ exited, stderr }: ServerProcess): Promise<never> {
  const { code, signal } = await exited;
  throw new Error(`The server ended with ${signal ?? code}: ${stderr()}`);
}

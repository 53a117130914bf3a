/*
 * Programs that run inside the sandbox, as text, because they are files there and this one may be part of a bundle. They are plain
 * JavaScript for the server's own Node.js. Hostile code can read them and speak to the judge as they do: that tells it nothing that
 * the policy's refusals do not say, and a refusal that was recorded outside stays recorded.
 */

/** Asks the judge outside whether a call may be made: `client.mjs PROGRAM ARGS…` ends with 0 when it may. Silence is a refusal. */
export function clientScript(socket: string): string {
  return `import { connect } from 'node:net';
const [program, ...args] = process.argv.slice(2);
const refuse = (why) => { process.stderr.write('fixgate: ' + why + '\\n'); process.exit(126); };
let reply = '';
const judge = connect(${JSON.stringify(socket)});
judge.setEncoding('utf8');
judge.on('data', (text) => { reply += text; });
judge.on('error', () => refuse('the judge of ' + program + ' cannot be reached, so the call was not made.'));
judge.on('end', () => {
  const answer = JSON.parse(reply || '{}');
  if (answer.allow === true) process.exit(0);
  refuse(answer.message ?? 'the call was not judged, so it was not made.');
});
judge.write(JSON.stringify({ program, args }) + '\\n');
`;
}

/** What a stub needs to know of the program that it stands before. */
export interface StubFacts {
  readonly program: string;
  readonly node: string;
  readonly client: string;
  /** First arguments behind which nothing is blocked: such calls are not asked about, because starting Node.js takes a while. */
  readonly harmless: readonly string[];
}

/** A stub in front of a program that lies elsewhere. */
export function shellStub(facts: StubFacts, real: string): string {
  return ['#!/bin/sh', shellQuestion(facts), `exec ${quote(real)} "$@"`, ''].join('\n');
}

/** A stub that is the script itself with a question put before it: some find their parts beside the file they lie in. */
export function scriptStub(facts: StubFacts, source: string): string {
  const [firstLine, rest] = splitScript(source);
  return `${firstLine}\n${shellQuestion(facts)}\n${rest}`;
}

function shellQuestion({ program, node, client, harmless }: StubFacts): string {
  // The caller chooses the environment, and NODE_OPTIONS could answer in the judge's place.
  const ask = `/usr/bin/env -i ${quote(node)} ${quote(client)} ${quote(program)} "$@" </dev/null || exit 126`;
  return harmless.length === 0 ? ask : `case "$1" in ${harmless.join('|')}) ;; *) ${ask};; esac`;
}

function splitScript(source: string): readonly [firstLine: string, rest: string] {
  const end = source.indexOf('\n');
  return end < 0 ? [source, ''] : [source.slice(0, end), source.slice(end + 1)];
}

/** The same for a program of Node.js: package managers find their parts beside their first file. */
export function nodeStub(facts: StubFacts, source: string, isModule: boolean): string {
  const [firstLine, rest] = splitScript(source);
  const question = nodeQuestion(facts);
  // Imports of a module run before its first statement, so the question is an import too.
  const first = isModule
    ? `import ${JSON.stringify(`data:text/javascript,${encodeURIComponent(question)}`)};`
    : question;
  return `${firstLine}\n${first}\n${rest}`;
}

function nodeQuestion({ program, node, client, harmless }: StubFacts): string {
  const call = `[${JSON.stringify(client)}, ${JSON.stringify(program)}, ...process.argv.slice(2)]`;
  return (
    `if (!${JSON.stringify(harmless)}.includes(process.argv[2]) && process.getBuiltinModule('node:child_process')` +
    `.spawnSync(${JSON.stringify(node)}, ${call}, { env: {}, stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0) process.exit(126);`
  );
}

/** How the supervisor says that a service did not start, in its last line. */
export const SERVICE_FAILED = 'fixgate: service';
/** Exit code of the supervisor when a service did not start; no common runner uses it. */
export const SERVICE_FAILED_CODE = 125;

/** Starts services, waits until each is ready, runs the command and ends them: `supervisor.mjs SERVICES COMMAND…`. */
export const supervisorScript = `import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants } from 'node:os';
const [services, file, ...args] = process.argv.slice(2);
const running = [];
// Ended, not destroyed: a reset in the middle of its greeting ends a service that does not expect one.
const answers = (port) => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => { socket.end().resume(); resolve(true); });
  socket.on('error', () => resolve(false));
});
for (const { name, argv, ready, timeoutSeconds } of JSON.parse(services)) {
  const tail = [];
  let ended;
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  const keep = (chunk) => { tail.push(chunk.toString()); if (tail.length > 50) tail.shift(); };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => { ended = error.code === 'ENOENT' ? 'was not found' : 'could not be started'; });
  child.on('exit', (code, signal) => { ended ??= 'ended with ' + (signal ?? 'exit code ' + code); });
  running.push(child);
  const isReady = async () => 'port' in ready ? answers(ready.port)
    : spawnSync(ready.argv[0], ready.argv.slice(1), { stdio: 'ignore', timeout: timeoutSeconds * 1000 }).status === 0;
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    await sleep(20);
    if (ended === undefined && await isReady()) break;
    if (ended === undefined && performance.now() < deadline) continue;
    process.stdout.write(tail.join(''));
    const why = ended ?? 'was not ready within ' + timeoutSeconds + ' s';
    process.stderr.write('\\n${SERVICE_FAILED} ' + name + ' ' + why + '\\n', () => process.exit(${SERVICE_FAILED_CODE}));
    await sleep(1000);
  }
}
const command = spawn(file, args, { stdio: 'inherit' });
command.on('error', () => process.exit(127));
command.on('exit', (code, signal) => {
  for (const child of running) child.kill('SIGKILL');
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
});
`;

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

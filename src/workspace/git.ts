import { devNull } from 'node:os';

import { execa } from 'execa';

import { FixgateError } from '#domain/errors.ts';
import { childCarrier } from '#telemetry/tracing.ts';
import type { Session } from '#workspace/conversation.ts';
import { excerpt, withoutCredentials } from '#workspace/git-text.ts';

/** Milliseconds that a local git command may take. */
const LOCAL_TIMEOUT_MS = 120_000;
/** Bytes of output that are kept in memory; more stops the command. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** The environment that the operator started the server with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One git command: fixed words, and values only behind `--`, `--end-of-options` or on standard input. */
export interface GitCall {
  readonly args: readonly string[];
  /** Always named for repositories of the server: a worktree's `.git` file is writable by the tests that run in it. */
  readonly gitDir?: string;
  readonly workTree?: string;
  /** Folder where git looks for the operator's repository. */
  readonly folder?: string;
  /** `operator` reads the operator's git configuration and credentials; `server` (the default) reads neither. */
  readonly as?: 'server' | 'operator';
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a git command ended. */
export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** Without credentials in URLs; untrusted. */
  readonly stderr: string;
}

interface Referable {
  ref?(): unknown;
  unref?(): unknown;
}

/** The only way git is started: no shell, no hooks, no configuration of others, no prompts. */
export interface Git {
  /** Answers whatever the exit code is; throws when git cannot run, takes too long or says too much. */
  run(call: GitCall): Promise<GitResult>;
  /** Standard output of a command that must succeed. */
  bytes(call: GitCall): Promise<Buffer>;
  /** The same as UTF-8 text without its last line end. */
  text(call: GitCall): Promise<string>;
  /** Starts a command and leaves it running until it is disposed; it has a time limit only when `timeoutMs` is given. */
  start(call: GitCall): Session;
}

/** Settings that win over every configuration file, so that a repository cannot make git run a program. */
const HARDENING = [
  `core.hooksPath=${devNull}`,
  'core.fsmonitor=false',
  `core.attributesFile=${devNull}`,
  `core.excludesFile=${devNull}`,
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'core.quotePath=true',
  'core.autocrlf=false',
  'core.untrackedCache=false',
  'protocol.ext.allow=never',
  'submodule.recurse=false',
  'checkout.workers=0',
  'commit.gpgSign=false',
  'push.gpgSign=false',
  // Loose objects survive a power failure: the records that name them do.
  'core.fsync=committed',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

/** Variables of git that carry the operator's credentials and transport; all others would redirect our commands. */
const OPERATOR_GIT_VARIABLES =
  /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PROXY_COMMAND|SSL_\w+|HTTP_\w+|ALLOW_PROTOCOL|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+))$/;

const FIXED_ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_ATTR_NOSYSTEM: '1',
  // An object is what its id says, whatever refs/replace holds.
  GIT_NO_REPLACE_OBJECTS: '1',
  LC_ALL: 'C',
};

/** Makes the runner; `environment` supplies PATH, and the credentials for commands that run as the operator. */
export function createGit({ environment }: { readonly environment: Environment }): Git {
  const environments = { server: toServerEnvironment(environment), operator: toOperatorEnvironment(environment) };

  const options = (call: GitCall) => ({
    env: { ...environments[call.as ?? 'server'], ...call.env },
    extendEnv: false as const,
    reject: false as const,
    encoding: 'buffer' as const,
    stripFinalNewline: false as const,
    // A process group of its own: ssh and remote helpers end with git, and have no terminal to ask on.
    killDescendants: call.as === 'operator',
    ...(call.signal && { cancelSignal: call.signal }),
  });

  const run = async (call: GitCall): Promise<GitResult> => {
    const timeout = call.timeoutMs ?? LOCAL_TIMEOUT_MS;
    const maxBuffer = call.maxBytes ?? MAX_OUTPUT_BYTES;
    const input = call.input === undefined ? { stdin: 'ignore' as const } : { input: call.input };
    const { env, ...own } = options(call);
    // Helpers that git starts may tell of themselves; a session outlives the call that starts it, and belongs to none.
    const joined = { ...own, env: { ...env, ...childCarrier() } };
    const result = await execa('git', toArgv(call), { ...joined, ...input, timeout, maxBuffer });
    if (result.isCanceled)
      throw new FixgateError('cancelled', `git ${verbOf(call)} was cancelled.`, { fix: 'Call again.' });
    if (result.timedOut) throw tooSlow(call, timeout);
    if (result.isMaxBuffer) throw tooMuch(call, maxBuffer);
    if (result.exitCode === undefined) throw cannotRun(call, result.code);
    const stderr = withoutCredentials(Buffer.from(result.stderr).toString('utf8').trim());
    return { exitCode: result.exitCode, stdout: toBuffer(result.stdout), stderr };
  };

  const bytes = async (call: GitCall) => {
    const result = await run(call);
    if (result.exitCode !== 0) throw gitFailure(call, result);
    return result.stdout;
  };

  return {
    run,
    bytes,
    text: async (call) => (await bytes(call)).toString('utf8').replace(/\n$/, ''),
    start(call) {
      const timeout = call.timeoutMs ?? 0;
      // No clean-up handler: it would listen for signals as long as the command lives, and its input closes with this process.
      const own = { timeout, stderr: 'ignore', buffer: false, cleanup: false } as const;
      const child = execa('git', toArgv(call), { ...options(call), ...own });
      // Disposing closes the pipe while git may still be reading it; the reader notices the end by itself.
      child.stdin.on('error', () => undefined);
      // The pipes of a child are sockets, which keep the process alive as the child does.
      const pipes = [child.stdin, child.stdout] as readonly Referable[];
      const handles = [child.nodeChildProcess, ...pipes];
      return {
        stdin: child.stdin,
        stdout: child.stdout,
        ref: () => handles.forEach((handle) => handle.ref?.()),
        unref: () => handles.forEach((handle) => handle.unref?.()),
        async [Symbol.asyncDispose]() {
          // Nothing of a reading command is left to wait for.
          child.kill('SIGKILL');
        },
      };
    },
  };
}

/** The error for a git command that must not fail; what git said is cut to 1 KiB. */
export function gitFailure(call: GitCall, result: GitResult): FixgateError {
  const said = excerpt(result.stderr) || `exit status ${result.exitCode}`;
  return new FixgateError('internal', `git ${verbOf(call)} failed: ${said}`, {
    fix: 'Report this to the operator of the server.',
  });
}

function toArgv(call: GitCall): string[] {
  return [
    '--no-pager',
    ...HARDENING,
    ...(call.folder === undefined ? [] : ['-C', call.folder]),
    ...(call.gitDir === undefined ? [] : [`--git-dir=${call.gitDir}`]),
    ...(call.workTree === undefined ? [] : [`--work-tree=${call.workTree}`]),
    ...call.args,
  ];
}

function toServerEnvironment(environment: Environment): Record<string, string> {
  const kept = ['PATH', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP'].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(kept),
    ...FIXED_ENVIRONMENT,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
  };
}

function toOperatorEnvironment(environment: Environment): Record<string, string> {
  const kept = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && (!name.startsWith('GIT_') || OPERATOR_GIT_VARIABLES.test(name)),
  );
  // ssh would wait on a terminal for a passphrase or an unknown host key; a failing helper makes it give up instead.
  const ssh = environment['SSH_ASKPASS'] ? {} : { SSH_ASKPASS: 'false', SSH_ASKPASS_REQUIRE: 'force' };
  return { ...Object.fromEntries(kept), ...ssh, ...FIXED_ENVIRONMENT };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function verbOf(call: GitCall): string {
  return call.args.find((argument) => !argument.startsWith('-')) ?? '';
}

function tooSlow(call: GitCall, timeoutMs: number): FixgateError {
  return new FixgateError(
    'timeout',
    `git ${verbOf(call)} ran past its limit of ${timeoutMs / 1000} s and was stopped.`,
    {
      fix: 'Try again later; if it happens again, check the connection to the repository.',
    },
  );
}

function tooMuch(call: GitCall, maxBytes: number): FixgateError {
  return new FixgateError('invalid_input', `git ${verbOf(call)} would answer more than ${maxBytes} bytes.`, {
    fix: 'Ask for a smaller change or a smaller file.',
  });
}

function cannotRun(call: GitCall, code: string | undefined): FixgateError {
  return new FixgateError('misconfigured', `git ${verbOf(call)} could not be run (${code ?? 'killed'}).`, {
    fix: 'Install git 2.34 or newer and put it on the PATH of the server.',
  });
}

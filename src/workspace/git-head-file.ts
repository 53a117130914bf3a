import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { buffer } from 'node:stream/consumers';

const TIMEOUT_MS = 5_000;

/** Where a file is looked for. */
export interface HeadFile {
  /** Top folder of a checkout, or a bare repository. */
  readonly folder: string;
  /** Ids, or names of references in full. */
  readonly commits: readonly string[];
  readonly path: string;
  readonly maxBytes: number;
  /** Supplies PATH and the user's own git configuration. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Content of a file as it was committed, never the working tree's, at each commit; undefined when the commit or the file is not there.
 * Started without the library that runs every other git, because each call of a host's tool waits for it.
 */
export async function readCommitted({
  folder,
  commits,
  path,
  maxBytes,
  environment,
}: HeadFile): Promise<readonly (string | undefined)[]> {
  const kept = Object.entries(environment).filter(
    ([name]) => !name.startsWith('GIT_') || name.startsWith('GIT_CONFIG_'),
  );
  const child = spawn(
    'git',
    [
      '--no-pager',
      '-c',
      `core.hooksPath=${devNull}`,
      '-c',
      'core.fsmonitor=false',
      '-C',
      folder,
      'cat-file',
      '--batch',
    ],
    {
      env: {
        ...Object.fromEntries(kept),
        // A commit may be replaced under its own name, and a partial clone would ask its remote.
        GIT_NO_REPLACE_OBJECTS: '1',
        GIT_NO_LAZY_FETCH: '1',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_TERMINAL_PROMPT: '0',
        LC_ALL: 'C',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    },
  );
  child.stdin.on('error', () => undefined);
  child.stdin.end(commits.map((commit) => `${commit}:${path}\n`).join(''));
  const [output] = await Promise.all([buffer(child.stdout), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`git could not read ${path} of ${folder}`);
  let at = 0;
  return commits.map(() => {
    const found = contentAt(output, at, { path, maxBytes });
    at = found.next;
    return found.text;
  });
}

interface Content {
  readonly text: string | undefined;
  /** Where the answer for the next commit begins. */
  readonly next: number;
}

function contentAt(output: Buffer, at: number, { path, maxBytes }: Pick<HeadFile, 'path' | 'maxBytes'>): Content {
  const end = output.indexOf(10, at);
  const head = end < 0 ? '' : output.toString('latin1', at, end);
  if (head.endsWith(' missing')) return { text: undefined, next: end + 1 };
  const [, type, size] = head.split(' ').slice(-3);
  if (type !== 'blob' || Number(size) > maxBytes) throw new Error(`${path} is no file of a size that is read`);
  const next = end + 1 + Number(size);
  return { text: output.toString('utf8', end + 1, next), next: next + 1 };
}

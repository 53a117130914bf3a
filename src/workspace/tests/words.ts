import { posix } from 'node:path';

import type { RunnerUse } from './runners.ts';
import type { Selection } from './selected.ts';

/** A path as the suite's folder sees it, never where an option is read: patches choose the names of changed files. */
export function asArgument(path: string, cwd: string): string {
  const relative = posix.relative(cwd, path);
  return relative.startsWith('-') ? `./${relative}` : relative;
}

/** Some package managers put arguments into a shell's command line without quoting them. */
export function isShellSafe(text: string): boolean {
  return /^[\w .,:/@=+#-]*$/.test(text);
}

/** vitest watches unless told otherwise, and selects related tests by another subcommand. */
export function onceOnly(use: RunnerUse, selects: Selection['kind']): RunnerUse {
  if (use.rules.format !== 'vitest') return use;
  const head = use.words.slice(0, use.start);
  const tail = use.words.slice(use.start);
  const bare = ['run', 'watch', 'dev'].includes(tail[0] ?? '') ? tail.slice(1) : tail;
  if (selects === 'related') return { ...use, words: [...head, 'related', ...bare.filter(isNotRun)] };
  return tail[0] === 'related' ? use : { ...use, words: [...head, 'run', ...bare.filter(isNotRun)] };
}

function isNotRun(word: string): boolean {
  return word !== '--run';
}

import { analysableCommands } from '#policy/guards/analysable-commands.ts';
import { blockedCommands } from '#policy/guards/blocked-commands.ts';
import { branches } from '#policy/guards/branches.ts';
import { builtInFiles } from '#policy/guards/built-in-files.ts';
import { canonicalPaths } from '#policy/guards/canonical-paths.ts';
import { fileModes } from '#policy/guards/file-modes.ts';
import { maxFiles } from '#policy/guards/max-files.ts';
import { maxLines } from '#policy/guards/max-lines.ts';
import { protectedFiles } from '#policy/guards/protected-files.ts';
import { testsGreen } from '#policy/guards/tests-green.ts';
import type { Guard } from '#policy/verdict.ts';

/** Every guard, in the order in which findings are listed. The only registration. */
export const guards: readonly Guard[] = [
  canonicalPaths,
  protectedFiles,
  builtInFiles,
  fileModes,
  maxFiles,
  maxLines,
  blockedCommands,
  analysableCommands,
  branches,
  testsGreen,
];

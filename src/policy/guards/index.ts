import { analysableCommands } from '#policy/guards/analysable-commands.ts';
import { blockedCommands } from '#policy/guards/blocked-commands.ts';
import { branches } from '#policy/guards/branches.ts';
import { builtInFiles } from '#policy/guards/built-in-files.ts';
import { canonicalPaths } from '#policy/guards/canonical-paths.ts';
import { changeCaps } from '#policy/guards/change-caps.ts';
import { codeRules } from '#policy/guards/code-rules.ts';
import { fileModes } from '#policy/guards/file-modes.ts';
import { fileScope } from '#policy/guards/file-scope.ts';
import { maxFiles } from '#policy/guards/max-files.ts';
import { maxLines } from '#policy/guards/max-lines.ts';
import { protectedFiles } from '#policy/guards/protected-files.ts';
import { pushTriggers } from '#policy/guards/push-triggers.ts';
import { sandboxLeast } from '#policy/guards/sandbox-least.ts';
import { secretsInPatch } from '#policy/guards/secrets-in-patch.ts';
import { testsGreen } from '#policy/guards/tests-green.ts';
import type { Guard } from '#policy/verdict.ts';

/** Every guard, in the order in which findings are listed. The only registration. */
export const guards: readonly Guard[] = [
  canonicalPaths,
  protectedFiles,
  builtInFiles,
  fileScope,
  fileModes,
  maxFiles,
  maxLines,
  changeCaps,
  secretsInPatch,
  codeRules,
  blockedCommands,
  analysableCommands,
  sandboxLeast,
  branches,
  pushTriggers,
  testsGreen,
];

import { expect } from 'vitest';

import type { IncidentRepository } from './incident-repository.ts';
import type { Finished } from './server-process.ts';
import { runFixgate } from './server-process.ts';

/** How the hook is started. */
export interface HookStart {
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One event as Claude Code sends it, answered by the built program. */
export function claude(
  { checkout, place }: Pick<IncidentRepository, 'checkout' | 'place'>,
  tool: string,
  input: object,
  options: HookStart = {},
): Promise<Finished> {
  const event = {
    session_id: 's',
    transcript_path: '/nonexistent/s.jsonl',
    cwd: checkout,
    permission_mode: 'bypassPermissions',
    hook_event_name: 'PreToolUse',
    tool_name: tool,
    tool_input: input,
    tool_use_id: 'toolu_1',
  };
  const env = { ...place.env, CLAUDE_PROJECT_DIR: checkout, ...options.env };
  return runFixgate(
    { ...place, cwd: checkout, env },
    ['hook', 'claude', ...(options.words ?? [])],
    JSON.stringify(event),
  );
}

/** One event as architect sends it. */
export function architect(
  { checkout, place }: Pick<IncidentRepository, 'checkout' | 'place'>,
  tool_name: string,
  tool_input: object,
): Promise<Finished> {
  const env = { ...place.env, ARCHITECT_WORKSPACE: checkout, ARCHITECT_EVENT: 'pre_tool_use' };
  return runFixgate({ cwd: checkout, env }, ['hook', 'architect'], JSON.stringify({ tool_name, tool_input }));
}

/** What Claude Code reads of an answer: undefined when it goes on as without a hook. */
export function reasonOf({ exitCode, stdout }: Finished): string | undefined {
  expect(exitCode).toBe(0);
  if (stdout === '') return undefined;
  const { hookSpecificOutput } = JSON.parse(stdout) as { hookSpecificOutput: Record<string, string> };
  expect(hookSpecificOutput).toMatchObject({ hookEventName: 'PreToolUse', permissionDecision: 'deny' });
  return hookSpecificOutput['permissionDecisionReason'];
}

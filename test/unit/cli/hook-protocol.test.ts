import { expect, it } from 'vitest';

import { parseOptions } from '#cli/hook/options.ts';
import { parseInput, toProcessEnd, toReply } from '#cli/hook/protocol.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import type { Finding } from '#policy/verdict.ts';

// The fields that Claude Code documents for PreToolUse.
const event = {
  session_id: 'abc123',
  transcript_path: '/home/ada/.claude/projects/x/abc123.jsonl',
  cwd: '/home/ada/shop',
  permission_mode: 'default',
  hook_event_name: 'PreToolUse',
  tool_name: 'Write',
  tool_input: { file_path: '/home/ada/shop/a.ts', content: 'x' },
  tool_use_id: 'toolu_01ABC123',
};

it('reads the event that Claude Code sends', () => {
  expect(parseInput('claude', JSON.stringify(event))).toEqual({
    call: { host: 'claude', tool: 'Write', input: event.tool_input },
    folder: '/home/ada/shop',
    attended: true,
  });
});

it('reads the event that architect sends', () => {
  const sent = { tool_name: 'edit_file', tool_input: { path: 'a.ts' } };

  expect(parseInput('architect', JSON.stringify(sent))).toEqual({
    call: { host: 'architect', tool: 'edit_file', input: { path: 'a.ts' } },
    folder: undefined,
    attended: false,
  });
});

it.each(['bypassPermissions', 'dontAsk', 'auto', undefined, 7])(
  'takes nobody to be there in mode %s',
  (permission_mode) => {
    expect(parseInput('claude', JSON.stringify({ ...event, permission_mode }))).toMatchObject({ attended: false });
  },
);

it.each([
  ['no JSON', '{'],
  ['no input', ''],
  ['no object', '[]'],
  ['null', 'null'],
  ['another event', JSON.stringify({ ...event, hook_event_name: 'PostToolUse' })],
  ['no tool', JSON.stringify({ ...event, tool_name: '' })],
  ['a tool that is no name', JSON.stringify({ ...event, tool_name: ['Write'] })],
  ['arguments that are no object', JSON.stringify({ ...event, tool_input: 'x' })],
  ['a folder that is not absolute', JSON.stringify({ ...event, cwd: 'shop' })],
])('says what is wrong with %s', (_case, text) => {
  expect(parseInput('claude', text)).toBeTypeOf('string');
});

it('says nothing to a host when it has no objection, so that the host asks as it would have', () => {
  for (const host of ['claude', 'architect'] as const)
    expect(toProcessEnd(host, { decision: 'pass' })).toEqual({ stdout: '', stderr: '', exitCode: 0 });
});

it('denies with one line of JSON and exit 0 in Claude Code', () => {
  const end = toProcessEnd('claude', { decision: 'deny', reason: 'DENIED[x] no\nreally\u001b[1m' });

  expect(end).toMatchObject({ stderr: '', exitCode: 0 });
  expect(JSON.parse(end.stdout)).toEqual({
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      permissionDecisionReason: 'DENIED[x] no really [1m',
    },
  });
});

it('denies with exit 2 and one line on stderr in architect, and in any host when it is broken itself', () => {
  const stopped = { stdout: '', stderr: 'DENIED[x] no\n', exitCode: 2 };

  expect(toProcessEnd('architect', { decision: 'deny', reason: 'DENIED[x] no' })).toEqual(stopped);
  expect(toProcessEnd('architect', { decision: 'ask', reason: 'DENIED[x] no' })).toEqual(stopped);
  expect(toProcessEnd('claude', { decision: 'broken', reason: 'DENIED[x] no' })).toEqual(stopped);
});

const policy = (approvals: 'signed' | 'advisory') => ({ approvals }) as HostPolicy;
const finding = (effect: Finding['effect']): Finding => ({
  rule: 'r',
  effect,
  reason: 'Why.',
  fix: 'Do.',
  evidence: {},
});
const input = (attended: boolean) => ({
  call: { host: 'claude' as const, tool: 'Edit', input: {} },
  folder: undefined,
  attended,
});

it.each([
  ['asks', 'require_approval', 'advisory', true, 'ask'],
  ['denies, since a signature is wanted', 'require_approval', 'signed', true, 'deny'],
  ['denies, since nobody is there', 'require_approval', 'advisory', false, 'deny'],
  ['denies', 'deny', 'advisory', true, 'deny'],
] as const)('%s for %s with %s approvals, attended: %s', (...[, effect, approvals, attended, decision]) => {
  expect(toReply([finding(effect)], input(attended), policy(approvals))).toMatchObject({ decision });
});

it('tells rule, reason and way forward of every finding at once', () => {
  const findings = [finding('deny'), { ...finding('require_approval'), rule: 's', reason: 'Because.', fix: 'Stop.' }];

  expect(toReply(findings, input(true), policy('advisory'))).toEqual({
    decision: 'deny',
    reason: 'DENIED[r, s] Why. Because. Nothing was done. Do. Stop.',
  });
});

it('reads its command line', () => {
  expect(parseOptions(['claude', '--incident', 'PD-1', '--server', 'a', '--server', 'b'])).toEqual({
    host: 'claude',
    incident: 'PD-1',
    policy: undefined,
    config: undefined,
    servers: ['a', 'b'],
  });
});

it.each([[[]], [['--config', 'ops/fixgate.yaml']], [['--config', '']]])(
  'reads the usual command line as it reads any other: %j',
  (options) => {
    expect(parseOptions(['architect', ...options])).toEqual(parseOptions([...options, 'architect']));
    expect(parseOptions(['architect', ...options])).toMatchObject({ host: 'architect', config: options[1] });
  },
);

it.each([
  [[]],
  [['cursor']],
  [['claude', 'architect']],
  [['claude', '--polcy', 'x']],
  [['claude', '--policy']],
  [['claude', '--config']],
  [['claude', '--config', '--server']],
  [['--config', 'claude']],
  [['claude', '--policy', 'a', '--config', 'b']],
])('says what is wrong with the command line %j instead of exiting', (words) => {
  expect(parseOptions(words)).toBeTypeOf('string');
});

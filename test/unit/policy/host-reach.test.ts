import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';
import { findGuardCalls } from '#policy/host-guard.ts';
import { judgeCommand } from '#policy/host-shell.ts';
import type { Host } from '#policy/host-tools.ts';
import { readHostCall } from '#policy/host-tools.ts';

import { shipped } from './samples.ts';

/** What a host's command would touch: files with how far they reach, folders it enters, words that may name a file. */
function reachLines(command: string): string {
  const analysis = analyzeCommand(command.replaceAll('⏎', '\n'));
  const { uses, folders, words, hidden } = reachOf(analysis);
  return [
    command,
    ...uses.map(({ use, extent, text, pattern, from, endings, renamed, follows }) =>
      [
        `  ${use}s`,
        extent,
        JSON.stringify(text),
        pattern && `fitting ${pattern}`,
        from && `from ${from}`,
        follows && 'through links',
        endings && `and one of ${endings.length}, ${endings[0]} to ${endings.at(-1)}`,
        renamed && `renamed, such as ${text}ab to ${renamed(`${text}ab`).join(' ')}`,
      ]
        .filter(Boolean)
        .join(' '),
    ),
    ...folders.map((folder) => `  enters ${folder ?? 'an unknown folder'}`),
    `  names ${words.map((word) => JSON.stringify(word)).join(' ')}${hidden ? ' and more' : ''}`,
    ...findGuardCalls(analysis).map(({ rule }) => `  ? ${rule}`),
  ].join('\n');
}

/** The commands are the lines that are not indented; a line feed is written ⏎. */
it('what commands of a host touch is read as it is committed', async () => {
  const file = new URL('readings/host-reach.txt', import.meta.url);
  const commands = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('  '));
  await expect(`${commands.map(reachLines).join('\n\n')}\n`).toMatchFileSnapshot(file.pathname);
});

it.each<[string, Readonly<Record<string, string>>, readonly string[], string]>([
  ['npm test', {}, [], ''],
  ['npm test', { CI: '1' }, [], ''],
  [
    'npm publish',
    {},
    ['blocked_commands/npm publish'],
    'The command would execute "npm publish", which is blocked: "npm publish".',
  ],
  [
    '$x',
    {},
    ['command_not_analysable'],
    'What the command executes cannot be read off: a command name that is not literal at character 1.',
  ],
  [
    'x=$(cat f); exit $x',
    {},
    ['command_not_analysable'],
    'What the command executes cannot be read off: a variable, whose value may hold a command at character 18.',
  ],
  [
    'npm $x',
    {},
    ['command_not_analysable'],
    'What the command executes cannot be read off: words of npm publish that are not literal at character 1.',
  ],
  ['npm test', { PATH: '.' }, ['command_not_analysable'], 'The variable "PATH" can change what the command executes.'],
])('a host may run %j with %j: %j', (command, environment, rules, reason) => {
  const { findings, analysis } = judgeCommand(command, environment, shipped);
  expect(analysis.raw).toBe(command);
  expect(findings.map(({ rule }) => rule)).toEqual(rules);
  for (const finding of findings) expect(finding).toMatchObject({ effect: 'deny', reason });
});

it('tells a host what to do instead of a blocked command, or to work without it', () => {
  const policy = { ...shipped, blocked_commands: ['npm publish', 'helm upgrade'] };
  const [first, second] = judgeCommand(`npm publish ${'a'.repeat(2_000)}; helm upgrade x`, {}, policy).findings;
  expect(first?.fix).toBe(
    'Use npm pack --dry-run instead, or ask the on-call engineer to run it; do not rewrite it to get round the rule.',
  );
  expect(first?.reason).toHaveLength('The command would execute "", which is blocked: "npm publish".'.length + 256);
  expect(JSON.stringify(first?.evidence)).toHaveLength(
    JSON.stringify({ entry: 'npm publish', call: 'x'.repeat(1_024) }).length,
  );
  expect(second?.fix).toBe(
    'Work without it, or ask the on-call engineer to run it; do not rewrite it to get round the rule.',
  );
  expect(judgeCommand('$x', {}, policy).findings[0]?.fix).toMatch(/^Write the command plainly: literal/);
});

type Call = readonly [host: Host, tool: string, input: Readonly<Record<string, unknown>>];

const path = (value: unknown) => ({ path: value });
const calls: readonly Call[] = [
  ...['Edit', 'Write', 'MultiEdit', 'Read'].map((tool): Call => ['claude', tool, { file_path: '/p/a' }]),
  ...['NotebookEdit', 'NotebookRead'].map((tool): Call => ['claude', tool, { notebook_path: '/p/a' }]),
  ['claude', 'LSP', { filePath: '/p/a' }],
  ...[undefined, null, '', '/p', 7].map((value): Call => ['claude', 'LS', path(value)]),
  ...[undefined, null, '', '.env', '*.ts', 'a?', '[ab]', '{a,b}', '/etc/x', 7].flatMap((pattern): Call[] => [
    ['claude', 'Glob', { pattern }],
    ['claude', 'Glob', { pattern, path: '/p' }],
  ]),
  ['claude', 'Glob', { pattern: 'a', path: 7 }],
  ...[undefined, null, '', '*.ts', 7].map((glob): Call => ['claude', 'Grep', { pattern: 'x', path: '/p', glob }]),
  ['claude', 'Grep', { pattern: 'x', path: 7, glob: '*.ts' }],
  ['architect', 'search_code', { path: 'src', file_pattern: '*.ts' }],
  ['architect', 'grep', { path: 'src' }],
  ['architect', 'find_files', { path: 'src', pattern: 'a.ts' }],
  ['architect', 'list_files', { path: 'src' }],
  ['architect', 'Edit', { file_path: 'a' }],
  ['claude', 'write_file', { path: 'a' }],
  ['claude', 'toString', { path: 'a' }],
  ['claude', 'toString', { query: 'a' }],
  ...[
    '--- a/x\n+++ b/y\n',
    '--- /dev/null\n+++ b/y\n',
    '---  a/x\t2026-01-01\n',
    ' --- a/x\n',
    '*** x\n*** 1,2 ****\n',
    'Index: x\n',
    'rename from x\nrename to y\n',
    'copy from x\ncopy to y\n',
    '--- x y \n',
    '--- c/x\n+++ x/a/y\n',
    '--- a1\n',
    '@@ -1 +1 @@\n-a\n+b\n',
  ].map((text): Call => ['architect', 'apply_patch', { path: 'a.ts', patch: text }]),
  ['architect', 'apply_patch', { patch: '@@' }],
  ['architect', 'apply_patch', { path: 'a' }],
  ...[{}, { cwd: '' }, { cwd: null }, { cwd: 'web' }, { cwd: 7 }].map((more): Call => [
    'architect',
    'run_command',
    { command: 'ls', ...more },
  ]),
  ...[null, {}, { A: 'b' }, { A: 'b', C: 7 }, 'A=b', ['A=b'], 7].map((env): Call => [
    'architect',
    'run_command',
    { command: 'ls', env },
  ]),
  ['claude', 'Monitor', { command: 'ls' }],
  ['claude', 'Monitor', { ws: 'wss://x' }],
  ['claude', 'Monitor', { command: 'ls', ws: 'wss://x' }],
  ['claude', 'Monitor', {}],
  ...['Agent', 'Task', 'WebSearch', 'ExitPlanMode'].map((tool): Call => ['claude', tool, { file_path: 'a' }]),
  ['architect', 'Agent', { file_path: 'a' }],
  ['architect', 'dispatch_subagent', { files: ['a'] }],
  ['claude', 'dispatch_subagent', { files: ['a'] }],
  ['claude', 'mcp__fixgate__run_tests', { files: ['a'] }],
  ['claude', 'mcp__other__run_tests', { files: ['a'] }],
  ['claude', 'mcp__second__run_tests', { files: ['a'] }],
  ['claude', 'mcp_fixgate_run_tests', { files: ['a'] }],
  ['architect', 'mcp_fixgate_run_tests', { files: ['a'] }],
  ['architect', 'mcp__fixgate__run_tests', { files: ['a'] }],
  ...[
    'file',
    'files',
    'my_file',
    'myfile',
    'filename',
    'path',
    'targetPath',
    'dir',
    'directory',
    'folder',
    'command',
    'cmd',
    'argv',
    'script',
    'code',
    'cwd',
    'shell',
    'shells',
    'inputFiles',
    'runCommand',
    'query',
    'profile',
    'files_count',
    'pathological',
  ].map((name): Call => ['claude', 'Unheard', { [name]: 'x' }]),
  ...[undefined, null, '', [], ['a'], 0, false, {}].map((value): Call => ['claude', 'Unheard', { file: value }]),
  ['claude', `Unheard${'x'.repeat(100)}`, { [`${'x'.repeat(100)}File`]: 'a' }],
  ['claude', 'Edit', { file_path: 7 }],
];

it('what calls of a host touch is read as it is committed', async () => {
  const read = calls.map(([host, tool, input]) => ({
    call: `${host} ${tool}`,
    input,
    facts: readHostCall({ host, tool, input }, ['fixgate', 'second']),
  }));
  const long = readHostCall({ host: 'claude', tool: 'Edit', input: {} }, []);
  await expect(`${JSON.stringify([...read, long], null, 2)}\n`).toMatchFileSnapshot('readings/host-calls.json');
});

it('what is said of commands that reach the guard is as it is committed', async () => {
  const commands = [
    'fixgate approve A-1',
    'fixgate',
    'claude -p x',
    'fixgate stop; fixgate resume; codex',
    'fixgate "$x"',
    'npm i -g fixgate@0.0.1',
    'pnpm add --global ./evil.tgz',
  ];
  const said = Object.fromEntries(commands.map((command) => [command, findGuardCalls(analyzeCommand(command))]));
  await expect(`${JSON.stringify(said, null, 2)}\n`).toMatchFileSnapshot('readings/guard-calls.json');
});

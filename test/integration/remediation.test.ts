import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { toReport } from '#report/json.ts';
import { toRemediation } from '#report/remediation.ts';

import { temporaryFolder } from '../support/temporary-repository.ts';
import { escalatedInput, event, incident } from '../unit/report/records.ts';

interface Hostile {
  readonly branch?: string;
  readonly title?: string;
  readonly reason?: string;
  readonly ref?: string;
  readonly subject?: string;
  readonly action?: string;
  readonly argument?: string;
  /** The change as the report shows it, which masks and cuts. */
  readonly shown?: string;
  /** Where the clone of the server is; null where it has no branch to continue from. */
  readonly clone?: string | null;
}

/** A draft out of records in which everything from outside is chosen by an attacker. */
function draft({
  branch = 'main',
  title = 't',
  reason = 'r',
  ref = 'deploy/3',
  subject = 's',
  action = 'a',
  argument = 'a',
  shown = tested,
  clone = '/state/repos/0.git',
}: Hostile): string {
  const row = {
    rank: 1,
    kind: 'tag',
    sha: 'c0ffee1234567890',
    ref,
    by: ref,
    subject,
    time: '2026-03-02T08:00:00.000Z',
    confidence: '0.84 high',
    why: [subject],
  };
  const answer = {
    tool: 'list_recent_deploys',
    rows: 'rows',
    request: { source: 's', request: { of: 'deploys' } },
    output: { status: 'ok', source: 's', rollback_to: subject, rows: [row] },
  };
  const input = escalatedInput();
  const told = { reason, unknowns: [subject], suggested_actions: [action] };
  const { escalation } = input.incident;
  const run = input.runs[0];
  if (!run || !escalation) throw new Error('the sample has changed');
  const report = toReport({
    ...input,
    incident: {
      ...incident,
      ...input.incident,
      title,
      repository: { ...incident.repository, baseBranch: branch },
      escalation: { ...escalation, reason },
    },
    events: [...input.events, event(81, 'hand_over.told', { data: told })],
    runs: [{ ...run, plan: { ...run.plan, argv: ['node', argument], command: ['node', argument] } }],
    evidence: [
      {
        uri: 'incident://INC-1/evidence/1',
        title: 't',
        mimeType: 'application/json',
        sha256: 'a'.repeat(64),
        at: 1,
        text: JSON.stringify(answer),
      },
    ],
    current: { tree: '1'.repeat(40), diffHash: hashOf(tested), files: [], diff: shown },
    place:
      clone === null
        ? { why: 'the clone is gone' }
        : { clone, host: 'h', branch: 'hotfix/INC-1', ref: 'refs/heads/hotfix/INC-1', commit: 'd'.repeat(40) },
  });
  return toRemediation(report) ?? '';
}

/** Runs a script where every program of it only writes down how it was called. */
function execute(folder: string, script: string) {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['git', 'fixgate', 'jq', 'node']) {
    const file = join(bin, name);
    // One write: the ends of a pipe run at the same time.
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\0' ${name} "$@" '<end>' >> "$CALLS"\n`);
    chmodSync(file, 0o755);
  }
  const work = join(folder, 'work');
  mkdirSync(work, { recursive: true });
  const calls = join(folder, 'calls');
  writeFileSync(calls, '');
  const file = join(folder, 'draft.sh');
  writeFileSync(file, script);
  const { status, stderr } = spawnSync('/bin/sh', [file], {
    cwd: work,
    env: { PATH: bin, CALLS: calls },
    encoding: 'utf8',
  });
  const made = readFileSync(calls, 'utf8')
    .split('<end>\0')
    .filter((each) => each !== '')
    .map((each) => each.split('\0').slice(0, -1));
  return { status, stderr, made, left: readdirSync(work) };
}

/** What a human would have if they took the guard out. */
const unguarded = (script: string) => script.replace(/^exit 1$/m, ':');

const attacks = [
  `'; touch pwned; '`,
  '$(touch pwned)',
  '`touch pwned`',
  'a\ntouch pwned\n',
  'a\r\ntouch pwned',
  'a\u2028touch pwned',
  'a\u0085touch pwned',
  '" && touch pwned && "',
  '\\\ntouch pwned',
  '--upload-pack=touch pwned',
  '-x',
  '!touch',
  '*',
  '~root',
  '${IFS}touch${IFS}pwned',
  '\u202Etouch pwned\u202C',
  '\u001B[2Ktouch pwned',
  '\0touch pwned',
  '#\ntouch pwned',
  "'\\''; touch pwned #",
  'EOF\ntouch pwned',
];

describe('the drafted commands', () => {
  it('do nothing when somebody runs the file [hand-over:remediation:inert]', async () => {
    await using folder = await temporaryFolder();
    expect(execute(folder.path, draft({}))).toMatchObject({
      status: 1,
      made: [],
      left: [],
      stderr: expect.stringContaining('This is a draft'),
    });
  });

  it('are shell that can be read', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'draft.sh');
    writeFileSync(file, draft({}));
    expect(execFileSync('/bin/sh', ['-n', file]).toString()).toBe('');
    const { made } = execute(folder.path, unguarded(draft({})));
    const rollback = [
      ['git', 'fetch', 'origin', 'refs/heads/main'],
      ['git', 'switch', '--create', 'hotfix/INC-1-rollback', 'FETCH_HEAD'],
      ['git', 'revert', '--no-edit', 'c0ffee1234567890'],
    ];
    expect(made).toEqual([
      ...rollback,
      ['git', 'fetch', '/state/repos/0.git', 'refs/heads/hotfix/INC-1'],
      ['git', 'switch', '--create', 'hotfix/INC-1-by-hand', 'd'.repeat(40)],
      ['node', 'a'],
    ]);

    const byDiff = execute(folder.path, unguarded(draft({ clone: null }))).made;
    expect(byDiff.slice(0, 4)).toEqual([
      ...rollback,
      ['git', 'switch', '--create', 'hotfix/INC-1-by-hand', 'b'.repeat(40)],
    ]);
    // The ends of a pipe begin at the same time.
    expect(byDiff.slice(4, 7)).toContainEqual(['git', 'apply', '--index', '-']);
    expect(byDiff.at(-1)).toEqual(['node', 'a']);
  });

  it.each(
    attacks.flatMap((attack) =>
      (['branch', 'title', 'reason', 'ref', 'subject', 'action', 'argument', 'clone'] as const).map(
        (field) => [field, attack] as const,
      ),
    ),
  )(
    'a %s of %j becomes no command of its own, even without the guard [hand-over:remediation:quoted]',
    async (field, attack) => {
      await using folder = await temporaryFolder();
      const script = draft({ [field]: field === 'clone' ? `/${attack}` : attack });
      const { made, left } = execute(folder.path, unguarded(script));

      expect(left).toEqual([]);
      expect(existsSync(join(folder.path, 'work/pwned'))).toBe(false);
      expect(made.map(([program = '']) => program).toSorted((a, b) => a.localeCompare(b))).toEqual(
        expectedPrograms(made.length),
      );
      for (const call of made.filter(([program]) => program === 'git'))
        expect(call.slice(1).filter((word) => word.startsWith('-') && !OPTIONS.has(word))).toEqual([]);
      // What a reader sees is what the shell reads: no hidden character is left.
      expect(script).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2066-\u2069]/);
    },
  );

  it('bring back no other change than was tested: none where the report masks or cuts it', () => {
    const shown = '--- a\n+++ [masked:secret]\n';
    for (const clone of ['/state/repos/0.git', null]) {
      expect(draft({ clone })).toContain('git apply');
      expect(draft({ clone, shown })).not.toContain('git apply');
    }
    expect(draft({ shown })).toContain("git fetch '/state/repos/0.git'");
    expect(draft({ shown, clone: null })).toContain('the clone is gone');
  });

  it('carry every plain word to the program as it is [hand-over:remediation:quoted]', async () => {
    await using folder = await temporaryFolder();
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...SIGNS), maxLength: 40 }), (argument) => {
        const { made } = execute(folder.path, unguarded(draft({ argument })));
        expect(made.find(([program]) => program === 'node')).toEqual(['node', argument]);
      }),
      { numRuns: 60 },
    );
  });
});

const tested = '--- a\n+++ b\n';
const hashOf = (diff: string) => `sha256:${createHash('sha256').update(diff).digest('hex')}`;

const SIGNS = ` '"$\`\\!*?[]{}()<>|&;#~=%@+:,.-_aZ0é`.split('');

const OPTIONS: ReadonlySet<string> = new Set(['--create', '--no-edit', '--index', '-']);

/** Every program that a draft calls, as often as it does; without the part in which a word hides something. */
function expectedPrograms(calls: number): string[] {
  const all = ['git', 'git', 'git', 'git', 'git', 'node'];
  // Without the suite, the rollback, or the change.
  const candidates = [all, all.slice(0, -1), all.slice(2), all.slice(3)];
  return candidates.find(({ length }) => length === calls) ?? [];
}

import type { Action, PatchAction, TestAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import { analysableCommands } from '#policy/guards/analysable-commands.ts';
import { blockedCommands } from '#policy/guards/blocked-commands.ts';
import { builtInFiles } from '#policy/guards/built-in-files.ts';
import { canonicalPaths } from '#policy/guards/canonical-paths.ts';
import { protectedFiles } from '#policy/guards/protected-files.ts';
import type { Policy } from '#policy/schema.ts';
import { quote } from '#policy/text.ts';
import { judge } from '#policy/verdict.ts';

/** The rows of a policy's examples that its own guards decide otherwise, each as one line. */
export function failingExamples(policy: Policy): readonly string[] {
  return (['refused', 'allowed'] as const).flatMap((expected) =>
    (['paths', 'commands'] as const).flatMap((kind) =>
      policy.examples[expected][kind].flatMap((row, index) => {
        const action = kind === 'paths' ? patchOf(row) : testOf(row);
        const verdict = judge(rowGuards, action, policy, nobody);
        const rules = verdict.effect === 'allow' ? [] : verdict.findings.map((finding) => finding.rule);
        if (rules.length > 0 === (expected === 'refused')) return [];
        const outcome = rules.length > 0 ? `is refused by ${rules.join(', ')}` : 'is allowed';
        return [`examples.${expected}.${kind}[${index}]: ${quote(row)} ${outcome}`];
      }),
    ),
  );
}

const rowGuards = [canonicalPaths, protectedFiles, builtInFiles, blockedCommands, analysableCommands];

function patchOf(path: string): PatchAction {
  return {
    kind: 'patch',
    reason: '',
    fromTree: '',
    tree: '',
    writes: [{ path, after: { mode: '100644', content: Buffer.alloc(0) }, added: 0, removed: 0 }],
    reads: [],
    netChanges: [],
    diffHash: '',
    everTouched: [path],
  };
}

function testOf(command: string): TestAction {
  const plan: TestAction['plan'] = {
    suite: 'example',
    required: true,
    argv: [],
    cwd: '.',
    env: {},
    format: 'exit_code',
    scope: 'all',
    files: [],
    selection: '',
    tree: '',
    timeoutSeconds: 1,
  };
  return { kind: 'test', plan, commands: [{ command, origin: 'example' }] } satisfies Action;
}

const nobody: Incident = {
  id: 'example',
  title: '',
  severity: 'SEV4',
  severityConfirmed: false,
  startedAt: 0,
  repository: { location: '', baseBranch: '', baseCommit: '' },
  openedBy: 'human',
  openedAt: 0,
  state: 'open',
};

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
        const action = kind === 'paths' ? exampleChange([row]) : exampleRun(row);
        const verdict = judge(rowGuards, action, policy, exampleIncident);
        const rules = verdict.effect === 'allow' ? [] : verdict.findings.map((finding) => finding.rule);
        if (rules.length > 0 === (expected === 'refused')) return [];
        const outcome = rules.length > 0 ? `is refused by ${rules.join(', ')}` : 'is allowed';
        return [`examples.${expected}.${kind}[${index}]: ${quote(row)} ${outcome}`];
      }),
    ),
  );
}

const rowGuards = [canonicalPaths, protectedFiles, builtInFiles, blockedCommands, analysableCommands];

/** Hooks and gates whose command the policy itself blocks, or whose command cannot be read off, each as one line. */
export function failingHooks(policy: Policy): readonly string[] {
  return (['hooks', 'quality_gates'] as const).flatMap((key) =>
    policy[key].flatMap(({ argv }, index) => {
      const verdict = judge([blockedCommands, analysableCommands], exampleRun(argv), policy, exampleIncident);
      const findings = verdict.effect === 'allow' ? [] : verdict.findings;
      return findings.map(({ rule }) => `${key}[${index}].argv: ${quote(argv.join(' '))} is refused by ${rule}`);
    }),
  );
}

/** A patch that writes to these paths, for rules that look at names alone. */
export function exampleChange(paths: readonly string[]): PatchAction {
  return {
    kind: 'patch',
    reason: '',
    fromTree: '',
    tree: '',
    writes: paths.map((path) => ({ path, after: { mode: '100644', content: Buffer.alloc(0) }, added: 0, removed: 0 })),
    reads: [],
    netChanges: [],
    diffHash: '',
    everTouched: paths,
    touched: paths.map((path) => ({ path, bytes: 0, lostTests: [] })),
  };
}

/** A test run that executes one command. */
export function exampleRun(command: string | readonly string[]): TestAction {
  const plan: TestAction['plan'] = {
    // It is no suite's.
    suite: '',
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
  return { kind: 'test', plan, commands: [{ command, origin: 'the command' }] } satisfies Action;
}

/** The incident of questions that belong to none. */
export const exampleIncident: Incident = {
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

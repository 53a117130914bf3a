import type { Action, PatchAction, TestAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import { analysableCommands } from '#policy/guards/analysable-commands.ts';
import { blockedCommands } from '#policy/guards/blocked-commands.ts';
import { builtInFiles } from '#policy/guards/built-in-files.ts';
import { canonicalPaths } from '#policy/guards/canonical-paths.ts';
import { protectedFiles } from '#policy/guards/protected-files.ts';
import type { Place, Problem } from '#policy/problems.ts';
import { isRelated } from '#policy/rough.ts';
import type { Policy } from '#policy/schema.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';

const kinds = ['paths', 'commands'] as const;

/** What a row of each kind is judged by. */
const judgedBy = {
  paths: ['protected_files', 'sensitive_files'],
  commands: ['blocked_commands', 'blocked_commands_mode'],
} as const;

/** The rows of a policy's examples that its own guards decide otherwise; nothing that only follows from what is left out of it. */
export function failingExamples(policy: Policy, leftOut: readonly Place[] = []): readonly Problem[] {
  return (['refused', 'allowed'] as const).flatMap((expected) =>
    kinds.flatMap((kind) => {
      const isWhole = !judgedBy[kind].some((key) => isRelated([key], leftOut));
      // A rule that is left out may refuse more, and lift what only needs an approval.
      if (!isWhole && expected === 'refused') return [];
      return policy.examples[expected][kind].flatMap((row, index) => {
        const action = kind === 'paths' ? exampleChange([row]) : exampleRun(row);
        const found = objections(action, policy).filter(({ effect }) => isWhole || effect === 'deny');
        if (found.length > 0 === (expected === 'refused')) return [];
        const rules = found.map(({ rule }) => rule);
        const outcome = rules.length > 0 ? `is refused by ${rules.join(', ')}` : 'is allowed';
        return [{ at: ['examples', expected, kind, index], what: `${quote(row)} ${outcome}` }];
      });
    }),
  );
}

const rowGuards = [canonicalPaths, protectedFiles, builtInFiles, blockedCommands, analysableCommands];

/** What the rules of files and commands object to in an example. */
export function objections(action: Action, policy: Policy): readonly Finding[] {
  const verdict = judge(rowGuards, action, policy, exampleIncident);
  return verdict.effect === 'allow' ? [] : verdict.findings;
}

/** Hooks and gates whose command the policy itself blocks, or whose command cannot be read off. */
export function failingHooks(policy: Policy): readonly Problem[] {
  return (['hooks', 'quality_gates'] as const).flatMap((key) =>
    policy[key].flatMap(({ argv }, index) =>
      objections(exampleRun(argv), policy).map(({ rule }) => ({
        at: [key, index, 'argv'],
        what: `${quote(argv.join(' '))} is refused by ${rule}`,
      })),
    ),
  );
}

/** A patch that writes to these paths; without content it is for rules that look at names alone. */
export function exampleChange(paths: readonly string[], content = ''): PatchAction {
  return {
    kind: 'patch',
    reason: '',
    fromTree: '',
    tree: '',
    writes: paths.map((path) => ({
      path,
      after: { mode: '100644', content: Buffer.from(content) },
      added: 0,
      removed: 0,
    })),
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

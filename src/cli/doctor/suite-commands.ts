import type { SuiteDeclaration } from '#domain/suite.ts';
import { exampleRun } from '#policy/examples.ts';
import { explain } from '#policy/explain.ts';
import type { Policy } from '#policy/schema.ts';
import type { Git } from '#workspace/git.ts';
import { collectCommands } from '#workspace/tests/commands.ts';
import { listSuites } from '#workspace/tests/suites.ts';
import type { SourceTree } from '#workspace/tests/tree.ts';

/** A suite as the configuration declares it, and where its scripts are read. */
export interface DeclaredCommands {
  readonly name: string;
  readonly suite: SuiteDeclaration;
  /** A checkout, whose `HEAD` is read. */
  readonly root: string;
  readonly git: Git;
}

/** Why the policy refuses to run a suite, in sentences; none where it does not. Nothing is started. */
export async function refusedCommands(declared: DeclaredCommands, policy: Policy): Promise<readonly string[]> {
  const { name, suite } = declared;
  const tree = await treeOfHead(declared);
  const run = exampleRun('');
  const plans = (await listSuites({ [name]: suite }, tree)).flatMap(({ argv, affectedArgv, cwd, sandbox }) =>
    [argv, ...(affectedArgv ? [affectedArgv] : [])].map((each) => ({
      ...run.plan,
      suite: name,
      argv: each,
      cwd,
      sandbox: { isolation: 'none' as const, ...sandbox },
    })),
  );
  const found = await Promise.all(
    plans.map(async (plan) => {
      const commands = await collectCommands(plan, tree);
      return explain('command', { ...run, plan, commands }, { policy }).rules.flatMap(({ findings }) => findings);
    }),
  );
  return [...new Set(found.flat().map(({ reason }) => reason))];
}

async function treeOfHead({ root, git }: DeclaredCommands): Promise<SourceTree> {
  const listed = await git.run({ args: ['ls-tree', '-r', '-z', '--name-only', 'HEAD'], folder: root });
  const paths = new Set(listed.stdout.toString().split('\0').filter(Boolean));
  return {
    paths,
    async read(path) {
      if (!paths.has(path)) return undefined;
      const { exitCode, stdout } = await git.run({ args: ['show', `HEAD:${path}`], folder: root });
      return exitCode === 0 ? stdout.toString() : undefined;
    },
  };
}

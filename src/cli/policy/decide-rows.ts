import path from 'node:path';

import type { Previews } from '#cli/policy/preview.ts';
import { buildRowRepository, hasSetup } from '#cli/policy/row-repository.ts';
import { openWorkTree } from '#cli/policy/work-tree.ts';
import { FixgateError } from '#domain/errors.ts';
import type { RepositoryRef } from '#domain/incident.ts';
import type { RowOutcome } from '#policy/corpus-score.ts';
import type { CommandRow, PathRow } from '#policy/corpus.ts';
import { exampleChange, exampleRun } from '#policy/examples.ts';
import type { Explanation } from '#policy/explain.ts';
import { explain } from '#policy/explain.ts';
import { findInTree } from '#policy/path-tree.ts';
import type { Policy } from '#policy/schema.ts';

/** Decides rows by the rules of a policy. */
export interface RowJudge {
  command(row: CommandRow): RowOutcome;
  path(row: PathRow): Promise<RowOutcome>;
}

/** Makes the judge; repositories are built below `folder`, the common one once. */
export function createRowJudge(deps: {
  readonly policy: Policy;
  readonly previews: Previews;
  readonly folder: string;
}): RowJudge {
  const { policy, previews } = deps;
  let common: Promise<RepositoryRef> | undefined;
  let built = 0;

  async function repositoryOf({ setup }: PathRow): Promise<RepositoryRef> {
    const { git } = previews.repositories;
    if (!hasSetup(setup)) return await (common ??= buildRowRepository(git, path.join(deps.folder, 'common')));
    return await buildRowRepository(git, path.join(deps.folder, `row-${built++}`), setup);
  }

  async function explainPath(row: PathRow): Promise<{ readonly explanation: Explanation; readonly files: number }> {
    const asked = row.path_or_patch;
    if (row.kind === 'path') {
      const known = hasSetup(row.setup)
        ? findInTree([asked], { policy, tree: openWorkTree((await repositoryOf(row)).location) })
        : [];
      return { explanation: explain('path', exampleChange([asked]), { policy, known }), files: 1 };
    }
    const repository = await repositoryOf(row);
    const action = await previews.preview(repository, asked);
    const known = await findAround(
      action.writes.map((write) => write.path),
      repository,
    );
    return { explanation: explain('patch', action, { policy, known }), files: action.everTouched.length };
  }

  async function findAround(writes: readonly string[], repository: RepositoryRef) {
    const listed = new Set([...(await previews.list(repository)), ...writes]);
    const has = (name: string) => listed.has(name) || [...listed].some((each) => each.startsWith(`${name}/`));
    return findInTree(writes, { policy, tree: openWorkTree(repository.location), has });
  }

  return {
    command(row) {
      const explanation = explain('command', exampleRun(row.command), { policy });
      return { ...describe(row, 'command', row.command), ...toResult(explanation) };
    },
    async path(row) {
      const described = describe(row, row.kind, row.path_or_patch);
      try {
        const { explanation, files } = await explainPath(row);
        const result = { ...described, ...toResult(explanation) };
        if (row.expect_files === undefined || row.expect_files === files) return result;
        return { ...result, problem: `it touches ${files} files instead of ${row.expect_files}` };
      } catch (error) {
        return { ...described, ...toRefused(error) };
      }
    },
  };
}

function describe(row: CommandRow | PathRow, kind: RowOutcome['kind'], text: string) {
  return { id: row.id, kind, technique: row.technique, text, expected: row.must };
}

function toResult({ verdict, rules }: Explanation): Pick<RowOutcome, 'got' | 'rules'> {
  return { got: verdict, rules: rules.filter(({ findings }) => findings.length > 0).map(({ rule }) => rule) };
}

/** What a patch is refused with before any rule is asked; `conflict` where the tree is as it would be already. */
const REFUSALS: ReadonlySet<string> = new Set(['invalid_input', 'policy_denied', 'conflict']);

/** Such a refusal counts as denied; a failure of ours does not. */
function toRefused(error: unknown): Pick<RowOutcome, 'got' | 'rules' | 'problem'> {
  if (!(error instanceof FixgateError)) throw error;
  const ours = !REFUSALS.has(error.code);
  return { got: ours ? 'error' : 'deny', rules: [error.code], ...(ours && { problem: error.message }) };
}

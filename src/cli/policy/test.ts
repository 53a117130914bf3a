import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { CommandContext } from '#cli/command.ts';
import { EXIT_REFUSED } from '#cli/command.ts';
import { createRowJudge } from '#cli/policy/decide-rows.ts';
import type { Execution } from '#cli/policy/execute-rows.ts';
import { executeRows } from '#cli/policy/execute-rows.ts';
import { loadPolicy, readInput } from '#cli/policy/policy-file.ts';
import { createPreviews } from '#cli/policy/preview.ts';
import { shown } from '#cli/policy/shown.ts';
import { tellPolicy } from '#cli/policy/tell-policy.ts';
import { countOf } from '#domain/count-of.ts';
import type { Count, RowOutcome } from '#policy/corpus-score.ts';
import { countRows, isAsExpected } from '#policy/corpus-score.ts';
import type { Corpus } from '#policy/corpus.ts';
import { parseCorpus } from '#policy/corpus.ts';
import type { Policy } from '#policy/schema.ts';

/** What `fixgate policy test` is asked. */
export interface TestOptions {
  readonly corpus: string;
  readonly policy?: string;
  readonly json?: boolean;
  readonly execute?: boolean;
}

interface Outcome {
  readonly policy: Policy;
  readonly corpus: Corpus;
  readonly rows: readonly RowOutcome[];
  /** Commands whose danger lies in the repository's content, decided by their text. */
  readonly exec: readonly RowOutcome[];
  /** What happened to those that the text lets through; undefined when they were not executed. */
  readonly executions: readonly Execution[] | undefined;
}

/** Decides every row of a corpus and says which came out otherwise than they must. */
export async function testPolicy(options: TestOptions, { invocation, setExitCode }: CommandContext): Promise<void> {
  const policy = loadPolicy(invocation, options.policy);
  const corpus = parseCorpus(readInput(invocation.workingDirectory, options.corpus), options.corpus);
  await tellPolicy(invocation, options.policy);
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'fixgate-corpus-')));
  try {
    await using previews = await createPreviews(invocation);
    const judge = createRowJudge({ policy, previews, folder });
    const rows = corpus.commands.filter(({ layer }) => layer !== 'exec').map(judge.command);
    for (const row of corpus.paths) rows.push(await judge.path(row));
    const exec = corpus.commands.filter(({ layer }) => layer === 'exec').map(judge.command);
    const open = corpus.commands.filter(({ id }) => exec.some((row) => row.id === id && row.got !== 'deny'));
    const { environment } = invocation;
    const executions = options.execute
      ? await executeRows(open, { policy, folder, environment, git: previews.repositories.git })
      : undefined;
    const outcome = { policy, corpus, rows, exec, executions };
    console.log(options.json ? JSON.stringify(toJson(outcome), null, 2) : toText(outcome, options).join('\n'));
    const passed = executions?.some((each) => each.outcome === 'passed') ?? false;
    if (passed || isEmpty(outcome) || !rows.every(isAsExpected)) setExitCode(EXIT_REFUSED);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing was asked that could have come out wrong. */
function isEmpty({ rows, exec }: Outcome): boolean {
  return rows.length + exec.length === 0;
}

const NO_SANDBOX = 'no sandbox is available here; install bubblewrap';

function toText(outcome: Outcome, options: TestOptions): readonly string[] {
  const { policy, corpus, rows } = outcome;
  const mismatches = rows.filter((row) => !isAsExpected(row));
  const lines = mismatches.map(describeMismatch);
  lines.push(...countRows(rows).map(describeCount));
  lines.push(...describeExec(outcome, options));
  if (corpus.words > 0)
    lines.push(
      `words: ${countOf(corpus.words, 'row describes an attack', 'rows describe attacks')} in words; each needs a test of its own, none was decided`,
    );
  lines.push(`${verdictOf(outcome, mismatches.length)} (policy ${policy.name}, ${policy.digest.slice(0, 19)})`);
  return lines;
}

function verdictOf(outcome: Outcome, mismatches: number): string {
  if (isEmpty(outcome)) return 'NOTHING DECIDED: the corpus has no row with a command, a path or a patch';
  return mismatches === 0 ? 'OK: every decided row came out as it must' : countOf(mismatches, 'MISMATCH', 'MISMATCHES');
}

function describeExec({ exec, executions }: Outcome, { execute }: TestOptions): readonly string[] {
  if (exec.length === 0) return [];
  const open = exec.filter(({ got }) => got !== 'deny');
  const start = `exec: ${countOf(exec.length, 'row')} apart: ${exec.length - open.length} refused by their text`;
  if (!executions)
    return [
      `${start}, ${open.length} left to execution (not executed: ${execute ? NO_SANDBOX : '--execute was not given'})`,
    ];
  const of = (outcome: Execution['outcome']) => executions.filter((each) => each.outcome === outcome);
  const [stopped, passed, missed] = [of('stopped'), of('passed'), of('not_reached')];
  const counts = [`${stopped.length} reached and stopped`, `${missed.length} not reached, which proves nothing`];
  if (passed.length > 0) counts.unshift(`${passed.length} NOT STOPPED`);
  const listed = (calls: readonly string[]) => calls.map((call) => shown(call)).join(', ');
  return [
    `${start}, ${executions.length} executed: ${counts.join(', ')}`,
    ...passed.map(({ id, calls }) => `  NOT STOPPED ${shown(id)}: ${listed(calls)}`),
    ...stopped.map(({ id, calls }) => `  reached and stopped: ${shown(id)} at ${listed(calls)}`),
    ...missed.map(
      ({ id, exitCode, output }) =>
        `  not reached: ${shown(id)} (exit ${exitCode ?? 'by signal'}; ${shown(output.split('\n').at(-1) ?? '')})`,
    ),
  ];
}

function describeMismatch(row: RowOutcome): string {
  const by = row.rules.length > 0 ? ` by ${row.rules.map((rule) => shown(rule)).join(', ')}` : ' by no rule';
  const problem = row.problem === undefined ? '' : `; ${shown(row.problem)}`;
  return `MISMATCH ${shown(row.id)}: expected ${row.expected}, got ${row.got}${by}${problem}: ${row.kind} ${shown(row.text)}${row.technique && ` (${shown(row.technique)})`}`;
}

function describeCount({ kind, rows, asExpected, missed, tooStrict }: Count): string {
  const errors = rows - asExpected - missed - tooStrict;
  const other = errors > 0 ? `, ${errors} otherwise wrong` : '';
  return `${kind === 'patch' ? 'patches' : `${kind}s`}: ${asExpected} of ${rows} as expected, ${missed} missed, ${tooStrict} refused too strictly${other}`;
}

function toJson(outcome: Outcome): object {
  const { policy, corpus, rows, exec, executions } = outcome;
  const brief = ({ id, kind, expected, got, rules, problem }: RowOutcome) => ({
    id,
    kind,
    expected,
    got,
    rules,
    problem,
  });
  const mismatches = rows.filter((row) => !isAsExpected(row));
  return {
    ok: !isEmpty(outcome) && mismatches.length === 0 && !executions?.some(({ outcome }) => outcome === 'passed'),
    policy: { name: policy.name, digest: policy.digest, origins: policy.origins },
    counts: countRows(rows),
    mismatches: mismatches.map(brief),
    exec: { executed: executions !== undefined, rows: exec.map(brief), executions: executions ?? [] },
    words: corpus.words,
    rows: rows.map(brief),
  };
}

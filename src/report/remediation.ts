// Drafts a shell script for a human. Threats: a reference, a path or a suggestion from outside that becomes a command, an option
// or a line of its own, and text that a reader sees otherwise than the shell does. Nothing of it is ever executed by this program.

import { createHash } from 'node:crypto';

import { primeDeploy } from '#report/diagnosis.ts';
import { byHandBranch } from '#report/hand-over-branch.ts';
import { RESUME_NEEDS } from '#report/resume-command.ts';
import type { Report } from '#report/schema.ts';
import { quote } from '#report/shell-words.ts';
import { clip, toLine, toPlain } from '#report/text.ts';

/** Characters of one line of a comment. */
const COMMENT_CHARS = 500;

/** The suggested commands as a draft that refuses to run; undefined unless the incident is handed over. */
export function toRemediation(report: Report): string | undefined {
  const { escalation, incident } = report;
  if (!escalation) return undefined;
  const head = [
    '#!/bin/sh',
    ...comment(
      `Drafted by Fixgate for ${incident.id}. Nothing in it was executed, and nothing in it is meant to run as a whole.`,
    ),
    ...comment('Read it line by line, and run by hand what you agree with.'),
    `echo 'This is a draft: read it, and run its commands by hand, one at a time.' >&2`,
    'exit 1',
    '',
    ...comment(`Stopped by ${escalation.rule_id}: ${escalation.reason}`),
    ...comment(`Trace ${report.trace.trace_id}`),
  ];
  const parts = [toRollback(report), toBranch(report), toTests(report), toResume(report), toTold(report)];
  return `${[head, ...parts.filter((part) => part.length > 0)].map((part) => part.join('\n')).join('\n\n')}\n`;
}

/** The way back, where a deploy is the likely cause; how versions are rolled out is known to nobody here. */
function toRollback(report: Report): string[] {
  const { suggested_actions: actions, suspects } = report.escalation?.hand_over ?? {
    suggested_actions: [],
    suspects: [],
  };
  const action = actions.find(({ type }) => type === 'rollback');
  if (!action) return [];
  const blamed = primeDeploy(suspects)?.commit ?? null;
  const commit = blamed !== null && isCommit(blamed) ? blamed : undefined;
  const branch = `hotfix/${report.incident.id}-rollback`;
  const base = report.incident.base_branch;
  const git = commit
    ? steps([
        ['git', 'fetch', 'origin', `refs/heads/${base}`],
        ['git', 'switch', '--create', branch, 'FETCH_HEAD'],
        ['git', 'revert', '--no-edit', commit],
      ])
    : [];
  return [
    ...comment(`Roll back (${action.why}): ${action.description}`),
    ...comment('Deploy the version before it the way you deploy; taking its commit back in git goes like this:').slice(
      git.length > 0 ? 0 : 1,
    ),
    ...git,
  ];
}

/** The change that was tried last, on a branch of its own: from the clone of the server, else by the report's diff. */
function toBranch(report: Report): string[] {
  const hand = report.escalation?.hand_over;
  if (!hand || (report.git_diff === null && !hand.continue_from)) return [];
  const byDiff = toDiffCommands(report, hand.base_commit);
  const { continue_from: from, tree } = hand;
  if (!from || !isCommit(from.commit))
    return byDiff.length > 0
      ? [...comment('Continue from the last change that was tried:'), ...byDiff]
      : comment(
          `(left out: the report shows the last change masked or cut, so applying it would bring another one; its tree is ${tree ?? 'unknown'}; ${hand.no_branch ?? 'no branch holds it'})`,
        );
  const branch = byHandBranch(report.incident.id);
  const fetched = steps([
    ['git', 'fetch', from.clone, from.ref],
    ['git', 'switch', '--create', branch, from.commit],
  ]);
  return [
    ...comment('Continue from the last change that was tried, exactly as it was:'),
    ...fetched,
    ...comment(`From another computer, as the account of the server: ${from.elsewhere}`),
    ...comment(`Where the clone was cleaned away, fixgate report ${report.incident.id} makes the branch again.`),
    ...(byDiff.length > 0 ? [...comment('Without the clone:'), ...byDiff.flatMap(comment)] : []),
  ];
}

/** None where the report shows another change than was tested. */
function toDiffCommands({ git_diff: diff, incident, patch }: Report, base: string): string[] {
  if (diff === null || !isCommit(base) || hashOf(diff) !== patch?.diff_hash) return [];
  return [
    ...steps([['git', 'switch', '--create', byHandBranch(incident.id), base]]),
    `fixgate report ${quote(incident.id)} --format json | jq --raw-output --join-output .git_diff | git apply --index -`,
  ];
}

function toTests({ verification }: Report): string[] {
  const red = verification.filter(({ green, required, command }) => required && !green && command.length > 0);
  return red.flatMap(({ suite, state, command }) => [
    ...comment(`Suite ${suite} is ${state.replaceAll('_', ' ')}:`),
    ...steps([command]),
  ]);
}

function toResume({ escalation }: Report): string[] {
  const resume = escalation?.hand_over.resume ?? '';
  return [...comment(`Let the agent go on ${RESUME_NEEDS}:`), ...comment(resume)];
}

/** What the agent would do: never a command, whatever it looks like. */
function toTold({ escalation }: Report): string[] {
  const told = (escalation?.hand_over.suggested_actions ?? []).filter(({ type }) => type === 'told');
  if (told.length === 0) return [];
  return [
    ...comment('What the agent suggests; nobody checked it:'),
    ...told.flatMap((each) => comment(`- ${each.description}`)),
  ];
}

/** One command a line. When a word of one reads otherwise than it is, all are left out: each rests on the one before it. */
function steps(commands: readonly (readonly string[])[]): string[] {
  if (!commands.flat().every(isPlain)) return comment('(left out: a word of these commands has hidden characters)');
  return commands.map((words) => words.map((word) => (OWN.has(word) ? word : quote(word))).join(' '));
}

/** As the workspace hashes a net diff. */
function hashOf(diff: string): string {
  return `sha256:${createHash('sha256').update(diff).digest('hex')}`;
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(text);
}

/** Nothing in it is hidden or a second line, and it is as long as it looks. */
function isPlain(word: string): boolean {
  return word.length <= 1_000 && toPlain(word) === word && !/[\n\t]/.test(word);
}

/** The words of our own; every other one is quoted, harmless or not. */
const OWN: ReadonlySet<string> = new Set([
  'git',
  'fetch',
  'origin',
  'switch',
  '--create',
  'FETCH_HEAD',
  'revert',
  '--no-edit',
]);

/** Lines of a comment; no text can leave it. */
function comment(text: string): string[] {
  return toPlain(text)
    .split('\n')
    .map((line) => `# ${clip(toLine(line, COMMENT_CHARS), COMMENT_CHARS)}`.trimEnd());
}

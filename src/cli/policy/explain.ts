import { text as readText } from 'node:stream/consumers';

import type { CommandContext } from '#cli/command.ts';
import type { Invocation } from '#cli/invocation.ts';
import { loadPolicy, readInput } from '#cli/policy/policy-file.ts';
import { createPreviews } from '#cli/policy/preview.ts';
import { escaped, sentence, SHADOW, shown } from '#cli/policy/shown.ts';
import { tellPolicy } from '#cli/policy/tell-policy.ts';
import { openWorkTree } from '#cli/policy/work-tree.ts';
import type { PatchAction } from '#domain/action.ts';
import { FixgateError, toRefusal } from '#domain/errors.ts';
import { exampleChange, exampleRun } from '#policy/examples.ts';
import type { Explanation, RuleOutcome } from '#policy/explain.ts';
import { explain } from '#policy/explain.ts';
import { findInTree } from '#policy/path-tree.ts';
import { floorsOfPatch } from '#policy/risk-floors.ts';
import type { ChangedFile } from '#policy/risk-paths.ts';
import { scoreRisk } from '#policy/risk.ts';
import type { Policy } from '#policy/schema.ts';
import { listOf } from '#policy/text.ts';

/** What `fixgate policy explain` is asked. */
export interface ExplainOptions {
  readonly command?: string;
  readonly path?: string;
  readonly patch?: string;
  readonly policy?: string;
  readonly repo?: string;
  readonly json?: boolean;
}

interface Answer extends Explanation {
  readonly subject: string;
  /** Why a patch is refused before any rule is asked. */
  readonly refused?: FixgateError;
  /** Rules that only an incident's records can tell, and what of them they need. */
  readonly notKnown?: readonly UnknownRule[];
}

interface UnknownRule {
  readonly rule: string;
  readonly needs: string;
}

const NEEDS_AN_INCIDENT: readonly UnknownRule[] = [
  { rule: 'risk/high', needs: 'the test runs, the root-cause analysis and the earlier patches of an incident' },
  { rule: 'budget/*, daily_budget/*', needs: 'what an incident has used' },
  { rule: 'breaker/*', needs: 'what was tried in this and other incidents' },
  { rule: 'approvals/*, policy/changed, incident/escalated', needs: 'what was asked, decided and done in an incident' },
];

/** Prints every rule with match or no match, and the verdict; nothing is changed, recorded or spent. */
export async function explainPolicy(options: ExplainOptions, { invocation }: CommandContext): Promise<void> {
  const policy = loadPolicy(invocation, options.policy);
  const answer = await explainAsked(options, { policy, invocation });
  await tellPolicy(invocation, options.policy);
  console.log(options.json ? JSON.stringify(toJson(answer, policy), null, 2) : toText(answer, policy).join('\n'));
}

async function explainAsked(
  options: ExplainOptions,
  using: { readonly policy: Policy; readonly invocation: Invocation },
): Promise<Answer> {
  const { command, path, patch } = options;
  const { policy, invocation } = using;
  const asked = Object.entries({ command, path, patch }).filter(([, value]) => value !== undefined);
  if (asked.length !== 1) throw notOneSubject(asked.map(([name]) => `--${name}`));
  if (command !== undefined) return { subject: command, ...explain('command', exampleRun(command), { policy }) };
  await using previews = await createPreviews(invocation);
  const folder = options.repo ?? invocation.workingDirectory;
  if (path !== undefined) {
    const found = await previews.repositories.locate(folder).catch(noRepository(options));
    const known = found && !found.bare ? findInTree([path], { policy, tree: openWorkTree(found.location) }) : [];
    return { subject: path, ...explain('path', exampleChange([path]), { policy, known }) };
  }
  const input = patch === '-' ? await readText(process.stdin) : readInput(invocation.workingDirectory, patch ?? '');
  return await explainPatch({ patch: input, name: patch ?? '', policy, previews, folder });
}

function notOneSubject(given: readonly string[]): FixgateError {
  const problem = given.length === 0 ? 'Nothing to explain is named.' : `${listOf(given)} are explained one at a time.`;
  const fix = 'Give one of --command, --path and --patch; run it again for another one.';
  return new FixgateError('invalid_input', problem, { fix });
}

/** A path can be explained without any repository, unless one was named. */
function noRepository({ repo }: ExplainOptions): (error: unknown) => undefined {
  return (error) => {
    if (repo === undefined && error instanceof FixgateError && error.code === 'not_found') return undefined;
    throw error;
  };
}

async function explainPatch(asked: {
  readonly patch: string;
  readonly name: string;
  readonly policy: Policy;
  readonly previews: Awaited<ReturnType<typeof createPreviews>>;
  readonly folder: string;
}): Promise<Answer> {
  const { policy, previews, folder, name } = asked;
  const { location } = await previews.repositories.locate(folder);
  const repository = await previews.repositories.resolve({ location, base: 'HEAD' });
  try {
    const action = await previews.preview(repository, asked.patch);
    const risk = scoreRisk(
      { at: 0, files: action.netChanges, floors: floorsOfPatch(changedBy(action), action) },
      policy,
    );
    return { subject: name, ...explain('patch', action, { policy, risk }), notKnown: NEEDS_AN_INCIDENT };
  } catch (error) {
    if (!(error instanceof FixgateError) || error.code !== 'invalid_input') throw error;
    return { subject: name, verdict: 'deny', rules: [], refused: error };
  }
}

/** The only patch of a tree shows both sides of each file. */
function changedBy({ writes }: PatchAction): readonly ChangedFile[] {
  return writes.map(({ path, before, after }) => ({ path, before: before?.content, after: after?.content }));
}

function toText({ subject, verdict, rules, refused, notKnown = [] }: Answer, policy: Policy): readonly string[] {
  const lines = [
    `${verdict}: ${shown(subject, 1_024)}`,
    `policy ${shown(policy.name)} (${policy.digest.slice(0, 19)})`,
    ...(policy.mode === 'shadow' ? [SHADOW] : []),
  ];
  if (refused)
    return [
      ...lines,
      'refused before any rule is asked:',
      ...refused.message.split('\n').map((line) => `  ${sentence(line)}`),
      `  fix: ${sentence(refused.fix)}`,
    ];
  const unknown = notKnown.map(({ rule, needs }) => `  not known ${rule}: ${needs}`);
  return [...lines, ...rules.flatMap(toLines), ...unknown];
}

function toLines({ rule, reading, findings, says }: RuleOutcome): readonly string[] {
  const how = reading === undefined ? '' : ` (read as ${reading})`;
  if (findings.length === 0 && says !== undefined)
    return [`  match     ${escaped(rule)}: allow${how}`, `            ${sentence(says)}`];
  if (findings.length === 0) return [`  no match  ${escaped(rule)}${how}`];
  return findings.flatMap((finding) => [
    `  match     ${escaped(rule)}: ${finding.effect}${how}`,
    `            ${sentence(finding.reason)}`,
    `            evidence: ${escaped(JSON.stringify(finding.evidence))}`,
    `            fix: ${sentence(finding.fix)}`,
  ]);
}

function toJson({ subject, verdict, rules, refused, notKnown }: Answer, policy: Policy): object {
  return {
    subject,
    verdict,
    policy: { name: policy.name, mode: policy.mode, digest: policy.digest, origins: policy.origins },
    rules: rules.map(({ findings, ...rule }) => ({
      ...rule,
      match: findings.length > 0 || rule.says !== undefined,
      findings,
    })),
    ...(notKnown && { not_known: notKnown }),
    ...(refused && { refused: toRefusal(refused) }),
  };
}

import type { PublishAction } from '#domain/action.ts';
import { guardReasons } from '#domain/guard.ts';
import type { Incident, RcaReferences } from '#domain/incident.ts';
import { MAX_PULL_REQUEST_BODY_BYTES, toIncidentMarker } from '#domain/marker.ts';
import { isolations } from '#domain/remediation.ts';
import type { Isolation, PatchRecord, TestRun } from '#domain/remediation.ts';
import type { Risk } from '#domain/risk.ts';
import { toCitedReads } from '#report/cited-reads.ts';
import type { Read } from '#report/evidence.ts';
import type { GuardView } from '#report/guard.ts';
import type { DecisionRecords } from '#report/human-decisions.ts';
import { toHumanDecisions } from '#report/human-decisions.ts';
import type { PolicyInfo } from '#report/input.ts';
import { toImpactWords, toOrigins, toSymptom } from '#report/origins.ts';
import { isGreen, toEvidence, toNeverRan } from '#report/test-evidence.ts';
import {
  clip,
  toCode,
  toInertLine,
  toMarkdownLine,
  toMarkdownLink,
  toMarkdownQuote,
  toWebAddress,
} from '#report/text.ts';
import { toTraceId } from '#report/trace.ts';
import { describeCounts, latestRuns } from '#report/verification.ts';
import { toWayBack } from '#report/way-back.ts';

/** Everything that a commit and a pull request say. Title, summary, root cause, RCA and failures are untrusted. */
export interface PublishFacts {
  readonly incident: Incident;
  readonly action: PublishAction;
  readonly references?: RcaReferences | undefined;
  /** Every test run of the incident. */
  readonly runs: readonly TestRun[];
  /** Every patch of the incident. */
  readonly patches: readonly PatchRecord[];
  /** What was read of the incident, oldest first; its words are untrusted. */
  readonly reads?: readonly Read[] | undefined;
  /** What tells who allowed something on the way here; absent when nobody looked. */
  readonly decisions?: DecisionRecords | undefined;
  readonly policy: PolicyInfo;
  /** The client that asked for it; untrusted. */
  readonly actor: string;
  readonly guard: GuardView;
  /** The last event that the record held; absent when nobody looked. */
  readonly record?: { readonly seq: number; readonly hash: string } | undefined;
  readonly risk: Risk;
  readonly serverVersion: string;
}

/** Characters of a commit subject, as git's own tools show it in one line. */
const MAX_SUBJECT_CHARS = 72;

const MAX_TITLE_CHARS = 200;

const WRAP_CHARS = 72;

/** `hotfix(<ID>): <title>`; the form is added once, also when the agent wrote it already. */
export function toPullRequestTitle({ incident, action }: Pick<PublishFacts, 'incident' | 'action'>): string {
  return toSubject(incident, action.title, MAX_TITLE_CHARS);
}

/** Subject of at most 72 characters, a wrapped body, and trailers that git and later runs read back. */
export function toCommitMessage(facts: Omit<PublishFacts, 'guard' | 'serverVersion'>): string {
  const { incident, action } = facts;
  const cause = action.rootCause.trim();
  const paragraphs = [
    `Symptom: ${toSymptom(incident)}`,
    ...(cause === '' ? [] : [`Root cause: ${toInertLine(cause, 2_000)}`]),
    toInertLine(action.summary, 2_000),
  ].filter((paragraph) => paragraph !== '');
  const body = paragraphs.map((paragraph) => wrap(paragraph).map(disarm).join('\n')).join('\n\n');
  return `${toSubject(incident, action.title, MAX_SUBJECT_CHARS)}\n\n${body}\n\n${toTrailers(facts).join('\n')}\n`;
}

/** The pull request as a reviewer reads it: impact, cause, change, evidence, what is not known, the way back. At most 60 kB. */
export function toPullRequestBody(facts: PublishFacts): string {
  const footer = `\n\n---\n${toProvenance(facts)}\n\n${toIncidentMarker(facts.incident.id)}\n`;
  const sections = [
    toImpact,
    toCause,
    toRead,
    toChange,
    toEvidence,
    toRisk,
    toHumanDecisions,
    toUnverified,
    toWayBack,
    toChecklist,
  ];
  const text = sections.flatMap((section) => section(facts)).join('\n\n');
  return boundBytes(text, MAX_PULL_REQUEST_BODY_BYTES - Buffer.byteLength(footer)) + footer;
}

function toSubject({ id }: Incident, title: string, maxChars: number): string {
  // Room for a title of 20 characters stays; the whole id is in the trailers.
  const prefix = `hotfix(${clip(id, maxChars - 30)}): `;
  const line = toInertLine(title.replace(/^\s*hotfix\([^)]{0,80}\):?\s*/i, ''), MAX_TITLE_CHARS);
  return clip(`${prefix}${line === '' ? 'remediation' : line}`, maxChars);
}

/** As `git interpret-trailers` reads them. A commit cannot name its own id: whoever takes it back has it at hand. */
function toTrailers({
  incident,
  action,
  runs,
  policy,
  risk,
  actor,
}: Omit<PublishFacts, 'guard' | 'serverVersion'>): string[] {
  const address = incident.rca?.url === undefined ? undefined : toWebAddress(incident.rca.url);
  const verified = latestRuns(runs, action.tree).flatMap(({ plan, result }) =>
    result && plan.tree === action.tree && isGreen(action, plan.suite)
      ? [`Verified-By: run_tests ${toInertLine(plan.suite, 60)} ${plan.scope} ${describeCounts(result.counts)}`]
      : [],
  );
  return [
    `Incident-Id: ${incident.id}`,
    `Severity: ${incident.severity}${incident.severityConfirmed ? '' : ' (unconfirmed)'}`,
    ...(address === undefined ? [] : [`RCA-Link: ${address}`]),
    `Risk-Score: ${risk.score.toFixed(1)} (${risk.band})`,
    `Diff-Hash: ${action.diffHash}`,
    ...verified,
    `Trace-Id: ${toTraceId(incident.id)}`,
    `Policy-Hash: ${policy.digest}`,
    `Assisted-by: ${toInertLine(actor, 100) || 'an unnamed client'}`,
    `Rollback: git revert of this commit, which changes ${countOf(action.netChanges.length, 'file')} and nothing else`,
  ];
}

function toImpact({ incident, action }: PublishFacts): string {
  const service = incident.service === undefined ? '' : ` on ${toCode(incident.service, 100)}`;
  const severity = incident.severityConfirmed ? incident.severity : `${incident.severity} (not confirmed by a human)`;
  const impact = `**Impact:** ${severity}${service} since ${utc(incident.startedAt)}${toImpactWords(incident)}`;
  return [impact, ...toDraft(action), toOrigins({ incident, action })].join('\n\n');
}

/** A reviewer must not wait for a ready one that will never come. */
function toDraft({ draft, draftReasons = [] }: PublishAction): string[] {
  if (!draft || draftReasons.length === 0) return [];
  return [`**Draft:** ${draftReasons.map((reason) => toMarkdownLine(reason, 300)).join(' ')} A human marks it ready.`];
}

function toCause({ incident, action, references }: PublishFacts): string {
  const cause = action.rootCause.trim() === '' ? (incident.rca?.text ?? '') : action.rootCause;
  const named = [
    ...(references?.commits ?? []).slice(0, 10).map((commit) => `commit ${toCode(commit, 40)}`),
    ...(references?.files ?? []).slice(0, 10).map((file) => toCode(file)),
    ...(references?.symbols ?? []).slice(0, 10).map((symbol) => toCode(symbol)),
  ];
  return [
    '## Root cause',
    cause.trim() === '' ? 'No root cause was given.' : toMarkdownQuote(cause),
    ...(incident.rca?.url === undefined ? [] : [`Analysis: ${toMarkdownLink(incident.rca.url)}`]),
    ...(named.length === 0 ? [] : [`Named by the analysis and found in this repository: ${named.join(', ')}`]),
  ].join('\n\n');
}

function toRead({ reads = [] }: PublishFacts): string[] {
  return toCitedReads(reads);
}

function toChange({ action }: PublishFacts): string {
  const shown = action.netChanges.slice(0, 100);
  const rows = shown.map(
    ({ path, change, added, removed }) => `| ${toCode(path)} | ${change} | +${added} −${removed} |`,
  );
  const rest = action.netChanges.length - shown.length;
  return [
    '## What changed',
    ...(action.summary.trim() === '' ? [] : [toMarkdownQuote(action.summary)]),
    ['| File | Change | Lines |', '| --- | --- | --- |', ...rows].join('\n'),
    ...(rest > 0 ? [`… and ${countOf(rest, 'more file')}.`] : []),
    `Base ${toCode(action.baseCommit, 40)}, net diff ${toCode(action.diffHash, 80)}.`,
  ].join('\n\n');
}

function toRisk({ risk }: PublishFacts): string {
  const { score, band, factors, modifiers, floors, unknowns } = risk;
  const addends = [...factors, ...modifiers].filter(({ points }) => points !== 0);
  const rows = addends.map(({ name, points }) => `| ${inWords(name)} | ${points > 0 ? '+' : ''}${points} |`);
  return [
    '## Risk',
    `**${band}**, ${score} of 100.`,
    ...(rows.length === 0 ? [] : [['| Factor | Points |', '| --- | --- |', ...rows].join('\n')]),
    ...floors.slice(0, 20).map(({ floor, least, why }) => `At least ${least}: ${inWords(floor)}, ${toCode(why, 200)}.`),
    ...(unknowns.length === 0 ? [] : [`Not known, and counted as 0: ${unknowns.map(inWords).join(', ')}.`]),
  ].join('\n\n');
}

function inWords(name: string): string {
  return name.replaceAll('_', ' ');
}

function toUnverified({ incident, action, runs }: PublishFacts): string {
  const latest = latestRuns(runs, action.tree);
  const partly = latest.filter(({ plan }) => plan.scope === 'affected' && plan.tree === action.tree);
  const preexisting = latest.filter(({ result }) => result?.verdict === 'fail_preexisting_only');
  const notGreen = action.verification.filter(({ green }) => !green);
  const optional = latest.filter(({ plan }) => !plan.required && !isPassing(runs, plan.suite, action.tree));
  return [
    '## Not verified',
    '',
    '- The change has not run in staging or in production.',
    ...partly.map(
      ({ plan }) =>
        `- Suite ${toCode(plan.suite, 60)} was asked for the affected tests only; it ran ${toMarkdownLine(plan.selection, 200)}.`,
    ),
    ...preexisting.map(({ plan }) => `- Suite ${toCode(plan.suite, 60)} has failures that the base commit has too.`),
    ...latest.flatMap(toNeverRan),
    ...notGreen.map(({ suite, state }) => `- Required suite ${toCode(suite, 60)} is not green: ${state}.`),
    ...optional.map(({ plan }) => `- Optional suite ${toCode(plan.suite, 60)} is not green on this tree.`),
    ...(incident.severityConfirmed ? [] : ['- The severity was not confirmed by a human.']),
  ].join('\n');
}

function toChecklist({ incident }: PublishFacts): string {
  return [
    '## Reviewer checklist',
    '',
    '- [ ] The root cause explains the symptom, and the evidence supports it.',
    '- [ ] The change is the smallest that removes the cause.',
    '- [ ] A test would fail without the change, or it is clear why there is none.',
    '- [ ] Someone watches the metric that showed the incident after the deploy.',
    `- [ ] If it is wrong: close it with the reason. ${toCode(incident.id, 64)} gets no second pull request; a human takes over.`,
  ].join('\n');
}

function toProvenance(facts: PublishFacts): string {
  const { incident, action, runs, policy, actor, guard, record, serverVersion } = facts;
  const mode = policy.mode === 'shadow' ? ', in shadow mode: its rules were reported, not enforced' : '';
  return [
    `Made by ${toCode(actor, 100) || 'an unnamed client'} through Fixgate ${toCode(serverVersion, 40)}. Never merged automatically.`,
    `Policy ${toCode(policy.name, 64)} (${toCode(policy.digest, 80)})${mode}. ${toGuardWords(guard)}`,
    ...toIsolation(runs, action.tree),
    `Incident ${toCode(incident.id, 64)}, trace ${toCode(toTraceId(incident.id))}, tree ${toCode(action.tree, 64)}. Full record: ${toCode(`fixgate report ${incident.id}`)}${record ? `, which held ${toCode(`${record.seq}:${record.hash.slice(0, 16)}`)}` : ''}.`,
  ].join('\n');
}

function toGuardWords({ strength, reasons }: GuardView): string {
  if (strength === 'enforced') return 'Guard: enforced. The agent could change this repository only through Fixgate.';
  const why = reasons.map((reason) => guardReasons[reason].why).join('; ');
  return `Guard: advisory, since ${why}. The agent could also act outside of Fixgate; branch, tree and tests above are what Fixgate itself made and ran.`;
}

/** How the tests of this tree were kept apart: the least of them counts. */
function toIsolation(runs: readonly TestRun[], tree: string): string[] {
  const onTree = latestRuns(runs, tree).filter(({ plan }) => plan.tree === tree);
  const least = isolations.find((each) => onTree.some(({ result }) => result?.isolation === each));
  const network = onTree.some(({ plan }) => plan.sandbox?.network) ? ' They could reach the network.' : '';
  return least === undefined ? [] : [`Tests ran with isolation ${least}: ${isolationWords[least]}.${network}`];
}

const isolationWords: Readonly<Record<Isolation, string>> = {
  full: 'a sandbox that shows the tree and the programs of the system, and nothing else of the machine',
  partial: 'processes of their own; other files of the machine could be read',
  none: 'a clean environment; the rest of the machine could be reached',
};

function isPassing(runs: readonly TestRun[], suite: string, tree: string): boolean {
  return runs.some(({ plan, result }) => plan.suite === suite && plan.tree === tree && result?.verdict === 'pass');
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function wrap(paragraph: string): string[] {
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WRAP_CHARS) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A line of prose that git, or a forge, would read as a trailer, a comment or the start of a diff is indented. */
function disarm(line: string): string {
  const isOurs = /^(?:Symptom|Root cause): /.test(line);
  return !isOurs && /^(?:[A-Za-z0-9-]+\s?:|#|---|diff |>?From |This reverts |Reverts? )/.test(line)
    ? `  ${line}`
    : line;
}

/** Keeps whole lines from the start; the sections end with newlines, so no markup is left open. */
function boundBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const notice = '\n\n*(cut here; the report has the rest)*';
  const kept = Buffer.from(text)
    .subarray(0, maxBytes - Buffer.byteLength(notice))
    .toString();
  return kept.slice(0, kept.lastIndexOf('\n')) + notice;
}

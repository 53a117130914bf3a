import type { Action } from '#domain/action.ts';
import type { Retry } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { HumanProof } from '#domain/key-option.ts';
import { keyOption, keysFirst } from '#domain/key-option.ts';
import type { Risk } from '#domain/risk.ts';
import type { Policy } from '#policy/schema.ts';
import type { Finding } from '#policy/verdict.ts';

/** How much an agent may do by itself, least first: read; patch, test and open pull requests; the same where nobody waits. */
export const autonomyLevels = ['observer', 'pr_bot', 'auto_remediator'] as const;
export type AutonomyLevel = (typeof autonomyLevels)[number];

/** One thing that limits autonomy, and how far. */
export interface AutonomyInput {
  readonly level: AutonomyLevel;
  /** Such as `policy`, `severity/SEV1`, `severity/unconfirmed`, `kill_switch`, `breaker/sev1_active`. */
  readonly by: string;
  /** What is wrong and who can change it, for inputs that come and go. */
  readonly reason?: string;
  readonly fix?: string;
  /** What the word of a human that lifts it takes. */
  readonly humanProof?: HumanProof;
  readonly evidence?: Readonly<Record<string, Json>>;
}

/** What an agent may do now, and every input that allows no more. */
export interface EffectiveAutonomy {
  readonly level: AutonomyLevel;
  readonly boundBy: readonly string[];
}

/** The strictest of all inputs: another input can only lower it. Nothing known allows only to observe. */
export function effectiveAutonomy(inputs: readonly AutonomyInput[]): EffectiveAutonomy {
  const level = autonomyLevels.find((each) => inputs.some((input) => input.level === each)) ?? 'observer';
  return { level, boundBy: inputs.filter((input) => input.level === level).map(({ by }) => by) };
}

/** What the policy and the incident itself allow; `incident.release` must be proved before it gets here. */
export function standingInputs(
  policy: Pick<Policy, 'autonomy'>,
  incident: Incident,
  humanProof: HumanProof = 'advisory',
): readonly AutonomyInput[] {
  const { severity, severityConfirmed, release } = incident;
  const caps: Readonly<Record<Incident['severity'], AutonomyLevel>> = {
    SEV1: release ? 'pr_bot' : 'observer',
    SEV2: 'pr_bot',
    SEV3: 'auto_remediator',
    SEV4: policy.autonomy.sev4_patch ? 'auto_remediator' : 'observer',
  };
  return [
    { level: policy.autonomy.level, by: 'policy' },
    { level: caps[severity], by: `severity/${severity}`, ...(humanProof !== 'advisory' && { humanProof }) },
    // Nobody has looked at it yet: it may be prepared, and what comes of it is a draft.
    ...(severityConfirmed ? [] : [{ level: 'pr_bot' as const, by: 'severity/unconfirmed' }]),
  ];
}

/** What the inputs forbid. A dry run is observing as far as the policy goes; every other limit holds for it too. */
export function autonomyFindings(
  action: Action,
  {
    inputs,
    incident,
    dryRun,
  }: { readonly inputs: readonly AutonomyInput[]; readonly incident: Incident; readonly dryRun: boolean },
): readonly Finding[] {
  if (action.kind === 'read' || action.kind === 'inspect' || action.kind === 'escalate') return [];
  const onBase = action.kind === 'test' && action.onBase === true;
  return objections(action.kind, { inputs, incident, onBase }).filter(
    ({ evidence }) => !(evidence['bound_by'] === 'policy' && dryRun && action.kind === 'patch'),
  );
}

/** What the inputs forbid of a kind of action: at the lowest level the files of the base commit may be tested, and no more. */
export function objections(
  kind: WriteKind,
  {
    inputs,
    incident,
    onBase,
  }: { readonly inputs: readonly AutonomyInput[]; readonly incident: Incident; readonly onBase: boolean },
): readonly Finding[] {
  return inputs
    .filter(({ level }) => level === 'observer')
    .filter(({ by }) => !(kind === 'test' && onBase && by !== 'kill_switch'))
    .map((input) => toFinding(input, kind, incident));
}

type WriteKind = 'patch' | 'test' | 'publish';

/** Why a pull request must be a draft whatever anybody approves, in sentences; none where it may be ready. */
export function draftOnly(policy: Pick<Policy, 'pull_request'>, incident: Incident): readonly string[] {
  const { id, severityConfirmed } = incident;
  return [
    ...(policy.pull_request.draft ? ['The policy lets agents open drafts only (`pull_request.draft`).'] : []),
    ...(severityConfirmed ? [] : [`No human has confirmed the severity of ${id}.`]),
  ];
}

/** Whether a pull request must be a draft whatever anybody approves. */
export function isDraftOnly(policy: Pick<Policy, 'pull_request'>, incident: Incident): boolean {
  return draftOnly(policy, incident).length > 0;
}

/** What a ready pull request needs a human for; a draft needs none of it. */
export function readyFindings(incident: Incident, risk: Risk | undefined): readonly Finding[] {
  const { severity } = incident;
  const severe = severity === 'SEV1' || severity === 'SEV2';
  const ask = (rule: string, reason: string, evidence: Finding['evidence']): Finding => ({
    rule,
    effect: 'require_approval',
    reason: `${reason}, so its pull request is a draft unless a human agrees to a ready one.`,
    fix: 'Call open_pr again with draft true.',
    evidence,
  });
  return [
    ...(severe ? [ask(`severity/${severity}`, `${incident.id} is a ${severity}`, { severity })] : []),
    ...(risk && risk.band !== 'low'
      ? [ask('risk/ready', `The risk of the change is ${risk.band} (${risk.score} of 100)`, { score: risk.score })]
      : []),
  ];
}

const verbs: Readonly<Record<WriteKind, string>> = {
  patch: 'change files',
  test: 'run tests on a changed tree',
  publish: 'open pull requests',
};

function toFinding(input: AutonomyInput, kind: WriteKind, { id }: Incident): Finding {
  const verb = kind === 'test' && input.by === 'kill_switch' ? 'run tests' : verbs[kind];
  const { rule, reason, fix, retry } = wordsOf(input, id);
  return {
    rule,
    effect: 'deny',
    reason: `An agent may not ${verb} for ${id}: ${reason}.`,
    fix,
    evidence: { bound_by: input.by, ...input.evidence },
    retry,
  };
}

function wordsOf(
  { by, reason, fix, humanProof }: AutonomyInput,
  id: string,
): { readonly rule: string; readonly reason: string; readonly fix: string; readonly retry: Retry } {
  if (reason !== undefined && fix !== undefined) return { rule: by, reason, fix, retry: 'later' };
  switch (by) {
    case 'severity/SEV1':
      return {
        rule: by,
        reason: 'it is a SEV1, which is only diagnosed until a human releases it',
        fix: `Go on reading the evidence, and ask the on-call engineer to run \`fixgate release ${id} --reason "…"${keyOption(humanProof)}\`.${keysFirst(humanProof)}`,
        retry: 'after_approval',
      };
    case 'severity/SEV4':
      return {
        rule: by,
        reason: 'it is a SEV4, which is only reported',
        fix: 'Tell the on-call engineer what you found, and stop.',
        retry: 'never',
      };
    default:
      return {
        rule: 'autonomy/observer',
        reason: 'the policy lets agents only observe',
        fix: 'Tell the on-call engineer which change you suggest; apply_patch with dry_run true checks it.',
        retry: 'never',
      };
  }
}

import { expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import type { Amounts, BudgetKind } from '#domain/budget.ts';
import { budgetKinds, toBudgetView } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { severities } from '#domain/incident.ts';
import type { ToldQuery } from '#domain/neighbour.ts';
import type { Risk, RiskFacts, RiskFloor } from '#domain/risk.ts';
import { blastRadii, testEvidences } from '#domain/risk.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { refuseInStorm } from '#engine/incident-storm.ts';
import { autonomyFindings, isDraftOnly, readyFindings, standingInputs } from '#policy/autonomy.ts';
import { cooldownFindings } from '#policy/cooldown.ts';
import { frozenFindings } from '#policy/frozen.ts';
import {
  endedError,
  exhaustedError,
  findingsError,
  highRiskError,
  pausedError,
  pendingError,
  withStanding,
} from '#policy/refusals.ts';
import { qualityInputs } from '#policy/repository-quality.ts';
import { riskFindings, scoreRisk } from '#policy/risk.ts';
import { haltInputs } from '#policy/situation.ts';
import type { Finding } from '#policy/verdict.ts';
import { createCircuit } from '#providers/circuit.ts';

import { ampleCaps, NOON } from '../support/store-samples.ts';
import { incident, patch, publishing, running, shipped } from '../unit/policy/samples.ts';

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const told = ({ code, message, fix, ruleIds, evidence, retry, budget }: FixgateError) => ({
  code,
  message,
  fix,
  ruleIds,
  evidence,
  retry,
  budget,
});

const none = Object.fromEntries(budgetKinds.map((kind) => [kind, 0])) as Amounts;
const budget = toBudgetView(ampleCaps, none);
const denial: Finding = {
  rule: 'max_files',
  effect: 'deny',
  reason: 'Too many files',
  fix: 'Send fewer.',
  evidence: { cap: 3 },
};
const question: Finding = { ...denial, rule: 'built_in_files/ci', effect: 'require_approval', reason: 'It is CI.' };
const asked: Approval = {
  id: 'A-1',
  incidentId: incident.id,
  kind: 'publish',
  binding: 'b',
  facts: {},
  question: 'May it?',
  ruleIds: ['risk/high'],
  requestedBy: 'agent',
  requestedAt: NOON,
  expiresAt: NOON + 3_600_000,
};

const office = { days: ['mon', 'tue', 'wed', 'thu', 'fri'] as const, from: '09:00', until: '18:00' };
const facts = (change: Partial<RiskFacts> = {}): RiskFacts => ({
  at: NOON,
  files: [{ path: 'src/queue.js', added: 10, removed: 2 }],
  floors: [],
  ...change,
});
const floors: readonly RiskFloor[] = [
  'dependency_manifest',
  'test_weakening',
  'ci_pipeline',
  'access_control',
  'production_infrastructure',
  'migration',
  'special_file',
];
const limits = { risk: { medium: 30, high: 70 }, limits: { max_files: 3 } };
const scored = (
  change: Partial<RiskFacts> = {},
  more: Partial<typeof limits.risk> & { business_hours?: unknown } = {},
) => scoreRisk(facts(change), { ...limits, risk: { ...limits.risk, ...more } as typeof limits.risk });
const many = (count: number, lines = 1) =>
  Array.from({ length: count }, (_, index) => ({ path: `src/f${index}.js`, added: lines, removed: lines }));

/** Scores are made when a test asks for them. */
const risksOf = (): Readonly<Record<string, Risk>> => ({
  'nothing is known': scored(),
  'no file': scored({ files: [] }),
  'everything is known': scored({ confidence: 0.8, tests: 'reproduced', blastRadius: 'namespace', churn: 3 }),
  'the most of everything': scored({
    files: many(9, 90),
    confidence: 0,
    tests: 'failed_or_not_run',
    blastRadius: 'cross_region',
    churn: 40,
    outOfScope: true,
    reverted: true,
  }),
  'a confidence that is no number': scored({ confidence: Number.NaN }),
  'a confidence above one': scored({ confidence: 1.5 }),
  'one file more': scored({ files: many(2) }),
  'one file where one is allowed': scoreRisk(facts({ files: many(1) }), { ...limits, limits: { max_files: 1 } }),
  'two files where one is allowed': scoreRisk(facts({ files: many(2) }), { ...limits, limits: { max_files: 1 } }),
  'two files where none is allowed': scoreRisk(facts({ files: many(2) }), { ...limits, limits: { max_files: 0 } }),
  'a fix that held before': scored({ files: many(3, 20), knownFix: true }),
  'a fix that held before, of nothing': scored({ files: [], knownFix: true }),
  'outside of the analysis': scored({ outOfScope: true }),
  'reverted lately': scored({ reverted: true }),
  'at the weekend': scored({}, { business_hours: office }),
  'on Monday at nine': scored({ at: Date.UTC(2026, 2, 2, 9) }, { business_hours: office }),
  'on Monday before nine': scored({ at: Date.UTC(2026, 2, 2, 8, 59) }, { business_hours: office }),
  'on Friday at six': scored({ at: Date.UTC(2026, 2, 6, 18) }, { business_hours: office }),
  'on Friday before six': scored({ at: Date.UTC(2026, 2, 6, 17, 59) }, { business_hours: office }),
  ...Object.fromEntries(testEvidences.map((tests) => [`tests: ${tests}`, scored({ tests })])),
  ...Object.fromEntries(blastRadii.map((blastRadius) => [`reach: ${blastRadius}`, scored({ blastRadius })])),
  ...Object.fromEntries(floors.map((floor) => [`floor: ${floor}`, scored({ floors: [{ floor, why: 'a/b' }] })])),
  'several floors': scored({
    floors: floors.flatMap((floor) => [
      { floor, why: `${floor} one` },
      { floor, why: `${floor} two` },
    ]),
  }),
  'very many floors': scored({
    floors: Array.from({ length: 30 }, (_, index) => ({ floor: 'migration' as const, why: `db/${index}.sql` })),
  }),
});

const closed: Incident = {
  ...incident,
  state: 'closed',
  closure: { by: 'ada', resolution: 'false_alarm', reason: 'It was\nnothing.', at: NOON },
};
const exhausted = (kinds: readonly BudgetKind[], scope: 'incident' | 'daily', used: number) =>
  exhaustedError(
    kinds.map((kind) => ({ kind, scope })),
    { ...ampleCaps, usd: 1_000_000, tool_calls: 40, patch_attempts: 3 },
    { ...none, usd: 1_004_000 * used, tool_calls: 40 * used, patch_attempts: 2 },
  );

const refusalsOf = (): Readonly<Record<string, FixgateError>> => ({
  'one denial': findingsError([denial], budget),
  'a denial and a question': findingsError([denial, question, { ...denial, rule: 'x', reason: 'No!' }], budget),
  'a question alone': findingsError([question], budget),
  'that never helps': findingsError(
    [
      { ...denial, retry: 'later' },
      { ...denial, retry: 'never' },
    ],
    budget,
  ),
  'that helps later': findingsError(
    [
      { ...denial, retry: 'after_approval' },
      { ...denial, retry: 'later' },
    ],
    budget,
  ),
  'that helps after an approval': findingsError([denial, { ...denial, retry: 'after_approval' }], budget),
  'high risk, asked': highRiskError([question], budget, { incidentId: incident.id, asked, mode: 'advisory' }),
  'high risk of a dry run': highRiskError([question, question], budget, { incidentId: incident.id, mode: 'signed' }),
  'a breaker that pauses': pausedError(
    { rule: 'breaker/invalid', effect: 'pause', reason: 'Too many.', fix: 'Wait.', retry: 'later' },
    new FixgateError('invalid_input', 'patch: it is no text.', { fix: 'Correct patch and call again.' }),
  ),
  'a pending question': pendingError([question, question], budget, { asked, mode: 'signed' }),
  'a pending question that nobody can answer': pendingError([question, question], budget, { asked, mode: 'none' }),
  'too large': exhausted(['usd', 'tool_calls'], 'incident', 0.5),
  'used up': exhausted(['usd', 'tool_calls', 'patch_attempts'], 'incident', 1),
  'used up by all': exhausted(['usd', 'patch_attempts'], 'daily', 0),
  'used up by one and by all': exhaustedError(
    [
      { kind: 'prs', scope: 'incident' },
      { kind: 'prs', scope: 'daily' },
    ],
    ampleCaps,
    none,
  ),
  'an incident that was closed': endedError(closed),
  'an incident that was closed, nobody knows why': endedError({ ...incident, state: 'closed' }),
  'an incident that was handed over': endedError({
    ...incident,
    state: 'escalated',
    escalation: { reason: 'Nothing helped.', ruleId: 'breaker/attempts', at: NOON },
  }),
  'an incident that a human took over': endedError({ ...incident, state: 'escalated' }),
  'with what bounds the agent': withStanding(findingsError([denial], budget), {
    autonomy: { level: 'observer', boundBy: ['severity/SEV1'] },
    risk: scored(),
  }),
  'with what bounds the agent, without a score': withStanding(endedError(closed), {
    autonomy: { level: 'pr_bot', boundBy: ['policy', 'severity/SEV2'] },
    risk: undefined,
  }),
});

const standings = severities.flatMap((severity) =>
  [true, false].map((severityConfirmed): Incident => ({ ...incident, severity, severityConfirmed })),
);
const actions = { patch: patch(), test: running('npm test'), publish: publishing() };

/** What each level lets an agent do for each severity, and what it is told where it may not. */
function autonomies() {
  return standings.flatMap((subject) =>
    (['observer', 'pr_bot', 'auto_remediator'] as const).map((level) => {
      const inputs = standingInputs({ autonomy: { level, sev4_patch: false } }, subject);
      const refused = Object.entries(actions).flatMap(([name, action]) =>
        autonomyFindings(action, { inputs, incident: subject, dryRun: false }).map((found) => [name, found]),
      );
      return { severity: subject.severity, confirmed: subject.severityConfirmed, level, inputs, refused };
    }),
  );
}

const haltedInputs = () => haltInputs({ halted: () => 'the file STOP is there' });

/** What is said because of other incidents, a freeze or a source that fails. */
async function neighbours() {
  const publications = () => [{ incident: { ...incident, id: 'INC-6' }, at: NOON }];
  const handedOver = ['INC-1', 'INC-2', 'INC-3'].map(
    (chain) => ({ chain, at: NOON, type: 'incident.escalated', data: {} }) as unknown as TimelineEvent,
  );
  const opened = Array.from({ length: 20 }, (_, n) => ({ chain: `INC-${n}` }) as TimelineEvent);
  const store = {
    told: ({ types }: Pick<ToldQuery, 'types'>) => (types[0] === 'incident.opened' ? opened : handedOver),
    takenBack: () => [
      { incidentId: 'INC-4', at: NOON },
      { incidentId: 'INC-5', at: NOON },
    ],
    getIncident: (id: string) => ({ ...incident, id }),
  };
  const inputs = await qualityInputs(
    { store, word: { isProvedAs: async () => false }, clock: { now: () => NOON } },
    incident,
  );
  const circuit = createCircuit('prod-logs', { now: () => NOON });
  const down = new FixgateError('provider_unavailable', 'Loki answered 503.', { fix: 'Wait.' });
  for (let n = 0; n < 5; n += 1) circuit.enter()(down);
  return {
    cooldown: cooldownFindings(publishing(), { ...incident, openedBy: 'agent' }, { now: NOON, publications }),
    freeze: frozenFindings({ ...publishing(), draft: false }, 'The freeze file freeze.json is missing'),
    repository: autonomyFindings(patch(), { inputs, incident, dryRun: false }),
    storm: refusalBy(() => refuseInStorm(store, { ...incident, id: 'INC-21' })),
    provider: refusalBy(() => circuit.enter()),
  };
}

function refusalBy(work: () => unknown) {
  try {
    work();
    return undefined;
  } catch (error) {
    return told(error as FixgateError);
  }
}

it.each<[string, () => unknown]>([
  ['neighbours', neighbours],
  ['refusals', () => Object.fromEntries(Object.entries(refusalsOf()).map(([what, error]) => [what, told(error)]))],
  ['risk', risksOf],
  [
    'risk-findings',
    () =>
      Object.fromEntries(
        Object.entries(risksOf()).map(([what, risk]) => [
          what,
          {
            patch: riskFindings(patch(), risk, limits),
            publish: riskFindings(publishing(), risk, limits),
            test: riskFindings(running('npm test'), risk, limits),
          },
        ]),
      ),
  ],
  ['autonomy', autonomies],
  [
    'kill-switch',
    () => ({
      inputs: haltedInputs(),
      off: haltInputs({ halted: () => undefined }),
      refused: Object.values(actions).map((action) =>
        autonomyFindings({ ...action, onBase: true } as typeof action, {
          inputs: haltedInputs(),
          incident,
          dryRun: true,
        }),
      ),
    }),
  ],
  [
    'ready-pull-requests',
    () =>
      standings.map((subject) => ({
        severity: subject.severity,
        unknown: readyFindings(subject, undefined),
        low: readyFindings(subject, scored()),
        medium: readyFindings(subject, { ...scored(), score: 40, band: 'medium' }),
        draftOnly: (['human', 'agent'] as const).map((openedBy) =>
          [true, false].map((draft) =>
            isDraftOnly({ pull_request: { ...shipped.pull_request, draft } }, { ...subject, openedBy }),
          ),
        ),
      })),
  ],
])('what is said of %s beside an action is as it is committed [tools:refusals:snapshot]', async (name, make) => {
  await expect(json(await make())).toMatchFileSnapshot(`snapshots/refusals/standing-${name}.json`);
});

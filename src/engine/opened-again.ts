import { FixgateError } from '#domain/errors.ts';
import type { Incident, RepositoryRef } from '#domain/incident.ts';
import type { HumanProof } from '#domain/key-option.ts';
import { keyOption, keysFirst } from '#domain/key-option.ts';
import type { OpenRequest } from '#engine/incidents.ts';

/** Characters of an environment's name that are kept. */
const MAX_ENVIRONMENT_CHARS = 64;
/** Characters of a fact that an answer repeats. */
const MAX_SHOWN_CHARS = 120;

/** An environment's name as it is kept. */
export function keptEnvironment(name: string): string {
  return name.slice(0, MAX_ENVIRONMENT_CHARS);
}

/** When a request says that the trouble began, if it was said at this moment. */
export function beganAt({ startedAt }: OpenRequest, saidAt: number): number | undefined {
  return typeof startedAt === 'function' ? startedAt(saidAt) : startedAt;
}

/** An incident that is opened again. */
interface OpenedAgain {
  readonly stands: Incident;
  /** What the request resolves to. */
  readonly repository: RepositoryRef;
  readonly now: number;
  /** What the word of a human takes. */
  readonly humanProof: HumanProof;
}

/** Throws the `conflict` when a request gives an incident that exists a fact that does not hold: none is ever taken from it. */
export function refuseDifferent(request: OpenRequest, again: OpenedAgain): void {
  const differences = differing(request, again);
  if (differences.length > 0) throw conflict(request, again, differences);
}

/** What a human runs to give an incident a severity. */
export function confirmCommand(
  { id, severity }: Pick<Incident, 'id' | 'severity'>,
  { humanProof }: Pick<OpenedAgain, 'humanProof'>,
): string {
  return `fixgate incident confirm ${id} --severity ${severity}${keyOption(humanProof)}`;
}

/** A fact that was given and does not hold, and what holds; `null` for nothing. */
type Difference = readonly [name: string, holds: string | null];

/** Only facts that were given count as different. */
function differing(request: OpenRequest, { repository, stands, now }: OpenedAgain): readonly Difference[] {
  const { title, severity, service, rca } = request;
  const environment = request.implied?.includes('env') === true ? undefined : request.environment;
  // Words that count from now were said when it was opened, or are said anew of the same moment.
  const [first, last] = [beganAt(request, stands.openedAt), beganAt(request, now)];
  const isSameStart = (first ?? -Infinity) <= stands.startedAt && stands.startedAt <= (last ?? Infinity);
  const startedAt = new Date(stands.startedAt).toISOString();
  const { location, baseCommit } = stands.repository;
  const pairs: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ['title', title, stands.title],
    ['severity', severity, stands.severity],
    ['service', service, stands.service],
    ['env', environment && keptEnvironment(environment), stands.environment],
    ['started-at', isSameStart ? undefined : '', startedAt],
    ['rca', rca?.text, stands.rca?.text],
    ['rca-url', rca?.url, stands.rca?.url],
    ['repo', repository.location, location],
    ['base', request.base && repository.baseCommit, baseCommit],
  ];
  return pairs
    .filter(([, given, holds]) => given !== undefined && given !== holds)
    .map(([name, , holds]) => [name, holds ?? null]);
}

function conflict(
  { id, severity }: OpenRequest,
  { stands, humanProof }: OpenedAgain,
  differences: readonly Difference[],
): FixgateError {
  const names = differences.map(([name]) => name);
  const holding = differences.flatMap(([name, holds]) =>
    holds === null ? [] : [`${name} ${JSON.stringify(holds.slice(0, MAX_SHOWN_CHARS))}`],
  );
  const lacking = differences.flatMap(([name, holds]) => (holds === null ? [`no ${name}`] : []));
  const has = [...holding, ...lacking].join(', ');
  const isOver = stands.state === 'closed';
  return new FixgateError(
    'conflict',
    `Incident ${id} is ${isOver ? 'closed' : 'open already'}, with another ${names.join(', ')}: it has ${has}. Nothing was changed.`,
    {
      fix: `${names.includes('severity') && !isOver ? `Run \`${confirmCommand({ id, severity: severity ?? stands.severity }, { humanProof })}\` to give it that severity. Else use` : 'Use'} the incident as it is, or open this one under another id.${names.includes('severity') && !isOver ? keysFirst(humanProof) : ''}`,
      evidence: { different: names },
    },
  );
}

import type { Incident, Severity } from '#domain/incident.ts';
import { severities } from '#domain/incident.ts';
import { autonomyLevels, effectiveAutonomy, isDraftOnly, readyFindings, standingInputs } from '#policy/autonomy.ts';
import type { Policy } from '#policy/schema.ts';

/** From the one that lets agents do least: a SEV1 is only diagnosed, a SEV4 only reported. */
const STRICTEST: readonly Severity[] = ['SEV1', 'SEV4', 'SEV2', 'SEV3'];

/** The one of two severities that lets agents do less. */
export function stricterSeverity(one: Severity, other: Severity): Severity {
  return STRICTEST.indexOf(one) <= STRICTEST.indexOf(other) ? one : other;
}

/** Whether giving an incident this severity lowers it or lets agents do more than now: then a human has to prove it. */
export function needsProof(
  severity: Severity,
  incident: Incident,
  policy: Pick<Policy, 'autonomy' | 'pull_request'>,
): boolean {
  const after: Incident = { ...incident, severity, severityConfirmed: true };
  const level = (each: Incident) => autonomyLevels.indexOf(effectiveAutonomy(standingInputs(policy, each)).level);
  const mayBeReady = (each: Incident) => !isDraftOnly(policy, each) && readyFindings(each, undefined).length === 0;
  return (
    severities.indexOf(severity) > severities.indexOf(incident.severity) ||
    level(after) > level(incident) ||
    (mayBeReady(after) && !mayBeReady(incident))
  );
}

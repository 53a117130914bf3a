import type { Incident, Severity } from '#domain/incident.ts';
import { severities } from '#domain/incident.ts';

/** From the one that lets agents do least: a SEV1 is only diagnosed, a SEV4 only reported. */
const STRICTEST: readonly Severity[] = ['SEV1', 'SEV4', 'SEV2', 'SEV3'];

/**
 * Whether a severity may be given by anybody: it is higher than before, and lets agents do less under every policy. Whoever starts a
 * program chooses its policy, so none is asked. Every other severity, the same one included, has to be proved by a human.
 */
export function isPlainRaise(from: Severity, to: Severity): boolean {
  return severities.indexOf(to) < severities.indexOf(from) && STRICTEST.indexOf(to) < STRICTEST.indexOf(from);
}

/** The severity of an incident, and whether a human stands for it. */
export type GivenSeverity = Pick<Incident, 'severity' | 'severityConfirmed'>;

/** What somebody said of the severity after the opening. */
export interface SeverityWord {
  readonly to: Severity | undefined;
  readonly proved: boolean;
  /** A plain raise counts as confirmed where nobody signs. */
  readonly confirms: boolean;
}

/** The severity after all that was said of it: what is neither proved nor a plain raise changes nothing. */
export function afterWords(opened: GivenSeverity, words: readonly SeverityWord[]): GivenSeverity {
  return words.reduce(afterWord, opened);
}

/** The last word that made it a SEV1 again, by its place; -1 for none. */
export function lastMadeSev1(opened: GivenSeverity, words: readonly SeverityWord[]): number {
  let given = opened;
  let last = -1;
  for (const [index, word] of words.entries()) {
    const next = afterWord(given, word);
    if (next.severity === 'SEV1' && given.severity !== 'SEV1') last = index;
    given = next;
  }
  return last;
}

function afterWord(given: GivenSeverity, { to, proved, confirms }: SeverityWord): GivenSeverity {
  if (to === undefined) return given;
  if (proved) return { severity: to, severityConfirmed: true };
  return isPlainRaise(given.severity, to) ? { severity: to, severityConfirmed: confirms } : given;
}

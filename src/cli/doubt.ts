import type { Runtime } from '#cli/runtime.ts';
import type { Incident } from '#domain/incident.ts';

/** Incidents that a note names. */
const MAX_NOTED = 5;

/** Whether less is believed of an incident than its record says. */
export function isDoubted(kept: Incident, believed: Believed): boolean {
  return (
    believed.severity !== kept.severity ||
    believed.severityConfirmed !== kept.severityConfirmed ||
    believed.state !== kept.state ||
    believed.closure?.at !== kept.closure?.at
  );
}

type Believed = Pick<Incident, 'severity' | 'severityConfirmed' | 'state' | 'closure'>;

/** Why something else may be shown than what a human did. */
export function noteOfDoubt(ids: readonly string[], { config, proof }: Pick<Runtime, 'config' | 'proof'>): string {
  const place = config.path === undefined ? 'without a fixgate.yaml in this folder' : `with ${config.path}`;
  const why =
    proof.mode === 'none'
      ? (proof.why ?? 'no approvers are known')
      : 'no key signed it that is listed here and was when the incident began';
  const again =
    proof.mode === 'signed' ? ', or, where a key was removed since, let a listed approver say it again' : '';
  const others = ids.length > MAX_NOTED ? ` and ${ids.length - MAX_NOTED} more` : '';
  const named = `${ids.slice(0, MAX_NOTED).join(', ')}${others}`;
  return `Note: what a human said of ${named} cannot be proved ${place} (${why}), so it is shown as if nobody had. Name the server's configuration with --config${again}.`;
}

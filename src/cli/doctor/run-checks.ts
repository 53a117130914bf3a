import { FixgateError } from '#domain/errors.ts';

/** Why a check does not matter here. */
interface Skipped {
  readonly skipped: string;
}

/** What works as far as it goes, and will not in an incident. */
export interface Warning {
  readonly warning: string;
  /** One imperative sentence. */
  readonly fix: string;
}

/** One thing that can work or not. */
export interface Check {
  readonly name: string;
  /** Answers what was found, why it does not matter, what may not work later, or undefined when there is nothing to try; throws when it does not work. */
  run(signal: AbortSignal): Promise<string | Skipped | Warning | undefined>;
}

/** What came of a check. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string;
  readonly fix?: string;
}

/** Milliseconds for one check: a vendor that needs longer is as good as down in an incident. */
const CHECK_MS = 15_000;

/** Runs all checks at once and yields them in their order; none can hang, none stops the others. */
export async function* runChecks(
  checks: readonly Check[],
  redact: (text: string) => string,
): AsyncGenerator<Finding, void> {
  const running = checks.map((check) => runOne(check, redact));
  for (const finding of running) yield await finding;
}

async function runOne({ name, run }: Check, redact: (text: string) => string): Promise<Finding> {
  const signal = AbortSignal.timeout(CHECK_MS);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(tooSlow()), { once: true });
  });
  try {
    const detail = await Promise.race([run(signal), late]);
    if (detail === undefined) return { check: name, status: 'skipped', detail: 'has no check of its own' };
    if (typeof detail === 'string') return { check: name, status: 'ok', detail: redact(detail) };
    if ('skipped' in detail) return { check: name, status: 'skipped', detail: redact(detail.skipped) };
    return { check: name, status: 'warning', detail: redact(detail.warning), fix: redact(detail.fix) };
  } catch (thrown) {
    const error = signal.aborted ? tooSlow() : thrown;
    const detail = error instanceof Error ? error.message : String(error);
    const fix = error instanceof FixgateError ? error.fix : undefined;
    return { check: name, status: 'failed', detail: redact(detail), ...(fix !== undefined && { fix: redact(fix) }) };
  }
}

function tooSlow(): FixgateError {
  return new FixgateError('provider_unavailable', `No answer within ${CHECK_MS / 1_000} s.`, {
    fix: 'Check its address, and that nothing between here and there swallows the connection.',
  });
}

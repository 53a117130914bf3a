import { FixgateError } from '#domain/errors.ts';

/** Throws when the caller is gone: the signal's own reason when it is an expected error, else `cancelled`. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof FixgateError) throw signal.reason;
  throw new FixgateError('cancelled', 'The call was cancelled before the evidence was read.', {
    fix: 'Call the tool again if the evidence is still needed.',
  });
}

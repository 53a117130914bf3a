import { FixgateError } from '#domain/errors.ts';

import { placeOf } from './files/describe.ts';

/** Paths of the configuration that lead to nothing: no vendor that is down, and no window without events. */
export function noFileMatches(
  kind: 'log' | 'metrics',
  paths: readonly string[],
  warnings: readonly string[],
): FixgateError {
  const seen = warnings.length === 0 ? '' : ` ${warnings.slice(0, 3).join(' ')}`;
  return new FixgateError('misconfigured', `No ${kind} file matches ${placeOf(paths)}.${seen}`, {
    fix: `Have the operator point the ${kind} source at existing files, folders or globs.`,
    evidence: { paths: paths.slice(0, 20) },
  });
}

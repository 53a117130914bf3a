import type { LogEntry } from '#domain/evidence.ts';

import { identityOf } from './frame-identity.ts';
import { hasEscapedTrace, readTrace } from './stack-trace.ts';

/** Characters of an event in which its exception is looked for. */
const MAX_TEXT_CHARS = 64 * 1024;
/** Traces whose place is remembered, and characters of one. */
const [MAX_KNOWN, MAX_KNOWN_CHARS] = [1_000, 4_096];

/**
 * Tells errors apart that are logged with the same words: the type of the innermost cause and the first place in the project, as
 * `NullPointerException Cart.total com/acme/Cart.java`. Undefined for an event without a trace.
 */
export function createErrorPlaces(): (entry: Pick<LogEntry, 'raw'>, template: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return ({ raw }, template) => {
    const line = raw.indexOf('\n');
    if (line === -1) return hasEscapedTrace(raw) ? placeIn(raw) : undefined;
    // Digits of a trace are lines and values; what the first line says, its template says.
    const key = raw.length > MAX_KNOWN_CHARS ? '' : `${template}${raw.slice(line).replaceAll(/\d/g, '0')}`;
    if (known.has(key)) return known.get(key);
    const place = placeIn(raw);
    if (key !== '') {
      if (known.size === MAX_KNOWN) known.clear();
      known.set(key, place);
    }
    return place;
  };
}

function placeIn(raw: string): string | undefined {
  const { cause } = readTrace(raw.slice(0, MAX_TEXT_CHARS));
  const frame = cause?.frames.find(({ inProject }) => inProject);
  const place = [cause?.type ?? '', frame === undefined ? '' : identityOf(frame)].join(' ').trim();
  return place === '' ? undefined : place;
}

import { describe, expect, it } from 'vitest';

import type { Severity } from '#domain/incident.ts';
import type { SeverityWord } from '#policy/severity.ts';
import { afterWords, isPlainRaise } from '#policy/severity.ts';

describe('a severity', () => {
  it.each<[Severity, Severity, boolean]>([
    ['SEV3', 'SEV2', true],
    ['SEV3', 'SEV1', true],
    ['SEV2', 'SEV1', true],
    ['SEV4', 'SEV1', true],
    ['SEV4', 'SEV2', false],
    ['SEV4', 'SEV3', false],
    ['SEV2', 'SEV2', false],
    ['SEV1', 'SEV2', false],
    ['SEV1', 'SEV3', false],
    ['SEV1', 'SEV4', false],
    ['SEV2', 'SEV3', false],
    ['SEV3', 'SEV4', false],
    ['SEV2', 'SEV4', false],
  ])('from %s to %s may be given by anybody: %s [human:verbs:severity]', (from, to, plain) => {
    expect(isPlainRaise(from, to)).toBe(plain);
  });

  const word = (to: Severity | undefined, proved: boolean, confirms = false): SeverityWord => ({
    to,
    proved,
    confirms,
  });

  it.each<[string, readonly SeverityWord[], Severity, boolean]>([
    ['nothing', [], 'SEV4', true],
    ['a word without proof', [word('SEV3', false, true)], 'SEV4', true],
    ['a plain raise', [word('SEV1', false)], 'SEV1', false],
    ['a plain raise where nobody signs', [word('SEV1', false, true)], 'SEV1', true],
    ['a proved word', [word('SEV3', true)], 'SEV3', true],
    ['a proved word and one without', [word('SEV2', true), word('SEV3', false, true)], 'SEV2', true],
    ['a proved word, and raised again', [word('SEV3', true), word('SEV2', false)], 'SEV2', false],
    ['a word for nothing', [word(undefined, true)], 'SEV4', true],
  ])('after %s', (_, words, severity, severityConfirmed) => {
    const opened = { severity: 'SEV4', severityConfirmed: true } as const;
    expect(afterWords(opened, words)).toEqual({ severity, severityConfirmed });
  });
});

import { describe, expect, it } from 'vitest';

import { createLogHash } from '#analysis/log-hash.ts';
import type { LogLevel } from '#domain/evidence.ts';

import { cpuMs } from '../../support/cpu-time.ts';

const lines: readonly (readonly [string, LogLevel])[] = [
  ['2026-04-21T12:35:01.123Z ERROR UserService.processQueue queue size 10231 exceeds limit 10000 user=42', 'error'],
  ['2026-04-21T12:35:02.555Z ERROR UserService.processQueue queue size 10977 exceeds limit 10000 user=7', 'error'],
  [
    '2026-04-21T12:35:03Z ERROR GET https://pay.example.com/v1/charge timed out after 30.5s ip=10.2.3.4:443 retry=true',
    'error',
  ],
  ['2026-04-21T12:35:04Z FATAL heap 0x7ffee4c0 req 3fa85f64-5717-4562-b3fc-2c963f66afa6 out of memory', 'fatal'],
];
const known = 'lh1:ed8c00993131b137e789d550c2995dc3';

function hash(
  entries: readonly (readonly [string, LogLevel | undefined])[],
  service = 'user-service',
): string | undefined {
  const made = createLogHash(service);
  for (const [text, level] of entries) made.add(text, level);
  return made.value();
}

describe('createLogHash', () => {
  it('gives the published value for the published lines [logs:hash:vector]', () => {
    expect(hash(lines)).toBe(known);
  });

  it.each([
    ['in another order', lines.toReversed()],
    ['with colours', lines.map(([text, level]) => [`\u001B[31m${text}\u001B[0m`, level] as const)],
    [
      'with other numbers, times and ids',
      lines.map(([text, level]) => [text.replaceAll('35', '36').replace('42', '9'), level] as const),
    ],
    [
      'among lines that are no errors',
      [...lines, ['2026-04-21T12:35:04Z INFO all is well', 'info'] as const, ['no level', undefined] as const],
    ],
    ['beside warnings', [...lines, ['2026-04-21T12:35:04Z WARN slow', 'warn'] as const]],
  ])('gives the same %s [logs:hash:vector]', (_, entries) => {
    expect(hash(entries)).toBe(known);
  });

  it('gives another for another service or another error', () => {
    expect(hash(lines, 'cart')).not.toBe(known);
    expect(hash([...lines, ['2026-04-21T12:35:04Z ERROR disk full', 'error']])).not.toBe(known);
  });

  it('takes warnings when there is no error, and gives nothing without either', () => {
    expect(hash([['WARN slow after 3ms', 'warn']])).toBe(hash([['WARN slow after 8ms', 'warn']]));
    expect(hash([['INFO fine', 'info']])).toBeUndefined();
  });

  it.each([
    ['letters', 'a'.repeat(200_000)],
    ['dots', '1.'.repeat(100_000)],
    ['mail', 'a@'.repeat(100_000)],
    ['quotes', '="'.repeat(100_000)],
    ['colours', '\u001B[1;'.repeat(50_000)],
  ])('is quick on %s made to stall it', (_, text) => {
    const start = cpuMs();
    hash([[text, 'error']]);
    expect(cpuMs() - start).toBeLessThan(300);
  });
});

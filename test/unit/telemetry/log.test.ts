import { describe, expect, it } from 'vitest';

import { createRedactor } from '#engine/redact.ts';
import type { LogFields, LogLevel } from '#telemetry/log.ts';
import { createLog } from '#telemetry/log.ts';
import { withRootSpan } from '#telemetry/tracing.ts';

import { createFakeClock } from '../../support/fake-clock.ts';

const SECRET = 'xy7-Gq2/vL+9==t';

type Said = readonly [message: string, fields?: LogFields];

function logged(
  format: 'json' | 'human',
  work: (log: (level: LogLevel, message: string, fields?: LogFields) => void) => unknown,
  level: LogLevel = 'info',
): readonly string[] {
  const lines: string[] = [];
  const redact = createRedactor([SECRET]);
  const clock = createFakeClock(Date.parse('2026-08-01T20:04:31.250Z'));
  work(createLog({ level, format, clock, redact, write: (line) => void lines.push(line) }));
  return lines;
}

describe('createLog', () => {
  it('writes one line of JSON with time, level, message and fields [telemetry:log:json]', () => {
    const [line] = logged('json', (log) =>
      log('warn', 'apply_patch denied', { rules: ['max_files'], code: undefined }),
    );

    expect(line?.endsWith('\n')).toBe(true);
    expect(JSON.parse(line ?? '')).toEqual({
      time: '2026-08-01T20:04:31.250Z',
      level: 'warn',
      message: 'apply_patch denied',
      rules: ['max_files'],
    });
  });

  it('names trace and span of the call that is being served [telemetry:log:trace]', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    let span = '';
    const lines = logged('json', (log) =>
      withRootSpan({ name: 'tools/call', traceId }, ({ spanId }) => {
        span = spanId;
        log('info', 'admitted');
      }),
    );
    await Promise.resolve();

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ trace_id: traceId, span_id: span });
  });

  it.each([
    ['a message', (text: string): Said => [text]],
    ['a field', (text: string): Said => ['m', { actor: text }]],
    ['a list', (text: string): Said => ['m', { rules: ['a', text] }]],
  ])('masks a secret in %s [telemetry:log:redacted]', (_where, say) => {
    const lines = ['json', 'human'].flatMap((format) =>
      logged(format as 'json', (log) => log('error', ...say(`token ${SECRET} ghp_${'a1B2'.repeat(9)}`))),
    );

    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/xy7-|ghp_/);
    expect(lines.join('')).toContain('[masked:');
  });

  it('keeps text from outside on one line, without what terminals obey', () => {
    const hostile = 'first\n{"level":"info","message":"forged"}\u001B[2Jlast';
    const lines = ['json', 'human'].map((format) => logged(format as 'json', (log) => log('info', hostile))[0] ?? '');

    for (const line of lines) {
      expect(line.trimEnd()).not.toContain('\n');
      expect(line).not.toContain('\u001B');
    }
  });

  it('cuts texts of any length, and no secret in half [telemetry:log:redacted]', () => {
    const [line] = logged('json', (log) => log('error', `${'x '.repeat(2_040)}${SECRET} ${'y'.repeat(100_000)}`));

    expect(line?.length).toBeLessThan(5_000);
    expect(line).not.toContain(SECRET.slice(0, 6));
  });

  it.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
  ] as const)('writes at level %s only what is as bad [telemetry:log:level]', (level, expected) => {
    const lines = logged(
      'json',
      (log) => {
        for (const each of ['error', 'warn', 'info'] as const) log(each, 'm');
      },
      level,
    );

    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
  });

  it('writes a plain line for people, without the ids that only machines join by [telemetry:log:human]', () => {
    const [line] = logged('human', (log) =>
      log('warn', 'apply_patch denied: too many files', { incident_id: 'PD-1', call_id: 'c-1', rules: ['max_files'] }),
    );

    expect(line).toBe('20:04:31 WARN  apply_patch denied: too many files incident_id=PD-1 rules=max_files\n');
  });
});

import { describe, expect, it } from 'vitest';

import { createErrorGrouper } from '#analysis/log-errors.ts';
import { createPatternCounter } from '#analysis/log-patterns.ts';
import type { LogEntry } from '#domain/evidence.ts';
import { parseLine } from '#providers/files/parse-line.ts';

/** Lines as files hold them. */
const entriesOf = (lines: readonly string[]) =>
  lines.map((raw, index): LogEntry => {
    const context = { writtenAt: Date.UTC(2026, 10, 23), offsetAt: () => 0 };
    return { ...parseLine(raw, 'auto', context), raw, origin: `sys@${index}` };
  });

function templatesOf(lines: readonly string[]): string[] {
  const counter = createPatternCounter();
  for (const entry of entriesOf(lines)) counter.add(entry);
  return counter
    .table()
    .patterns.map(({ template }) => template)
    .toSorted();
}

const hosts = ['alpha', 'beta', 'gamma', 'web-7'];

describe('the host of a line of syslog', () => {
  it.each([
    [
      'without a process',
      (host: string) => `Nov 23 01:02:03 ${host} kernel: eth0: link down`,
      'kernel: eth<num>: link down',
    ],
    ['with a priority', (host: string) => `<4>Nov  3 01:02:03 ${host} kernel: link down`, 'kernel: link down'],
    [
      'with a whole time',
      (host: string) => `2026-11-22T01:02:03.123456+00:00 ${host} systemd: Started job.`,
      'systemd: Started job.',
    ],
    ['with a process', (host: string) => `Nov 23 01:02:03 ${host} sshd[42]: no route`, 'sshd[<num>]: no route'],
  ])('is no part of its pattern: %s [logs:patterns:statements]', (_, line, pattern) => {
    expect(templatesOf(hosts.map(line))).toEqual([pattern]);
  });

  it('makes no other kind of error', () => {
    const grouper = createErrorGrouper();
    const lines = hosts.map((host) => `Nov 23 01:02:03 ${host} kernel: ERROR: disk is lost`);
    for (const entry of entriesOf(lines)) grouper.add(entry);
    expect(grouper.groups().map(({ message, count }) => [message, count])).toEqual([
      ['kernel: ERROR: disk is lost', 4],
    ]);
  });

  it.each([
    ['a level', ['Nov 23 01:02:03 ERROR Cart: lost', 'Nov 23 01:02:03 WARN Cart: lost'], 2],
    [
      'words of a program with another time',
      ['2026-11-22 01:02:03 send mail: lost', '2026-11-22 01:02:03 read mail: lost'],
      2,
    ],
  ])('is not %s', (_, lines, patterns) => {
    expect(templatesOf(lines)).toHaveLength(patterns);
  });
});

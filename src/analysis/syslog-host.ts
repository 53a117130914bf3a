import type { LogEntry } from '#domain/evidence.ts';

import { toLevel } from './severity.ts';

/**
 * A line of syslog whose program names no process, up to the host: `Nov  3 13:58:01 web-1 kernel: …`, with a priority before it or with
 * the time as rsyslog writes it in full. In other forms of time a word, a word and a colon are what any program writes.
 */
const HEAD =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(?:Z|[+-]\d{2}:\d{2})) ([\w.-]{1,100}) (?=[\w./@()-]{1,64}: )/;

/**
 * Behind its first character, the blank after the month, or the sixth digit of its second tell that a line may begin so. The first colon
 * before a blank is that of the program; most programs name their process before it.
 */
function mayHaveHost(raw: string): boolean {
  const mayBegin = raw.startsWith('<') || raw.charAt(3) === ' ' || 'Z+-'.includes(raw.charAt(26));
  return mayBegin && raw.charAt(raw.indexOf(': ') - 1) !== ']';
}

/** What an event says, without the host before a program of syslog: where it was written makes no other event. `maskMessage` knows programs that name their process. */
export function withoutHost({ raw, message }: Pick<LogEntry, 'raw' | 'message'>): string {
  const host = mayHaveHost(raw) ? HEAD.exec(raw)?.[1] : undefined;
  if (host === undefined || !message.startsWith(`${host} `) || toLevel(host) !== undefined) return message;
  return message.slice(host.length + 1);
}

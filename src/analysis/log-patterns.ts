import { createHash } from 'node:crypto';

import type { LogEntry, LogLevel } from '#domain/evidence.ts';

import { createBoundedTable } from './bounded-table.ts';
import { urgencyOf } from './levels.ts';
import { maskMessage } from './mask.ts';

/** Events of one template and level. Text is untrusted. */
export interface LogPattern {
  /** 12 hexadecimal digits of template and level; the same in every read. */
  readonly id: string;
  readonly template: string;
  readonly level?: LogLevel;
  readonly count: number;
  /** Milliseconds since the epoch; absent when no event carries a time. */
  readonly first?: number;
  readonly last?: number;
  /** At most five, sorted. */
  readonly services: readonly string[];
  /** The earliest event. */
  readonly sample: LogEntry;
}

/** Everything counted in one window. */
export interface PatternTable {
  readonly total: number;
  readonly patterns: readonly LogPattern[];
  /** Events of templates beyond the limit: the least urgent ones are given up first. */
  readonly other: number;
}

/** Counts events as they stream by, in bounded memory; the result does not depend on their order. */
export interface PatternCounter {
  add(entry: LogEntry): void;
  table(): PatternTable;
}

const MAX_TEMPLATES = 10_000;
const MAX_SERVICES = 5;

/** Makes a counter that keeps at most `maxTemplates` templates. */
export function createPatternCounter(maxTemplates: number = MAX_TEMPLATES): PatternCounter {
  const rows = createBoundedTable<LogPattern>(maxTemplates);
  let total = 0;
  return {
    add(entry) {
      total++;
      const template = maskMessage(entry.message);
      const key = `${entry.level ?? ''}\n${template}`;
      const order = () => `${9 - urgencyOf(entry.level)}${idOf(key)}`;
      rows.add(key, order, (row) => (row === undefined ? toPattern(entry, template, idOf(key)) : merge(row, entry)));
    },
    table() {
      const patterns = rows.values();
      return { total, patterns, other: total - patterns.reduce((sum, { count }) => sum + count, 0) };
    },
  };
}

function idOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 12);
}

function toPattern(entry: LogEntry, template: string, id: string): LogPattern {
  return {
    id,
    template,
    ...(entry.level !== undefined && { level: entry.level }),
    count: 1,
    ...(entry.at !== undefined && { first: entry.at, last: entry.at }),
    services: entry.service === undefined ? [] : [entry.service],
    sample: entry,
  };
}

function merge(pattern: LogPattern, entry: LogEntry): LogPattern {
  const { at, service } = entry;
  return {
    ...pattern,
    count: pattern.count + 1,
    ...(at !== undefined && { first: Math.min(at, pattern.first ?? at), last: Math.max(at, pattern.last ?? at) }),
    services:
      service === undefined || pattern.services.includes(service)
        ? pattern.services
        : withService(pattern.services, service),
    sample: isEarlier(entry, pattern.sample) ? entry : pattern.sample,
  };
}

function withService(services: readonly string[], service: string): readonly string[] {
  return [...services, service].toSorted().slice(0, MAX_SERVICES);
}

/** Time first; the text decides between equal times, so that the choice is always the same. */
export function isEarlier(a: LogEntry, b: LogEntry): boolean {
  const [atA, atB] = [a.at ?? Number.POSITIVE_INFINITY, b.at ?? Number.POSITIVE_INFINITY];
  if (atA !== atB) return atA < atB;
  return a.raw === b.raw ? a.origin < b.origin : a.raw < b.raw;
}

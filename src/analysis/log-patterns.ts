import { createHash } from 'node:crypto';

import type { LogEntry, LogLevel } from '#domain/evidence.ts';

import { collapseTemplates, withStars } from './collapse-templates.ts';
import { createMasker } from './mask-memory.ts';
import { mineTemplates } from './mine-templates.ts';
import type { Tally } from './pattern-tally.ts';
import { addToTally, mergeTallies, startTally } from './pattern-tally.ts';

/** Events of one statement and level, in the window and in the baseline before it. Text is untrusted. */
export interface LogPattern {
  /** 12 hexadecimal digits of template and level. */
  readonly id: string;
  readonly template: string;
  readonly level?: LogLevel;
  /** Events in the window. */
  readonly count: number;
  /** Events in the baseline. */
  readonly baseCount: number;
  /** Milliseconds since the epoch, in the window, or in the baseline when the window has none; absent when no event carries a time. */
  readonly first?: number;
  readonly last?: number;
  /** The earliest event of the baseline. */
  readonly baseFirst?: number;
  /** At most five, sorted. */
  readonly services: readonly string[];
  /** The earliest event of the window, else of the baseline; the middle of a long text is left out. */
  readonly sample: LogEntry;
}

/** Everything counted. */
export interface PatternTable {
  /** Events of the window. */
  readonly total: number;
  /** In no order that means anything. */
  readonly patterns: readonly LogPattern[];
  /** There were more kinds of events than fit: templates are coarser than usual. No event is left out. */
  readonly coarse: boolean;
}

/** Counts events as they stream by, in bounded memory; the result does not depend on their order. */
export interface PatternCounter {
  add(entry: LogEntry, inBaseline?: boolean): void;
  table(): PatternTable;
}

const MAX_TEMPLATES = 10_000;

type Rows = Map<string, Tally>;

/**
 * Makes a counter that keeps at most about twice `maxTemplates` masked templates. When there are more, words that have many forms
 * become `<*>`; which ones follows from the set of templates alone, not from their order.
 */
export function createPatternCounter(maxTemplates: number = MAX_TEMPLATES): PatternCounter {
  const mask = createMasker();
  let levels = new Map<LogLevel | undefined, Rows>();
  let rows = 0;
  let total = 0;
  let coarse = false;

  /** Once some were put together, more must be: then there were more templates than there are rows. */
  function collapse(): void {
    if (rows <= maxTemplates && !coarse) return;
    coarse = true;
    levels = collapseTemplates(levels, maxTemplates, mergeTallies);
    rows = [...levels.values()].reduce((sum, table) => sum + table.size, 0);
  }

  function tableOf(level: LogLevel | undefined): Rows {
    let table = levels.get(level);
    if (table === undefined) levels.set(level, (table = new Map()));
    return table;
  }

  return {
    add(entry, inBaseline = false) {
      if (!inBaseline) total++;
      const template = mask(entry.message);
      const table = tableOf(entry.level);
      const known = table.get(template);
      if (known !== undefined) {
        addToTally(known, entry, inBaseline);
        return;
      }
      table.set(template, startTally(entry, inBaseline));
      if (++rows > maxTemplates * 2) collapse();
    },
    table() {
      collapse();
      return { total, patterns: toPatterns(levels), coarse };
    },
  };
}

/** What varies is looked for in all levels together: the same statement may be logged at several. */
function toPatterns(levels: ReadonlyMap<LogLevel | undefined, Rows>): readonly LogPattern[] {
  const templates = [
    ...new Set([...levels.values()].flatMap((rows) => [...rows.keys()].map((template) => withStars(template)))),
  ].toSorted();
  const mined = mineTemplates(templates);
  const statements = new Map(templates.map((template, index) => [template, mined[index] ?? template]));
  return [...levels].flatMap(([level, rows]) => {
    const patterns = new Map<string, Tally>();
    for (const [collapsed, tally] of rows) {
      const template = withStars(collapsed);
      const statement = statements.get(template) ?? template;
      const known = patterns.get(statement);
      patterns.set(statement, known === undefined ? tally : mergeTallies(known, tally));
    }
    return [...patterns].map(([template, tally]) => toPattern(template, level, tally));
  });
}

function toPattern(template: string, level: LogLevel | undefined, { current, baseline }: Tally): LogPattern {
  const seen = current ?? baseline;
  if (seen === undefined) throw new Error('A pattern without events.');
  const { first, last, services, sample } = seen;
  return {
    id: createHash('sha256')
      .update(`${level ?? ''}\n${template}`)
      .digest('hex')
      .slice(0, 12),
    template,
    ...(level !== undefined && { level }),
    count: current?.count ?? 0,
    baseCount: baseline?.count ?? 0,
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
    ...(baseline?.first !== undefined && { baseFirst: baseline.first }),
    services,
    sample,
  };
}

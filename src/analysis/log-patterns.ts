import { createHash } from 'node:crypto';

import type { LogEntry, LogLevel } from '#domain/evidence.ts';

import { collapseTemplates, withStars } from './collapse-templates.ts';
import { createErrorPlaces } from './error-place.ts';
import { createMasker } from './mask-memory.ts';
import { mineTemplates } from './mine-templates.ts';
import type { Tally } from './pattern-tally.ts';
import { addToTally, mergeTallies, startTally } from './pattern-tally.ts';

/** Events of one statement, level and place of an error, in the window and in the baseline before it. Text is untrusted. */
export interface LogPattern {
  /** 12 hexadecimal digits of template, level and place. */
  readonly id: string;
  readonly template: string;
  readonly level?: LogLevel;
  /** The exception of their traces and its first place in the project. */
  readonly error?: string;
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
/** Places of errors that are kept apart; with more of them none is. */
const MAX_PLACES = 1_000;

/** What events have in common besides their words. */
interface Group {
  readonly level: LogLevel | undefined;
  /** Where the error of their traces comes from. */
  readonly place: string | undefined;
}

type Rows = Map<string, Tally>;

/**
 * Makes a counter that keeps at most about twice `maxTemplates` masked templates. When there are more, words that have many forms
 * become `<*>`; which ones follows from the set of templates alone, not from their order.
 */
export function createPatternCounter(maxTemplates: number = MAX_TEMPLATES): PatternCounter {
  const mask = createMasker();
  const placeOf = createErrorPlaces();
  let groups = new Map<Group, Rows>();
  /** By place, then by level. */
  const known = new Map<string | undefined, Map<LogLevel | undefined, Group>>();
  let rows = 0;
  let total = 0;
  let coarse = false;
  let isApart = true;

  /** Once some were put together, more must be: then there were more templates than there are rows. */
  function collapse(): void {
    if (rows <= maxTemplates && !coarse) return;
    coarse = true;
    groups = collapseTemplates(groups, maxTemplates, mergeTallies);
    countRows();
  }

  function countRows(): void {
    rows = [...groups.values()].reduce((sum, table) => sum + table.size, 0);
  }

  function groupOf(level: LogLevel | undefined, place: string | undefined): Group {
    let ofPlace = known.get(place);
    if (ofPlace === undefined) known.set(place, (ofPlace = new Map()));
    let group = ofPlace.get(level);
    if (group === undefined) ofPlace.set(level, (group = { level, place }));
    return group;
  }

  /** Puts events of all places together: what is told apart must not depend on which came first. */
  function dropPlaces(): void {
    isApart = false;
    const apart = groups;
    groups = new Map();
    for (const [{ level }, table] of apart) {
      const together = tableOf(groupOf(level, undefined));
      for (const [template, tally] of table) {
        const other = together.get(template);
        together.set(template, other === undefined ? tally : mergeTallies(other, tally));
      }
    }
    countRows();
  }

  function tableOf(group: Group): Rows {
    let table = groups.get(group);
    if (table === undefined) groups.set(group, (table = new Map()));
    return table;
  }

  return {
    add(entry, inBaseline = false) {
      if (!inBaseline) total++;
      const template = mask(entry.message);
      const place = isApart ? placeOf(entry, template) : undefined;
      const table = tableOf(groupOf(entry.level, place));
      const tally = table.get(template);
      if (tally !== undefined) {
        addToTally(tally, entry, inBaseline);
        return;
      }
      table.set(template, startTally(entry, inBaseline));
      if (++rows > maxTemplates * 2) collapse();
      if (isApart && known.size > MAX_PLACES) dropPlaces();
    },
    table() {
      collapse();
      return { total, patterns: toPatterns(groups), coarse };
    },
  };
}

/** What varies is looked for in all groups together: the same statement may be logged at several levels. */
function toPatterns(groups: ReadonlyMap<Group, Rows>): readonly LogPattern[] {
  const templates = [
    ...new Set([...groups.values()].flatMap((rows) => [...rows.keys()].map((template) => withStars(template)))),
  ].toSorted();
  const mined = mineTemplates(templates);
  const statements = new Map(templates.map((template, index) => [template, mined[index] ?? template]));
  return [...groups].flatMap(([group, rows]) => {
    const patterns = new Map<string, Tally>();
    for (const [collapsed, tally] of rows) {
      const template = withStars(collapsed);
      const statement = statements.get(template) ?? template;
      const known = patterns.get(statement);
      patterns.set(statement, known === undefined ? tally : mergeTallies(known, tally));
    }
    return [...patterns].map(([template, tally]) => toPattern(template, group, tally));
  });
}

function toPattern(template: string, { level, place }: Group, { current, baseline }: Tally): LogPattern {
  const seen = current ?? baseline;
  if (seen === undefined) throw new Error('A pattern without events.');
  const { first, last, services, sample } = seen;
  return {
    id: createHash('sha256')
      .update(`${level ?? ''}\n${template}${place === undefined ? '' : `\n${place}`}`)
      .digest('hex')
      .slice(0, 12),
    template,
    ...(level !== undefined && { level }),
    ...(place !== undefined && { error: place }),
    count: current?.count ?? 0,
    baseCount: baseline?.count ?? 0,
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
    ...(baseline?.first !== undefined && { baseFirst: baseline.first }),
    services,
    sample,
  };
}

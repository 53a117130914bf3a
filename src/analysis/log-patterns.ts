import { createHash } from 'node:crypto';

import type { LogEntry, LogLevel } from '#domain/evidence.ts';

import { collapseTemplates, withStars } from './collapse-templates.ts';
import { areCodesApart } from './error-code.ts';
import { createMasker } from './mask-memory.ts';
import { mineTemplates } from './mine-templates.ts';
import type { PatternGroup } from './pattern-groups.ts';
import { createPatternGroups } from './pattern-groups.ts';
import type { Tally } from './pattern-tally.ts';
import { addToTally, mergeTallies, startTally } from './pattern-tally.ts';
import { withoutHost } from './syslog-host.ts';

/** Events of one statement, level, and place and code of an error, in the window and in the baseline before it. Text is untrusted. */
export interface LogPattern {
  /** 12 hexadecimal digits of template, level, place and code. */
  readonly id: string;
  readonly template: string;
  readonly level?: LogLevel;
  /** The exception of their traces and its first place in the project, and the code that they name. */
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

type Rows = Map<string, Tally>;

/**
 * Makes a counter that keeps at most about twice `maxTemplates` masked templates. When there are more, words that have many forms
 * become `<*>`; which ones follows from the set of templates alone, not from their order.
 */
export function createPatternCounter(maxTemplates: number = MAX_TEMPLATES): PatternCounter {
  const mask = createMasker();
  const known = createPatternGroups();
  let groups = new Map<PatternGroup, Rows>();
  let rows = 0;
  let total = 0;
  let coarse = false;

  /** Once some were put together, more must be: then there were more templates than there are rows. */
  function collapse(): void {
    settle();
    if (rows <= maxTemplates && !coarse) return;
    coarse = true;
    groups = collapseTemplates(groups, maxTemplates, mergeTallies);
    countRows();
  }

  function countRows(): void {
    rows = [...groups.values()].reduce((sum, table) => sum + table.size, 0);
  }

  /** Puts events of all places or codes together when these tell nothing apart. */
  function settle(): void {
    const apart = groups;
    groups = new Map();
    for (const [group, table] of apart) {
      const together = tableOf(known.settled(group));
      for (const [template, tally] of table) addTo(together, template, tally);
    }
    countRows();
  }

  function tableOf(group: PatternGroup): Rows {
    let table = groups.get(group);
    if (table === undefined) groups.set(group, (table = new Map()));
    return table;
  }

  return {
    add(entry, inBaseline = false) {
      if (!inBaseline) total++;
      const template = mask(withoutHost(entry));
      const table = tableOf(known.of(entry, template));
      const tally = table.get(template);
      if (tally !== undefined) {
        addToTally(tally, entry, inBaseline);
        return;
      }
      table.set(template, startTally(entry, inBaseline));
      if (++rows > maxTemplates * 2) collapse();
    },
    table() {
      collapse();
      return { total, patterns: toPatterns(groups), coarse };
    },
  };
}

function addTo<K>(tallies: Map<K, Tally>, key: K, tally: Tally): void {
  const known = tallies.get(key);
  tallies.set(key, known === undefined ? tally : mergeTallies(known, tally));
}

/** Events of one statement, level and place, by their codes. */
interface Kind {
  readonly template: string;
  readonly group: PatternGroup;
  readonly codes: Map<string | undefined, Tally>;
}

/** What varies is looked for in all groups together: the same statement may be logged at several levels. */
function toPatterns(groups: ReadonlyMap<PatternGroup, Rows>): readonly LogPattern[] {
  const templates = [
    ...new Set([...groups.values()].flatMap((rows) => [...rows.keys()].map((template) => withStars(template)))),
  ].toSorted();
  const mined = mineTemplates(templates);
  const statements = new Map(templates.map((template, index) => [template, mined[index] ?? template]));
  const kinds = new Map<string, Kind>();
  for (const [group, rows] of groups)
    for (const [collapsed, tally] of rows) {
      const star = withStars(collapsed);
      const template = statements.get(star) ?? star;
      const key = JSON.stringify([group.level, group.place, template]);
      const kind = kinds.get(key) ?? { template, group, codes: new Map<string | undefined, Tally>() };
      kinds.set(key, kind);
      addTo(kind.codes, group.code, tally);
    }
  return [...kinds.values()].flatMap(patternsOf);
}

function patternsOf({ template, group, codes }: Kind): readonly LogPattern[] {
  const events = [...codes.values()].map(({ current, baseline }) => (current?.count ?? 0) + (baseline?.count ?? 0));
  if (areCodesApart(events)) return [...codes].map(([code, tally]) => toPattern(template, { ...group, code }, tally));
  return [toPattern(template, { ...group, code: undefined }, [...codes.values()].reduce(mergeTallies))];
}

function toPattern(template: string, { level, place, code }: PatternGroup, { current, baseline }: Tally): LogPattern {
  const seen = current ?? baseline;
  if (seen === undefined) throw new Error('A pattern without events.');
  const { first, last, services, sample } = seen;
  const error = [place, code].filter((each) => each !== undefined).join(', ');
  return {
    id: createHash('sha256')
      .update(`${level ?? ''}\n${template}${error === '' ? '' : `\n${error}`}`)
      .digest('hex')
      .slice(0, 12),
    template,
    ...(level !== undefined && { level }),
    ...(error !== '' && { error }),
    count: current?.count ?? 0,
    baseCount: baseline?.count ?? 0,
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
    ...(baseline?.first !== undefined && { baseFirst: baseline.first }),
    services,
    sample,
  };
}

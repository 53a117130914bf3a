import { lstat } from 'node:fs/promises';
import { join, posix } from 'node:path';

import type { TestPlan } from '#domain/remediation.ts';
import type { ChangedCoverage, ChangedLines } from '#domain/test-comparison.ts';
import { isTestFile } from '#domain/test-files.ts';

import type { Site } from './attempt.ts';
import { parseCoverage, type LineHits } from './coverage-formats.ts';
import { readReportFile } from './reports/read.ts';

/** Where coverage tools write by default, below the suite's folder or the root. */
const REPORTS = [
  'coverage/lcov.info',
  'lcov.info',
  'coverage/coverage-final.json',
  'coverage.xml',
  'coverage/cobertura-coverage.xml',
  'coverage/coverage.xml',
  'cobertura.xml',
];

/** Changed files and stretches of lines that are remembered; larger changes are refused long before. */
const MAX_CHANGED_FILES = 100;
const MAX_STRETCHES = 500;
/** Missed stretches that are named. */
const MAX_MISSED = 20;

/** What the report files looked like: by path below the root. */
export type ReportMarks = ReadonlyMap<string, string>;

/** The lines that a unified diff adds or modifies, test files left out. */
export function changedLinesOf(diff: string): readonly ChangedLines[] {
  const found: { path: string; lines: [number, number][] }[] = [];
  let at = 0;
  // Inside a hunk a removed line may begin with `-- ` and look like a header.
  let left = { old: 0, new: 0 };
  for (const line of diff.split('\n')) {
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk) {
      left = { old: Number(hunk[1] ?? 1), new: Number(hunk[3] ?? 1) };
      at = Number(hunk[2]);
    } else if (left.old <= 0 && left.new <= 0) {
      const path = /^\+\+\+ (?:"b\/(.*)"|b\/(.*))$/.exec(line);
      if (path) found.push({ path: path[1] ?? path[2] ?? '', lines: [] });
    } else if (line.startsWith('-')) {
      left.old -= 1;
    } else if (line.startsWith('+')) {
      addLine(found.at(-1)?.lines, at);
      at += 1;
      left.new -= 1;
    } else if (!line.startsWith('\\')) {
      at += 1;
      left = { old: left.old - 1, new: left.new - 1 };
    }
  }
  return found
    .filter(({ path, lines }) => lines.length > 0 && !isTestFile(path))
    .slice(0, MAX_CHANGED_FILES)
    .map(({ path, lines }) => ({ path, lines: lines.slice(0, MAX_STRETCHES) }));
}

function addLine(lines: [number, number][] | undefined, at: number): void {
  const last = lines?.at(-1);
  if (last && last[1] === at - 1) last[1] = at;
  else lines?.push([at, at]);
}

/** Remembers the reports that are there before a run: one that is part of the repository says nothing of it. */
export async function lookAtReports(site: Pick<Site, 'root'>, cwd: string): Promise<ReportMarks> {
  const marks = new Map<string, string>();
  for (const path of candidates(cwd)) {
    const stat = await lstat(join(site.root, path), { bigint: true }).catch(() => undefined);
    if (stat?.isFile()) marks.set(path, `${stat.ino} ${stat.mtimeNs} ${stat.size}`);
  }
  return marks;
}

/** Which changed lines the run executed, by the first coverage report that it wrote and that knows a changed file. */
export async function changedCoverage(
  site: Pick<Site, 'root'>,
  plan: Pick<TestPlan, 'cwd' | 'changedLines'>,
  before: ReportMarks,
): Promise<ChangedCoverage | undefined> {
  const { changedLines: changed = [], cwd } = plan;
  if (changed.length === 0) return undefined;
  const after = await lookAtReports(site, cwd);
  for (const [path, mark] of after) {
    if (before.get(path) === mark) continue;
    const file = await readReportFile(site.root, path);
    const hits = 'text' in file ? parseCoverage(path, file.text, { root: site.root, cwd }) : undefined;
    const coverage = hits && coverageOf(changed, hits);
    if (coverage) return { report: path, ...coverage };
  }
  return undefined;
}

function candidates(cwd: string): readonly string[] {
  return [...new Set([...REPORTS.map((path) => posix.join(cwd, path)), ...REPORTS])];
}

/** Undefined when the report knows none of the changed files: then it says nothing of the change. */
export function coverageOf(
  changed: readonly ChangedLines[],
  hits: LineHits,
): Omit<ChangedCoverage, 'report'> | undefined {
  const known = changed.filter(({ path }) => hits.has(path));
  if (known.length === 0) return undefined;
  let [lines, covered] = [0, 0];
  const missed: string[] = [];
  for (const { path, lines: stretches } of known) {
    const ofFile = hits.get(path) ?? new Map<number, number>();
    const gaps: [number, number][] = [];
    for (const [line, count] of [...ofFile].toSorted(([a], [b]) => a - b)) {
      if (!stretches.some(([first, last]) => line >= first && line <= last)) continue;
      lines += 1;
      if (count > 0) covered += 1;
      else addLine(gaps, line);
    }
    missed.push(...gaps.map(([first, last]) => `${path}:${first === last ? first : `${first}-${last}`}`));
  }
  return { lines, covered, missed: missed.slice(0, MAX_MISSED) };
}

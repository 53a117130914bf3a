import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

import type { TestFormat, TestPlan } from '#domain/remediation.ts';
import { removeTree } from '#workspace/copy-tree.ts';

import { parseCargo } from './cargo.ts';
import { findReports, isPattern } from './find-reports.ts';
import { parseGo } from './go.ts';
import { parseJest } from './jest.ts';
import { parseJunit } from './junit.ts';
import { parseMocha } from './mocha.ts';
import { mergeReports, type ParsedReport, type ReportContext } from './report.ts';
import { parseRspec } from './rspec.ts';
import { parseTap } from './tap.ts';
import { parseTrx } from './trx.ts';

/** Bytes of a report that are read; a report is written by untrusted code. */
export const REPORT_CAP_BYTES = 20 * 1024 * 1024;

type Parser = (text: string, context: ReportContext) => ParsedReport;

const parsers: Readonly<Partial<Record<TestFormat, Parser>>> = {
  node: (text, context) => parseJunit(text, context, 'node'),
  junit: parseJunit,
  pytest: (text, context) => parseJunit(text, context, 'pytest'),
  bun: (text, context) => parseJunit(text, context, 'bun'),
  vitest: parseJest,
  jest: parseJest,
  mocha: parseMocha,
  rspec: parseRspec,
  go: parseGo,
  tap: parseTap,
  cargo: parseCargo,
  trx: parseTrx,
};

/** What the names of reports begin with that no repository has. */
export const OWN_REPORT = '.fixgate-report-';

/** Whether a report was asked for by us, and not by the operator's command. */
export function isOwnReport(path: string): boolean {
  return path.startsWith(OWN_REPORT);
}

/** Formats that are read from what the runner prints, and how it begins to print them. */
const printedFormats: Readonly<Partial<Record<TestFormat, RegExp>>> = {
  go: /^(?:\{|FAIL\t)/m,
  tap: /^(?:TAP version \d+|1\.\.\d+)/m,
  cargo: /^running \d+ tests?$/m,
};

/** Either what the report says, or why it cannot be used. */
export type ReadReport =
  | { readonly ok: true; readonly report: ParsedReport }
  | { readonly ok: false; readonly reason: string };

/** Parses a report; never throws, and never quotes the report in a reason. */
export function parseReport(format: TestFormat, text: string, context: ReportContext): ReadReport {
  const parse = parsers[format];
  if (parse === undefined) return { ok: false, reason: 'this runner writes no report' };
  try {
    return { ok: true, report: parse(text, context) };
  } catch {
    return { ok: false, reason: `the report of the tests is not valid (${format})` };
  }
}

/** What a run left behind that may tell its outcome. */
export interface RunOutput {
  readonly plan: Pick<TestPlan, 'format' | 'reportPath' | 'reports' | 'cwd'>;
  /** The suite's folder. */
  readonly cwd: string;
  readonly stdout: string;
}

/** Reads the machine-readable report of a run; undefined when it writes none. */
export async function readRun(
  { plan, cwd, stdout }: RunOutput,
  context: ReportContext,
): Promise<ReadReport | undefined> {
  const begins = printedFormats[plan.format];
  if (begins?.test(stdout)) return parseReport(plan.format, stdout, context);
  if (begins) return plan.reports ? { ok: false, reason: 'the runner printed no report' } : undefined;
  if (plan.reportPath === undefined) return undefined;
  if (isPattern(plan.reportPath))
    return readReports({ ...plan, cwd, pattern: plan.reportPath, below: plan.cwd }, context);
  const file = await readOwnReport(cwd, plan.reportPath);
  return 'text' in file ? parseReport(plan.format, file.text, context) : { ok: false, reason: file.reason };
}

/** Reads the report that was asked for; some runners take its path for one below a root of their own. */
async function readOwnReport(cwd: string, path: string): ReturnType<typeof readReportFile> {
  const file = await readReportFile(cwd, path);
  if ('text' in file || !isOwnReport(path)) return file;
  const [elsewhere, ...more] = (await findReports(cwd, `**/${path}`)).files;
  return elsewhere === undefined || more.length > 0 ? file : await readReportFile(cwd, elsewhere);
}

/** Every report that fits a pattern, as one: a module of a larger build writes its own. */
async function readReports(
  from: { readonly cwd: string; readonly pattern: string; readonly format: TestFormat; readonly below: string },
  context: ReportContext,
): Promise<ReadReport> {
  const { files, sourceRoots, unread } = await findReports(from.cwd, from.pattern);
  if (unread !== undefined)
    return {
      ok: false,
      reason: `the folder ${JSON.stringify(unread.slice(0, 200))}, where reports may lie, cannot be read`,
    };
  if (files.length === 0) return { ok: false, reason: 'the runner wrote no report' };
  const roots = sourceRoots.map((root) => (from.below === '.' ? root : `${from.below}/${root}`));
  const found: ParsedReport[] = [];
  let left = REPORT_CAP_BYTES;
  for (const path of files) {
    const file = await readReportFile(from.cwd, path);
    if (!('text' in file)) return { ok: false, reason: file.reason };
    left -= file.text.length;
    if (left < 0) return { ok: false, reason: `the reports are larger than ${REPORT_CAP_BYTES / 1024 ** 2} MiB` };
    const read = parseReport(from.format, file.text, { ...context, sourceRoots: roots });
    if (!read.ok) return read;
    found.push(read.report);
  }
  return { ok: true, report: mergeReports(found) };
}

/** Removes the reports of an earlier run, which would be taken for this one's. */
export async function removeReportFile(root: string, path: string): Promise<void> {
  const paths = isPattern(path) ? (await findReports(root, path)).files : [path];
  for (const each of paths) {
    if (await isInside(root, each)) await removeTree(join(root, each));
  }
}

/** Whether the file's folder exists and lies inside the root, links resolved. */
async function isInside(root: string, path: string): Promise<boolean> {
  const base = await realpath(root);
  const folder = await realpath(dirname(join(root, path))).catch(() => undefined);
  return folder === base || folder?.startsWith(base + sep) === true;
}

/**
 * Reads a report file below `root`; undefined with a reason when it is missing, too large, or no plain file inside the root. Links are
 * not followed: hostile tests could point the report at a file of the operator.
 */
export async function readReportFile(
  root: string,
  path: string,
): Promise<{ readonly text: string } | { readonly reason: string }> {
  try {
    if (!(await isInside(root, path))) return { reason: 'the runner wrote no report inside the repository' };
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    await using file = await open(join(root, path), flags);
    const stat = await file.stat();
    if (!stat.isFile()) return { reason: 'the report is no plain file' };
    if (stat.size > REPORT_CAP_BYTES)
      return { reason: `the report is larger than ${REPORT_CAP_BYTES / 1024 ** 2} MiB` };
    // A plain read could go on for ever if the file were still growing.
    const bytes = Buffer.alloc(stat.size);
    const { bytesRead } = await file.read(bytes, 0, stat.size, 0);
    return { text: bytes.toString('utf8', 0, bytesRead) };
  } catch {
    return { reason: 'the runner wrote no report' };
  }
}

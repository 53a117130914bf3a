import { constants } from 'node:fs';
import { open, realpath, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

import type { TestFormat } from '#domain/remediation.ts';

import { parseGo } from './go.ts';
import { parseJest } from './jest.ts';
import { parseJunit } from './junit.ts';
import { parseMocha } from './mocha.ts';
import type { ParsedReport, ReportContext } from './report.ts';

/** Bytes of a report that are read; a report is written by untrusted code. */
export const REPORT_CAP_BYTES = 20 * 1024 * 1024;

type Parser = (text: string, context: ReportContext) => ParsedReport;

const parsers: Readonly<Partial<Record<TestFormat, Parser>>> = {
  node: parseJunit,
  junit: parseJunit,
  pytest: parseJunit,
  vitest: parseJest,
  jest: parseJest,
  mocha: parseMocha,
  go: parseGo,
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

/** Removes the report of an earlier run, which would be taken for this one's. */
export async function removeReportFile(root: string, path: string): Promise<void> {
  if (await isInside(root, path)) await rm(join(root, path), { force: true, recursive: true });
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

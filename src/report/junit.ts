import type { ReportedSuite } from '#report/schema-tests.ts';
import type { Report } from '#report/schema.ts';
import { toLine, toPlain } from '#report/text.ts';

/** Cases without a name that one suite lists; more would only cost. */
const MAX_UNNAMED = 50_000;

/**
 * The test runs of an incident as one JUnit XML: for each suite the run that says most of the current tree. A suite that is
 * required and did not run is an error, so that nobody takes its silence for success.
 */
export function toJunit(report: Report): string {
  const suites = report.verification.map((suite) => toSuite(suite, report));
  const sum = (count: (totals: Totals) => number) => suites.reduce((total, { totals }) => total + count(totals), 0);
  const head = attributes({
    name: report.incident.id,
    tests: sum(({ tests }) => tests),
    failures: sum(({ failures }) => failures),
    errors: sum(({ errors }) => errors),
    skipped: sum(({ skipped }) => skipped),
    time: sum(({ seconds }) => seconds),
  });
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites${head}>`];
  return `${[...lines, ...suites.flatMap((suite) => suite.lines), '</testsuites>'].join('\n')}\n`;
}

interface Totals {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly seconds: number;
}

interface Case {
  readonly name: string;
  readonly file?: string | null;
  readonly line?: number | null;
  readonly seconds?: number | undefined;
  /** Elements below it. */
  readonly body?: readonly string[];
}

function toSuite(suite: ReportedSuite, report: Report): { readonly totals: Totals; readonly lines: readonly string[] } {
  const { total = 0, failed = 0, skipped = 0 } = suite.counts ?? {};
  const standIn = total === 0 ? toStandIn(suite) : undefined;
  const broken = failed === 0 ? toBroken(suite, standIn) : [];
  const cases = standIn ? [standIn] : [...toCases(suite), ...broken];
  const totals = {
    tests: standIn ? 1 : total + broken.length,
    failures: failed,
    errors: standIn?.body?.[0]?.startsWith('<error') === true ? 1 : broken.length,
    skipped: standIn?.body?.[0]?.startsWith('<skipped') === true ? 1 : skipped,
    seconds: suite.duration_seconds ?? 0,
  };
  const { seconds, ...counts } = totals;
  const timestamp = suite.started_at?.slice(0, 19);
  return {
    totals,
    lines: [
      `  <testsuite${attributes({ name: suite.suite, ...counts, time: seconds, timestamp })}>`,
      ...toProperties(suite, report),
      ...cases.flatMap((each) => toCaseLines(suite.suite, each)),
      '  </testsuite>',
    ],
  };
}

/** One case for a suite without cases: its command, or the run that never was. */
function toStandIn({ suite, verdict, state, reason, required }: ReportedSuite): Case {
  const name = `suite ${suite}`;
  if (verdict === 'pass' || verdict === 'no_tests') return { name };
  const message = attributes({ message: reason ?? state.replaceAll('_', ' '), type: verdict ?? state });
  return { name, body: [verdict === null && !required ? `<skipped${message}/>` : `<error${message}/>`] };
}

/** A run that failed without a failing case, such as one that was stopped, must not look green. */
function toBroken({ suite, verdict, reason }: ReportedSuite, standIn: Case | undefined): Case[] {
  const isRed = verdict === 'fail' || verdict === 'infra_error' || verdict === 'timeout';
  if (standIn || !isRed) return [];
  return [{ name: `suite ${suite}`, body: [`<error${attributes({ message: reason ?? verdict, type: verdict })}/>`] }];
}

function toCases(suite: ReportedSuite): Case[] {
  const { passed = 0, failed = 0, skipped = 0 } = suite.counts ?? {};
  const named = suite.failures.slice(0, failed);
  const others = toOthers(suite);
  const known = others.filter(({ outcome }) => outcome === 'passed').slice(0, passed);
  const left = others.filter(({ outcome }) => outcome === 'skipped').slice(0, skipped);
  return [
    ...named.map(toFailed),
    ...unnamed(failed - named.length, 'failed', ['<failure message="its message is not kept"/>']),
    ...known,
    ...unnamed(passed - known.length, 'passed'),
    ...left,
    ...unnamed(skipped - left.length, 'skipped', ['<skipped/>']),
  ];
}

/** Tests that are known by name and did not fail; of those that the change repaired, how they failed before. */
function toOthers({ base, cases, failures }: ReportedSuite): (Case & { readonly outcome: 'passed' | 'skipped' })[] {
  const failing = new Set(failures.map(({ test, file }) => `${file ?? ''}\0${test}`));
  const before = new Map((base?.fixed ?? []).map(({ test, message }) => [test, message]));
  return cases
    .filter(({ test, file }) => !failing.has(`${file ?? ''}\0${test}`))
    .map(({ test, file, outcome, seconds }) => {
      const message = outcome === 'passed' ? before.get(test) : undefined;
      const told =
        message === undefined ? [] : [`<system-out>${escape(`failed on the base commit: ${message}`)}</system-out>`];
      const body = outcome === 'skipped' ? ['<skipped/>'] : told;
      return { name: test, file, seconds: seconds ?? undefined, outcome, body };
    });
}

function toFailed(failure: ReportedSuite['failures'][number]): Case {
  const { test, file, line, message, frames, class: found, collection } = failure;
  const type = collection ? 'collection' : (found ?? 'failure');
  const head = attributes({ message: toLine(message, 500), type });
  const text = [message, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return { name: test, file, line, body: [`<failure${head}>${escape(text)}</failure>`] };
}

/** Of tests beyond those that are kept by name only the number is known. */
function unnamed(count: number, outcome: string, body?: readonly string[]): Case[] {
  return Array.from({ length: Math.min(Math.max(0, count), MAX_UNNAMED) }, (_, index) => ({
    name: `${outcome} ${index + 1} of ${count}, name not kept`,
    ...(body && { body }),
  }));
}

function toProperties(suite: ReportedSuite, { incident, trace, patch }: Report): string[] {
  const attempt = patch?.history.findLast(({ tree }) => tree === suite.tree);
  const properties = {
    'incident.id': incident.id,
    diff_hash: suite.on_current_tree ? patch?.diff_hash : attempt?.diff_hash,
    selection: suite.selection,
    scope: suite.scope,
    verdict: suite.verdict ?? suite.state,
    tree: suite.tree,
    job_id: suite.job_id,
    trace_id: trace.trace_id,
  };
  const lines = Object.entries(properties).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [`      <property${attributes({ name, value })}/>`],
  );
  return ['    <properties>', ...lines, '    </properties>'];
}

function toCaseLines(classname: string, { name, file, line, seconds, body = [] }: Case): string[] {
  const head = `    <testcase${attributes({ classname, name, file, line, time: seconds })}`;
  return body.length === 0 ? [`${head}/>`] : [`${head}>`, ...body.map((each) => `      ${each}`), '    </testcase>'];
}

function attributes(values: Readonly<Record<string, string | number | null | undefined>>): string {
  return Object.entries(values)
    .flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [` ${name}="${escape(String(value)).replaceAll('\n', '&#10;')}"`],
    )
    .join('');
}

/** Untrusted text as XML: nothing in it is markup, and no character that XML forbids is left. */
function escape(text: string): string {
  return toPlain(text)
    .replaceAll(/[\uFFFE\uFFFF]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#9;');
}

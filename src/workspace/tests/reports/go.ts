import { z } from 'zod';

import {
  joinName,
  toCase,
  toFailedCase,
  toReport,
  type ParsedReport,
  type ReportContext,
  type TestCase,
} from './report.ts';

const GoEvent = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  ImportPath: z.string().optional(),
  Test: z.string().optional(),
  Output: z.string().optional(),
  Elapsed: z.number().optional(),
});
type GoEvent = z.infer<typeof GoEvent>;

/** Characters of output kept per test. */
const MAX_TEST_OUTPUT = 8_000;

const outcomes = { pass: 'passed', fail: 'failed', skip: 'skipped' } as const;

/** Reads `go test -json`; throws when no line of it is an event. */
export function parseGo(text: string, context: ReportContext): ParsedReport {
  const lines = text.split('\n');
  const events = lines.flatMap(toEvent);
  const broken = lines.flatMap((line) => /^FAIL\t(\S+) \[(?:build|setup) failed\]$/.exec(line)?.[1] ?? []);
  if (events.length === 0 && broken.length === 0) throw new Error('the output holds no test events');
  const cases = [...casesOf(events, context), ...notBuilt(broken, { events, text }, context)];
  return toReport([...cases, ...cutShort(events, context)]);
}

/** What the tests printed, as `go test` without `-json` shows it. */
export function goOutput(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [event] = toEvent(line);
      return event ? (event.Output ?? '') : line === '' ? '' : `${line}\n`;
    })
    .join('');
}

function* casesOf(events: readonly GoEvent[], context: ReportContext): Generator<TestCase> {
  const printed = new Map<string, string>();
  const parents = new Set(events.flatMap(parentOf));
  const failed = new Set<string>();
  for (const event of events) {
    const key = keyOf(event);
    if (event.Output !== undefined) {
      printed.set(key, ((printed.get(key) ?? '') + event.Output).slice(-MAX_TEST_OUTPUT));
    }
    const outcome = outcomes[event.Action as keyof typeof outcomes];
    if (outcome === undefined || (event.Test === undefined && outcome !== 'failed')) continue;
    // A package, or a test with subtests, fails because of what is in it; else it did not build, panicked, or failed by itself.
    if (failed.has(key) || (outcome !== 'failed' && parents.has(key))) continue;
    const packageName = event.Package ?? '';
    const raw = { test: joinName([packageName, event.Test ?? '']), seconds: event.Elapsed };
    if (outcome !== 'failed') {
      yield toCase(outcome, raw, context);
      continue;
    }
    for (const parent of parentsOf(event)) failed.add(parent);
    const message = printed.get(key) || buildOutput(printed, packageName);
    yield toFailedCase({ ...raw, ...placeOf(message, packageName, context), message }, context);
  }
}

/**
 * The failures of packages that are said to be ok although their test program never said PASS, which it does last: a test, or
 * `TestMain`, ended the process with exit code 0. go then counts the test that did so among the passed ones.
 */
function cutShort(events: readonly GoEvent[], context: ReportContext): readonly TestCase[] {
  const said = (event: GoEvent, text: RegExp) => event.Output !== undefined && text.test(event.Output);
  const names = (wanted: (event: GoEvent) => boolean) =>
    new Set(events.filter(wanted).flatMap((event) => event.Package ?? []));
  const ended = names((event) => event.Test === undefined && said(event, /PASS\n?$/));
  const failed = names((event) => event.Action === 'fail');
  const message = 'The test program ended before its tests did; one of them, or TestMain, may have ended the process.';
  return [...names((event) => said(event, /^ok {2}\t/))]
    .filter((name) => !ended.has(name) && !failed.has(name))
    .map((name) => toFailedCase({ test: name, message }, context));
}

function keyOf({ Package, ImportPath, Test }: GoEvent): string {
  return `${Package ?? ImportPath ?? ''}\0${Test ?? ''}`;
}

function parentOf(event: GoEvent): readonly string[] {
  const [nearest] = event.Test?.includes('/') ? parentsOf(event) : [];
  return nearest === undefined ? [] : [nearest];
}

/** The tests around a test, nearest first, and its package. */
function parentsOf(event: GoEvent): readonly string[] {
  const parts = (event.Test ?? '').split('/');
  const around = parts.slice(0, -1).map((_, index) => keyOf({ ...event, Test: parts.slice(0, index + 1).join('/') }));
  return [...around.toReversed(), keyOf({ ...event, Test: undefined })];
}

/** Releases before 1.24 say in plain words that a package did not build. */
function notBuilt(
  packages: readonly string[],
  { events, text }: { readonly events: readonly GoEvent[]; readonly text: string },
  context: ReportContext,
): readonly TestCase[] {
  const told = new Set(events.flatMap((event) => (event.Action === 'fail' ? (event.Package ?? []) : [])));
  return packages
    .filter((name) => !told.has(name))
    .map((name) => {
      const start = text.indexOf(`# ${name} [`);
      const rest = start < 0 ? '' : text.slice(start, start + MAX_TEST_OUTPUT);
      const message = /^.*\n(?:[^#{\n].*\n)*/.exec(rest)?.[0] ?? 'The package did not build.';
      return toFailedCase({ test: name, message, collection: true, ...placeOf(message, name, context) }, context);
    });
}

/** Build errors are printed under the import path of the test variant, such as `m/a [m/a.test]`. */
function buildOutput(printed: ReadonlyMap<string, string>, packageName: string): string {
  const keys = [...printed.keys()].filter((key) => key.startsWith(`${packageName} [`) || key === `${packageName}\0`);
  return keys.map((key) => printed.get(key) ?? '').join('');
}

/** go names files relative to the package: the module's own prefix is unknown, so the longest suffix that exists counts. */
function placeOf(message: string, packageName: string, { exists }: ReportContext): { file?: string; line?: number } {
  const named = /^\s+([\w.-]+\.go):(\d+)/m.exec(message);
  if (!named) return {};
  const parts = packageName.split('/');
  const folders = parts.map((_, index) => parts.slice(index).join('/'));
  const candidates = [...folders.map((folder) => `${folder}/${named[1]}`), String(named[1])];
  const file = candidates.find((path) => exists(path));
  return file === undefined ? {} : { file, line: Number(named[2]) };
}

function toEvent(line: string): readonly GoEvent[] {
  if (!line.startsWith('{')) return [];
  try {
    const event = GoEvent.safeParse(JSON.parse(line));
    return event.success ? [event.data] : [];
  } catch {
    return [];
  }
}

import { z } from 'zod';

import { toFailure, toReport, type ParsedReport, type ReportContext, type TestCase } from './report.ts';

const GoEvent = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  ImportPath: z.string().optional(),
  Test: z.string().optional(),
  Output: z.string().optional(),
});
type GoEvent = z.infer<typeof GoEvent>;

/** Characters of output kept per test. */
const MAX_TEST_OUTPUT = 8_000;

const outcomes = { pass: 'passed', fail: 'failed', skip: 'skipped' } as const;

/** Reads `go test -json`; throws when no line of it is an event. */
export function parseGo(text: string, context: ReportContext): ParsedReport {
  const events = text.split('\n').flatMap(toEvent);
  if (events.length === 0) throw new Error('the output holds no test events');
  return toReport(casesOf(events, context));
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
  const failedPackages = new Set<string>();
  for (const event of events) {
    const key = `${event.Package ?? event.ImportPath ?? ''}\0${event.Test ?? ''}`;
    if (event.Output !== undefined) {
      printed.set(key, ((printed.get(key) ?? '') + event.Output).slice(-MAX_TEST_OUTPUT));
    }
    const outcome = outcomes[event.Action as keyof typeof outcomes];
    if (outcome === undefined || (event.Test === undefined && outcome !== 'failed')) continue;
    const packageName = event.Package ?? '';
    // A package fails because of its tests, unless none of them failed: then it did not build, or panicked.
    if (event.Test === undefined && failedPackages.has(packageName)) continue;
    if (outcome !== 'failed') {
      yield { outcome };
      continue;
    }
    failedPackages.add(packageName);
    const message = printed.get(key) || buildOutput(printed, packageName);
    yield { outcome, failure: toGoFailure({ event, message }, context) };
  }
}

/** Build errors are printed under the import path of the test variant, such as `m/a [m/a.test]`. */
function buildOutput(printed: ReadonlyMap<string, string>, packageName: string): string {
  const keys = [...printed.keys()].filter((key) => key.startsWith(`${packageName} [`) || key === `${packageName}\0`);
  return keys.map((key) => printed.get(key) ?? '').join('');
}

function toGoFailure(raw: { event: GoEvent; message: string }, context: ReportContext) {
  const packageName = raw.event.Package ?? '';
  const test = raw.event.Test ?? packageName;
  // Go names files relative to the package: the module's own prefix is unknown, so the longest suffix that exists counts.
  const parts = packageName.split('/');
  const folders = parts.map((_, index) => parts.slice(index).join('/'));
  const file = /^\s+([\w.-]+\.go):(\d+)/m.exec(raw.message);
  const candidates = file ? [...folders.map((folder) => `${folder}/${file[1]}`), String(file[1])] : [];
  const found = candidates.find((path) => context.exists(path));
  const failure = toFailure({ test, message: raw.message }, context);
  return found === undefined ? failure : { ...failure, file: found, line: Number(file?.[2]) };
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

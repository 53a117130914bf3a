import { unfinishedFiles } from '#workspace/tests/node-reporter.ts';

import { endedEarly, unfinished } from './ended-early.ts';
import { classFile, toRepositoryPath } from './paths.ts';
import {
  joinName,
  toCase,
  toFailedCase,
  toReport,
  type ParsedReport,
  type RawCase,
  type ReportContext,
  type TestCase,
} from './report.ts';
import { attribute, children, parseXml, textOf, type Element } from './xml.ts';

/** Whose JUnit XML it is: some runners name their tests in ways of their own. */
export type JunitDialect = 'junit' | 'node' | 'pytest' | 'bun';

/** Reads JUnit XML by counting elements; throws on anything that is no test report. */
export function parseJunit(text: string, context: ReportContext, dialect: JunitDialect = 'junit'): ParsedReport {
  const root = parseXml(text);
  if (!('testsuites' in root) && !('testsuite' in root)) throw new Error('the report holds no test suites');
  if (dialect !== 'node') return toReport(casesOf(root, context, dialect));
  const cases = [...casesOf(root, context, dialect)];
  return toReport([...cases, ...unfinished(unfinishedFiles(text) ?? [], cases, context)]);
}

/** Where a case stands: the names of its suites and the file of the nearest one that names any. */
interface Place {
  readonly suites: readonly string[];
  readonly file: string | undefined;
}

/** Suites whose names count; hostile nesting must not cost more with every level. */
const MAX_SUITES = 20;

function* casesOf(root: Element, context: ReportContext, dialect: JunitDialect): Generator<TestCase> {
  // A stack of our own: hostile nesting must not exhaust the program's.
  const open: { element: Element; place: Place }[] = [{ element: root, place: { suites: [], file: undefined } }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { element } = next;
    const place = { ...next.place, file: attribute(element, 'file') ?? next.place.file };
    for (const testCase of children(element, 'testcase')) {
      const judged = judge(testCase, { place, context, dialect });
      // A script of nextest that runs before the tests is none of them, but their failure when it fails.
      const isScript = place.suites.at(-1)?.startsWith('@setup-script:') === true && judged?.outcome !== 'failed';
      if (judged && !isScript) yield judged;
    }
    const suites = children(element, 'testsuite').map((suite) => ({ element: suite, place: inside(place, suite) }));
    const groups = children(element, 'testsuites').map((group) => ({ element: group, place }));
    for (const each of [...groups, ...suites].toReversed()) open.push(each);
  }
}

function inside({ suites, file }: Place, suite: Element): Place {
  const name = attribute(suite, 'name') ?? '';
  return { suites: suites.length < MAX_SUITES ? [...suites, name] : suites, file };
}

interface Reading {
  readonly place: Place;
  readonly context: ReportContext;
  readonly dialect: JunitDialect;
}

function judge(element: Element, reading: Reading): TestCase | undefined {
  const { context, dialect } = reading;
  const raw = toRaw(element, reading);
  const failed = [...children(element, 'failure'), ...children(element, 'error')];
  if (failed.length === 0) {
    const skipped = children(element, 'skipped').length > 0;
    if (!skipped && quit(element)) return toFailedCase({ ...raw, message: QUIT }, context);
    const judged = toCase(skipped ? 'skipped' : 'passed', raw, context);
    return dialect === 'node' && !skipped ? judgeNodeFile(element, judged, context) : judged;
  }
  const message = failed.map(toMessage).join('\n');
  const line = dialect === 'pytest' ? undefined : Number(attribute(element, 'line'));
  const known = line !== undefined && Number.isInteger(line) && line > 0 && attribute(element, 'file') !== undefined;
  return toFailedCase({ ...raw, message, ...(known && { line }), ...values(message, dialect) }, context);
}

const QUIT = 'The process of the test ended with exit code 0 before the test was done; it may call exit.';

/** nextest believes the exit code of each test’s own process; where its report holds what passing tests printed, they say more. */
function quit(element: Element): boolean {
  const printed = children(element, 'system-out').map(textOf).join('\n');
  return /^\s*running 1 test(?:\n|$)/.test(printed) && !/^test result: ok\./m.test(printed);
}

/** node reports a file without any test as one passed test, which is named like the file. */
function judgeNodeFile(element: Element, judged: TestCase, context: ReportContext): TestCase | undefined {
  const file = toRepositoryPath(attribute(element, 'name') ?? '', context);
  if (file === undefined || (judged.file !== undefined && judged.file !== file)) return judged;
  // Of the tests of that file none has the wanted name.
  if (context.byName) return undefined;
  return endedEarly(file, context) ?? judged;
}

function toRaw(element: Element, { place, context, dialect }: Reading): RawCase & { readonly collection?: boolean } {
  const name = attribute(element, 'name') ?? '';
  const time = attribute(element, 'time');
  const seconds = time === undefined || time === '' ? undefined : Number(time);
  const group = attribute(element, 'class') ?? attribute(element, 'classname') ?? '';
  const file = attribute(element, 'file') ?? place.file;
  if (dialect === 'node') return { test: joinName([...place.suites, name]), file, seconds };
  // The outermost suite is the file.
  if (dialect === 'bun') return { test: joinName([...place.suites.slice(1), name]), file, seconds };
  if (dialect === 'pytest' && file !== undefined) return { ...toNodeId({ file, group, name }), file, seconds };
  // deno gives the file as class.
  const own = file ?? (toRepositoryPath(group, context) === undefined ? undefined : group);
  if (own === group) return { test: name, file: own, seconds };
  const test = name.startsWith(group) ? name : joinName([group, name]);
  return { test, file: own ?? fileOfClass(group, context), seconds };
}

/** pytest's own name of a test, by which it can be run again; the file alone when that could not be loaded. */
function toNodeId(raw: { file: string; group: string; name: string }): { test: string; collection?: boolean } {
  const { file, group, name } = raw;
  const module = file.replace(/\.py$/, '').replaceAll('/', '.');
  if (group === '' && name === module) return { test: file, collection: true };
  const classes =
    group === module ? [] : group.startsWith(`${module}.`) ? group.slice(module.length + 1).split('.') : [group];
  return { test: [file, ...classes, name].filter((part) => part !== '').join('::') };
}

function fileOfClass(className: string, context: ReportContext): string | undefined {
  const [outer = ''] = className.split('$');
  const simple = outer.split('.').at(-1) ?? '';
  const names = ['java', 'kt', 'groovy', 'scala'].map((extension) => `${simple}.${extension}`);
  return names.map((name) => classFile(outer, name, context)).find((path) => path !== undefined);
}

function toMessage(failure: Element): string {
  const summary = attribute(failure, 'message') ?? '';
  const body = textOf(failure).trim();
  // node wraps what a test threw in an error of its own.
  const cause = /^Error \[ERR_TEST_FAILURE\][^]*?\n {2}cause: /.exec(body);
  const told = cause ? body.slice(cause[0].length) : body;
  // nextest says of a test that it stopped in the type alone.
  if (summary === '' && told === '') return attribute(failure, 'type') ?? '';
  // pytest prints its source first, so that only the beginning counts.
  return told.slice(0, 300).includes(summary) ? told : `${summary}\n${told}`;
}

/** What node's assertion errors say they compared. */
function values(message: string, dialect: JunitDialect): { expected?: string; actual?: string } {
  if (dialect !== 'node') return {};
  const expected = /^ +expected: (.{1,1000}?),?$/m.exec(message)?.[1];
  const actual = /^ +actual: (.{1,1000}?),?$/m.exec(message)?.[1];
  return { ...(expected !== undefined && { expected }), ...(actual !== undefined && { actual }) };
}

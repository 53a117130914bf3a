import {
  toCase,
  toFailedCase,
  toReport,
  type ParsedReport,
  type RawCase,
  type ReportContext,
  type TestCase,
} from './report.ts';
import { attribute, children, parseXml, textOf, type Element } from './xml.ts';

/**
 * Reads the report of `dotnet test --logger trx`; throws on anything else. It is written when the run is over: one whose summary is missing,
 * or says anything but that the tests completed or failed, counts as one more failure.
 */
export function parseTrx(text: string, context: ReportContext): ParsedReport {
  const [root] = children(parseXml(text), 'TestRun');
  if (root === undefined) throw new Error('the report holds no test run');
  const methods = methodsOf(root);
  const cases = children(root, 'Results')
    .flatMap((results) => children(results, 'UnitTestResult'))
    .map((result) => readResult(result, methods, context));
  return toReport([...cases, ...unfinished(root, cases, context)]);
}

/** Test methods by the id of their test: some adapters give results a name without its class. */
function methodsOf(root: Element): ReadonlyMap<string, string> {
  const tests = children(root, 'TestDefinitions').flatMap((each) => children(each, 'UnitTest'));
  return new Map(
    tests.flatMap((test) => {
      const [method] = children(test, 'TestMethod');
      const [id, className, name] = [
        attribute(test, 'id'),
        method && attribute(method, 'className'),
        method && attribute(method, 'name'),
      ];
      if (!id || !className || !name) return [];
      // Visual Studio's own runner writes the class with its assembly: `Shop.Tests.PriceTests, Shop.Tests, Version=1.0.0.0`.
      const plain = className.replace(/, [^\]]*$/, '');
      return [[id, name.startsWith(`${plain}.`) ? name : `${plain}.${name}`]];
    }),
  );
}

function readResult(result: Element, methods: ReadonlyMap<string, string>, context: ReportContext): TestCase {
  const raw = toRaw(result, methods);
  const outcome = attribute(result, 'outcome') ?? '';
  if (outcome === 'Passed' || outcome === 'PassedButRunAborted') return toCase('passed', raw, context);
  if (['NotExecuted', 'Inconclusive', 'NotRunnable', 'Pending'].includes(outcome))
    return toCase('skipped', raw, context);
  const [output] = children(result, 'Output');
  const [error] = output ? children(output, 'ErrorInfo') : [];
  const said = (name: string) => (error ? children(error, name).map(textOf).join('\n') : '');
  // `in /src/A.cs:line 23`; a build that can be repeated writes `/_/` for the repository.
  const trace = said('StackTrace')
    .replaceAll(/:line (?=\d)/g, ':')
    .replaceAll(' in /_/', ' in ');
  const message = said('Message').trim() || `The test ended with the outcome ${outcome.slice(0, 40)}.`;
  return toFailedCase({ ...raw, message, trace }, context);
}

/** The method that names a test everywhere, with the arguments that one adapter shows. */
function toRaw(result: Element, methods: ReadonlyMap<string, string>): RawCase {
  const shown = attribute(result, 'testName') ?? '';
  const method = methods.get(attribute(result, 'testId') ?? '');
  const values = /\(.*\)$/s.exec(shown)?.[0] ?? '';
  const test = method === undefined ? shown : method.endsWith(values) ? method : `${method}${values}`;
  return { test, seconds: secondsOf(attribute(result, 'duration')) };
}

/** `00:01:02.5` */
function secondsOf(duration: string | undefined): number | undefined {
  const [, hours, minutes, seconds] = /^(\d+):(\d+):([\d.]+)$/.exec(duration ?? '') ?? [];
  return seconds === undefined ? undefined : Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

/** What xUnit.net and Microsoft.Testing.Platform call an error of the run, which says no more than that tests failed. */
const failedTests = /^(?:\[xUnit\.net [\d:.]+\] .* \[FAIL\]|Exit code indicates failure: '2'\..*)\s*$/;

function unfinished(root: Element, cases: readonly TestCase[], context: ReportContext): readonly TestCase[] {
  const [summary] = children(root, 'ResultSummary');
  const outcome = summary && attribute(summary, 'outcome');
  const failed = cases.some((each) => each.outcome === 'failed');
  const errors = (summary ? children(summary, 'RunInfos') : [])
    .flatMap((each) => children(each, 'RunInfo'))
    .filter((info) => attribute(info, 'outcome') === 'Error')
    .flatMap((info) => children(info, 'Text').map(textOf))
    .filter((error) => !failed || !failedTests.test(error));
  const done =
    outcome === 'Completed' || outcome === 'Passed' || (outcome === 'Failed' && (failed || errors.length > 0));
  if (done && errors.length === 0) return [];
  const message = errors.join('\n') || `The test run ended with the outcome ${(outcome ?? 'unknown').slice(0, 40)}.`;
  return [toFailedCase({ test: 'the end of the tests', message }, context)];
}

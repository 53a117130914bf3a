import { XMLParser } from 'fast-xml-parser';

import {
  toFailure,
  toReport,
  toRepositoryPath,
  type ParsedReport,
  type ReportContext,
  type TestCase,
} from './report.ts';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  parseTagValue: false,
  parseAttributeValue: false,
  // Entities are decoded below: the five of XML and numbers, never declared ones.
  processEntities: false,
  isArray: (name) => ['testsuite', 'testcase', 'failure', 'error', 'skipped'].includes(name),
});

type Element = Readonly<Record<string, unknown>>;

/** Reads JUnit XML by counting elements; throws on anything that is no test report. */
export function parseJunit(text: string, context: ReportContext): ParsedReport {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new Error('the report declares a document type');
  const document: unknown = parser.parse(text, true);
  const root = asElement(document);
  if (!('testsuites' in root) && !('testsuite' in root)) throw new Error('the report holds no test suites');
  return toReport(casesOf(root, context));
}

function* casesOf(root: Element, context: ReportContext): Generator<TestCase> {
  // A stack of our own: hostile nesting must not exhaust the program's.
  const open: { element: Element; file: string | undefined }[] = [{ element: root, file: undefined }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { element } = next;
    const file = attribute(element, 'file') ?? next.file;
    for (const testCase of children(element, 'testcase')) {
      const judged = toCase(testCase, file, context);
      if (!isIdleFile(testCase, judged, context)) yield judged;
    }
    const suites = [...children(element, 'testsuites'), ...children(element, 'testsuite')];
    for (const suite of suites.toReversed()) open.push({ element: suite, file });
  }
}

/** node reports a file of which no test matched the name pattern as one passed test, named like the file. */
function isIdleFile(element: Element, judged: TestCase, context: ReportContext): boolean {
  if (!context.byName || judged.outcome !== 'passed') return false;
  return toRepositoryPath(attribute(element, 'name') ?? '', context) !== undefined;
}

function toCase(element: Element, suiteFile: string | undefined, context: ReportContext): TestCase {
  const failed = [...children(element, 'failure'), ...children(element, 'error')];
  if (failed.length === 0) return { outcome: children(element, 'skipped').length > 0 ? 'skipped' : 'passed' };
  const line = Number(attribute(element, 'line'));
  const message = failed.map(toMessage).join('\n');
  const name = attribute(element, 'name') ?? '';
  const group = attribute(element, 'classname') ?? '';
  // node's reporter gives every case the class `test`.
  const test = group === '' || group === 'test' || name.startsWith(group) ? name : `${group} › ${name}`;
  const raw = { test, message, file: attribute(element, 'file') ?? suiteFile };
  return {
    outcome: 'failed',
    failure: toFailure(Number.isInteger(line) && line > 0 ? { ...raw, line } : raw, context),
  };
}

function toMessage(failure: Element): string {
  const summary = attribute(failure, 'message') ?? '';
  const body = decode(asText(failure['#text'])).trim();
  return body.includes(summary) ? body : `${summary}\n${body}`;
}

function children(element: Element, name: string): readonly Element[] {
  const value = Object.hasOwn(element, name) ? element[name] : undefined;
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(asElement);
}

function attribute(element: Element, name: string): string | undefined {
  const value = element[`@${name}`];
  return typeof value === 'string' ? decode(value) : undefined;
}

/** An element without attributes is parsed to its bare text. */
function asElement(value: unknown): Element {
  return typeof value === 'object' && value !== null ? (value as Element) : { '#text': asText(value) };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[String(name)] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

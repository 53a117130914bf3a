import {
  joinName,
  toCase,
  toFailedCase,
  toReport,
  type ParsedReport,
  type ReportContext,
  type TestCase,
} from './report.ts';

/** One test point, or a stream of them that stands indented before its own point. */
interface Point {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly details: string[];
  readonly inner: readonly Point[];
}

/** The points of one indentation, until the point that sums them up. */
interface Level {
  readonly indent: number;
  readonly points: Point[];
  plan?: number;
  /** The last comment: tape prints the name of a test before its assertions. */
  group: string;
}

const pointLine = /^( *)(not )?ok\b *(\d+)? *(?:- )?(.*)$/;
const planLine = /^( *)1\.\.(\d+)/;

/** Levels of subtests that are followed; the report is written by untrusted code. */
const MAX_DEPTH = 30;

/**
 * Reads TAP 12 to 14 with subtests, by its leaves. A stream that ends without a plan, or before its plan is fulfilled, counts as one
 * more failure: the program ended before its tests. Throws when there is no TAP at all.
 */
export function parseTap(text: string, context: ReportContext): ParsedReport {
  const streams = readStreams(text);
  if (streams.every(({ points, plan, bailed }) => points.length === 0 && plan === undefined && bailed === undefined))
    throw new Error('the output holds no TAP');
  return toReport(streams.flatMap((stream) => [...casesOf(stream, context)]));
}

interface Stream {
  readonly points: readonly Point[];
  readonly plan: number | undefined;
  readonly bailed: string | undefined;
}

function readStreams(text: string): readonly Stream[] {
  // A script may print several streams one after the other.
  const parts = text.split(/^TAP version \d+$/m);
  const useful = parts.length > 1 ? parts.slice(1) : parts;
  return useful.map(readStream);
}

function readStream(text: string): Stream {
  const levels: Level[] = [{ indent: 0, points: [], group: '' }];
  let bailed: string | undefined;
  let details: string[] | undefined;
  for (const line of text.split('\n')) {
    const yaml = readDetails(line, details, levels.at(-1));
    if (yaml.inside) {
      details = yaml.details;
      continue;
    }
    details = undefined;
    bailed ??= /^Bail out! *(.*)$/.exec(line)?.[1];
    readLine(line, levels);
  }
  // What no point sums up any more was cut off.
  const rest = levels.slice(1).flatMap((level) => level.points);
  const [top] = levels;
  return { points: [...(top?.points ?? []), ...rest], plan: top?.plan, bailed };
}

/** The YAML block below a point, between `---` and `...`. */
function readDetails(
  line: string,
  details: string[] | undefined,
  level: Level | undefined,
): { readonly inside: boolean; readonly details: string[] | undefined } {
  if (details !== undefined) {
    if (/^ *\.\.\.$/.test(line)) return { inside: true, details: undefined };
    // Whatever is not indented is no part of the block: it was never closed.
    if (/^(?:not )?ok\b|^1\.\.|^#/.test(line)) return { inside: false, details: undefined };
    details.push(line);
    return { inside: true, details };
  }
  const last = level?.points.at(-1);
  return /^ +---$/.test(line) && last ? { inside: true, details: last.details } : { inside: false, details: undefined };
}

function readLine(line: string, levels: Level[]): void {
  const plan = planLine.exec(line);
  const point = plan ? null : pointLine.exec(line);
  const found = plan ?? point;
  if (!found) {
    const comment = /^# (.+)$/.exec(line)?.[1];
    const [top] = levels;
    if (comment !== undefined && top && !comment.startsWith('Subtest:')) top.group = comment;
    return;
  }
  const indent = found[1]?.length ?? 0;
  const { level, inner } = levelAt(indent, levels);
  if (plan) level.plan = Number(plan[2]);
  else if (point) level.points.push(toPoint(point, inner, indent === 0 && inner.length === 0 ? level.group : ''));
}

/** Goes to the level of an indentation; the points of deeper levels belong to the point that comes now. */
function levelAt(indent: number, levels: Level[]): { readonly level: Level; readonly inner: readonly Point[] } {
  let inner: readonly Point[] = [];
  while (levels.length > 1 && (levels.at(-1)?.indent ?? 0) > indent) {
    const closed = levels.pop();
    if (closed) inner = [...closed.points, ...cutOff(closed), ...inner];
  }
  const last = levels.at(-1) as Level;
  if (last.indent >= indent || levels.length >= MAX_DEPTH) return { level: last, inner };
  const level: Level = { indent, points: [], group: '' };
  levels.push(level);
  return { level, inner };
}

function cutOff({ plan, points }: Level): readonly Point[] {
  if (plan === undefined || points.length >= plan) return [];
  const name = `${plan - points.length} of ${plan} planned tests`;
  return [{ name, outcome: 'failed', details: ['They were planned, but never ran.'], inner: [] }];
}

function toPoint(match: RegExpExecArray, inner: readonly Point[], group: string): Point {
  const [description, directive] = splitDirective(match[4] ?? '');
  const outcome = directive !== undefined ? 'skipped' : match[2] === undefined ? 'passed' : 'failed';
  const name = description
    .replace(/ # time=[\d.]+ *m?s.*$/, '')
    .replace(/\\#/g, '#')
    .trim();
  return { name: joinName([group, name || `test ${match[3] ?? ''}`.trim()]), outcome, details: [], inner };
}

/** `# SKIP` and `# TODO`, whatever the outcome: such a test proves nothing. */
function splitDirective(text: string): [string, string | undefined] {
  const match = /^(.*?)(?:^|\s)#\s*((?:skip|todo)\b.*)$/i.exec(text);
  return match ? [match[1] ?? '', match[2]] : [text, undefined];
}

function* casesOf({ points, plan, bailed }: Stream, context: ReportContext): Generator<TestCase> {
  for (const point of points) yield* leavesOf(point, [], context);
  const ended =
    bailed === undefined ? (plan === undefined ? 'without a plan' : undefined) : `with: Bail out! ${bailed}`;
  const missing = plan === undefined ? 0 : plan - points.length;
  if (ended === undefined && missing <= 0) return;
  const message =
    ended === undefined
      ? `${missing} of ${plan} planned tests never ran; the program may have ended itself.`
      : `The tests ended ${ended}, so some of them may never have run.`;
  yield toFailedCase({ test: 'the end of the tests', message }, context);
}

function* leavesOf(point: Point, groups: readonly string[], context: ReportContext): Generator<TestCase> {
  const path = [...groups, point.name];
  for (const each of point.inner) yield* leavesOf(each, path, context);
  const explained = point.inner.some(hasFailed);
  if (point.inner.length > 0 && (point.outcome !== 'failed' || explained)) return;
  const test = joinName(path);
  if (point.outcome === 'failed') {
    const details = point.details.join('\n');
    const message = [headline(details), dedent(details)].filter((part) => part !== '').join('\n');
    yield toFailedCase({ test, message: message || 'not ok', ...placeOf(details), ...values(details) }, context);
  } else {
    yield toCase(point.outcome, { test }, context);
  }
}

function hasFailed({ outcome, inner }: Point): boolean {
  return outcome === 'failed' || inner.some(hasFailed);
}

/** node-tap names file and line as values of their own. */
function placeOf(details: string): { file?: string; line?: number } {
  const file = /^ +fileName: (\S+)$/m.exec(details)?.[1];
  const line = /^ +lineNumber: (\d{1,7})$/m.exec(details)?.[1];
  return {
    ...(file !== undefined && { file }),
    ...(file !== undefined && line !== undefined && { line: Number(line) }),
  };
}

/** AVA says what failed below the class of its error: its words, else which assertion. */
function headline(details: string): string {
  if (details === '' || !/^ *name: AssertionError$/m.test(details)) return '';
  const words = /^ *message: +(?![|>])(.{3,1000})$/m.exec(details)?.[1];
  return words ?? /^ *assertion: +(.{1,200})$/m.exec(details)?.[1] ?? '';
}

function values(details: string): { expected?: string; actual?: string } {
  if (details === '') return {};
  // AVA shows both as a difference, which begins with a sign.
  const difference =
    /^ +'?Difference \(- actual, \+ expected\):'?: \|-?\n((?: +.*\n?){1,20})/m.exec(details)?.[1] ?? '';
  const [expected, actual] = [
    ['expected', '\\+'],
    ['actual', '-'],
  ].map(
    ([key, sign]) =>
      new RegExp(`^ +${key}: +(?![|>])(.{1,1000})$`, 'm').exec(details)?.[1] ??
      new RegExp(`^ +${sign} (.{1,1000})$`, 'm').exec(difference)?.[1],
  );
  return { ...(expected !== undefined && { expected }), ...(actual !== undefined && { actual }) };
}

function dedent(text: string): string {
  const lines = text.split('\n');
  const depths = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const depth = depths.length === 0 ? 0 : Math.min(...depths);
  return lines.map((line) => line.slice(depth)).join('\n');
}

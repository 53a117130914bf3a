import { classFile, toRepositoryPath } from './paths.ts';
import type { ReportContext } from './report.ts';
import { rustFiles } from './rust-frames.ts';

/** One frame of a stack trace, inside the repository. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  /** As the trace names it; untrusted. */
  readonly symbol?: string;
}

/** Frames that a failure keeps. */
export const MAX_FRAMES = 5;
/** Characters of a trace that are read: it is written by untrusted code. */
const MAX_TRACE = 20_000;
/** Characters of a function's name that are kept. */
const MAX_SYMBOL = 80;

/** The innermost frames inside the repository as `file:line function`, at most five; dependencies and the runner's own are left out. */
export function inAppFrames(text: string, context: ReportContext): readonly string[] {
  return framesOf(text, context).slice(0, MAX_FRAMES).map(showFrame);
}

/** A frame as it is shown. */
export function showFrame({ file, line, symbol }: Frame): string {
  return symbol === undefined ? `${file}:${line}` : `${file}:${line} ${symbol}`;
}

/** Every frame inside the repository, innermost first, without repetitions. */
export function framesOf(text: string, context: ReportContext): readonly Frame[] {
  const found: Frame[] = [];
  // Python prints the innermost frame last.
  let outermostFirst = false;
  let above = '';
  const trace = text.slice(0, MAX_TRACE);
  const spell = rustFiles(trace, context);
  for (const line of trace.split('\n')) {
    const python = pythonFrame(line);
    const raw = python ?? javaFrame(line, context) ?? plainFrame(line, above);
    above = line;
    if (raw === undefined) continue;
    const spelled = spell(raw.file, line);
    const file = spelled === undefined ? undefined : toRepositoryPath(spelled, context);
    if (file === undefined) continue;
    outermostFirst ||= python !== undefined;
    found.push({ file, line: raw.line, ...(raw.symbol && { symbol: raw.symbol.slice(0, MAX_SYMBOL) }) });
  }
  return unique(outermostFirst ? found.toReversed() : found);
}

function unique(frames: readonly Frame[]): readonly Frame[] {
  const byPlace = new Map<string, Frame>();
  for (const frame of frames) {
    const place = `${frame.file}:${frame.line}`;
    const known = byPlace.get(place);
    if (known === undefined || (known.symbol === undefined && frame.symbol !== undefined)) byPlace.set(place, frame);
  }
  return [...byPlace.values()];
}

/** `File "a.py", line 3, in f` of Python itself, and `a.py:3: ValueError` of pytest. */
function pythonFrame(line: string): Frame | undefined {
  const own = /^\s*File "([^"\n]{1,400})", line (\d{1,7})(?:, in (.{1,80}))?/.exec(line);
  if (own) return toFrame(own[1], own[2], own[3]);
  const pytest = /^((?:[\w@%+,~./ -]{1,400})\.py):(\d{1,7}): *(?:in (\w{1,80}))?/.exec(line);
  return pytest ? toFrame(pytest[1], pytest[2], pytest[3]) : undefined;
}

/** `at com.acme.Foo.bar(Foo.java:12)`: the class says where the file lies. */
function javaFrame(line: string, context: ReportContext): Frame | undefined {
  const found =
    /^\s*at (?:[\w.@-]{1,100}\/{1,2})?([\w$.]{1,300})\.([\w$<>]{1,100})\(([\w$-]{1,100}\.\w{1,8}):(\d{1,7})\)/.exec(
      line,
    );
  if (!found) return undefined;
  const [, className = '', method = '', fileName = '', number] = found;
  const file = classFile(className, fileName, context);
  return file === undefined ? undefined : toFrame(file, number, `${className.split('.').at(-1)}.${method}`);
}

/** A path, a colon or bracket and a line: of JavaScript, Go, Rust, Ruby, PHP and .NET. */
const place = /((?:file:\/\/)?[\w@%+.,~/\\-]{1,400}\.\w{1,8})(?::(\d{1,7})\b|\((\d{1,7})\))/g;

function plainFrame(line: string, above: string): Frame | undefined {
  // The last place counts: JavaScript names the alias of a method before it, nobody names two files in a frame.
  const found = [...line.slice(0, 1_000).matchAll(place)].at(-1);
  if (!found) return undefined;
  const symbol =
    /^\s*at (?:async )?(?:new )?([\w$.<>#[\] ]{1,200}?) \(/.exec(line)?.[1] ??
    /^\s*at ([\w$.<>`+|[\],]{1,200})\(.{0,400}\) in \S/.exec(line)?.[1] ??
    /^ *❯ ([\w$.<>#]{1,200}) \S/.exec(line)?.[1] ??
    /^\s*(?:async )?([\w$.<>#]{1,200}) \(\S+:\d+:\d+\)$/.exec(line)?.[1] ??
    /: ?in [`']([^'`]{1,200})'/.exec(line)?.[1] ??
    /^#\d+ .{1,400}?\(\d+\): ([\w\\:>{}-]{1,200})\(/.exec(line)?.[1] ??
    functionAbove(line, above);
  return toFrame(found[1], found[2] ?? found[3], symbol);
}

/** Go and Rust print the function on the line before its place. */
function functionAbove(line: string, above: string): string | undefined {
  if (/^\t\S+\.go:\d+/.test(line)) return /^([\w./*()-]{1,300}?)\((?:[^()]*)\)$/.exec(above)?.[1]?.split('/').at(-1);
  if (/^\s+at \S+\.rs:\d+/.test(line)) return /^\s*\d+: (.{1,200})$/.exec(above)?.[1];
  return undefined;
}

function toFrame(file: string | undefined, line: string | undefined, symbol: string | undefined): Frame {
  const known = symbol === undefined || symbol === '<module>' || symbol.trim() === '' ? {} : { symbol: symbol.trim() };
  return { file: file ?? '', line: Number(line), ...known };
}

import type { StackFrame } from './frame-readers.ts';
import { readFrame } from './frame-readers.ts';
import type { Header, Link } from './trace-headers.ts';
import { readHeader } from './trace-headers.ts';

/** One exception of a chain. Text is untrusted. */
export interface Thrown {
  /** Such as `TypeError`, without its package; empty when the trace names none. */
  readonly type: string;
  readonly message: string;
  /** Innermost first. */
  readonly frames: readonly StackFrame[];
}

/** A chain of exceptions. */
export interface Trace {
  /** The innermost cause; undefined for a text without exception or frame. */
  readonly cause: Thrown | undefined;
  /** The rest of the chain, from the inside out. */
  readonly others: readonly Thrown[];
}

/** Lines of a trace that are looked at, and their length. */
const MAX_LINES = 500;
const MAX_LINE_CHARS = 1_000;

interface Section {
  type: string;
  message: string;
  readonly link: Link;
  readonly frames: StackFrame[];
  python: boolean;
}

/** Reads the chain of exceptions that a text tells of, in whichever order its language prints causes. */
export function readTrace(text: string): Trace {
  const sections = readSections(toLines(text));
  const ordered = fromInside(sections).filter(({ type, frames }) => type !== '' || frames.length > 0);
  const [cause, ...others] = ordered.map(({ type, message, frames, python }): Thrown => {
    // Python writes the innermost frame last.
    return { type, message, frames: python ? frames.toReversed() : frames };
  });
  return { cause, others };
}

function readSections(lines: readonly string[]): Section[] {
  const first: Section = { type: '', message: '', link: 'first', frames: [], python: false };
  const sections = [first];
  const reader = { skipping: undefined as number | undefined, goroutines: 0 };
  for (const [index, line] of lines.entries()) {
    const indent = line.length - line.trimStart().length;
    // What was thrown while resources were closed is no cause.
    if (reader.skipping !== undefined && indent > reader.skipping) continue;
    reader.skipping = /^\s*Suppressed: /.test(line) ? indent : undefined;
    if (reader.skipping !== undefined) continue;
    if (/^goroutine \d{1,12} \[/.test(line) && ++reader.goroutines > 1) break;
    const current = sections.at(-1) ?? first;
    if (line.includes('Traceback (most recent call last)')) {
      // The exception is named below; what a log line above mentions may be another one.
      current.python = true;
      current.type = '';
    }
    const found = readHeader(line, {
      before: lines[index - 1] ?? '',
      isNamed: current.type !== '',
      hasFrames: current.frames.length > 0,
      python: current.python,
    });
    if (found !== undefined) take(sections, found);
    const frame = readFrame(line, lines[index - 1] ?? '');
    if (frame !== undefined) (sections.at(-1) ?? first).frames.push(frame);
  }
  return sections;
}

/** A header names the exception of the section that it stands in, or begins another one. */
function take(sections: Section[], { type, message, link }: Header): void {
  const current = sections.at(-1);
  const opens = link !== 'first' && link !== 'python_end';
  if (current === undefined || opens || (link === 'first' && current.type !== '' && current.frames.length > 0))
    sections.push({ type, message, link, frames: [], python: false });
  else {
    current.type = type;
    current.message = message;
  }
}

/** Puts the innermost cause first. */
function fromInside(sections: readonly Section[]): readonly Section[] {
  if (sections.some(({ link }) => link.startsWith('python'))) return fromPython(sections);
  // PHP prints the cause first, as everything does that has but one exception.
  if (sections.some(({ link }) => link === 'php_next')) return sections;
  if (sections.some(({ link }) => link === 'dotnet')) return fromDotnet(sections);
  return sections.some(({ link }) => link === 'cause') ? sections.toReversed() : sections;
}

/** The last exception and what it names as its direct cause; one that was merely being handled is another matter. */
function fromPython(sections: readonly Section[]): readonly Section[] {
  let start = sections.length - 1;
  while (start > 0 && sections[start]?.link === 'python_direct') start--;
  return [...sections.slice(start), ...sections.slice(0, start).toReversed()];
}

/** All headers come first, then the frames of the innermost, of the one around it, and so on. */
function fromDotnet(sections: readonly Section[]): readonly Section[] {
  const named = sections.filter(({ link }) => link !== 'dotnet_end').toReversed();
  const ends = sections.filter(({ link }) => link === 'dotnet_end');
  return named.map((section, index) =>
    index === 0 ? section : { ...section, frames: [...section.frames, ...(ends[index - 1]?.frames ?? [])] },
  );
}

/** A trace inside a JSON line has its line ends escaped. */
function toLines(text: string): readonly string[] {
  const plain = hasEscapedTrace(text) ? escapedTexts(text).join('\n') : text;
  return plain
    .replaceAll(' ---> ', '\n ---> ')
    .split('\n', MAX_LINES)
    .map((line) => line.slice(0, MAX_LINE_CHARS).trimEnd());
}

/** Whether a JSON line quotes a trace. */
export function hasEscapedTrace(text: string): boolean {
  return text.includes('\\n') && ESCAPED_TRACE.test(text);
}

const ESCAPED_TRACE = /\\n\s{0,20}(?:at |File |\\t|\\n|#0 |from |Caused by|\S{1,200}\.rb:\d)/;

/** The strings of a JSON text that have several lines; the last one may be cut. */
function escapedTexts(json: string): readonly string[] {
  const texts: string[] = [];
  for (let start = json.indexOf('"'); start !== -1; start = json.indexOf('"', start)) {
    let end = start + 1;
    while (end < json.length && json[end] !== '"') end += json[end] === '\\' ? 2 : 1;
    const text = json.slice(start + 1, end);
    if (text.includes('\\n')) texts.push(unescape(text));
    start = end + 1;
  }
  return texts;
}

function unescape(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\"', '"');
  }
}

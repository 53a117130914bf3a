import { fromCollector } from '#analysis/collector-line.ts';
import { blockOf } from '#analysis/join-lines.ts';
import { statusPlace } from '#analysis/severity.ts';
import type { Block } from '#analysis/trace-shape.ts';
import type { LogLevel } from '#domain/evidence.ts';

import { unescape } from './known-shapes.ts';
import type { ExactText, Line, LineKind, LinePlaces } from './line.ts';
import { ByteLine } from './line.ts';
import type { LogFormat, ParsedLine } from './parse-line.ts';
import { createLineParser } from './parse-line.ts';
import { toTime } from './record.ts';
import type { TimeContext } from './timestamp.ts';
import { findTimestamp, mayHaveTime } from './timestamp.ts';

/** More levels, services and environments than this one kind of line does not have. */
const MAX_VARIANTS = 64;
const OPENING_BRACE = 0x7b;
const OPENING_ANGLE = 0x3c;
const ZERO = 0x30;
const QUOTE = 0x22;
/** Characters of a plain line in which its time is looked for, and some that tell where it ends. */
const TIME_CHARS = 128;
const NOTHING: readonly never[] = [];

/** Makes a kind of which nothing is known. */
export function createLineKind(): LineKind {
  // In the order in which they are asked for: many kinds take turns, and what lies side by side comes together.
  return {
    form: 'unknown',
    exact: NOTHING,
    numbers: NOTHING,
    timeStart: -1,
    timeEnd: -1,
    block: 'none',
    hasDashes: false,
    isInFocus: undefined,
    isClean: undefined,
    counted: undefined,
    template: undefined,
    level: undefined,
    service: undefined,
    env: undefined,
    next: undefined,
    messageStart: 0,
    messageEnd: 0,
    isEscaped: false,
  };
}

/** What a line says that is read as one before it was. */
class KnownLine implements ParsedLine {
  readonly at: number | undefined;
  readonly alike: LineKind;
  private readonly line: ByteLine;

  constructor(line: ByteLine, kind: LineKind, at: number | undefined) {
    this.line = line;
    this.alike = kind;
    this.at = at;
  }

  get form(): 'json' | 'plain' {
    return this.alike.form === 'json' ? 'json' : 'plain';
  }

  get block(): Block {
    return this.alike.block;
  }

  get level(): LogLevel | undefined {
    return this.alike.level;
  }

  get service(): string | undefined {
    return this.alike.service;
  }

  get env(): string | undefined {
    return this.alike.env;
  }

  get message(): string {
    const { messageStart, messageEnd, isEscaped } = this.alike;
    const message = this.line.text.slice(messageStart, messageEnd);
    return isEscaped ? unescape(message) : message;
  }
}

/**
 * Reads the lines of one file. A line that differs from one before it in digits alone is read as that one was, but for its time: which
 * words, marks and fields a line has, no digit decides, and where one does, in a level or a service, it is compared.
 */
export function createKnownLines(format: LogFormat, context: TimeContext): (line: Line) => ParsedLine {
  const parser = createLineParser(format, context);

  function readKnown(line: ByteLine, kind: LineKind): ParsedLine | undefined {
    if (kind.form === 'odd' || kind.form === 'unknown') return undefined;
    for (const at of kind.numbers) if (line.codeAt(at) === ZERO) return undefined;
    if (kind.timeEnd === -1) return new KnownLine(line, kind, undefined);
    const at = kind.form === 'json' ? jsonTime(line, kind) : plainTime(line, kind);
    return at === undefined ? undefined : new KnownLine(line, kind, at);
  }

  function jsonTime(line: ByteLine, { timeStart, timeEnd }: LineKind): number | undefined {
    const value = line.slice(timeStart, timeEnd);
    return toTime(line.codeAt(timeStart - 1) === QUOTE ? value : Number(value), context);
  }

  function plainTime(line: ByteLine, { timeEnd }: LineKind): number | undefined {
    const time = findTimestamp(line.slice(0, TIME_CHARS), context);
    return time?.end === timeEnd ? time.at : undefined;
  }

  function learn(kind: LineKind, text: string, parsed: ParsedLine): void {
    const { form } = parsed;
    const places = form === 'json' ? parser.placesIn(text) : plainPlaces(text, parsed, context);
    if (places === undefined || form === 'logfmt') {
      kind.form = 'odd';
      return;
    }
    kind.form = form;
    kind.timeStart = places.time?.start ?? -1;
    kind.timeEnd = places.time?.end ?? -1;
    kind.messageStart = places.message.start;
    kind.messageEnd = places.message.end;
    kind.isEscaped = text.slice(kind.messageStart, kind.messageEnd) !== parsed.message;
    kind.exact = [
      ...places.exact.map(({ start, end }) => ({ at: start, text: text.slice(start, end) })),
      ...beforeX(text),
    ];
    kind.numbers = places.numbers;
    kind.level = parsed.level;
    kind.service = parsed.service;
    kind.env = parsed.env;
    kind.block = blockOf(text);
    kind.hasDashes = text.includes('-----');
  }

  return (line) => {
    if (!(line instanceof ByteLine)) return parser.parse(line.text);
    const kind = variantOf(line.kind, line);
    const known = kind && readKnown(line, kind);
    if (known !== undefined) return known;
    const parsed = parser.parse(line.text);
    if (kind?.form === 'unknown') learn(kind, line.text, parsed);
    return parsed;
  };
}

/** The kind whose level, service and environment a line has, made anew where none is; undefined beyond the limit. */
function variantOf(first: LineKind, line: ByteLine): LineKind | undefined {
  let kind = first;
  for (let count = 1; !stands(kind.exact, line); count++) {
    if (count === MAX_VARIANTS) return undefined;
    kind = kind.next ??= createLineKind();
  }
  return kind;
}

/** The zero of `0x` tells what a word is. */
function beforeX(text: string): readonly ExactText[] {
  if (!/\d[xX]/.test(text)) return NOTHING;
  return Array.from(text.matchAll(/\d(?=[xX])/g), ({ index, 0: digit }) => ({ at: index, text: digit }));
}

function stands(exact: readonly ExactText[], line: ByteLine): boolean {
  for (const { at, text } of exact) if (line.slice(at, at + text.length) !== text) return false;
  return true;
}

/** Of a plain line that its program wrote, with a time or without; a priority before it, as of syslog, is made of digits. */
function plainPlaces(text: string, { form, message }: ParsedLine, context: TimeContext): LinePlaces | undefined {
  const first = text.trimStart().charCodeAt(0);
  if (Number.isNaN(first) || form !== 'plain' || first === OPENING_BRACE || first === OPENING_ANGLE) return undefined;
  const time = findTimestamp(text, context);
  if (time === undefined && mayHaveTime(text)) return undefined;
  if (!text.endsWith(message) || fromCollector(text) !== undefined) return undefined;
  const rest = time?.end ?? 0;
  const status = statusPlace(text.slice(rest));
  return {
    ...(time && { time: { start: 0, end: time.end } }),
    message: { start: text.length - message.length, end: text.length },
    exact: status === undefined ? NOTHING : [{ start: rest + status, end: rest + status + 3 }],
    numbers: NOTHING,
  };
}

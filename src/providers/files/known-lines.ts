import { fromCollector } from '#analysis/collector-line.ts';
import { blockOf } from '#analysis/join-lines.ts';
import { statusPlace } from '#analysis/severity.ts';

import { unescape } from './known-shapes.ts';
import type { ExactText, Line, LineKind, LinePlaces } from './line.ts';
import type { LogFormat, ParsedLine } from './parse-line.ts';
import { createLineParser } from './parse-line.ts';
import type { TimeContext } from './timestamp.ts';
import { findTimestamp, mayHaveTime } from './timestamp.ts';

/** More levels, services and environments than this one kind of line does not have. */
const MAX_VARIANTS = 64;
const OPENING_BRACE = 0x7b;
const OPENING_ANGLE = 0x3c;
const ZERO = 0x30;
const NOTHING: readonly never[] = [];

/** Makes a kind of which nothing is known. */
export function createLineKind(): LineKind {
  return {
    form: 'unknown',
    timeStart: -1,
    timeEnd: -1,
    messageStart: 0,
    messageEnd: 0,
    isEscaped: false,
    exact: NOTHING,
    numbers: NOTHING,
    level: undefined,
    service: undefined,
    env: undefined,
    block: 'none',
    next: undefined,
    isClean: undefined,
    template: undefined,
  };
}

/**
 * Reads the lines of one file. A line that differs from one before it in digits alone is read as that one was, but for its time: which
 * words, marks and fields a line has, no digit decides, and where one does, in a level or a service, it is compared.
 */
export function createKnownLines(format: LogFormat, context: TimeContext): (text: string, line?: Line) => ParsedLine {
  const parser = createLineParser(format, context);

  function readKnown(text: string, kind: LineKind): ParsedLine | undefined {
    const { form, level, service, env, block } = kind;
    if (form === 'odd' || form === 'unknown') return undefined;
    for (const at of kind.numbers) if (text.charCodeAt(at) === ZERO) return undefined;
    const message = text.slice(kind.messageStart, kind.messageEnd);
    const parsed: { -readonly [K in keyof ParsedLine]: ParsedLine[K] } = {
      message: kind.isEscaped ? unescape(message) : message,
      form,
      block,
      alike: kind,
    };
    if (kind.timeEnd !== -1) {
      const at = form === 'json' ? parser.timeIn(text, kind.timeStart, kind.timeEnd) : plainTime(text, kind.timeEnd);
      if (at === undefined) return undefined;
      parsed.at = at;
    }
    if (level !== undefined) parsed.level = level;
    if (service !== undefined) parsed.service = service;
    if (env !== undefined) parsed.env = env;
    return parsed;
  }

  function plainTime(text: string, end: number): number | undefined {
    const time = findTimestamp(text, context);
    return time?.end === end ? time.at : undefined;
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
  }

  return (text, line) => {
    if (line?.kind === undefined) return parser.parse(text);
    const kind = variantOf(line.kind, text);
    const known = kind && readKnown(text, kind);
    if (known !== undefined) return known;
    const parsed = parser.parse(text);
    if (kind?.form === 'unknown') learn(kind, text, parsed);
    return parsed;
  };
}

/** The kind whose level, service and environment a line has, made anew where none is; undefined beyond the limit. */
function variantOf(first: LineKind, text: string): LineKind | undefined {
  let kind = first;
  for (let count = 1; !stands(kind.exact, text); count++) {
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

function stands(exact: readonly ExactText[], line: string): boolean {
  for (const { at, text } of exact) if (!line.startsWith(text, at)) return false;
  return true;
}

/** Of a plain line that its program wrote, with a time or without; a priority before it, as of syslog, is made of digits. */
function plainPlaces(text: string, { form, message }: ParsedLine, context: TimeContext): LinePlaces | undefined {
  const first = text.trimStart().charCodeAt(0);
  if (form !== 'plain' || first === OPENING_BRACE || first === OPENING_ANGLE) return undefined;
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

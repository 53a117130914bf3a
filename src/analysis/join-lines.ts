import type { LogLevel } from '#domain/evidence.ts';

import { fromCollector } from './collector-line.ts';
import type { Block } from './trace-shape.ts';
import { followsError, isContinuation, isFrame, nextBlock } from './trace-shape.ts';

/** What one physical line says, as far as joining needs to know. */
export interface LineShape {
  readonly at?: number;
  readonly level?: LogLevel;
  readonly message: string;
  readonly form: 'json' | 'logfmt' | 'plain';
  /** Where a line stands in a trace when it begins an event; given where it is known that no collector wrote something before it. */
  readonly block?: Block;
}

/** A line to be joined. */
export interface JoinableLine {
  readonly text: string;
  /** Its place, as whoever reads the lines counts. */
  readonly number: number;
}

/** One event with all its lines. */
export interface JoinedLines<P extends LineShape = LineShape> {
  /** Of the first line. */
  readonly parsed: P;
  readonly lines: number;
  /** At most 64 KiB of text; of the lines after the first, what their program wrote. */
  readonly raw: string;
  /** That of the first line. */
  readonly number: number;
}

/** Puts the lines of a stack trace together, also when lines of other writers come between them. */
export interface Joiner<P extends LineShape = LineShape, L extends JoinableLine = JoinableLine> {
  /** Gives the oldest event when it is complete; events come in the order in which they begin. */
  push(line: L): JoinedLines<P> | undefined;
  /** All events that are left. */
  end(): readonly JoinedLines<P>[];
}

const MAX_RAW_CHARS = 64 * 1024;
/** Events that a trace may go on after. */
const MAX_OPEN = 16;
/** Lines of an error that may stand before its trace. */
const MAX_HEAD_LINES = 3;

interface Open<P> {
  readonly parsed: P;
  readonly number: number;
  readonly writer: string | undefined;
  /** The first line, and those after it. */
  first: string;
  more: string[] | undefined;
  chars: number;
  block: Block;
  partial: boolean;
  /** The line that names the exception, where it does not come first. */
  exception: string | undefined;
}

interface Incoming {
  readonly text: string;
  readonly writer: string | undefined;
  /** Without a time of its own; structured lines always begin an event. */
  readonly bare: boolean;
}

/** Joins traces by their shape alone; other lines without a time stay events of their own. */
export function createJoiner<P extends LineShape, L extends JoinableLine = JoinableLine>(
  parse: (text: string, line?: L) => P,
): Joiner<P, L> {
  const open: Open<P>[] = [];
  return {
    push(whole) {
      const { text: line, number } = whole;
      if (isBlank(line)) return undefined;
      const parsed = parse(line, whole);
      const isCollected = parsed.block === undefined && parsed.form !== 'logfmt';
      const collected = isCollected ? fromCollector(line) : undefined;
      const { text, writer, partial } = collected ?? { text: line, writer: undefined, partial: false };
      if (collected !== undefined && isBlank(text)) return undefined;
      const { form, at } = collected === undefined ? parsed : parse(text);
      const bare = form === 'plain' && at === undefined;
      const owner = findOwner(open, { text, writer, bare });
      if (owner !== undefined) {
        append(owner, text, partial);
        return undefined;
      }
      open.push({
        parsed,
        number,
        writer,
        first: line,
        more: undefined,
        chars: line.length,
        block: parsed.block ?? blockOf(text),
        partial,
        exception: undefined,
      });
      const done = open.length > MAX_OPEN ? open.shift() : undefined;
      return done && toJoined(done);
    },
    end: () => open.splice(0).map(toJoined),
  };
}

function isBlank(text: string): boolean {
  // White space beyond ASCII is rare enough to be looked at closely.
  const code = text.charCodeAt(0);
  return !(code > 0x20 && code < 0x80) && text.trim() === '';
}

/** Where a line that begins an event stands. A structured line is no part of a trace, though it may quote one. */
export function blockOf(text: string): Block {
  if (!text.startsWith('{"')) return nextBlock(text, 'none');
  return text.includes('Traceback (most recent call last)') ? 'python_body' : 'none';
}

/** The event that a line goes on with: the last one of its writer, unless that has no trace and one before it has. */
function findOwner<P extends LineShape>(open: readonly Open<P>[], incoming: Incoming): Open<P> | undefined {
  const { text, writer } = incoming;
  // A line that names no writer goes on with the last event of all.
  const isOfWriter = (event: Open<P>) => writer === undefined || event.writer === writer;
  const recent = writer === undefined ? open.at(-1) : open.findLast(isOfWriter);
  if (recent === undefined) return undefined;
  if (recent.partial) return recent;
  if (!incoming.bare) return undefined;
  const expects = recent.block !== 'none' || isTroubled(recent.parsed) || recent.parsed.level === undefined;
  if (!expects && isFrame(text)) {
    const interrupted = open.findLast(
      (event) => isOfWriter(event) && event.block !== 'none' && isContinuation(text, event.block),
    );
    if (interrupted !== undefined) return interrupted;
  }
  if (isContinuation(text, recent.block)) return recent;
  return expectsTrace(recent) && followsError(text) ? recent : undefined;
}

function isTroubled({ level }: LineShape): boolean {
  return level === 'warn' || level === 'error' || level === 'fatal';
}

/** A plain line that reports trouble is commonly followed by its exception; a JSON line is complete. */
function expectsTrace({ parsed, block, more, writer }: Open<LineShape>): boolean {
  const plain = writer !== undefined || (parsed.form === 'plain' && parsed.at !== undefined);
  return plain && isTroubled(parsed) && block === 'none' && (more?.length ?? 0) < MAX_HEAD_LINES;
}

function append(event: Open<LineShape>, text: string, partial: boolean): void {
  const { block } = event;
  event.block = nextBlock(text, block);
  const names =
    (block === 'python_body' && event.block === 'python') || (block === 'node_code' && event.block === 'trace');
  if (names) event.exception = text;
  const joins = event.partial;
  event.partial = partial;
  if (event.chars >= MAX_RAW_CHARS) return;
  const room = MAX_RAW_CHARS - event.chars;
  const kept = text.length > room ? `${text.slice(0, room)}…` : text;
  if (!joins) (event.more ??= []).push(kept);
  else if (event.more === undefined) event.first += kept;
  else event.more.push((event.more.pop() ?? '') + kept);
  event.chars += text.length + 1;
}

/** An event that is nothing but a traceback is named by its exception, which stands last. */
function toJoined<P extends LineShape>({ parsed, first, more, number, exception }: Open<P>): JoinedLines<P> {
  const isNamed =
    exception !== undefined &&
    (parsed.message.startsWith('Traceback (most recent call last)') || /^\S+:\d+$/.test(parsed.message));
  return {
    parsed: isNamed ? { ...parsed, message: exception } : parsed,
    lines: 1 + (more?.length ?? 0),
    raw: more === undefined ? first : [first, ...more].join('\n'),
    number,
  };
}

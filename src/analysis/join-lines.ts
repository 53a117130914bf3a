import type { LogLevel } from '#domain/evidence.ts';

import type { CollectedLine } from './collector-line.ts';
import { fromCollector } from './collector-line.ts';
import type { OpenEvents } from './open-events.ts';
import { createOpenEvents } from './open-events.ts';
import type { Block } from './trace-shape.ts';
import { beginsWithLevel, followsError, isContinuation, isFrame, nextBlock } from './trace-shape.ts';

/** What one physical line says, as far as joining needs to know. */
export interface LineShape {
  readonly at?: number;
  readonly level?: LogLevel;
  readonly message: string;
  readonly form: 'json' | 'logfmt' | 'plain';
  /** What a program wrote, where the container runtime wrapped it. */
  readonly wrapped?: WrappedLine;
}

/** A line of a container. */
export interface WrappedLine extends CollectedLine {
  /** The runtime cut the line; its rest comes next. */
  readonly partial: boolean;
  /** It is plain text without a time of its own. */
  readonly bare: boolean;
}

/** A line to be joined. */
export interface JoinableLine {
  readonly text: string;
  /** Its place, as whoever reads the lines counts. */
  readonly number: number;
}

/** One event with all its lines. */
export interface JoinedLines<P extends LineShape = LineShape> {
  readonly parsed: P;
  /** At most 64 KiB of text; of the lines after the first, what their program wrote. */
  readonly raw: string;
  /** That of the first line. */
  readonly number: number;
}

/** Puts the lines of a stack trace together, also when lines of other writers come between them. */
export interface Joiner<P extends LineShape = LineShape> {
  /** Gives the oldest event when it is complete; events come in the order in which they begin. */
  push(line: JoinableLine): JoinedLines<P> | undefined;
  /** All events that are left. */
  end(): readonly JoinedLines<P>[];
}

const MAX_RAW_CHARS = 64 * 1024;
/** Events that a trace may go on after. */
const MAX_OPEN = 16;
/** Lines of an error that may stand before its trace. */
const MAX_HEAD_LINES = 3;

/** An event as it is read: a line, and those that go on with it. */
interface Open<P> {
  readonly parsed: P;
  readonly number: number;
  raw: string;
  lines: number;
  /** Its first line, without what a collector put before it. */
  readonly text: string;
  readonly writer: string | undefined;
  /** Its first line has no time of its own, as structured lines do; undefined where that is not known yet. */
  readonly bare: boolean | undefined;
  /** Where its last line stands; found when a line may go on with it, since most events have one line. */
  block: Block | undefined;
  partial: boolean;
  /** The line that names the exception, where it does not come first. */
  exception: string | undefined;
}

/** Joins traces by their shape alone; other lines without a time stay events of their own. */
export function createJoiner<P extends LineShape>(parse: (text: string) => P): Joiner<P> {
  const open = createOpenEvents<Open<P>>(MAX_OPEN);
  return {
    push(line) {
      if (isBlank(line.text)) return undefined;
      const incoming = read(line, parse);
      if (isBlank(incoming.text)) return undefined;
      const owner = findOwner(open, incoming, parse);
      if (owner !== undefined) {
        append(owner, incoming);
        return undefined;
      }
      const done = open.push(incoming);
      return done && toJoined(done);
    },
    end: () => open.takeAll().map(toJoined),
  };
}

function isBlank(text: string): boolean {
  // White space beyond ASCII is rare enough to be looked at closely.
  const code = text.charCodeAt(0);
  return !(code > 0x20 && code < 0x80) && text.trim() === '';
}

function blockOf(event: Open<unknown>): Block {
  return (event.block ??= firstBlock(event.text));
}

/** A structured line is no part of a trace, though it may quote one. */
function firstBlock(text: string): Block {
  if (!text.startsWith('{"')) return nextBlock(text, 'none');
  return text.includes('Traceback (most recent call last)') ? 'python_body' : 'none';
}

function read<P extends LineShape>({ text: line, number }: JoinableLine, parse: (text: string) => P): Open<P> {
  const parsed = parse(line);
  const { wrapped, form } = parsed;
  const collected = wrapped ?? (form === 'plain' ? fromCollector(line) : undefined);
  return {
    parsed,
    number,
    raw: line,
    lines: 1,
    text: collected === undefined ? line : collected.text,
    writer: collected?.writer,
    // What stands behind the head of a collector is read only where its shape asks for it.
    bare: wrapped?.bare ?? (collected === undefined ? isBare(parsed) : undefined),
    block: undefined,
    partial: wrapped?.partial === true,
    exception: undefined,
  };
}

/** True for plain text without a time, which may belong to the event before it. */
export function isBare({ form, at }: LineShape): boolean {
  return form === 'plain' && at === undefined;
}

/** The event that a line goes on with: the last one of its writer, unless that has no trace and one before it has. */
function findOwner<P extends LineShape>(open: OpenEvents<Open<P>>, incoming: Open<P>, parse: (text: string) => P) {
  const { writer, bare, text } = incoming;
  // A line that names no writer goes on with the last event of all.
  const recent = open.newestOf(writer);
  if (recent === undefined || recent.partial) return recent;
  if (bare === false) return undefined;
  const owner = findTrace(open, recent, incoming);
  return owner !== undefined && (bare ?? isBare(parse(text))) ? owner : undefined;
}

/** The event whose trace a line goes on with, by the shape of both. */
function findTrace<P extends LineShape>(open: OpenEvents<Open<P>>, recent: Open<P>, { text, writer }: Open<P>) {
  if (beginsWithLevel(text) && !awaitsPanic(recent)) return undefined;
  const expects = blockOf(recent) !== 'none' || isTroubled(recent.parsed) || recent.parsed.level === undefined;
  if (!expects && isFrame(text)) {
    const interrupted = open.findLast(
      (event) =>
        (writer === undefined || event.writer === writer) &&
        blockOf(event) !== 'none' &&
        isContinuation(text, blockOf(event)),
    );
    if (interrupted !== undefined) return interrupted;
  }
  if (isContinuation(text, blockOf(recent))) return recent;
  return expectsTrace(recent) && followsError(text) ? recent : undefined;
}

/** Told by its beginning where the block is not known yet: to find that takes long. */
function awaitsPanic(event: Open<unknown>): boolean {
  return (event.block !== undefined || event.text.startsWith('thread ')) && blockOf(event) === 'rust_message';
}

function isTroubled({ level }: LineShape): boolean {
  return level === 'warn' || level === 'error' || level === 'fatal';
}

/** A plain line that reports trouble is commonly followed by its exception; a JSON line is complete. */
function expectsTrace(event: Open<LineShape>): boolean {
  const { parsed, lines, writer } = event;
  const plain = writer !== undefined || (parsed.form === 'plain' && parsed.at !== undefined);
  return plain && isTroubled(parsed) && blockOf(event) === 'none' && lines <= MAX_HEAD_LINES;
}

function append<P extends LineShape>(event: Open<P>, { text, partial }: Open<P>): void {
  const block = blockOf(event);
  event.block = nextBlock(text, block);
  const names =
    (block === 'python_body' && event.block === 'python') || (block === 'node_code' && event.block === 'trace');
  if (names) event.exception = text;
  const joins = event.partial;
  event.partial = partial;
  const room = MAX_RAW_CHARS - event.raw.length;
  if (room <= 0) return;
  const kept = text.length > room ? `${text.slice(0, room)}…` : text;
  event.raw += joins ? kept : `\n${kept}`;
  if (!joins) event.lines++;
}

/** An event that is nothing but a traceback is named by its exception, which stands last. */
function toJoined<P extends LineShape>(event: Open<P>): JoinedLines<P> {
  const { parsed, raw, number, exception } = event;
  const isNamed =
    exception !== undefined &&
    (parsed.message.startsWith('Traceback (most recent call last)') || /^\S+:\d+$/.test(parsed.message));
  return isNamed ? { parsed: { ...parsed, message: exception }, raw, number } : event;
}

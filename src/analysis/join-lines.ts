import type { LogLevel } from '#domain/evidence.ts';

import { fromCollector } from './collector-line.ts';
import type { Block } from './trace-shape.ts';
import { followsError, isContinuation, isFrame, nextBlock } from './trace-shape.ts';

/** What one physical line says, as far as joining needs to know. */
export interface LineShape {
  readonly at?: number | undefined;
  readonly level?: LogLevel | undefined;
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
  /** What the first line says. */
  readonly parsed: P;
  /** Its message; of an event that is nothing but a traceback the exception, which stands last. */
  readonly message: string;
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
  /** Asks for the texts of all lines that wait, before they are lost. */
  hold(): void;
  /** All events that are left. */
  end(): readonly JoinedLines<P>[];
}

const MAX_RAW_CHARS = 64 * 1024;
/** Events that a trace may go on after. */
const MAX_OPEN = 16;
/** Lines of an error that may stand before its trace. */
const MAX_HEAD_LINES = 3;

/** An event that more lines may come to; texts are asked for as late as can be. */
class OpenEvent<P extends LineShape> implements JoinedLines<P> {
  readonly line: JoinableLine;
  readonly parsed: P;
  readonly writer: string | undefined;
  block: Block;
  partial: boolean;
  /** The first line when parts of it were put together, and the lines after it. */
  first: string | undefined;
  more: string[] | undefined;
  /** Those of all lines after the first part. */
  chars = 0;
  /** The line that names the exception, where it does not come first. */
  exception: string | undefined;

  constructor(line: JoinableLine, parsed: P, { block, writer, partial }: Beginning) {
    this.line = line;
    this.parsed = parsed;
    this.writer = writer;
    this.block = block;
    this.partial = partial;
  }

  get number(): number {
    return this.line.number;
  }

  get lines(): number {
    return 1 + (this.more?.length ?? 0);
  }

  get raw(): string {
    const first = this.first ?? this.line.text;
    return this.more === undefined ? first : [first, ...this.more].join('\n');
  }

  get message(): string {
    const { message } = this.parsed;
    if (this.exception === undefined) return message;
    const isNameless = message.startsWith('Traceback (most recent call last)') || /^\S+:\d+$/.test(message);
    return isNameless ? this.exception : message;
  }
}

interface Beginning {
  readonly block: Block;
  readonly writer: string | undefined;
  readonly partial: boolean;
}

/** Joins traces by their shape alone; other lines without a time stay events of their own. */
export function createJoiner<P extends LineShape, L extends JoinableLine = JoinableLine>(
  parse: (line: L | JoinableLine) => P,
): Joiner<P, L> {
  const open: OpenEvent<P>[] = [];

  function begin(event: OpenEvent<P>): JoinedLines<P> | undefined {
    open.push(event);
    return open.length > MAX_OPEN ? open.shift() : undefined;
  }

  return {
    push(line) {
      const parsed = parse(line);
      const { block } = parsed;
      if (block === undefined && isBlank(line.text)) return undefined;
      const collected = block === undefined && parsed.form !== 'logfmt' ? fromCollector(line.text) : undefined;
      if (collected !== undefined && isBlank(collected.text)) return undefined;
      const written = collected ?? line;
      const { form, at } = collected === undefined ? parsed : parse({ text: collected.text, number: line.number });
      const { writer, partial } = collected ?? WHOLE;
      const owner = findOwner(open, { written, writer, bare: form === 'plain' && at === undefined });
      if (owner === undefined)
        return begin(new OpenEvent(line, parsed, { block: block ?? blockOf(written.text), writer, partial }));
      append(owner, written.text, partial);
      return undefined;
    },
    hold() {
      for (const { line } of open) void line.text;
    },
    end: () => open.splice(0),
  };
}

const WHOLE = { writer: undefined, partial: false };

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

interface Incoming {
  readonly written: { readonly text: string };
  readonly writer: string | undefined;
  /** Without a time of its own; structured lines always begin an event. */
  readonly bare: boolean;
}

/** The event that a line goes on with: the last one of its writer, unless that has no trace and one before it has. */
function findOwner<P extends LineShape>(
  open: readonly OpenEvent<P>[],
  { written, writer, bare }: Incoming,
): OpenEvent<P> | undefined {
  // A line that names no writer goes on with the last event of all.
  const isOfWriter = (event: OpenEvent<P>) => writer === undefined || event.writer === writer;
  const recent = writer === undefined ? open.at(-1) : open.findLast(isOfWriter);
  if (recent === undefined) return undefined;
  if (recent.partial) return recent;
  if (!bare) return undefined;
  const { text } = written;
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
function expectsTrace({ parsed, block, lines, writer }: OpenEvent<LineShape>): boolean {
  const plain = writer !== undefined || (parsed.form === 'plain' && parsed.at !== undefined);
  return plain && isTroubled(parsed) && block === 'none' && lines <= MAX_HEAD_LINES;
}

function append(event: OpenEvent<LineShape>, text: string, partial: boolean): void {
  const { block } = event;
  event.block = nextBlock(text, block);
  const names =
    (block === 'python_body' && event.block === 'python') || (block === 'node_code' && event.block === 'trace');
  if (names) event.exception = text;
  const joins = event.partial;
  event.partial = partial;
  const room = MAX_RAW_CHARS - event.line.text.length - event.chars;
  if (room <= 0) return;
  const kept = text.length > room ? `${text.slice(0, room)}…` : text;
  if (!joins) (event.more ??= []).push(kept);
  else if (event.more === undefined) event.first = (event.first ?? event.line.text) + kept;
  else event.more.push((event.more.pop() ?? '') + kept);
  event.chars += text.length + 1;
}

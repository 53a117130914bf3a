import type { ParsedLine } from './parse-line.ts';
import { EXCEPTION_HEADER } from './parse-line.ts';
import type { Line } from './read-lines.ts';

/** One event with all its lines. */
export interface JoinedLines {
  readonly parsed: ParsedLine;
  /** At most 64 KiB of text. */
  readonly raw: string;
  /** Number of the first line, from 1. */
  readonly number: number;
}

/** Puts the lines of a stack trace together; gives an event when the next one begins. */
export interface Joiner {
  push(line: Line): JoinedLines | undefined;
  end(): JoinedLines | undefined;
}

const MAX_RAW_CHARS = 64 * 1024;

/** Lines that only ever follow the head of a trace: Java, .NET, Go, Ruby. */
const CONTINUES =
  /^(?:Caused by: |Suppressed: |\.{3} \d+ (?:more|common)|at \S.*\)$|---> |--- End of|goroutine \d+ \[|created by |exit status \d|\[signal |from \S+:\d+:in |\^+$)/;
/** Blocks that Python chains to the exception above. */
const PYTHON_CHAIN =
  /^(?:During handling of the above exception|The above exception was the direct cause|Traceback \(most recent)/;
const GO_FRAME = /^[\w./*()-]+\(.*\)$/;

interface Open {
  readonly parsed: ParsedLine;
  readonly number: number;
  readonly lines: string[];
  chars: number;
  /** In which kind of trace the last line was; `python_body` until the line that names the exception. */
  block: 'none' | 'trace' | 'python_body' | 'python' | 'go';
  /** The line that names the exception of a Python traceback. */
  exception: string | undefined;
}

/** Joins traces by their shape alone; other lines without a time stay events of their own. */
export function createJoiner(parse: (text: string) => ParsedLine): Joiner {
  let open: Open | undefined;
  const close = () => {
    const done = open === undefined ? undefined : toJoined(open);
    open = undefined;
    return done;
  };
  return {
    push(line) {
      if (line.text.trim() === '') return undefined;
      const parsed = parse(line.text);
      if (open !== undefined && isBare(parsed) && continues(open, line.text)) {
        append(open, line.text);
        return undefined;
      }
      const done = close();
      open = {
        parsed,
        number: line.number,
        lines: [line.text],
        chars: line.text.length,
        block: blockOf(line.text),
        exception: undefined,
      };
      return done;
    },
    end: close,
  };
}

/** True for text without a time of its own; structured lines always begin an event. */
function isBare(parsed: ParsedLine): boolean {
  return parsed.form === 'plain' && parsed.at === undefined;
}

function continues(open: Open, text: string): boolean {
  if (/^\s/.test(text) || CONTINUES.test(text)) return true;
  if (open.block === 'python_body') return true;
  if (open.block === 'python' && PYTHON_CHAIN.test(text)) return true;
  if (open.block === 'go') return GO_FRAME.test(text);
  return beginsTrace(text) && expectsTrace(open);
}

/** A plain line that reports trouble is commonly followed by its exception; a JSON line is complete. */
function expectsTrace({ parsed, block, lines }: Open): boolean {
  const troubled = parsed.level === 'warn' || parsed.level === 'error' || parsed.level === 'fatal';
  return troubled && block === 'none' && lines.length === 1 && parsed.form === 'plain' && parsed.at !== undefined;
}

function append(open: Open, text: string): void {
  if (open.block === 'python_body' && /^\S/.test(text)) {
    open.block = 'python';
    open.exception = text;
  } else {
    const block = blockOf(text);
    if (block !== 'none') open.block = block;
  }
  if (open.chars >= MAX_RAW_CHARS) return;
  const room = MAX_RAW_CHARS - open.chars;
  open.lines.push(text.length > room ? `${text.slice(0, room)}…` : text);
  open.chars += text.length + 1;
}

function blockOf(text: string): Open['block'] {
  if (text.includes('Traceback (most recent call last)')) return 'python_body';
  if (/^(?:panic: |fatal error: |goroutine \d+ \[)/.test(text)) return 'go';
  return beginsTrace(text) || /^\s+at |^Caused by: /.test(text) ? 'trace' : 'none';
}

function beginsTrace(text: string): boolean {
  return EXCEPTION_HEADER.test(text);
}

/** An event that is nothing but a Python traceback is named by its exception, which stands last. */
function toJoined({ parsed, lines, number, exception }: Open): JoinedLines {
  const bare = parsed.message.startsWith('Traceback (most recent call last)');
  return {
    parsed: bare && exception !== undefined ? { ...parsed, message: exception } : parsed,
    raw: lines.join('\n'),
    number,
  };
}

/**
 * In which kind of stack trace a line stands. `python_body`: before the line that names the exception. `rust_message`: the message of
 * a panic is the next line. `node_code`: the source line that Node prints before an uncaught exception. `key`: within a private key, whose
 * lines must stay together to be known as one.
 */
export type Block =
  | 'none'
  | 'trace'
  | 'python_body'
  | 'python'
  | 'go'
  | 'rust_message'
  | 'rust'
  | 'php'
  | 'node_code'
  | 'key';

const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY/;
const KEY_LINE = /^(?:[A-Za-z0-9+/=]{1,128}$|-----END |Proc-Type:|DEK-Info:|Comment:)/;

/** How an exception without a log line of its own begins, in Java, .NET, Node, Python, Ruby, PHP and Rust. */
export const EXCEPTION_HEADER =
  /^(?:Exception in thread |Unhandled exception|Uncaught |Traceback \(most recent call last\)|(?:PHP )?Fatal error: |thread '[^']{0,100}' (?:\(\d+\) )?panicked at |(?:[\w$]{1,100}\.){0,12}(?:[A-Z][\w$]{0,100})?(?:Error|Exception|Throwable)\b(?::|$| \[)|\S{1,400}:\d+:in [`'])/;

/** Lines that only ever follow the head of a trace. */
const FOLLOWS =
  /^(?:Caused by:|Suppressed: |\.{3} \d+ (?:more|common)|at \S.*\)$|---> |--- End of|goroutine \d+ \[|created by |exit status \d|\[signal |from \S+:\d+:in |\^+$|#\d+ |Stack trace:$|\[stacktrace\]|(?:stack|Stack) backtrace:$|note: run with `RUST_BACKTRACE|note: Some details are omitted|Node\.js v\d|\[previous exception\])/;
/** Blocks that Python chains to the exception above. */
const PYTHON_CHAIN =
  /^(?:During handling of the above exception|The above exception was the direct cause|Traceback \(most recent)/;
const PYTHON_EXCEPTION = /^(?:\w{1,100}\.){0,12}[A-Za-z_]\w{0,100}(?:: |:$|$)/;
const GO_FRAME = /^[\w./*()[\]{}-]+\(.*\)$/;
/** A function with its package, as `%+v` of a Go error prints it. */
const GO_NAME = /^(?:[\w.-]{1,100}\/){0,10}[\w-]{1,100}\.[\w.()*-]{1,200}$/;
const NODE_SOURCE = /^(?:file:\/\/)?(?:\/|[A-Z]:\\)[^\s:]{1,400}\.[cm]?[jt]sx?:\d{1,6}$/;
const PHP_NEXT = /^(?:Next [\w\\]{1,200}: |\s*thrown in )/;
/** An exception of Java or .NET whose name does not tell. */
const QUALIFIED = /^(?:[\w$]{1,100}\.){2,12}[A-Z][\w$]{0,100}(?::|$)/;
const RUBY_FRAME = /^\S{1,400}\.rb:\d{1,6}:in /;

/** True for a line that begins an exception. */
export function beginsException(text: string): boolean {
  return EXCEPTION_HEADER.test(text);
}

/** A word in capitals, such as a level; PHP's begins its fatal errors. */
const CAPITALS = /^(?!PHP )[A-Z]{2,100} /;

/** True for a line that begins as most messages do: it goes on with no trace, unless the message of a panic comes next. */
export function beginsWithLevel(text: string): boolean {
  return CAPITALS.test(text);
}

/** True for a line that surely belongs to a trace that began before it. */
export function isFrame(text: string): boolean {
  return (
    /^\s+(?:at |File "|from |\.{3} \d+ more|--- End of|\d{1,4}: |\S{1,400}\.go:\d+)/.test(text) || FOLLOWS.test(text)
  );
}

/** True when a line without a time goes on with the event whose last line stands in `block`. */
export function isContinuation(text: string, block: Block): boolean {
  if (/^\s/.test(text) || FOLLOWS.test(text)) return true;
  switch (block) {
    case 'python_body':
      return PYTHON_EXCEPTION.test(text);
    case 'python':
      return PYTHON_CHAIN.test(text);
    case 'go':
      return GO_FRAME.test(text) || GO_NAME.test(text);
    case 'rust_message':
      return true;
    case 'php':
      return PHP_NEXT.test(text);
    case 'node_code':
      return beginsException(text) || text === '}';
    case 'trace':
      return text === '}' || RUBY_FRAME.test(text);
    case 'key':
      return KEY_LINE.test(text);
    default:
      return false;
  }
}

/** True for a line that may begin the trace of the error that was logged just before it. */
export function followsError(text: string): boolean {
  return beginsException(text) || QUALIFIED.test(text) || GO_NAME.test(text) || RUBY_FRAME.test(text);
}

function beginsWithDigit(text: string): boolean {
  const code = text.charCodeAt(0);
  return code >= 0x30 && code <= 0x39;
}

/** In which kind of trace a line stands, given that of the line before. */
export function nextBlock(text: string, block: Block): Block {
  if (text.includes('Traceback (most recent call last)')) return 'python_body';
  if (text.includes('-----')) {
    if (text.includes('-----END ')) return 'none';
    if (KEY_BEGIN.test(text)) return 'key';
  }
  if (block === 'key') return 'key';
  // Most lines begin with a time or a level, and nothing that stands in a trace does.
  if (block === 'none' && (beginsWithDigit(text) ? !text.includes(':in ') : beginsWithLevel(text))) return 'none';
  if (block === 'python_body') return /^\s/.test(text) ? 'python_body' : 'python';
  if (/^(?:panic: |fatal error: |goroutine \d+ \[)|^\s+\S{1,400}\.go:\d+/.test(text)) return 'go';
  if (/^thread '[^']{0,100}' (?:\(\d+\) )?panicked at /.test(text))
    return /:\d+:\d+:$/.test(text) ? 'rust_message' : 'rust';
  if (block === 'rust_message' || /^[Ss]tack backtrace:$/.test(text)) return 'rust';
  if (/^(?:Stack trace:$|#\d+ |\[stacktrace\]|(?:PHP )?Fatal error: )/.test(text)) return 'php';
  if (NODE_SOURCE.test(text)) return 'node_code';
  if (block === 'node_code' && /^\s|^\^/.test(text)) return 'node_code';
  if (beginsException(text) || /^\s+at |^Caused by:/.test(text)) return 'trace';
  return block;
}

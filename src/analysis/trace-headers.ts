/**
 * How the exception of a header belongs to those above it. `cause`: it caused them. `python_direct`: it was raised from the one above;
 * `python_context`: while that one was handled. `php_next`: it wraps the one above. `dotnet`: it is inside the one above, whose frames
 * come after `dotnet_end`.
 */
export type Link =
  | 'first'
  | 'cause'
  | 'python_direct'
  | 'python_context'
  | 'python_end'
  | 'php_next'
  | 'dotnet'
  | 'dotnet_end';

/** A line that names an exception. */
export interface Header {
  /** Without its package. */
  readonly type: string;
  readonly message: string;
  readonly link: Link;
}

/** What stands before the line. */
export interface Around {
  readonly before: string;
  /** The exception that the trace is in has a name already. */
  readonly isNamed: boolean;
  readonly hasFrames: boolean;
  /** In a traceback of Python, which names the exception below. */
  readonly python: boolean;
}

const NAME = String.raw`((?:[\w$]{1,100}(?:\.|::|\\)){0,12}[A-Za-z_$][\w$]{0,100})`;
/** Where nothing but its name tells that a word is an exception. */
const TELLING = String.raw`((?:[\w$]{1,100}(?:\.|::|\\)){0,12}(?:[A-Z][\w$]{0,100})?(?:Error|Exception|Throwable|Failure|Fault))`;
const REST = String.raw`(?: \[[\w.-]{1,100}\]| \(\w{1,20}\))?(?:: ?(.*)|\s*)$`;

const CAUSE = new RegExp(String.raw`^\s*(?:[Cc]aused by|\[cause\]): ${NAME}${REST}`);
const MONOLOG = new RegExp(String.raw`\[object\] \(${NAME}\(code: [^)]{0,20}\): (.*?) at \/`);
const PHP_NEXT = new RegExp(String.raw`^Next ${NAME}: (.*)`);
const DOTNET = new RegExp(String.raw`^\s*---> (?:\(Inner Exception #\d{1,4}\) )?${NAME}${REST}`);
const RUBY = /^\s*[^\s:]{1,400}\.rb:\d{1,7}:in [`'][^']{1,200}': (.{0,900}) \(([\w:]{1,200})\)$/;
const RAILS = /^([A-Z]\w{0,100}(?:(?:::\w{1,100}){1,6}|Error|Exception)) \((.{0,900})\):?$/;
const PANIC = /^(?:panic|fatal error): (.*?)(?: \[recovered\])?$/;
const RUST = /^thread '[^']{0,100}' (?:\(\d{1,10}\) )?panicked at (?:'(.{0,900})', )?\S{1,400}:\d{1,7}:\d{1,7}(:)?$/;
const START = new RegExp(
  String.raw`^(?:Exception in thread "[^"]{0,100}" |Uncaught |Unhandled exception\.? |(?:PHP )?Fatal error: {1,2}Uncaught )?${TELLING}${REST}`,
);
const CERTAIN = new RegExp(
  String.raw`^(?:Exception in thread "[^"]{0,100}" |Unhandled exception\. |(?:PHP )?Fatal error: {1,2}Uncaught )${NAME}${REST}`,
);
const WITHIN = new RegExp(String.raw`(?:^|[\s:"(\]])${TELLING}(?: \[[\w.-]{1,100}\])?: ([^"\\]*)`);
const PYTHON_END = new RegExp(String.raw`^${NAME}(?:: (.*)|:?)$`);

/** Reads a line that names an exception, or that begins another part of a chain. */
export function readHeader(line: string, around: Around): Header | undefined {
  return readLink(line, around) ?? readPanic(line, around) ?? readName(line, around);
}

function readLink(line: string, { before, isNamed }: Around): Header | undefined {
  if (/^\s*The above exception was the direct cause/.test(line))
    return { type: '', message: '', link: 'python_direct' };
  if (/^\s*During handling of the above exception/.test(line)) return { type: '', message: '', link: 'python_context' };
  if (/^\s*--- End of inner exception/.test(line)) return { type: '', message: '', link: 'dotnet_end' };
  // The causes of Rust's anyhow, the innermost last.
  const anyhow = /^ {4}(?:\d{1,3}: )?(\S.*)$/.exec(line);
  if (anyhow?.[1] !== undefined && /^(?:Caused by:$| {4}\d{1,3}: )/.test(before) && !/^\s*\d{1,3}: \S*::/.test(line))
    return { type: 'Error', message: anyhow[1], link: 'cause' };
  const cause = CAUSE.exec(line);
  if (cause !== null) return toHeader(cause[1], cause[2], 'cause');
  const next = PHP_NEXT.exec(line);
  if (next !== null) return toHeader(next[1], withoutPlace(next[2]), 'php_next');
  const inner = DOTNET.exec(line);
  if (inner !== null) return toHeader(inner[1], inner[2], 'dotnet');
  const logged = MONOLOG.exec(line);
  if (logged !== null) return toHeader(logged[1], logged[2], isNamed ? 'cause' : 'first');
  const ruby = RUBY.exec(line);
  return ruby === null ? undefined : toHeader(ruby[2], ruby[1], isNamed ? 'cause' : 'first');
}

function readPanic(line: string, { before, isNamed }: Around): Header | undefined {
  if (isNamed) {
    // Rust prints the message of a panic below its place.
    return RUST.exec(before)?.[2] === ':' ? { type: 'panic', message: line, link: 'first' } : undefined;
  }
  const panic = PANIC.exec(line) ?? RUST.exec(line);
  return panic === null ? undefined : { type: 'panic', message: panic[1] ?? '', link: 'first' };
}

function readName(line: string, { isNamed, hasFrames, python }: Around): Header | undefined {
  if (isNamed) return undefined;
  if (hasFrames) {
    const end = python ? PYTHON_END.exec(line) : null;
    return end === null ? undefined : toHeader(end[1], end[2], 'python_end');
  }
  const match = CERTAIN.exec(line) ?? START.exec(line) ?? RAILS.exec(line) ?? WITHIN.exec(line);
  return match === null ? undefined : toHeader(match[1], withoutPlace(match[2]), 'first');
}

function toHeader(name: string | undefined, message: string | undefined, link: Link): Header {
  return { type: name?.split(/\.|::|\\/).at(-1) ?? '', message: (message ?? '').replace(/ \{$/, '').trim(), link };
}

/** PHP names the place behind the message. */
function withoutPlace(message: string | undefined): string | undefined {
  return message?.replace(/ in \/[^\s:]{1,400}\.php:\d{1,7}$/, '');
}

/** True when an awk program can start a command: `system`, a pipe, or an indirect call. */
export function awkExecutes(program: string): boolean {
  const code = withoutLiterals(program);
  return /\bsystem\b|@\s*\w|\|&|(?<!\|)\|(?!\|)/.test(code);
}

/** Drops strings, comments and regular expressions; a slash starts one only where no operand precedes it. */
function withoutLiterals(program: string): string {
  let code = '';
  for (let at = 0; at < program.length; at++) {
    const character = program[at] ?? '';
    const isRegex = character === '/' && /(?:^|[(,{};!~&|\n])\s*$/.test(code);
    const literal =
      character === '"'
        ? /^"(?:\\.|[^"\\])*"/s
        : isRegex
          ? /^\/(?:\\.|\[[^\]\n]*\]|[^/\\\n[])*\//
          : character === '#'
            ? /^#[^\n]*/
            : undefined;
    const length = literal?.exec(program.slice(at))?.[0].length;
    if (length === undefined) code += character;
    else {
      code += ' 0 ';
      at += length - 1;
    }
  }
  return code;
}

/** True when a sed script can execute or write (`e`, `w`, the flags of `s`), or cannot be followed. */
export function sedExecutes(script: string): boolean {
  let at = 0;
  while (at < script.length) {
    const next = sedCommand(script, at);
    if (next === undefined) return true;
    at = next;
  }
  return false;
}

const ADDRESS = /^(?:[\d+~$,!\s]|\/(?:\\.|[^/\\])*\/[IM]*|\\(?<mark>[^\\\n])(?:\\.|(?!\k<mark>).)*\k<mark>[IM]*)*/s;

/** Where the command at `at` ends; undefined when it executes, writes or is unknown. */
function sedCommand(script: string, at: number): number | undefined {
  const rest = script.slice(at).replace(/^[\s;{}]+/, '');
  if (rest === '') return script.length;
  const begin = script.length - rest.length;
  const address = ADDRESS.exec(rest)?.[0].length ?? 0;
  const name = rest[address] ?? '';
  const tail = rest.slice(address + 1);
  const end = begin + address + 1;
  if (name === '') return script.length;
  if (name === 's' || name === 'y') return sedSubstitution(tail, end);
  if (/[aicr:btTR#]/.test(name)) return end + lengthOf(/^[btT:]$/.test(name) ? /^[^;\n}]*/ : /^(?:\\\n|[^\n])*/, tail);
  return /[=dDgGhHlnNpPqQxzF}{]/.test(name) ? end + lengthOf(/^[ \d]*/, tail) : undefined;
}

function sedSubstitution(tail: string, at: number): number | undefined {
  const mark = tail[0];
  if (mark === undefined || mark === '\\' || mark === '\n') return undefined;
  let position = 1;
  for (let sections = 0; position < tail.length && sections < 2; position++) {
    if (tail[position] === '\\') position++;
    else if (tail[position] === mark) sections++;
  }
  const flags = /^[^;\n}]*/.exec(tail.slice(position))?.[0] ?? '';
  return /[ewW]/.test(flags) ? undefined : at + position + flags.length;
}

function lengthOf(pattern: RegExp, text: string): number {
  return pattern.exec(text)?.[0].length ?? 0;
}

/** A regular expression of perl without code in it: `$` only as an anchor, `(?` only for groups that match. */
const PERL_PATTERN = String.raw`(?:[^/\\$@(]|\\.|\((?:\?[:=!])?(?!\?)|\$(?=[/|)]))*`;
/** What replaces a match: text and captures, which no subscript follows. */
const PERL_REPLACEMENT = String.raw`(?:[^/\\$@]|\\.|\$[\d&](?!\d*(?:[[{]|->)))*`;
const PERL_FILTER = new RegExp(
  String.raw`^\s*(?:print(?:\s+(?:if|unless)\s+/${PERL_PATTERN}/[imsx]*)?|s/${PERL_PATTERN}/${PERL_REPLACEMENT}/[gimsx]*)\s*;?\s*$`,
  's',
);

/** True for a perl program that only prints or changes lines by a regular expression: `print if /a/`, `s/a/b/g`. */
export function isPerlFilter(program: string): boolean {
  return program.length <= 500 && PERL_FILTER.test(program);
}

/** Words of awk behind which a slash begins a regular expression; behind any other name, a number or a field it divides. */
const AWK_WORD = '(?:print|printf|return|exit|in|else|do|case|getline|default|switch|while|if|for|delete|length)';
/** Strings, comments, and slashes of which it is sure what they are: plain regular expressions where an operand begins, and divisions. */
const AWK_LITERAL = new RegExp(
  [
    String.raw`"(?:\\.|[^"\\])*"`,
    String.raw`#[^\n]*`,
    String.raw`\/(?<=(?:^|[{};(,~&|!\n])\s*\/)(?:[^"/#[\]\\\n]|\\[^"#\n]|\[(?!\^?\])[^"#[\]\\\n]+\])*\/`,
    String.raw`\/(?<=(?:\$\w+|\b\d[\d.]*|\b(?!${AWK_WORD}\b)[A-Za-z_]\w*|\])\s*\/)`,
  ].join('|'),
  'gs',
);
const AWK_EXECUTES = /\bsystem\b|@\s*\w|\|&|(?<!\|)\|(?!\|)/;

/** Commands that awk is often made to pipe to or from, and which only order, count or show. */
const AWK_COMMAND =
  /^"(?:sort(?: -(?:[bdfghinrsuV]+(?:k[\d.,bdfgnrV]+)?|k ?[\d.,bdfgnrV]+|t[,:.%=_/-]))*|uniq(?: -[cdiu]+)?|cat(?: 1?>&2)?|(?:head|tail)(?: -n? ?\d+)?|wc -[lwc]|column(?: -t)?|date(?: -u)?(?: \+[%\w:-]+)?)"$/;
/** A whole `| "command"`, and a whole `"command" | getline`, where the command is marked by an empty text. */
const AWK_PIPE = /(?<!\|)\|\s*""(?=\s*(?:[;})\n]|$))|(?<=(?:^|[{;(\n])\s*)""\s*\|\s*getline\b/g;

/** True when an awk program can start a command that is not known to be harmless: `system`, a pipe, or an indirect call. */
export function awkExecutes(program: string): boolean {
  // A broken line goes on, but in a comment.
  return [program, program.replaceAll('\\\n', ' ')].some(executesAsRead);
}

function executesAsRead(program: string): boolean {
  const marked = program.replaceAll(AWK_LITERAL, (text) => (AWK_COMMAND.test(text) ? '""' : ' 0 '));
  // Any other slash may begin what hides the rest, or divide; behind a broken line a text may go on with one before.
  if (marked.includes('/')) return AWK_EXECUTES.test(program);
  return AWK_EXECUTES.test(program.includes('\\\n') ? marked : marked.replaceAll(AWK_PIPE, ' '));
}

/** Parts of a sed script that neither execute nor write, each with what belongs to it. */
const SED_PARTS: readonly RegExp[] = [
  // What separates commands, and their addresses.
  /(?:[\s;{}\d+~$,!]|\/(?:\\.|[^/\\])*\/[IM]*|\\([^\\\n])(?:\\.|(?!\1)[^\\])*\1[IM]*)+/sy,
  // Substitutions whose flags are not `e` and not `w`.
  /[sy]([^\\\n])(?:\\.|(?!\1)[^\\])*\1(?:\\.|(?!\1)[^\\])*\1[^;\n}ewW]*(?=[;\n}]|$)/sy,
  // Text, in which a backslash takes the end of a line, too; names of files and comments; labels up to the next blank; commands of one letter.
  /[aic](?:\\(?:[^]|$)|[^\\\n])*/y,
  /[rR#][^\n]*/y,
  /[:btT][ \t]*[^ \t\n\v\f\r;}]*/y,
  /[=dDgGhHlnNpPqQxzF][ \d]*/y,
];

/** True when a sed script can execute or write (`e`, `w`, the flags of `s`), or cannot be followed. */
export function sedExecutes(script: string): boolean {
  let at = 0;
  while (at < script.length) {
    const start = at;
    at += Math.max(...SED_PARTS.map((part) => lengthAt(part, script, start)));
    if (at === start) return true;
  }
  return false;
}

function lengthAt(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0].length ?? 0;
}

/** A regular expression of perl without code in it: `$` only as an anchor, `(?` only for groups that match. */
const PERL_PATTERN = String.raw`(?:[^/\\$@(]|\\.|\((?:\?[:=!])?(?!\s*[?*])|\$(?=[/|)]))*`;
/** What replaces a match: text and captures, which no subscript follows. */
const PERL_REPLACEMENT = String.raw`(?:[^/\\$@]|\\.|\$[\d&](?!\d*(?:[[{]|->)))*`;
/** The line, its number, one of its fields, what a group matched, a variable, or text with them; what follows one would be looked up in it. */
const PERL_FIELD = String.raw`\$(?:F\[-?\d+\]|[.1-9](?!\w)|(?:_(?!\w)|[a-z]\w*)(?!'))(?![\w[{(]|->|::)`;
const PERL_COUNT = String.raw`scalar\(\(\) ?= ?/${PERL_PATTERN}/[gimsx]*\)`;
/** `length`, `uc $F[0]`, `join ",", @F[0, 2]` */
const PERL_CALL = String.raw`(?:(?:length|uc|lc|ucfirst|lcfirst)\b(?:\s+${PERL_FIELD})?|join\s+"(?:[^"\\$@]|\\.)*"\s*,\s*@F(?:\[[-\d, .]+\])?)`;
const PERL_ITEM = String.raw`(?:${PERL_FIELD}|${PERL_COUNT}|${PERL_CALL}|"(?:[^"\\$@]|\\.|${PERL_FIELD})*")`;
const PERL_PRINT = String.raw`print(?:\s+${PERL_ITEM}(?:\s*[,.]\s*${PERL_ITEM})*)?`;
const PERL_SUM = String.raw`\$[a-z]\w*\s*(?:[-+]=\s*(?:${PERL_FIELD}|\d+)|\+\+)`;
const PERL_SUBSTITUTION = String.raw`s/${PERL_PATTERN}/${PERL_REPLACEMENT}/[gimsx]*`;
/** A match, or a field compared with a number or a text. */
const PERL_TEST = String.raw`(?:(?:${PERL_FIELD}\s*[=!]~\s*)?/${PERL_PATTERN}/[imsx]*|${PERL_FIELD}\s*(?:(?:eq|ne)\s*(?:"[\w ./:-]*"|'[\w ./:-]*')|(?:[=!]=|[<>]=?)\s*\d+))`;
const PERL_CONDITION = String.raw`(?:\s+(?:if|unless)\s+${PERL_TEST}(?:\s*(?:&&|\|\|)\s*${PERL_TEST})*)?`;
const PERL_STATEMENT = String.raw`(?:(?:${PERL_PRINT}|${PERL_SUM})${PERL_CONDITION}|${PERL_SUBSTITUTION}|END\s*\{\s*${PERL_PRINT}\s*;?\s*\})`;
const PERL_FILTER = new RegExp(String.raw`^\s*${PERL_STATEMENT}(?:\s*;\s*${PERL_STATEMENT})*\s*;?\s*$`, 's');

/** A single substitution that is written with another sign than a slash: `s|a/b|c|g`. */
const OTHER_DELIMITER = /^(\s*)s([|#,!~])((?:\\.|(?!\2)[^\\])*)\2((?:\\.|(?!\2)[^\\])*)\2(?=[gimsx]*\s*;?\s*$)/s;

function withSlashes(program: string): string {
  const [found, before = '', , pattern = '', replacement = ''] = OTHER_DELIMITER.exec(program) ?? [];
  if (found === undefined) return program;
  return `${before}s/${escapeSlashes(pattern)}/${escapeSlashes(replacement)}/${program.slice(found.length)}`;
}

function escapeSlashes(text: string): string {
  return text.replaceAll(/\\.|\//gs, (part) => (part === '/' ? '\\/' : part));
}

/** True for a perl program that only prints or changes lines by a regular expression: `print if /a/`, `s/a/b/g`. */
export function isPerlFilter(program: string): boolean {
  return program.length <= 500 && PERL_FILTER.test(withSlashes(program));
}

import { INVISIBLE } from '#domain/invisible.ts';

const ESC = '\u001B';

/** Terminal sequences of ECMA-48: CSI, OSC and two-character escapes. */
const TERMINAL_SEQUENCES = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007${ESC}]*(?:\\u0007|${ESC}\\\\)|[@-Z\\\\^_])`,
  'g',
);

/** Untrusted text as a reader would see it: no terminal sequences, nothing invisible, `\n` as the only line end. */
export function toPlain(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029\u0085\v\f]/g, '\n')
    .replace(TERMINAL_SEQUENCES, '')
    .replace(INVISIBLE, '');
}

/** The same on one line of at most `maxChars` characters. */
export function toLine(text: string, maxChars: number): string {
  return clip(toPlain(text).replace(/\s+/g, ' ').trim(), maxChars);
}

/** Cuts to `maxChars` characters, an ellipsis included. */
export function clip(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return `${text.slice(0, maxChars - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** One line of untrusted prose as Markdown that renders as the same words: no markup, links, images, HTML, mentions or references. */
export function toMarkdownLine(text: string, maxChars = 500): string {
  const line = toLine(text, maxChars);
  const parts = line
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? part.replaceAll('|', '\\|') : escapeProse(part)));
  return parts
    .join('')
    .replace(/^(?:[#+=-]|\d{1,9}(?=[.)]))/, (start) => (/^\d/.test(start) ? `${start}\\` : `\\${start}`));
}

/** Untrusted prose as a Markdown quotation of at most `maxBytes` bytes; says when it was cut. */
export function toMarkdownQuote(text: string, maxBytes = 12_000): string {
  const lines = toPlain(text).trim().split('\n');
  const quoted: string[] = [];
  let room = maxBytes;
  for (const line of lines) {
    // One character takes at most eight bytes more when it is escaped.
    const rendered = `> ${toMarkdownLine(line, Math.max(1, Math.min(2_000, Math.floor(room / 9))))}`.trimEnd();
    room -= Buffer.byteLength(rendered) + 1;
    if (room < 100) return [...quoted, '> *(cut here)*'].join('\n');
    if (rendered !== '>' || quoted.at(-1) !== '>') quoted.push(rendered);
  }
  return quoted.join('\n');
}

/** Untrusted text as inline code, safe in a table cell too. */
export function toCode(text: string, maxChars = 200): string {
  const line = toLine(text, maxChars).replaceAll('|', '\\|');
  if (line === '') return '';
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = longest > 0 ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** Untrusted text as a fenced block that nothing inside can close. */
export function toCodeBlock(
  text: string,
  { info = '', maxChars = 4_000 }: { readonly info?: string; readonly maxChars?: number } = {},
): string {
  const plain = clip(toPlain(text).trimEnd(), maxChars);
  const longest = Math.max(2, ...(plain.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${info}\n${plain}\n${fence}`;
}

/** A link to an address that was given from outside; inline code when it is no web address. */
export function toMarkdownLink(url: string): string {
  const address = toWebAddress(url);
  return address === undefined ? toCode(url) : `<${address}>`;
}

/** The address, normalised so that no character of it can end a link or a line; undefined unless http or https without credentials. */
export function toWebAddress(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '')
    return undefined;
  const address = parsed.href.replace(
    /[\s<>`|\\^{}"']/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return address.length <= 2_000 ? address : undefined;
}

/** What hosts read as an order about pipelines and releases: `[skip ci]`, `[no actions]`, `***NO_CI***`, `skip-checks: true`. */
const ORDERS =
  /(?:\[(?=[^\]\n]{0,60}\b(?:skip|no|only|ci|azp|actions?|builds?|deploy|release|publish|version)\b)|\*{3}(?=no_ci)|\bskip-(?=checks\b))/gi;

/** Untrusted text on one line for commit messages and titles: names nobody, refers to nothing, closes nothing, orders nothing. */
export function toInertLine(text: string, maxChars: number): string {
  const inert = toLine(text, maxChars * 2)
    .replace(/@(?=[\p{L}\p{N}_-])/gu, '@ ')
    .replace(/#(?=[\p{L}\p{N}])/gu, '# ')
    .replace(ORDERS, '$& ')
    .replace(/\bGH-(?=\d)/gi, 'GH ')
    .replace(/\b(clos(?:e[sd]?)|fix(?:e[sd])?|resolve[sd]?)(:?\s+)(https?):\/\//gi, '$1$2$3: //');
  return clip(inert, maxChars);
}

/** A width of zero after the sign keeps the words readable; as an entity it survives cleaning. */
const BREAK = '&#8203;';

function escapeProse(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*[\]|~$]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/#(?=\d)/g, `#${BREAK}`)
    .replaceAll('@', `@${BREAK}`)
    .replace(/\bGH-(?=\d)/gi, `$&${BREAK}`)
    .replaceAll('://', `:${BREAK}//`)
    .replace(/\bwww\./gi, (match) => `${match.slice(0, 3)}${BREAK}.`);
}

const SHIELDED = new RegExp(
  `^(\`{3,})[^\\n]*\\n[^]*?\\n\\1$|\\\\.|(?<!\`)(\`+)(?!\`)[^\\n]*?(?<!\`)\\2(?!\`)|${BREAK}`,
  'gm',
);

/** The same Markdown for a terminal, which renders nothing and so links and names nobody: its addresses can be copied. */
export function toTerminal(markdown: string): string {
  return markdown.replace(SHIELDED, (found) => (found === BREAK ? '' : found));
}

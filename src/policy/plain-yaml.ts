import type { ParsedYaml } from '#policy/yaml.ts';

/** One line that says something: how far it is indented, and what it says. */
interface Line {
  readonly indent: number;
  readonly text: string;
}

/** Deeper than any policy. */
const MAX_DEPTH = 8;

/** Thrown for any line that is not plain; never leaves this file. */
const NOT_PLAIN = Symbol('not plain');

/**
 * Reads the plain part of YAML that people write policies in: block maps and lists of numbers, booleans and one-line strings.
 * Undefined for anything else, and for whatever YAML 1.1 and 1.2 read differently: then the YAML library decides, whose
 * loading takes longer than all the rest of a hook.
 */
export function readPlainYaml(text: string): ParsedYaml | undefined {
  if (text.includes('\t') || text.includes('\r') || Buffer.byteLength(text) > 65_536) return undefined;
  const lines = text.split('\n').flatMap(toLine);
  try {
    const [value, next] = readBlock(lines, 0, { indent: 0, depth: 0 });
    return next === lines.length && lines.length > 0 ? { value, problems: [] } : undefined;
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

function toLine(raw: string): readonly Line[] {
  // Other white space than blanks indents nothing.
  const text = raw.replace(/^ +/, '');
  return text === '' || text.startsWith('#') ? [] : [{ indent: raw.length - text.length, text }];
}

interface Place {
  readonly indent: number;
  readonly depth: number;
}

/** Reads the map or list whose lines have exactly this indent; answers it and the line behind it. */
function readBlock(lines: readonly Line[], at: number, place: Place): readonly [unknown, number] {
  const first = lines[at];
  if (first?.indent !== place.indent || place.depth > MAX_DEPTH) throw NOT_PLAIN;
  return first.text.startsWith('- ') ? readList(lines, at, place) : readMap(lines, at, place);
}

function readList(lines: readonly Line[], at: number, { indent }: Place): readonly [unknown, number] {
  const found: unknown[] = [];
  let next = at;
  for (let line = lines[next]; line?.indent === indent && line.text.startsWith('- '); line = lines[next]) {
    found.push(readScalar(line.text.slice(2).trimStart()));
    next += 1;
  }
  return [found, next];
}

function readMap(lines: readonly Line[], at: number, { indent, depth }: Place): readonly [unknown, number] {
  const found: Record<string, unknown> = {};
  let next = at;
  for (let line = lines[next]; line?.indent === indent; line = lines[next]) {
    const [, key, rest = ''] = /^([a-z][a-z0-9_]{1,63}):(?: +(\S.*))?$/.exec(line.text) ?? [];
    if (key === undefined || isAmbiguous(key) || Object.hasOwn(found, key)) throw NOT_PLAIN;
    next += 1;
    if (rest !== '' && !rest.startsWith('#')) {
      found[key] = readScalar(rest);
      continue;
    }
    const below = lines[next];
    const isList = below?.indent === indent && below.text.startsWith('- ');
    if (!below || (below.indent <= indent && !isList)) throw NOT_PLAIN;
    [found[key], next] = readBlock(lines, next, { indent: below.indent, depth: depth + 1 });
  }
  return [found, next];
}

const COMMENT = '(?: +#.*)?';
const QUOTED = new RegExp(`^(?:"([^"\\\\]*)"|'([^']*)') *${COMMENT}$`);
const ITEM = `(?:"[^"\\\\]*"|'[^']*'|[A-Za-z][A-Za-z0-9_.-]*)`;
const EACH_ITEM = new RegExp(ITEM, 'g');
const ITEMS = new RegExp(`^\\[ *(${ITEM}(?: *, *${ITEM})*) *\\] *${COMMENT}$`);
const NUMBER = new RegExp(`^((?:0|[1-9]\\d{0,14})(?:\\.\\d{1,10})?) *${COMMENT}$`);
/** No indicator of YAML at its start, no `: ` and no ` #` in it. */
const PLAIN = new RegExp(`^([A-Za-z_./$](?:[!-"$-9;-~]|:(?=[!-~])|(?<! )#| (?=[!-"$-~]))*) *${COMMENT}$`);

function readScalar(text: string): unknown {
  // What is beyond ASCII may look like a space, or end a line.
  if (/[^ -~]/.test(text)) throw NOT_PLAIN;
  const quoted = QUOTED.exec(text);
  if (quoted) return quoted[1] ?? quoted[2] ?? '';
  const number = NUMBER.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  const items = ITEMS.exec(text)?.[1]?.match(EACH_ITEM);
  if (items?.some(isAmbiguous) === false) return items.map((item) => (/^["']/.test(item) ? item.slice(1, -1) : item));
  const plain = PLAIN.exec(text)?.[1]?.trimEnd();
  if (plain === 'true' || plain === 'false') return plain === 'true';
  if (plain === undefined || isAmbiguous(plain)) throw NOT_PLAIN;
  return plain;
}

/** Words that are no strings in one version of YAML or the other. */
function isAmbiguous(word: string): boolean {
  return /^(?:null|true|false|yes|no|on|off|y|n|\.inf|\.nan|\.|\.[\d_].*)$/i.test(word);
}

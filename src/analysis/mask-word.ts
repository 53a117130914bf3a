/** How many characters of each kind a word has. */
interface Shape {
  digits: number;
  /** a to f. */
  hex: number;
  /** Letters beyond f, and anything that is not ASCII. */
  letters: number;
  dots: number;
  colons: number;
  dashes: number;
  slashes: number;
  /** `@`. */
  ats: number;
  /** Changes between digits and letters. */
  turns: number;
}

/** A word with what varies in it replaced; undefined when nothing does. Time grows with its length alone. */
export function maskWord(word: string): string | undefined {
  const [start, end] = coreOf(word);
  const core = word.slice(start, end);
  const masked = maskCore(core, shapeOf(core));
  return masked === undefined || masked === core ? undefined : word.slice(0, start) + masked + word.slice(end);
}

/** Punctuation that ends a sentence or a label is no part of a value, nor is a colon before it. */
function coreOf(word: string): readonly [start: number, end: number] {
  let end = word.length;
  while (end > 1 && '.:-_~+'.includes(word.charAt(end - 1))) end--;
  let start = 0;
  while (start < end - 1 && word[start] === ':' && word[start + 1] !== ':') start++;
  return [start, end];
}

function shapeOf(word: string): Shape {
  const shape: Shape = { digits: 0, hex: 0, letters: 0, dots: 0, colons: 0, dashes: 0, slashes: 0, ats: 0, turns: 0 };
  let before = 0;
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) {
      shape.digits++;
      if (before === 2) shape.turns++;
      before = 1;
      continue;
    }
    const lower = code | 0x20;
    if (code >= 128 || (lower >= 0x61 && lower <= 0x7a)) {
      if (lower >= 0x61 && lower <= 0x66) shape.hex++;
      else shape.letters++;
      if (before === 1) shape.turns++;
      before = 2;
      continue;
    }
    before = 0;
    if (code === 0x2e) shape.dots++;
    else if (code === 0x3a) shape.colons++;
    else if (code === 0x2d) shape.dashes++;
    else if (code === 0x2f || code === 0x5c) shape.slashes++;
    else if (code === 0x40) shape.ats++;
  }
  return shape;
}

function maskCore(word: string, shape: Shape): string | undefined {
  if (shape.ats > 0 && EMAIL.test(word)) return '<email>';
  if (shape.slashes > 0 && (shape.letters > 0 || shape.hex > 0)) return maskPath(word, shape);
  if (shape.digits === 0) return HEX.test(word) && word.length >= 8 ? '<hex>' : undefined;
  if (shape.letters === 0 && shape.hex === 0) return maskNumber(word, shape);
  return maskWhole(word, shape) ?? maskParts(word, shape.dots);
}

const EMAIL = /^[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}$/;
const HEX = /^(?:[0-9a-f]+|[0-9A-F]+)$/;
const CLOCK = /^\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?$/;
const DAY = /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})$/;

function maskNumber(word: string, { dots, colons, dashes, slashes }: Shape): string {
  if (dots === 3 && colons <= 1 && dashes + slashes === 0) return '<ip>';
  if (colons >= 1 && dots <= 1 && CLOCK.test(word)) return '<date>';
  if (DAY.test(word) || (colons >= 2 && dashes + slashes >= 2)) return '<date>';
  return slashes === 1 && word.startsWith('/') ? `/${maskWord(word.slice(1)) ?? word.slice(1)}` : '<num>';
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUID_CHARS = 36;
const UUID_WITHIN = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/i;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/;
const PREFIXED_HEX = /^0x[0-9a-f]+$/i;
const EXPONENT = /^[+-]?\d+(?:\.\d+)?e[+-]?\d+$/i;
const GROUPED_HEX = /^(?:[0-9a-f]{0,4}:){2,40}[0-9a-f]{0,4}(?:%\w{1,16})?$/i;

/** Words that are one value as a whole. */
function maskWhole(word: string, { letters, hex, dashes, dots, colons }: Shape): string | undefined {
  if (colons >= 2 && dots + dashes === 0 && GROUPED_HEX.test(word) && (colons > 2 || word.includes('::')))
    return colons <= 7 ? '<ip>' : '<hex>';
  if (dots <= 1 && colons + dashes === 0) {
    const counted = COUNTED.exec(word)?.[1];
    const kind = counted === undefined ? undefined : units.get(counted);
    if (kind !== undefined) return kind;
    if (SPAN.test(word)) return '<duration>';
  }
  if (letters <= 1) {
    if (dashes === 4 && UUID.test(word)) return '<uuid>';
    if (dashes === 3 && TRACEPARENT.test(word)) return '<traceparent>';
    if (letters === 1 && PREFIXED_HEX.test(word)) return '<hex>';
    if (hex <= 1 && EXPONENT.test(word)) return '<num>';
  }
  return dashes >= 2 && letters <= 2 && INSTANT.test(word) ? '<date>' : undefined;
}

const ROOTS = new Set(['tmp', 'var', 'home', 'usr', 'proc', 'etc', 'opt', 'srv', 'root', 'mnt', 'dev', 'sys', 'run']);
const ABSOLUTE = /^(?:~?\/|\.{1,2}\/|[A-Za-z]:\\|\\\\)/;
const FILE = /[\\/][\w@+-]{1,100}(?:\.[\w+-]{1,60}){0,6}\.[A-Za-z]\w{0,9}(?::\d+){0,2}$/;

/** A file becomes `<path>`; the parts of any other path, such as a route, are masked one by one. */
function maskPath(word: string, { slashes, colons, dots }: Shape): string | undefined {
  if (slashes >= 2 && colons > 0 && /^[A-Za-z][\w+.-]{0,30}:\/\//.test(word)) return '<url>';
  if (slashes >= 2 && ABSOLUTE.test(word)) {
    const root = word.slice(1, word.indexOf('/', 1));
    if (ROOTS.has(root) || FILE.test(word)) return '<path>';
  }
  return maskParts(word, dots);
}

const joiners = new Uint8Array(128);
for (const char of '-_.:/@+~$\\') joiners[char.charCodeAt(0)] = 1;
const ADDRESS = /^\/?(\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?)(?=[:/@_-])/;

/** Masks the parts between `-`, `_`, `.` and the like; a run of numbers becomes one. */
function maskParts(word: string, dots: number): string {
  const address = dots >= 3 ? ADDRESS.exec(word) : null;
  if (address?.[1] !== undefined) {
    const slash = address[0].length - address[1].length;
    return `${word.slice(0, slash)}<ip>${maskParts(word.slice(address[0].length), 0)}`;
  }
  if (word.length > UUID_CHARS && UUID_WITHIN.test(word)) return maskParts(word.replace(UUID_WITHIN, '<uuid>'), 0);
  let out = '';
  let joiner = '';
  let start = 0;
  let digits = 0;
  for (let at = 0; at <= word.length; at++) {
    const code = at < word.length ? word.charCodeAt(at) : JOINER;
    if (code >= 0x30 && code <= 0x39) digits++;
    if (code >= 128 || joiners[code] !== 1) continue;
    const length = at - start;
    const part = word.slice(start, at);
    out = join(out, joiner, digits === length && length > 0 ? '<num>' : maskPart(part, digits, out));
    joiner = word.charAt(at);
    start = at + 1;
    digits = 0;
  }
  return out;
}

const JOINER = 0x2d;

function join(before: string, joiner: string, part: string): string {
  if (part === '<num>') {
    if (before.endsWith('<num>') && joiner !== '/' && joiner !== '@') return before;
    // A minus after another joiner is the sign of the number.
    if (joiner === '-' && before.endsWith('_')) return `${before}<num>`;
  }
  return `${before}${joiner}${part}`;
}

function maskPart(part: string, digits: number, before: string): string {
  if (part.length >= 8 && HEX.test(part)) return nameOfHex(part.length);
  // The last part of a Kubernetes pod's name.
  if (part.length === 5 && before.endsWith('>') && POD_SUFFIX.test(part) && /<(?:hex|id)>$/.test(before)) return '<id>';
  if (digits === 0) return part;
  const { hex, letters, turns } = shapeOf(part);
  if (letters === 0 && hex > 0 && (turns >= 2 || (digits >= 2 && part.length >= 4))) return '<hex>';
  if (turns >= 3) return '<id>';
  return maskDigits(part);
}

const POD_SUFFIX = /^[bcdf-hj-np-tv-xz\d]{5}$/;

function nameOfHex(length: number): string {
  return length === 32 || length === 40 || length === 64 ? '<hash>' : '<hex>';
}

function maskDigits(part: string): string {
  const counted = COUNTED.exec(part)?.[1];
  return (counted === undefined ? undefined : units.get(counted)) ?? part.replaceAll(/\d+/g, '<num>');
}

/** A number and its unit. */
const COUNTED = /^[+-]?\d+(?:\.\d+)?([A-Za-zµ%]{1,12})$/;
/** `1h2m3.5s`. */
const SPAN = /^(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h|d)){2,6}$/;

const named = (kind: string, names: string) => names.split(' ').map((name) => [name, kind] as const);
const units: ReadonlyMap<string, string> = new Map([
  ...named('<duration>', 's m h d ns us µs ms sec secs second seconds min mins minute minutes'),
  ...named('<duration>', 'hour hours day days msec msecs millis milliseconds'),
  ...named('<size>', 'B kB KB MB GB TB KiB MiB GiB TiB Ki Mi Gi byte bytes Bytes'),
]);

/** The unit that follows a number, with or without a blank. */
export function unitAfter(
  text: string,
  at: number,
  limit: number,
): { readonly masked: string; readonly end: number } | undefined {
  const start = text.charCodeAt(at) === 0x20 ? at + 1 : at;
  let end = start;
  while (end < limit && end - start < 13 && isLetter(text.charCodeAt(end))) end++;
  if (end === start || isWordCode(text.charCodeAt(end))) return undefined;
  const masked = units.get(text.slice(start, end));
  return masked === undefined ? undefined : { masked, end };
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || code === 0xb5;
}

function isWordCode(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d;
}

const CALENDAR = new Set('Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '));

/** True for the short name of a month or a day of the week. */
export function isCalendarWord(text: string, start: number): boolean {
  const code = text.charCodeAt(start);
  return code >= 0x41 && code <= 0x57 && CALENDAR.has(text.slice(start, start + 3));
}

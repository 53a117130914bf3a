// The one exit: every result, pull-request field and kept text passes here. Threats: secrets of the server or of a
// log line leaving through a tool, and invisible characters that make a human or a model read something else.

import type { SecretSpan } from '#domain/secret-scan.ts';
import { SECRET_SHAPES } from '#domain/secret-shapes.ts';

/** Cleans one text for the outside. */
export type Redact = (text: string) => string;

/** Shorter secrets would mask ordinary words. */
const MIN_SECRET_CHARS = 6;

const ESC = '\u001B';
const BEL = '\u0007';

/** Terminal sequences of ECMA-48: CSI, OSC and two-character escapes. */
const TERMINAL_SEQUENCES = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)|[@-Z\\\\^_])`,
  'g',
);

/**
 * Control characters but tab and newline, and what Unicode shows as nothing: zero-width, bidirectional, tag characters and
 * variation selectors, which can carry hidden text.
 */
const INVISIBLE =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u2060-\u206F\uFFF9-\uFFFB\u{E0000}-\u{E0FFF}]|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}/gu;

/** Line and paragraph separators: a second kind of newline would let text begin a line of its own. */
const LINE_ENDS = /\r\n|[\u2028\u2029]/g;

/** Words for a secret, as a whole name or as the end of one: `password`, `DB_PASSWORD`, `accessToken`. */
const NAME = [
  String.raw`(?:(?<![A-Za-z])(?:[Pp]assphrase|[Ss]ecret|[Tt]oken|[Aa]pi[_-]?[Kk]ey|[Aa]cc(?:ess|ount)[_-]?[Kk]ey|[Cc]lient[_-]?[Ss]ecret|[Pp]rivate[_-]?[Kk]ey)`,
  String.raw`(?<![A-Za-z])(?:PASSPHRASE|SECRET|TOKEN|API[_-]?KEY|ACC(?:ESS|OUNT)[_-]?KEY|PRIVATE[_-]?KEY)`,
  String.raw`(?<=[a-z0-9])(?:Passphrase|Secret|Token|(?:Api|Access|Account|Private)Key)`,
  String.raw`[Pp]ass(?:word|wd)|PASS(?:WORD|WD)|(?<=_)(?:pass|pwd|PASS|PWD))`,
].join('|');

/** A quote mark, also as JSON within JSON writes it. */
const QUOTE = String.raw`\\{0,2}["']`;

/** Ends the name of a setting; its value follows. */
const ASSIGN = String.raw`(?:${QUOTE})?[ \t]{0,4}(?:[:=]|=>)[ \t]{0,4}`;

/** A setting's value between quotes, spaces included. */
const QUOTED_SETTING = new RegExp(String.raw`(${NAME}${ASSIGN}${QUOTE})((?!\[masked:)[^"'\\\n]{4,512})`, 'g');

/** A setting's value without quotes. */
const BARE_SETTING = new RegExp(
  String.raw`(${NAME}(?:${QUOTE})?[ \t]{0,4}(?:[:=]|=>)[ \t]{0,4})((?!\[masked:)[^\s"',;&\\]{6,512})`,
  'g',
);

/** What stands after such a word in code, types and sentences, where white space surrounds the sign. */
const CODE = /^(?:[A-Za-z_$][A-Za-z_$?!]*(?:\.[A-Za-z_$?!]+|\(.*|\[.*)+|[({[<].*|\$[({].*)$/;
const WORDS =
  /^(?:string|number|boolean|unknown|undefined|null|required|missing|invalid|incorrect|expired|denied|disabled|enabled|function|rejected|revoked)[.!?:)>\]]*$/i;

const AUTHORIZATION =
  /(\bauthorization\\{0,2}["']?\s{0,4}[:=]\s{0,4}\\{0,2}["']?(?:(?:bearer|basic|token|apikey|digest|negotiate)\s{1,4}|(?=\S{0,64}\d)))((?!\[masked:)[^\s"',;\\]{6,4096})/gi;

const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@]{0,128}:)((?!\[masked:)[^\s/"'<>\\]{1,256})(?=@)/gi;

/** Makes the exit for a server that holds `secrets`; they are masked in plain, base64, hex, URL and JSON-escaped form. */
export function createRedactor(secrets: readonly string[]): Redact {
  const exact = formsOf(secrets);
  return (text) => {
    let clean = stripInvisible(text);
    for (const secret of exact) clean = clean.replaceAll(secret, '[masked:secret]');
    for (const { pattern, name } of SECRET_SHAPES) clean = clean.replace(pattern, `[masked:${name}]`);
    return maskLabelled(clean);
  };
}

/** Makes the search for the values that a server holds, in the same forms. */
export function createHeldSecretFinder(secrets: readonly string[]): (text: string) => readonly SecretSpan[] {
  const forms = formsOf(secrets);
  return (text) => forms.flatMap((form) => [...occurrencesOf(form, text)]);
}

function* occurrencesOf(form: string, text: string): Iterable<SecretSpan> {
  for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + form.length))
    yield { start, end: start + form.length, kind: 'secret-of-this-server' };
}

/** Every way in which the secrets may be written, longest first. */
function formsOf(secrets: readonly string[]): readonly string[] {
  const known = secrets
    .map((secret) => stripInvisible(secret).trim())
    .filter((secret) => secret.length >= MIN_SECRET_CHARS);
  return [...new Set(known.flatMap(encodings))].toSorted((a, b) => b.length - a.length);
}

/** Masks secrets that are told by the word before them; the word stays, the value goes. */
function maskLabelled(text: string): string {
  return text
    .replace(AUTHORIZATION, '$1[masked:authorization]')
    .replace(QUOTED_SETTING, '$1[masked:secret]')
    .replace(BARE_SETTING, (match, label: string, value: string) =>
      isProse(label, value) ? match : `${label}[masked:secret]`,
    )
    .replace(URL_PASSWORD, '$1[masked:url-password]');
}

/** With white space around the sign it may be code or a sentence: `token = session.token`, `Unexpected token: identifier`. */
function isProse(label: string, value: string): boolean {
  if (!/[ \t]/.test(label)) return false;
  return CODE.test(value) || WORDS.test(value) || (/token\s*:\s*$/i.test(label) && /^[A-Za-z]+$/.test(value));
}

/** Removes what a reader cannot see: terminal sequences, control, bidirectional and zero-width characters. */
export function stripInvisible(text: string): string {
  return text.replace(LINE_ENDS, '\n').replace(TERMINAL_SEQUENCES, '').replace(INVISIBLE, '').toWellFormed();
}

/** Applies `redact` to every string of a JSON-like value, keys included. */
export function redactDeep<T>(value: T, redact: Redact): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => redactDeep(item, redact)) as T;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [redact(key), redactDeep(item as unknown, redact)]),
    ) as T;
  }
  return value;
}

function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    ...[0, 1, 2].flatMap((shift) => base64At(bytes, shift)),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(secret),
    json,
    JSON.stringify(json).slice(1, -1),
  ];
}

/** The characters that `bytes` alone decide when they stand `shift` bytes past a group of three, as in `user:secret`. */
function base64At(bytes: Buffer, shift: number): string[] {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const end = (bytes.length + shift) % 3 === 0 ? text.length : text.length - 1;
  const own = text.slice(Math.ceil((shift * 8) / 6), end);
  return own.length < MIN_SECRET_CHARS ? [] : [own, own.replaceAll('+', '-').replaceAll('/', '_')];
}

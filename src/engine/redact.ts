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
  String.raw`(?:(?<![A-Za-z])(?:[Pp]assphrase|[Tt]oken|[Cc]redentials?|[Pp]wd|(?:[Aa]pi|API|[Aa]cc(?:ess|ount)|[Pp]rivate|[Ss]igning|[Ee]ncryption)[_-]?[Kk]ey|[Ss]ecret(?:[_-]?[Kk]ey(?:[_-]?[Bb]ase)?)?|[Cc]lient[_-]?[Ss]ecret)`,
  String.raw`(?<![A-Za-z])(?:PASSPHRASE|TOKEN|CREDENTIALS?|(?:API|ACC(?:ESS|OUNT)|PRIVATE|SIGNING|ENCRYPTION)[_-]?KEY|SECRET(?:[_-]?KEY(?:[_-]?BASE)?)?)`,
  String.raw`(?<=[a-z0-9])(?:Passphrase|Token|Credentials?|Secret(?:Key)?|(?:Api|Access|Account|Private|Signing|Encryption)Key)`,
  String.raw`[Pp]ass(?:word|wd)|PASS(?:WORD|WD)|(?<=_)(?:pass|pwd|PASS|PWD))`,
].join('|');

/** A quote mark, also as JSON within JSON writes it. */
const QUOTE = String.raw`\\{0,2}["']`;

/** White space on a line; typesetters' kinds are no way around a mask. */
const SPACES = String.raw`[ \t\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]{0,32}`;

/** Ends the name of a setting; its value follows. */
const ASSIGN = String.raw`(?:${QUOTE})?${SPACES}(?:=>|:=|[:=])${SPACES}`;

/** A setting's value up to the quote mark that began it, the other mark included; else up to any mark. */
const QUOTED_SETTING = new RegExp(
  String.raw`(${NAME}${ASSIGN})((?<escape>\\{0,2})(?<mark>["']))((?!\[masked:)(?:(?:[^"'\\\n]|(?!\k<mark>)["']|(?!\k<escape>\k<mark>)\\[^\n]){4,512}(?=\k<escape>\k<mark>)|[^"'\\\n]{4,512}))`,
  'g',
);

/** A setting's list of values; brackets end it. */
const LIST_SETTING = new RegExp(String.raw`(${NAME}${ASSIGN}\[)([^[\]]{4,512})`, 'g');
const LISTED = /(["'])((?!\[masked:)[^"'\\\n]{4,512})/g;

/** A setting's value without quotes. A semicolon ends it before another setting and before code. */
const BARE_SETTING = new RegExp(
  String.raw`(${NAME}${ASSIGN})((?!\[masked:)(?:[^\s"',;&\\]{1,512};(?!(?:return|break|continue|throw|else|case|default|delete|const|while|this)\b)[^\s"',;&\\=(){}.]{4,512}(?=[\s"']|$)|[^\s"',;&\\]{6,512}))`,
  'g',
);

/** A command's option and its value. */
const OPTION =
  /(--(?:[a-z0-9]{1,20}[-_]){0,4}(?:password|passwd|passphrase|secret|token|api[-_]?key|secret[-_]?key|access[-_]?key)[ \t]{1,8})((?!\[masked:)(?:"[^"\\\n]{4,512}"?|'[^'\\\n]{4,512}'?|(?=[^\s"'\\]{6}|[^\s"'\\]{0,6}\d)[^\s"'\\[<{$(|&-][^\s"'\\]{3,511}))/g;

/** What follows an option in help and sentences: the kind of its value, a path, the next word. */
const OPTION_WORDS =
  /^["']?(?:[A-Z_]+|\.{0,2}~?\/[a-z].*|id=.*|[<[{$].*|(?:option|argument|parameter)s?|should|cannot|without|instead|before|requires|expect(?:s|ed)|deprecated)[.,:;)]*["']?$/;

/** What stands after such a word in code, types and sentences, where white space surrounds the sign. */
const CODE = /^(?:[A-Za-z_$][A-Za-z_$?!]*(?:\.[A-Za-z_$?!]+|\(.*|\[.*)+|[({[<].*|\$[({].*)$/;
const WORDS =
  /^(?:string|number|boolean|true|false|none|unknown|undefined|null|required|missing|invalid|incorrect|expired|denied|disabled|enabled|function|rejected|revoked)[.!?:)>\]]*$/i;

/** How a browser's request treats credentials. */
const FETCH_MODES = /^(?:include|omit|same-origin)$/;

/** A field's whole name; `token_count` and `secret_name` end in other words, and a place in a list is no secret. */
const FIELD = new RegExp(String.raw`(?<!(?:page|next|sync|continuation)[_-]?)(?:${NAME})$`, 'i');
const SHORTEST_FIELD = 4;

/** Fields that hold a header, whose value tells what of it is secret. */
const HEADER_FIELD = /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i;

/** A cookie header; its attributes are no secrets. */
const COOKIES = /(\bcookie\\{0,2}["']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,2}["']?)([^\s=;"'\\]{1,128}=[^"'\\\n]{4,4096})/gi;
const COOKIE =
  /(?<![^\s;,])((?!(?:path|domain|expires|max-age|samesite|version|priority)=)[^\s=;,]{1,128}=)((?!\[masked:)[^\s;,]{4,4096})/gi;

/** A bearer token without its header; a digit tells it from a sentence. */
const BEARER = /(\bbearer[ \t]{1,4})((?=[A-Za-z+/_~.-]{0,512}\d)[A-Za-z0-9+/_~.-]{16,4096}={0,2})/gi;

/**
 * The first line of a private key without its frame: how PKCS#1, PKCS#8, SEC1 and OpenSSH keys begin in base64. Certificates and
 * public keys begin otherwise, with a sequence where these have a version.
 */
const KEY_START =
  /(?<![A-Za-z0-9+/])(?:MII[A-Za-z0-9+/]{2}[AQgw]IBA|MHcCAQEE|MIGkAgEB|MIHcAgEB|MI(?:GHAgEAMB|G2AgEAMB|HuAgEAMB)|MC4CAQAw|b3BlbnNzaC1rZXktdjE)[A-Za-z0-9+/]{28,16384}={0,2}/g;

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
    .replace(KEY_START, '[masked:private-key]')
    .replace(AUTHORIZATION, '$1[masked:authorization]')
    .replace(BEARER, '$1[masked:authorization]')
    .replace(COOKIES, (_, label: string, value: string) => label + value.replace(COOKIE, '$1[masked:cookie]'))
    .replace(QUOTED_SETTING, (match, label: string, mark: string) =>
      isHarmless(label, match.slice(label.length + mark.length)) ? match : `${label}${mark}[masked:secret]`,
    )
    .replace(LIST_SETTING, (_, label: string, list: string) => label + list.replace(LISTED, maskListed))
    .replace(BARE_SETTING, (match, label: string, value: string) =>
      isHarmless(label, value) || isProse(label, value) ? match : `${label}[masked:secret]`,
    )
    .replace(OPTION, (match, label: string, value: string) =>
      OPTION_WORDS.test(value) || WORDS.test(value) ? match : `${label}[masked:secret]`,
    )
    .replace(URL_PASSWORD, '$1[masked:url-password]');
}

function maskListed(match: string, mark: string, value: string): string {
  return WORDS.test(value) ? match : `${mark}[masked:secret]`;
}

/** Shells write the working folder as `pwd`, and browsers take a mode named `credentials`. */
function isHarmless(label: string, value: string): boolean {
  if (/(?<!_)pwd\W*$/i.test(label)) return /^(?:[/.~$<({]|[A-Za-z]:)/.test(value);
  return /credentials\W*$/i.test(label) && FETCH_MODES.test(value);
}

/** With white space around the sign it may be code or a sentence: `token = session.token`, `Unexpected token: identifier`. */
function isProse(label: string, value: string): boolean {
  if (!/[ \t]/.test(label)) return false;
  return (
    CODE.test(value) ||
    WORDS.test(value) ||
    (/(?:token|credentials?)\s*:\s*$/i.test(label) && /^[A-Za-z]+[.!?]?$/.test(value))
  );
}

/** Removes what a reader cannot see: terminal sequences, control, bidirectional and zero-width characters. */
export function stripInvisible(text: string): string {
  return text.replace(LINE_ENDS, '\n').replace(TERMINAL_SEQUENCES, '').replace(INVISIBLE, '').toWellFormed();
}

/** Applies `redact` to every string of a JSON-like value, keys included; under a secret's name a whole string is masked. */
export function redactDeep<T>(value: T, redact: Redact): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => redactDeep(item, redact)) as T;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [redact(key), redactField(key, item as unknown, redact)]),
    ) as T;
  }
  return value;
}

/** A field's value, which its name may tell to be secret; numbers and truth values stay. */
function redactField(name: string, value: unknown, redact: Redact): unknown {
  const key = stripInvisible(name);
  if (Array.isArray(value)) return value.map((item: unknown) => redactField(key, item, redact));
  if (typeof value !== 'string') return redactDeep(value, redact);
  const clean = redact(value);
  if (HEADER_FIELD.test(key)) return redact(`${key}: ${clean}`).slice(key.length + 2);
  if (!FIELD.test(key) || clean.length < SHORTEST_FIELD || /^\[masked:[a-z0-9-]+\]$/.test(clean)) return clean;
  return WORDS.test(clean) || isHarmless(key, clean) ? clean : '[masked:secret]';
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

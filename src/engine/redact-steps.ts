// Secrets that are told by the word before them: settings, options, headers, addresses; and how a field's name tells of one.

import { SECRET_SHAPES } from '#domain/secret-shapes.ts';

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

/** Texts in any case, one of which stands in every name of a setting that holds a secret. */
export const NAME_ANCHORS = [
  'passphrase password passwd _pass pwd token credential secret',
  ...['api', 'access', 'account', 'private', 'signing', 'encryption'].map(
    (word) => `${word}key ${word}_key ${word}-key`,
  ),
].join(' ');

/** One kind of secret; `anchors` as in `SecretShape`. */
export interface Step {
  readonly anchors: string;
  /** As in `SecretShape`. */
  readonly mayStandIn?: ((text: string) => boolean) | undefined;
  readonly mask: (text: string) => string;
}

/** Secrets that are told by their shape, then those that are told by the word before them; of these the word stays. */
export const STEPS: readonly Step[] = [
  ...SECRET_SHAPES.map(({ pattern, name, anchors, mayStandIn }): Step => ({
    anchors,
    mayStandIn,
    mask: (text) => text.replace(pattern, `[masked:${name}]`),
  })),
  {
    anchors: 'MII MHcC MIGk MIHc MIGH MIG2 MIHu MC4C b3Bl',
    mask: (text) => text.replace(KEY_START, '[masked:private-key]'),
  },
  { anchors: 'PRIVATE', mask: maskTornKeys },
  { anchors: 'authorization', mask: (text) => text.replace(AUTHORIZATION, '$1[masked:authorization]') },
  { anchors: 'bearer', mask: (text) => text.replace(BEARER, '$1[masked:authorization]') },
  { anchors: 'cookie', mask: maskCookies },
  { anchors: NAME_ANCHORS, mask: maskSettings },
  {
    anchors: '://',
    mayStandIn: (text) => text.includes('@'),
    mask: (text) => text.replace(URL_PASSWORD, '$1[masked:url-password]'),
  },
];

/** The last line of a private key, and a line of base64 before it; `\\n` where JSON stands within JSON. */
const KEY_END = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY/g;
const KEY_LINE = /(?:(?<=\\[rn])|(?<![A-Za-z0-9+/=\\]))([A-Za-z0-9+/]{1,77}={0,2})(?:\s|\\{1,2}[rn]){1,8}$/;
const MAX_KEY_LINE = 128;
/** All lines of a key but the last are as long (RFC 7468: 64). */
const FULL_KEY_LINE = 60;

/** A key that was torn away from its first line is told by its last one; whole ones are masked before. */
function maskTornKeys(text: string): string {
  let clean = '';
  let done = 0;
  for (const { index } of text.matchAll(KEY_END)) {
    const start = startOfKey(text.slice(done, index));
    clean += text.slice(done, done + start) + (done + start < index ? '[masked:private-key]' : '');
    done = index;
  }
  return clean + text.slice(done);
}

function startOfKey(before: string): number {
  let start = before.length;
  for (let least = 1; ; least = FULL_KEY_LINE) {
    const line = KEY_LINE.exec(before.slice(Math.max(0, start - MAX_KEY_LINE), start));
    if (line?.[1] === undefined || line[1].length < least) break;
    start -= line[0].length;
  }
  // A word before it is none.
  return before.length - start < FULL_KEY_LINE ? before.length : start;
}

function maskCookies(text: string): string {
  return text.replace(COOKIES, (_, label: string, value: string) => label + value.replace(COOKIE, '$1[masked:cookie]'));
}

function maskSettings(text: string): string {
  return text
    .replace(QUOTED_SETTING, (match, label: string, mark: string) =>
      isHarmless(label, match.slice(label.length + mark.length)) ? match : `${label}${mark}[masked:secret]`,
    )
    .replace(LIST_SETTING, (_, label: string, list: string) => label + list.replace(LISTED, maskListed))
    .replace(BARE_SETTING, (match, label: string, value: string) =>
      isHarmless(label, value) || isProse(label, value) ? match : `${label}[masked:secret]`,
    )
    .replace(OPTION, (match, label: string, value: string) =>
      OPTION_WORDS.test(value) || WORDS.test(value) ? match : `${label}[masked:secret]`,
    );
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

/** Whether a field's name tells that its value is a secret, such as this one. */
export function isSecretField(name: string, value: string): boolean {
  if (!FIELD.test(name) || value.length < SHORTEST_FIELD || /^\[masked:[a-z0-9-]+\]$/.test(value)) return false;
  return !WORDS.test(value) && !isHarmless(name, value);
}

// The one exit: every result, pull-request field and kept text passes here. Threats: secrets of the server or of a
// log line leaving through a tool, and invisible characters that make a human or a model read something else.

import { INVISIBLE } from '#domain/invisible.ts';
import type { SecretSpan } from '#domain/secret-scan.ts';
import type { Literal } from '#engine/literal-scan.ts';
import { createLiteralScan } from '#engine/literal-scan.ts';
import type { Step } from '#engine/redact-steps.ts';
import { isSecretField, NAME_ANCHORS, STEPS } from '#engine/redact-steps.ts';

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

/** Line and paragraph separators: a second kind of newline would let text begin a line of its own. */
const LINE_ENDS = /\r\n|[\u2028\u2029]/g;

/** Fields that hold a header, whose value tells what of it is secret. */
const HEADER_FIELD = /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i;

/** Bits of a look at a text: characters that may be hidden, a secret of this server, steps. */
const HIDDEN = 1;
const OWN = 2;
const FIRST_STEP = 4;
const STEP_BITS = 28;
const ALL = -1;
/** Any character beyond printable ASCII, tab and line feed. */
const UNPRINTABLE = '\u0000';
/** So much of a secret's beginning is looked for. */
const OWN_CHARS = 12;

/** What stands in many lines has a bit of its own, the rest shares them: a step more costs time alone. */
const isCommon = ({ anchors }: Step) => anchors === '.' || anchors === '://' || anchors === NAME_ANCHORS;
const common = STEPS.filter(isCommon);
const SHARED = STEPS.map((step, index) => {
  const own = common.indexOf(step);
  return { ...step, bit: FIRST_STEP << (own === -1 ? common.length + (index % (STEP_BITS - common.length)) : own) };
});
/** Steps with a bit of their own and a quicker look: most texts hold a dot, and no more of what the step masks. */
const QUICK = SHARED.filter((step) => isCommon(step) && step.mayStandIn !== undefined);
const STEP_LITERALS: readonly Literal[] = [
  { text: UNPRINTABLE, bits: HIDDEN },
  ...SHARED.flatMap(({ anchors, bit }) => anchors.split(' ').map((text) => ({ text, bits: bit }))),
];

/**
 * Makes the exit for a server that holds `secrets`; they are masked in plain, base64, hex, URL and JSON-escaped form. One look at a text
 * tells which kinds of secrets it may hold; only these are searched for.
 */
export function createRedactor(secrets: readonly string[]): Redact {
  const exact = formsOf(secrets);
  const own = exact.map((text) => ({ text: text.slice(0, OWN_CHARS), bits: OWN }));
  const look = createLiteralScan([...STEP_LITERALS, ...own]);
  return (text) => {
    let hints = look(text);
    if (hints === 0) return text;
    let clean = text;
    if ((hints & HIDDEN) !== 0) {
      clean = stripInvisible(text);
      if (clean !== text) hints = look(clean);
    }
    if ((hints & OWN) === 0) return maskSteps(clean, hints);
    for (const secret of exact) clean = clean.replaceAll(secret, '[masked:secret]');
    return maskSteps(clean, ALL);
  };
}

function maskSteps(text: string, hints: number): string {
  let clean = text;
  let wanted = hints;
  for (const { bit, mayStandIn } of QUICK) if ((wanted & bit) !== 0 && mayStandIn?.(text) === false) wanted &= ~bit;
  if (wanted === 0) return text;
  for (const { bit, mayStandIn, mask } of SHARED) {
    if ((wanted & bit) === 0 || mayStandIn?.(clean) === false) continue;
    const masked = mask(clean);
    // What was put in may stand beside what makes another secret.
    if (masked !== clean) wanted = ALL;
    clean = masked;
  }
  return clean;
}

/** Makes the search for values that are held, in the same forms; finds are of the given kind. */
export function createHeldSecretFinder(
  secrets: readonly string[],
  kind: string,
): (text: string) => readonly SecretSpan[] {
  const forms = formsOf(secrets);
  return (text) => forms.flatMap((form) => [...occurrencesOf(form, text)].map((span) => ({ ...span, kind })));
}

function* occurrencesOf(form: string, text: string): Iterable<Omit<SecretSpan, 'kind'>> {
  for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + form.length))
    yield { start, end: start + form.length };
}

/** Every way in which the secrets may be written, longest first. */
function formsOf(secrets: readonly string[]): readonly string[] {
  const known = secrets
    .map((secret) => stripInvisible(secret).trim())
    .filter((secret) => secret.length >= MIN_SECRET_CHARS);
  return [...new Set(known.flatMap(encodings))].toSorted((a, b) => b.length - a.length);
}

/** Removes what a reader cannot see: terminal sequences, control, bidirectional and zero-width characters. */
export function stripInvisible(text: string): string {
  return text.replace(LINE_ENDS, '\n').replace(TERMINAL_SEQUENCES, '').toWellFormed().replace(INVISIBLE, '');
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
  return isSecretField(key, clean) ? '[masked:secret]' : clean;
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

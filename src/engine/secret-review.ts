import type { FileWrite } from '#domain/remediation.ts';
import type { FoundSecret, SecretScan, SecretSpan } from '#domain/secret-scan.ts';
import { isPlaceholder } from '#domain/secret-shapes.ts';
import type { Redact } from '#engine/redact.ts';
import { stripInvisible } from '#engine/redact.ts';
import { addedText, onAddedLines } from '#policy/added-lines.ts';

/** Takes the second look for secrets: at what a patch adds and at the words of a pull request. */
export interface SecretReview {
  /** Secrets on added lines that a second opinion finds, or that this server holds; throws when it cannot be taken. */
  inPatch(writes: readonly FileWrite[]): Promise<readonly FoundSecret[]>;
  /** Cleans a text for the outside, once more than `redact` does. */
  clean(text: string): Promise<CleanText>;
}

/** A text without its secrets. */
export interface CleanText {
  readonly text: string;
  /** What was masked in it, such as `github-token`; each once. */
  readonly masked: readonly string[];
}

interface SecretReviewDeps {
  readonly scan: SecretScan;
  /** Finds the values that this server holds, in every form it may be written. */
  readonly findHeld: (text: string) => readonly SecretSpan[];
  readonly redact: Redact;
}

/** What `redact` and this file write in place of a secret. */
const MASK = /\[masked:([a-z0-9/-]{1,64})\]/g;

/** Most code: nothing in it is hidden, and no line end is of a second kind. */
const VISIBLE = /^[\t\n\x20-\x7E]*$/;

/** Makes the second look. */
export function createSecretReview({ scan, findHeld, redact }: SecretReviewDeps): SecretReview {
  async function inFile(write: FileWrite): Promise<readonly FoundSecret[]> {
    const looked = addedText(write);
    if (!looked) return [];
    const { first, added, around: text } = looked;
    const { path } = write;
    const found = (await scan(text, path)).filter((span) => !isObviousPlaceholder(span, text));
    const visible = stripEachLine(text);
    return [
      ...onAddedLines(findHeld(visible), { path, text: visible, first, added }),
      ...onAddedLines(found, { path, text, first, added }),
    ];
  }

  async function clean(text: string): Promise<CleanText> {
    const once = redact(text);
    // A mask where a password stood would be taken for the password.
    const blank = once.replaceAll(MASK, (mark) => 'x'.repeat(mark.length));
    const twice = mask(once, await scan(blank, 'pull-request.md'));
    const before = new Set(masksIn(text));
    return { text: twice, masked: [...new Set(masksIn(twice))].filter((kind) => !before.has(kind)) };
  }

  return { inPatch: async (writes) => (await Promise.all(writes.map(inFile))).flat(), clean };
}

/** Cleans every string of a JSON-like value; keys are ours. */
export async function cleanDeep<T>(value: T, review: Pick<SecretReview, 'clean'>): Promise<T> {
  if (typeof value === 'string') return (await review.clean(value)).text as T;
  if (Array.isArray(value)) return (await Promise.all(value.map((item: unknown) => cleanDeep(item, review)))) as T;
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await cleanDeep(item as unknown, review)]);
  return Object.fromEntries((await Promise.all(entries)) as [string, unknown][]) as T;
}

function masksIn(text: string): readonly string[] {
  return [...text.matchAll(MASK)].map(([, kind = '']) => kind);
}

/** Overlapping finds become one mask. */
function mask(text: string, spans: readonly SecretSpan[]): string {
  let clean = '';
  let at = 0;
  for (const { start, end, kind } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start >= at) clean += `${text.slice(at, start)}[masked:${kind}]`;
    at = Math.max(at, end);
  }
  return clean + text.slice(at);
}

/** Rules about addresses and whole keys know their own placeholders. */
function isObviousPlaceholder({ start, end, kind }: SecretSpan, text: string): boolean {
  const value = text.slice(start, end);
  return value.length <= 300 && !value.includes('://') && isPlaceholder(kind, value);
}

/** Hidden characters between those of a secret do not hide it; a second kind of line end makes no other line. */
function stripEachLine(text: string): string {
  if (VISIBLE.test(text)) return text;
  return text
    .split('\n')
    .map((line) => stripInvisible(line).replaceAll('\n', ''))
    .join('\n');
}

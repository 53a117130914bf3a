import { secretsInPatch } from '#policy/guards/secrets-in-patch.ts';
import { changeOf, nobody } from '#policy/host-files.ts';
import type { HostCall } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import type { Policy } from '#policy/schema.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/**
 * What the guard of patches says of the content that an edit tool writes. `before` is what the file holds now, where it is known.
 * Only what is known by its shape is found: neither the second opinion nor the secrets that a server holds are at hand.
 */
export function judgeContent(
  { input }: Pick<HostCall, 'input'>,
  path: string,
  { before, policy }: { readonly before: string | undefined; readonly policy: HostPolicy },
): readonly Finding[] {
  const { kept, after } = editOf(input, before);
  if (after === '') return [];
  const write = {
    path,
    ...(kept !== undefined && { before: { mode: MODE, oid: '', content: Buffer.from(kept) } }),
    after: { mode: MODE, content: Buffer.from(after) },
    added: 0,
    removed: 0,
  };
  // This guard looks at the contents alone.
  return secretsInPatch(changeOf(write), policy as Policy, nobody).map((finding) => ({
    ...finding,
    fix: `Read the value from the environment or a secret store, or write an obvious placeholder into ${quote(path)}.`,
  }));
}

const MODE = '100644' as const;

interface Edit {
  /** Lines that are there already; undefined when nothing is known of them. */
  readonly kept: string | undefined;
  readonly after: string;
}

/** The file as the edit would leave it; where that cannot be told, every text of the call is taken for new. */
function editOf(input: HostCall['input'], before: string | undefined): Edit {
  const whole = input['content'];
  if (typeof whole === 'string') return { kept: before, after: whole };
  const { patch } = input;
  if (typeof patch === 'string') return { kept: linesWith(patch, /^[- ]/), after: linesWith(patch, /^[+ ]/) };
  const steps = Array.isArray(input['edits']) ? (input['edits'] as readonly unknown[]) : [input];
  let text = before;
  for (const step of steps) text = text === undefined ? undefined : replaced(text, step);
  return text === undefined ? { kept: before, after: textsIn(input).join('\n') } : { kept: before, after: text };
}

/** One replacement; undefined when it cannot be made on this text. */
function replaced(text: string, step: unknown): string | undefined {
  if (typeof step !== 'object' || step === null) return undefined;
  const { old_string, old_str = old_string, new_string, new_str = new_string, replace_all } = step as HostCall['input'];
  if (typeof old_str !== 'string' || typeof new_str !== 'string' || old_str === '' || !text.includes(old_str))
    return undefined;
  // Not `replace` with a text, which gives some of its characters a meaning.
  return replace_all === true ? text.split(old_str).join(new_str) : text.replace(old_str, () => new_str);
}

function linesWith(patch: string, mark: RegExp): string {
  const lines = patch.split('\n').filter((line) => mark.test(line));
  return lines.map((line) => line.slice(1)).join('\n');
}

/** Every text, at any depth, but for those that are to be replaced and the names of files. */
function textsIn(value: unknown, key = ''): readonly string[] {
  if (typeof value === 'string') return /^old_|path$|_id$/.test(key) ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => textsIn(each, Array.isArray(value) ? key : name));
}

import type { FileWrite } from '#domain/remediation.ts';
import type { SecretShape } from '#domain/secret-shapes.ts';
import { SECRET_SHAPES } from '#domain/secret-shapes.ts';
import { addedLines } from '#policy/added-lines.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Refuses a patch that adds a secret: history keeps it for good. The value is told to nobody. */
export const secretsInPatch: Guard = (action) =>
  action.kind === 'patch' ? action.writes.flatMap((write) => findSecrets(write).map(toFinding)) : [];

interface FoundSecret {
  readonly path: string;
  readonly line: number;
  readonly kind: string;
}

/** Findings of one file that a refusal lists; one is enough to refuse. */
const MAX_LISTED = 5;

/** A secret counts when any line of it is new. */
function findSecrets(write: FileWrite): readonly FoundSecret[] {
  const added = new Set(addedLines(write).map(({ line }) => line));
  if (added.size === 0) return [];
  const text = write.after?.content.toString('utf8') ?? '';
  const lineAt = lineCounter(text);
  const found = SECRET_SHAPES.flatMap((shape) => [...findShape(shape, text)]).flatMap(({ at, end, kind }) => {
    const [first, last] = [lineAt(at), lineAt(end)];
    for (let line = first; line <= last; line++) if (added.has(line)) return [{ path: write.path, line, kind }];
    return [];
  });
  return found.toSorted((a, b) => a.line - b.line).slice(0, MAX_LISTED);
}

function* findShape({ pattern, name }: SecretShape, text: string) {
  for (const { index, 0: value } of text.matchAll(pattern)) {
    if (!isPlaceholder(name, value)) yield { at: index, end: index + value.length - 1, kind: name };
  }
}

/** What documentation writes where a secret would stand. */
function isPlaceholder(kind: string, value: string): boolean {
  if (kind === 'private-key') return !/[A-Za-z0-9+/=]{32}/.test(value.replace(/^-----[^-]*-----/, ''));
  const body = value.replace(/^https:\/\/[^/]*\//, '').replace(/^[A-Za-z]{2,6}[_-](?:[a-z]{2,5}_)?/, '');
  return /example/i.test(body) || /(.)\1{7}/.test(body) || /0123456789|123456789012|abcdefghij/i.test(body);
}

/** Answers the line of an offset by halving, since one file may hold many. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

function toFinding({ path, line, kind }: FoundSecret): Finding {
  return {
    rule: 'secrets_in_patch',
    effect: 'deny',
    reason: `Line ${line} of ${quote(path)} would hold a secret (${kind}), which history would keep for good.`,
    fix: `Send the same patch reading the value of line ${line} of ${quote(path)} from the environment or a secret store, or with an obvious placeholder.`,
    evidence: { path, line, kind },
  };
}

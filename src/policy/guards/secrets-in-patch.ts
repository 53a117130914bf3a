import type { PatchAction } from '#domain/action.ts';
import type { FileWrite } from '#domain/remediation.ts';
import type { FoundSecret } from '#domain/secret-scan.ts';
import { findPrivateKeys, findShapes, isPlaceholder } from '#domain/secret-shapes.ts';
import { addedText, onAddedLines } from '#policy/added-lines.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/**
 * Refuses a patch that adds a secret: history keeps it for good. What is known by its shape is found here; what a second opinion
 * found, and the secrets that the server holds, are facts of the action. The value is told to nobody.
 */
export const secretsInPatch: Guard = (action) =>
  action.kind === 'patch' ? action.writes.flatMap((write) => findSecrets(write, action).map(toFinding)) : [];

/** Findings of one file that a refusal lists; one is enough to refuse. */
const MAX_LISTED = 5;

/** One secret a line: the same value has a name in each opinion. */
function findSecrets(write: FileWrite, { secrets = [] }: PatchAction): readonly FoundSecret[] {
  const told = [...shapesIn(write), ...secrets.filter(({ path }) => path === write.path)];
  const byLine = new Map(told.toReversed().map((each) => [each.line, each]));
  return [...byLine.values()].toSorted((a, b) => a.line - b.line).slice(0, MAX_LISTED);
}

function shapesIn(write: FileWrite): readonly FoundSecret[] {
  const found = addedText(write);
  if (!found) return [];
  const { first, added, around, alone } = found;
  const searches = [
    { text: around, spans: findPrivateKeys(around) },
    { text: alone, spans: findShapes(alone) },
  ];
  return searches.flatMap(({ text, spans }) => {
    const real = spans.filter(({ start, end, kind }) => !isPlaceholder(kind, text.slice(start, end)));
    return onAddedLines(real, { path: write.path, text, first, added });
  });
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

import { createHash } from 'node:crypto';

import type { Runtime } from '#cli/runtime.ts';
import type { Approval, ApprovalMatter } from '#domain/approval.ts';
import { bindingOf, isExpired } from '#domain/approval.ts';
import { countOf } from '#domain/count-of.ts';
import { INVISIBLE } from '#domain/invisible.ts';
import type { Json } from '#domain/json.ts';
import type { Redact } from '#engine/redact.ts';
import { stripInvisible } from '#engine/redact.ts';
import { quote } from '#policy/text.ts';

/** Decided by somebody who is not believed under this configuration. */
export async function isUnproved(approval: Approval, { approvals }: Pick<Runtime, 'approvals'>): Promise<boolean> {
  return approval.decision !== undefined && !(await approvals.isProved(approval));
}

/** Everything the approval is bound to, and while it is open the change itself, so that nobody signs what they have not seen. */
export async function describeApproval(approval: Approval, runtime: Runtime): Promise<string> {
  const { clock, redact, store } = runtime;
  const { id, kind, question, facts, requestedBy, expiresAt, decision, consumedAt } = approval;
  const isOver = isExpired(approval, clock.now());
  const state =
    consumedAt !== undefined
      ? 'used'
      : decision
        ? `${decision.verdict} by ${decision.by}`
        : isOver
          ? 'expired'
          : `open until ${new Date(expiresAt).toISOString()}`;
  const isChanged = bindingOf(approval) !== approval.binding;
  const doubt = isChanged || (await isUnproved(approval, runtime)) ? ' (not believed)' : '';
  const bound = Object.entries(facts).map(([key, value]) => `  ${key}: ${factText(value, redact)}`);
  const matter = consumedAt === undefined && !isOver ? store.approvalMatter(id) : undefined;
  // Each text is cleaned by itself: what looks like the beginning of a secret in one must not mask the next.
  return [
    `${id}  ${kind} for ${approval.incidentId}, asked by ${redact(quote(requestedBy))}: ${redact(state)}${doubt}`,
    `  ${shown(redact(question.replace(/\s*[\r\n]+\s*/g, ' ')))}`,
    ...bound,
    ...(matter === undefined ? [] : describeMatter(matter, facts, redact)),
  ].join('\n');
}

/** A line break in a value must not look like another fact. */
function factText(value: Json, redact: Redact): string {
  if (typeof value === 'string') return /[\r\n]/.test(value) ? quote(redact(value)) : shown(redact(value));
  if (!Array.isArray(value)) return shown(redact(JSON.stringify(value)));
  return `[${value.map((each) => (typeof each === 'string' ? quote(redact(each)) : factText(each as Json, redact))).join(',')}]`;
}

/** The words of the agent and the diff, each line behind a mark, so that none looks like one of ours. */
function describeMatter(
  { diff, texts = {} }: ApprovalMatter,
  facts: Approval['facts'],
  redact: Redact,
): readonly string[] {
  const isWhole = `sha256:${createHash('sha256').update(diff).digest('hex')}` === facts['diff_hash'];
  // A patch is applied with whatever reason the repeated call gives.
  const unsigned = facts['texts_hash'] === undefined ? ' (not part of what is signed)' : '';
  const lines = diff
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => diffLine(line, redact));
  const masked = lines.filter(({ isMasked }) => isMasked).length;
  const note = isWhole
    ? `its SHA-256 is the diff_hash above${masked > 0 ? `; secrets are masked in ${countOf(masked, 'line')} that stay or go` : ''}`
    : 'NOT ALL OF IT: it is too long, or holds bytes that are no text';
  return [
    ...Object.entries(texts).flatMap(([name, text]) => [
      `  The agent's ${name}${unsigned}:`,
      ...text.split('\n').map((line) => `  | ${shown(redact(line))}`),
    ]),
    `  The whole change of the incident (${note}):`,
    ...lines.map(({ text }) => `  | ${text}`),
  ];
}

/** What is added is shown as it is, since no patch may add a secret; what stays or goes may be one. */
function diffLine(line: string, redact: Redact): { readonly text: string; readonly isMasked: boolean } {
  if (line.startsWith('+')) return { text: shown(line), isMasked: false };
  const clean = redact(line);
  const isMasked = clean !== stripInvisible(line);
  return { text: shown(isMasked ? clean : line), isMasked };
}

const LINE_ENDS = /[\r\u0085\u2028\u2029]/g;

/** Text with every character named that a terminal would not show, or would obey. */
function shown(text: string): string {
  const name = (character: string) =>
    `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;
  return text.replace(LINE_ENDS, name).replace(INVISIBLE, name);
}

import { countOf } from '#domain/count-of.ts';
import type { Read } from '#report/evidence.ts';
import type { EvidenceRead } from '#report/schema-facts.ts';
import { toSignals } from '#report/suspects.ts';
import { toCode } from '#report/text.ts';

/** Reads that a pull request cites: the first, which found the trouble, and the newest; the report has all. */
const MAX_CITED = 12;

const HEAD = ['| Source | Query | Window (UTC) | Found | SHA-256 |', '| --- | --- | --- | --- | --- |'];

/** What was found, and the reads that a change rests on: source, exact query, window and digest, so that each can be asked again once it is merged. */
export function toCitedReads(reads: readonly Read[]): string[] {
  const all = reads.map(({ read }) => read).filter(({ status }) => status !== 'unknown');
  if (all.length === 0) return [];
  const answers = all.filter((read) => !read.other_configuration);
  const others = all.length - answers.length;
  const rest = Math.max(0, answers.length - MAX_CITED);
  const [first, ...later] = answers;
  const cited = [...(first ? [first] : []), ...later.slice(rest)];
  const found = toSignals(reads).map(({ text }) => `- ${toCode(text, 300)}`);
  return [
    '## What was read',
    ...(found.length === 0 ? [] : [found.join('\n')]),
    ...(cited.length === 0 ? [] : [[...HEAD, ...cited.map(toRow)].join('\n')]),
    ...(rest > 0 ? [`… and ${countOf(rest, 'read')} after the first of these.`] : []),
    ...(others > 0 ? [`Left out: ${countOf(others, 'read')} under another configuration of the sources.`] : []),
  ];
}

function toRow({ kind, source, query, since, until, matched, sha256 }: EvidenceRead): string {
  return `| ${kind} of ${toCode(source, 60)} | ${toCode(query, 300)} | ${windowOf(since, until)} | ${matched ?? ''} | ${toCode(sha256.slice(0, 16))} |`;
}

function windowOf(since: string | null, until: string | null): string {
  const short = (at: string | null) => (at === null ? '…' : at.slice(0, 19).replace('T', ' '));
  return since === null && until === null ? '' : `${short(since)} to ${short(until)}`;
}

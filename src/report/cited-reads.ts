import type { EvidenceRead } from '#report/schema-facts.ts';
import { toCode } from '#report/text.ts';

/** Reads that a pull request cites, the newest; the report has all. */
const MAX_CITED = 12;

/** The reads that a change rests on: source, exact query, window and digest, so that each can be asked again once it is merged. */
export function toCitedReads(reads: readonly EvidenceRead[]): string[] {
  const answers = reads.filter(({ status }) => status !== 'unknown');
  const cited = answers.slice(-MAX_CITED);
  if (cited.length === 0) return [];
  const rest = answers.length - cited.length;
  const rows = cited.map(
    ({ kind, source, query, since, until, matched, sha256 }) =>
      `| ${kind} of ${toCode(source, 60)} | ${toCode(query, 300)} | ${windowOf(since, until)} | ${matched ?? ''} | ${toCode(sha256.slice(0, 16))} |`,
  );
  return [
    [
      '## What was read',
      '',
      '| Source | Query | Window (UTC) | Found | SHA-256 |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ].join('\n'),
    ...(rest > 0 ? [`… and ${rest} earlier ${rest === 1 ? 'read' : 'reads'}.`] : []),
  ];
}

function windowOf(since: string | null, until: string | null): string {
  const short = (at: string | null) => (at === null ? '…' : at.slice(0, 19).replace('T', ' '));
  return since === null && until === null ? '' : `${short(since)} to ${short(until)}`;
}

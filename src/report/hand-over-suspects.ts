import type { Fields, Read } from '#report/evidence.ts';
import { textOf } from '#report/evidence.ts';
import type { ReportedDiagnosis } from '#report/schema-facts.ts';
import type { HandOver } from '#report/schema-hand-over.ts';
import { toWebAddress } from '#report/text.ts';

/** The suspects with whom to ask and what to look at, as the ranking named them. */
export function toHandOverSuspects({ suspects }: ReportedDiagnosis, reads: readonly Read[]): HandOver['suspects'] {
  return suspects.map((suspect) => {
    const rows = reads.find(({ read }) => read.uri === suspect.evidence)?.answer?.rows ?? [];
    const row = rows.find(
      (each) =>
        (textOf(each, 'sha', 64) ?? null) === suspect.commit && (textOf(each, 'ref', 200) ?? null) === suspect.ref,
    );
    return {
      ...suspect,
      author: (row && textOf(row, 'by', 200)) ?? null,
      pull_request: row ? toPullRequest(row) : null,
    };
  });
}

/** A link of the row, else the number that merges write into their subject. */
function toPullRequest(row: Fields): string | null {
  const links = Array.isArray(row['links']) ? row['links'].filter((each) => typeof each === 'string') : [];
  const link = links
    .map(toWebAddress)
    .find((each) => each !== undefined && /\/(?:pull|merge_requests)\/\d+/.test(each));
  if (link !== undefined) return link;
  const subjects = [textOf(row, 'subject') ?? '', textOf(row, 'suspect') ?? ''];
  const number = subjects
    .map((subject) => /\(#(\d{1,9})\)|^(?:[0-9a-f]{7,40} )?Merge pull request #(\d{1,9})\b/.exec(subject))
    .map((match) => match?.[1] ?? match?.[2])
    .find((each) => each !== undefined);
  return number === undefined ? null : `#${number}`;
}

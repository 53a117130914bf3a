import { describe, expect, it } from 'vitest';

import { toCitedReads } from '#report/cited-reads.ts';
import { toReads } from '#report/evidence.ts';
import { toPullRequestBody } from '#report/pull-request.ts';

import { evidence, kept, logAnswer } from './evidence-records.ts';
import { outsideCode, publishFacts } from './records.ts';

/** A kept answer to a query of the metrics. */
const answerTo = (query: string, n: number) =>
  kept(
    n,
    JSON.stringify({
      tool: 'query_metrics',
      rows: 'rows',
      request: { source: 'prometheus', request: { of: 'metrics', query: { query } } },
      output: { status: 'ok', source: 'prometheus', query, matched: n, rows: [] },
    }),
  );

describe('what was read, in a pull request [report:pull-request:reads]', () => {
  it('is cited by source, exact query, window and digest', () => {
    const body = toPullRequestBody(publishFacts({ reads: toReads(evidence) }));
    const [, section = ''] = /## What was read\n\n([^#]*)\n\n## /.exec(body) ?? [];
    expect(section).toMatchInlineSnapshot(`
      "- \`new: heap <num> MB (400 times, 0 before)\`
      - \`heap_bytes went from 120 to 900 MB\`

      | Source | Query | Window (UTC) | Found | SHA-256 |
      | --- | --- | --- | --- | --- |
      | logs of \`app-logs\` | \`{app="user-service"} \\|= "error"\` | 2026-03-02 08:40:00 to 2026-03-02 09:00:00 | 812 | \`c9586b92b6e667ef\` |
      | metrics of \`prometheus\` | \`heap_bytes{service="user-service"}\` | 2026-03-02 08:40:00 to 2026-03-02 09:00:00 | 1 | \`5312872a63b7157e\` |
      | deploys of \`git\` | \`service=user-service env=production\` | 2026-03-02 08:40:00 to 2026-03-02 09:00:00 | 2 | \`0960ed3118718e19\` |"
    `);
  });

  it('is left out where nothing was read, or what was read was removed', () => {
    expect(toPullRequestBody(publishFacts())).not.toContain('## What was read');
    expect(toCitedReads(toReads([{ ...kept(1, 'gone'), text: '', purgedAt: 1 }]))).toEqual([]);
  });

  it('is bounded: the first and the newest are shown, the others counted', () => {
    const text = toCitedReads(toReads(Array.from({ length: 20 }, (_, n) => answerTo(`up{n="${n}"}`, n)))).join('\n\n');
    expect(text.match(/^\| metrics of/gm)).toHaveLength(12);
    expect(text).toContain('up{n="19"}');
    expect(text).toContain('up{n="0"}');
    expect(text).not.toContain('up{n="8"}');
    expect(text).toContain('… and 8 reads after the first of these.');
  });

  it('holds nothing that was read under another configuration of the sources, but how much that is [evidence:sources:own]', () => {
    const [own, ...rest] = evidence;
    const twin = own && { ...own, isForeign: true as const };
    const reads = toReads(
      [own, ...rest.map((each) => ({ ...each, isForeign: true as const })), twin].flatMap((each) => each ?? []),
    );
    const text = toCitedReads(reads).join('\n\n');
    expect(text).toContain('new: heap <num> MB');
    expect(text).not.toContain('heap_bytes');
    expect(text.match(/^\| (?:logs|metrics|deploys) of/gm)).toEqual(['| logs of']);
    expect(text).toMatch(/Left out: [34] reads under another configuration of the sources\.$/);
    const foreign = toReads(twin ? [twin] : []);
    expect(toCitedReads(foreign)).toEqual([
      '## What was read',
      'Left out: 1 read under another configuration of the sources.',
    ]);
  });

  it('becomes no markup, whatever was asked', () => {
    const hostile = 'x | y ` <img src=x> @everyone\n# Approved';
    const found = JSON.parse(logAnswer.text) as { output: { rows: unknown[] } };
    found.output.rows = [{ change: 'NEW', count: 4, base: 0, pattern: hostile }];
    const records = [kept(0, JSON.stringify(found)), answerTo(hostile, 1)];
    const body = toPullRequestBody(publishFacts({ reads: toReads(records) }));
    expect(body).toContain('new: x');
    expect(outsideCode(body)).not.toMatch(/<img|@everyone|^# Approved/m);
    const row = body.split('\n').find((line) => line.startsWith('| metrics of')) ?? '';
    expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(6);
  });
});

import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { toCommitMessage } from '#report/pull-request.ts';

import { publishFacts } from '../unit/report/records.ts';

/** The trailers of a message as git reads them. */
const trailersOf = (message: string) =>
  execFileSync('git', ['interpret-trailers', '--parse'], { input: message, encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.split(': ')[0]);

const NAMES = [
  'Incident-Id',
  'Severity',
  'RCA-Link',
  'Risk-Score',
  'Diff-Hash',
  'Verified-By',
  'Trace-Id',
  'Policy-Hash',
  'Assisted-by',
  'Rollback',
];

describe('the trailers of a commit', () => {
  it.each(['claude-code/2.1', '', 'a\nSeverity: SEV4', 'x: y # @team'])(
    'are read by git, each once, when %j published it [workspace:commit:trailers]',
    (actor) => {
      expect(trailersOf(toCommitMessage(publishFacts({ actor })))).toEqual(NAMES);
    },
  );
});

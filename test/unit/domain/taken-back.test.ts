import { describe, expect, it } from 'vitest';

import { saysTakenBack } from '#domain/taken-back.ts';

const change = { incidentId: 'A-1', commits: ['0123456789abcdef0123456789abcdef01234567'] };

describe('a commit message', () => {
  it.each([
    'Revert "hotfix(A-1): x"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.',
    'x\n\nReverts-Incident: A-1\n',
  ])('takes a change back: %j', (message) => {
    expect(saysTakenBack(message, change)).toBe(true);
  });

  it.each([
    'hotfix(B-1): x\n\n  Reverts-Incident: A-1\n',
    'hotfix(B-1): x\n\n  This reverts commit 0123456789abcdef0123456789abcdef01234567.',
    'hotfix(B-1): x\n\n  Revert "hotfix(A-1): x"',
    'x\n\nReverts-Incident: A-11\n',
  ])('does not, where an agent says so in what is indented: %j [report:outcome:forged]', (message) => {
    expect(saysTakenBack(message, change)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';

import { toIncidentMarker } from '#domain/marker.ts';
import { chooseOwn, GithubPullRequest } from '#providers/github/pull-requests.ts';

const wanted = { incidentId: 'INC-7', branch: 'hotfix/INC-7', baseBranch: 'main', number: undefined };

function pull(changes: object = {}): GithubPullRequest {
  return GithubPullRequest.parse({
    number: 1,
    node_id: 'PR_1',
    html_url: 'https://github.com/acme/shop/pull/1',
    state: 'open',
    body: toIncidentMarker('INC-7'),
    head: { ref: 'hotfix/INC-7', repo: { id: 1 } },
    base: { ref: 'main', repo: { id: 1 } },
    ...changes,
  });
}

describe("an incident's pull request", () => {
  it('is the open one with its marker, though an older one was closed', () => {
    const own = pull({ number: 3 });
    expect(chooseOwn([pull({ number: 2, state: 'closed' }), own], wanted)).toBe(own);
  });

  it.each([
    ['whose repository is gone', { head: { ref: 'hotfix/INC-7', repo: null } }],
    [
      'of another branch, as GitHub answers a filter it does not understand',
      { head: { ref: 'other', repo: { id: 1 } } },
    ],
    ['of another repository', { head: { ref: 'hotfix/INC-7', repo: { id: 2 } } }],
  ])('is never one %s', (_what, changes) => {
    expect(chooseOwn([pull(changes)], wanted)).toBeUndefined();
  });

  it('is not recognised by the marker of an incident whose id begins alike', () => {
    expect(() => chooseOwn([pull({ body: toIncidentMarker('INC-71') })], wanted)).toThrow(/someone else/);
  });
});

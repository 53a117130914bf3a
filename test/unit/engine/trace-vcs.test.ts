import { expect, it } from 'vitest';

import type { PatchAction, PublishAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import { changeAttributes, patchAttributes } from '#engine/trace-changes.ts';

const repository = { location: 'https://github.com/acme/shop.git', baseBranch: 'main', baseCommit: 'b'.repeat(40) };
const incident = { repository } as Incident;
const place = {
  'vcs.repository.name': 'shop',
  'vcs.owner.name': 'acme',
  'vcs.provider.name': 'github',
  'vcs.repository.url.full': 'https://github.com/acme/shop',
  'vcs.ref.base.name': 'main',
  'vcs.ref.base.revision': 'b'.repeat(40),
  'vcs.ref.base.type': 'branch',
};

it('a pull request is told with the name, revision and type of both its branches [telemetry:traces:attributes]', () => {
  const action = { branch: 'hotfix/PD-1', baseBranch: 'main', baseCommit: 'b'.repeat(40) } as PublishAction;
  expect(changeAttributes(incident, { action, commit: 'c'.repeat(40) })).toMatchObject({
    ...place,
    'vcs.ref.head.name': 'hotfix/PD-1',
    'vcs.ref.head.revision': 'c'.repeat(40),
    'vcs.ref.head.type': 'branch',
  });
});

it('a patch is told with the branch that it starts from, and its size [telemetry:traces:attributes]', () => {
  const writes = [
    { added: 3, removed: 1 },
    { added: 4, removed: 0 },
  ] as unknown as PatchAction['writes'];
  expect(patchAttributes(incident, { writes, fromTree: 'd'.repeat(40) })).toMatchObject({
    ...place,
    'fixgate.change.files': 2,
    'fixgate.change.lines_added': 7,
    'fixgate.change.lines_removed': 1,
  });
});

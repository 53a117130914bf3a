import { expect, it } from 'vitest';

import type { PublishAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import { changeAttributes, outcomeAttributes } from '#engine/trace-changes.ts';

const action = { branch: 'hotfix/PD-1', baseBranch: 'main', baseCommit: 'b'.repeat(40) } as PublishAction;
const of = (location: string) =>
  changeAttributes({ repository: { location } } as Incident, { action, commit: 'c'.repeat(40) });

it.each([
  ['https://github.com/acme/shop.git', 'shop', 'acme', 'github', 'https://github.com/acme/shop'],
  ['https://bot:secret@gitlab.example/a/b/shop', 'shop', 'a/b', 'gitlab', 'https://gitlab.example/a/b/shop'],
  ['git@github.com:acme/shop.git', 'shop', 'acme', 'github', 'https://github.com/acme/shop'],
  ['ssh://git@code.example:2222/acme/shop.git/', 'shop', 'acme', undefined, 'https://code.example:2222/acme/shop'],
  ['/srv/repos/shop', 'shop', undefined, undefined, undefined],
  ['file:///srv/repos/shop.git', 'shop', undefined, undefined, undefined],
])('%s is told by name, owner and host, without credentials [telemetry:traces:attributes]', (...row) => {
  const [location, name, owner, provider, url] = row;
  const told = of(location);
  expect([
    told['vcs.repository.name'],
    told['vcs.owner.name'],
    told['vcs.provider.name'],
    told['vcs.repository.url.full'],
  ]).toEqual([name, owner, provider, url]);
  expect(JSON.stringify(told)).not.toContain('secret');
  expect(told).toMatchObject({ 'vcs.ref.base.name': 'main', 'vcs.ref.head.revision': 'c'.repeat(40) });
});

it('a draft is work in progress', () => {
  const published = { url: 'u', created: true, warnings: [] };
  expect(outcomeAttributes({ ...published, draft: true, number: 7 })).toMatchObject({
    'vcs.change.id': '7',
    'vcs.change.state': 'wip',
  });
  expect(outcomeAttributes({ ...published, draft: false })['vcs.change.state']).toBe('open');
});

import { expect, it } from 'vitest';

import { saidBefore } from '#engine/services/pull-request-texts.ts';

import { createEngine } from '../../support/engine-fixture.ts';
import { sampleEvent } from '../../support/store-samples.ts';

const first = { title: 'Bound the queue', summary: 'Drops what is old.', root_cause: 'The queue grows for ever.' };

it('keeps what was said with the pull request until a later call replaces it', async () => {
  await using engine = createEngine();
  const publish = async (said: Readonly<Record<string, unknown>>) => {
    await engine.call('open_pr', said);
    const { title, body } = engine.host.requests.at(-1) ?? { title: '', body: '' };
    const cause = /## Root cause\n\n(.+)/.exec(body)?.[1];
    return { title, cause, summary: body.includes('Drops what is old.') };
  };
  await engine.patch();
  await engine.call('run_tests', { suite: 'unit' });
  const whole = await publish(first);
  expect(whole).toEqual({
    title: 'hotfix(PD-1): Bound the queue',
    cause: expect.stringContaining('The queue grows for ever.'),
    summary: true,
  });
  expect(await publish({})).toEqual(whole);
  const titled = { ...whole, title: 'hotfix(PD-1): Drop old jobs' };
  expect(await publish({ title: 'Drop old jobs' })).toEqual(titled);
  await engine.call('get_incident');
  expect(await publish({ draft: true })).toEqual(titled);
  expect(await publish({ summary: 'Nothing else.' })).toEqual({ ...titled, summary: false });
});

it('takes nothing from records that say nothing', () => {
  const published = (data: object) => ({ ...sampleEvent('pull_request.opened'), data }) as never;
  expect(saidBefore([])).toEqual({});
  expect(saidBefore([published({})])).toEqual({});
  expect(saidBefore([published({ said: ['title'] })])).toEqual({});
  expect(saidBefore([published({ said: { title: 7, summary: 's', other: 'x' } })])).toEqual({ summary: 's' });
});

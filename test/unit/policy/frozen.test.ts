import { expect, it } from 'vitest';

import type { Action } from '#domain/action.ts';
import { frozenFindings } from '#policy/frozen.ts';

import { patch, publishing, running } from './samples.ts';

const ready = { ...publishing(), draft: false };

it.each<[string, Action, string | undefined, boolean]>([
  ['a ready pull request', ready, 'It is frozen', true],
  ['a ready one without a freeze', ready, undefined, false],
  ['a draft', { ...ready, draft: true }, 'It is frozen', false],
  ['a patch', patch(), 'It is frozen', false],
  ['a test run', running('npm test'), 'It is frozen', false],
])('a freeze and %s [gate:breakers:freeze]', (_, action, reason, refuses) => {
  expect(frozenFindings(action, reason).map(({ rule }) => rule)).toEqual(refuses ? ['breaker/deploy_in_progress'] : []);
});

import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { withoutExcerpts } from '#engine/services/patch-excerpts.ts';

import { shippedPolicy } from '../../support/engine-fixture.ts';
import { sampleIncident } from '../../support/store-samples.ts';

const incident = sampleIncident('PD-1');
const misfit = (evidence: Record<string, string | readonly (string | { path: string })[]>) =>
  new FixgateError('invalid_input', 'Hunk 1 does not fit.\n  1 | DB_PASSWORD=hunter2', { fix: 'Resend it.', evidence });

describe('a patch that does not apply', () => {
  it.each([
    ['a protected file', misfit({ path: 'services/api/.env' })],
    ['a built-in protected file', misfit({ path: '.npmrc' })],
    ['a protected file among others', misfit({ path: 'src/a.ts', problems: [{ path: '.env' }] })],
    ['a protected file of which every guess was right', misfit({ path: 'src/a.ts', files: ['src/a.ts', '.env'] })],
  ])('shows no line of %s', (_name, error) => {
    const shown = withoutExcerpts(error, shippedPolicy, incident);

    expect(shown).toMatchObject({ code: 'policy_denied' });
    expect(JSON.stringify([String(shown), shown])).not.toContain('hunter2');
  });

  it('shows the real lines of a file that may be changed', () => {
    const error = misfit({ path: 'src/a.ts' });

    expect(withoutExcerpts(error, shippedPolicy, incident)).toBe(error);
  });

  it('says nothing of which files it was judged by', () => {
    const error = misfit({ code: 'not_found', path: 'src/a.ts', files: ['src/a.ts', 'src/b.ts'] });

    expect(withoutExcerpts(error, shippedPolicy, incident)).toMatchObject({
      code: error.code,
      message: error.message,
      fix: error.fix,
      evidence: { code: 'not_found', path: 'src/a.ts' },
    });
    expect((withoutExcerpts(error, shippedPolicy, incident) as FixgateError).evidence).not.toHaveProperty('files');
  });
});

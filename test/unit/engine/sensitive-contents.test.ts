import { describe, expect, it } from 'vitest';

import { createHeldSecrets } from '#engine/held-secrets.ts';
import { sensitiveContents } from '#engine/sensitive-contents.ts';

import { sampleIncident } from '../../support/store-samples.ts';

const incident = sampleIncident('PD-1');

function contentsOf(files: Readonly<Record<string, string>>, globs?: string[]) {
  const base = new Map(Object.entries(files));
  const workspace = {
    list: async (_: unknown, from?: string) => (from === 'base' ? [...base.keys()] : []),
    read: async (_: unknown, path: string, from?: string) =>
      from === 'base' ? Buffer.from(base.get(path) ?? '') : undefined,
  };
  return sensitiveContents(workspace, incident, globs === undefined ? {} : { sensitive_files: globs });
}

describe('the contents of sensitive files [outbound:sensitive-files:contents]', () => {
  it.each<[string, string, readonly string[]]>([
    ['a value', 'TOKEN=abcdef123456', ['abcdef123456']],
    ['a value without its quotes', '  "key": "abcdef123456",', ['abcdef123456']],
    ['a value of a list', '- password: abcdef123456', ['abcdef123456']],
    ['a line of a key', 'MIIEvQIBADANBgkqhkiG9', ['MIIEvQIBADANBgkqhkiG9']],
    ['the beginning of a long one', `A=${'x1'.repeat(200)}`, ['x1'.repeat(100)]],
    ['no word', 'ENVIRONMENT=production\nREGION=eu-west-1', []],
    ['no line of a program or a manifest', 'module.exports = {\napiVersion: v1\nrule_ids\nincident', []],
    ['no comment', '# the account of the shop, 4711', []],
  ])('are %s', async (_, text, expected) => {
    expect(await contentsOf({ '.env': text }, ['.env'])).toEqual(expected);
  });

  it('are those of covered files alone, in any case and folder', async () => {
    const files = { 'app/.ENV': 'P=first-word-1', 'secrets/a/b': 'P=second-word-2', 'src/a.js': 'third-word-3' };
    expect(await contentsOf(files, ['.env', 'secrets/**'])).toEqual(['first-word-1', 'second-word-2']);
    expect(await contentsOf(files)).toEqual([]);
    expect(await contentsOf(files, ['other'])).toEqual([]);
  });

  it('are bounded', async () => {
    const many = Array.from({ length: 3_000 }, (_, n) => `LINE=secret-value-${n}`).join('\n');
    expect(await contentsOf({ '.env': many }, ['.env'])).toHaveLength(200);
  });
});

describe('what a process holds [outbound:sensitive-files:contents]', () => {
  it('is masked and found from the moment on that it is known, beside its own secrets', () => {
    const held = createHeldSecrets(['own-secret-1']);
    expect(held.redact('own-secret-1 kept-secret-2')).toBe('[masked:secret] kept-secret-2');
    held.hold(['kept-secret-2']);
    held.hold(['kept-secret-2', 'kept-secret-3']);
    expect(held.redact('own-secret-1 kept-secret-2 kept-secret-3')).toBe(
      '[masked:secret] [masked:secret] [masked:secret]',
    );
    expect(held.redact(Buffer.from('kept-secret-2').toString('hex'))).toBe('[masked:secret]');
    expect(held.find('own-secret-1 kept-secret-3')).toEqual([
      { start: 0, end: 12, kind: 'secret-of-this-server' },
      { start: 13, end: 26, kind: 'content-of-a-sensitive-file' },
    ]);
  });
});

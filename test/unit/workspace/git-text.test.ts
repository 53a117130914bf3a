import { expect, it } from 'vitest';

import { excerpt, unquotePath, withoutCredentials } from '#workspace/git-text.ts';

it.each([
  ['plain/path.js', 'plain/path.js'],
  ['"a \\"b\\" \\\\.js"', 'a "b" \\.js'],
  ['"na\\303\\257ve.js"', 'naïve.js'],
  ['"line\\nend\\ttab"', 'line\nend\ttab'],
])('reads the quoted path %s', (quoted, path) => {
  expect(unquotePath(quoted)).toBe(path);
});

it.each([
  ['https://user:secret@example.com/x.git', 'https://example.com/x.git'],
  ["fatal: unable to access 'https://ghp_token@github.com/x/'", "fatal: unable to access 'https://github.com/x/'"],
  ['git@github.com:org/x.git', 'git@github.com:org/x.git'],
])('hides the credentials of %s', (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
});

it('cuts untrusted text to 1 KiB without breaking a character', () => {
  const cut = excerpt('é'.repeat(2_000));
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_024 + 3);
  expect(cut).toMatch(/^é+…$/);
  expect(excerpt('short')).toBe('short');
});

import { expect, it } from 'vitest';

import { ample, serveRepository } from '../support/served-repository.ts';

const reason = 'release every job that is done';
const rows = (word: string) => Array.from({ length: 60 }, (_, n) => `+export const ${word}${n} = ${n};`).join('\n');
const add = (path: string, word: string) => `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,60 @@\n${rows(word)}\n`;

it('the cap on lines is not reached again by taking changes back or moving them [gate:caps:lines]', async () => {
  await using served = await serveRepository({ files: { 'src/a.js': 'a\n' }, config: {}, budget: ample });
  await served.open('C-1', '--severity', 'SEV3');
  const apply = (change: object) => served.call('apply_patch', { incident_id: 'C-1', reason, ...change });
  const done = async (change: object) => expect((await apply(change)).text).toMatch(/^OK Patch applied/);

  await done({ patch: add('src/b.js', 'first') });
  await done({ edits: [{ path: 'src/b.js', delete: true }] });
  // The same lines again are not more lines.
  await done({ patch: add('src/b.js', 'second') });
  await done({ edits: [{ path: 'src/b.js', rename_to: 'src/c.js' }] });
  const third = await apply({
    patch: `--- a/src/c.js\n+++ b/src/c.js\n@@ -1,1 +1,41 @@\n${rows('third').split('\n').slice(0, 40).join('\n')}\n export const second0 = 0;\n`,
  });
  expect(third.text).toMatch(/^DENIED\[max_lines\] .* would have 160 changed lines/);
  await done({ edits: [{ path: 'src/a.js', old_text: 'a', new_text: 'b' }] });
});

it('the cap on lines holds where they end by a carriage return alone, too [gate:caps:lines]', async () => {
  const returns = (count: number) => Array.from({ length: count }, (_, n) => `v${n}`).join('\r');
  const files = { 'src/a.js': 'a\nb\n', 'src/old.js': `${returns(100)}\r` };
  await using served = await serveRepository({ files, config: {}, budget: ample });
  await served.open('C-1', '--severity', 'SEV3');
  const apply = (edit: object) =>
    served.call('apply_patch', { incident_id: 'C-1', reason, dry_run: true, edits: [edit] });
  const added = await apply({ path: 'src/new.js', content: returns(200) });
  expect(added.text).toMatch(/^DENIED\[max_lines, file_modes\/hidden_characters\] .* would have 200 lines/);
  const changed = await apply({ path: 'src/a.js', old_text: 'b', new_text: returns(160) });
  expect(changed.text).toMatch(/^DENIED\[max_lines, file_modes\/hidden_characters\] .* would have 161 lines/);
  // Git sees one line, which is another one now.
  const rewritten = await apply({ path: 'src/old.js', old_text: 'v50\r', new_text: '' });
  expect(rewritten.text).toMatch(/^DENIED\[max_lines, file_modes\/hidden_characters\] .* would have 199 lines/);
  const removed = await apply({ path: 'src/old.js', delete: true });
  expect(removed.text).not.toContain('max_lines');
});

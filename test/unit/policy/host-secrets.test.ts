import { describe, expect, it } from 'vitest';

import { judgeContent } from '#policy/host-secrets.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';

const policy = {} as HostPolicy;
// In parts, so that nobody takes this file for a leak.
const token = ['gh', 'p_', 'Zk3rT9qLx7Vn2Yb8Wc5Jd1Hf6Ms4Pg0QaEuR'].join('');
const placeholder = token.slice(0, 4) + 'x'.repeat(36);
const [head, tail] = [token.slice(0, 9), token.slice(9)];
const file = `import x from 'x';\nconst token = process.env.TOKEN;\nconst old = '${token.replace('Zk3r', 'Aa9b')}';\n`;

const linesOf = (input: Record<string, unknown>, before: string | undefined) =>
  judgeContent({ input }, 'src/a.ts', { before, policy }).map(
    ({ rule, evidence }) => `${rule} ${Number(evidence['line'])}`,
  );

describe('what an edit tool writes', () => {
  it.each<[string, Record<string, unknown>, string | undefined, readonly string[]]>([
    ['a whole file', { content: `a\nb = '${token}'\n` }, undefined, ['secrets_in_patch 2']],
    ['a whole file beside other words', { note: 'x', content: token }, undefined, ['secrets_in_patch 1']],
    ['words about a path', { path_note: token }, file, ['secrets_in_patch 1']],
    ['words about an id', { cell_id_note: token }, file, ['secrets_in_patch 1']],
    ['a file over another', { content: `${file}\nb = '${token}'\n` }, file, ['secrets_in_patch 5']],
    ['one replacement', { old_string: 'process.env.TOKEN', new_string: `'${token}'` }, file, ['secrets_in_patch 2']],
    ['architect’s replacement', { old_str: 'process.env.TOKEN', new_str: `'${token}'` }, file, ['secrets_in_patch 2']],
    [
      'every replacement',
      { old_string: 'x', new_string: token, replace_all: true },
      'x\nx\n',
      ['secrets_in_patch 1', 'secrets_in_patch 2'],
    ],
    [
      'replacements that make one together',
      {
        edits: [
          { old_string: 'process.env.TOKEN', new_string: `'${head}TAIL'` },
          { old_string: 'TAIL', new_string: tail },
        ],
      },
      file,
      ['secrets_in_patch 2'],
    ],
    [
      'the half that was missing',
      { old_string: 'REST', new_string: tail },
      `const a = '${head}REST';\n`,
      ['secrets_in_patch 1'],
    ],
    ['a replacement of what is not there', { old_string: 'nothing', new_string: token }, file, ['secrets_in_patch 1']],
    ['the first text of a new file', { old_string: '', new_string: token }, undefined, ['secrets_in_patch 1']],
    ['a cell of a notebook', { new_source: `t = '${token}'`, cell_id: 'c' }, '{"cells":[]}', ['secrets_in_patch 1']],
    ['a patch', { patch: `@@ -1 +1,2 @@\n a\n+b = '${token}'\n` }, undefined, ['secrets_in_patch 2']],
    ['the notes of a file', { content_path: 'a', my_old_text: token }, file, ['secrets_in_patch 1']],
    ['no more than the first place', { old_string: 'x', new_string: token }, 'x\nx\n', ['secrets_in_patch 1']],
    ['a file whose edits are none', { edits: [token] }, file, ['secrets_in_patch 1']],
    ['a file whose edit is nothing', { edits: [null, { new_string: token }] }, file, ['secrets_in_patch 1']],
    ['an edit without an old text', { old_string: 7, new_string: token }, file, ['secrets_in_patch 1']],
    ['an edit without a new text', { old_string: 'x', new_text: token, new_string: 7 }, file, ['secrets_in_patch 1']],
    ['an edit of an empty text', { old_string: '', new_string: token }, file, ['secrets_in_patch 1']],
    ['more than one text', { first: 'a', second: { third: ['b', token] } }, file, ['secrets_in_patch 3']],
    ['texts under names that nobody knows', { steps: [{ insert: `b = '${token}'` }] }, file, ['secrets_in_patch 1']],
  ])('is refused for a secret: %s [hook:edits:secrets]', (_, input, before, findings) => {
    expect(linesOf(input, before)).toEqual(findings);
  });

  it.each<[string, Record<string, unknown>]>([
    ['is there already', { content: `// first\n${file}` }],
    ['is taken away', { old_string: token, new_string: 'process.env.OLD' }],
    ['is in the file that is edited elsewhere', { old_string: 'import x', new_string: 'import y' }],
    ['is taken out by a patch', { patch: `@@ -1,2 +1 @@\n a\n-b = '${token}'\n` }],
    ['is a placeholder', { old_string: 'process.env.TOKEN', new_string: `'${placeholder}'` }],
    ['is the old half of an edit that cannot be made', { old_str: token, new_str: 'a', old_text: token }],
    ['is in the path of a file that is not written whole', { notebook_path: token, cell_id: token, new_source: 'x' }],
    ['is nowhere, since nothing is written', { limit: 7, none: null }],
    ['is the name of a file', { file_path: `/tmp/${token}`, content: '' }],
  ])('is let through where the secret %s', (_, input) => {
    expect(linesOf(input, file)).toEqual([]);
  });

  it('is told by its line alone, never by its value', () => {
    const [finding] = judgeContent({ input: { content: token } }, 'src/a.ts', { before: undefined, policy });

    expect(JSON.stringify(finding)).not.toContain(tail);
    expect(finding).toMatchObject({ effect: 'deny', reason: expect.stringContaining('Line 1 of "src/a.ts"') });
    expect(finding?.fix).toBe(
      'Read the value from the environment or a secret store, or write an obvious placeholder into "src/a.ts".',
    );
  });
});

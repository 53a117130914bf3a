import { expect, it } from 'vitest';

import { ample, serveRepository } from '../support/served-repository.ts';

const line = 'BILLING_ACCOUNT=northwind-4711-main';
const files = {
  '.architect.yaml': "guardrails:\n  sensitive_files: ['config/accounts.env']\n",
  'config/accounts.env': `# who pays\n${line}\n`,
  'package.json': JSON.stringify({ name: 'shop', version: '1.0.0', type: 'module', scripts: { test: 'node --test' } }),
  'src/a.js': 'export const a = 1;\n',
  'test/a.test.js': [
    "import { readFileSync } from 'node:fs';",
    "import { test } from 'node:test';",
    "test('a', () => {",
    "  const text = readFileSync('config/accounts.env', 'utf8');",
    '  console.log(text);',
    '  throw new Error(`it pays from ${text} ${Buffer.from(text.split("=")[1].trim()).toString("base64")}`);',
    '});',
    '',
  ].join('\n'),
};

it('what a repository keeps in sensitive files leaves in no answer, log, report or patch [outbound:sensitive-files:contents]', async () => {
  await using served = await serveRepository({ files, config: {}, budget: ample });
  await served.open('S-1', '--severity', 'SEV3');
  const change = (text: string) =>
    served.call('apply_patch', {
      incident_id: 'S-1',
      reason: 'name the account',
      edits: [{ path: 'src/a.js', old_text: 'export const a = 1;', new_text: text }],
    });

  const refused = await change("export const a = 'northwind-4711-main';");
  expect(refused.text).toMatch(/^DENIED\[secrets_in_patch\].*content-of-a-sensitive-file/);
  expect(refused.text).not.toContain('northwind-4711-main');
  expect((await change('export const a = 2;')).refused).toBe(false);

  const tested = await served.test('S-1');
  expect(tested.facts).toMatchObject({ verdict: expect.stringMatching(/^fail/) });
  expect(tested.text).toContain('[masked:secret]');
  const outputs = [
    JSON.stringify(tested),
    (await served.fixgate('report', 'S-1', '--format', 'json')).stdout,
    (await served.fixgate('report', 'S-1')).stdout,
  ];
  expect(outputs[1]).toContain('[masked:secret]');
  for (const output of outputs)
    for (const kept of ['northwind-4711-main', Buffer.from('northwind-4711-main').toString('base64')])
      expect(output).not.toContain(kept);
});

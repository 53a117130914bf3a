import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { expect, it } from 'vitest';

import { root } from '../support/citations.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

const secret = 'pear-orchard-tango-81';
const written = [
  secret,
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1),
];

const secretOf = (text: string) => written.filter((form) => text.includes(form));

it.each(['plain', 'hex', 'base64'] as const)(
  'no secret of the configuration stands in what a failed command says, written %s [outbound:stderr:masked]',
  async (form) => {
    await using folder = await temporaryFolder();
    writeFileSync(
      join(folder.path, 'fixgate.yaml'),
      'version: 1\ncode_host: { provider: github, owner: shop, repo: orders, token: { env: HOST_TOKEN } }\n',
    );
    const name = { plain: secret, hex: Buffer.from(secret).toString('hex'), base64: btoa(secret) }[form];
    const { stderr, exitCode } = await execa(process.execPath, [join(root, 'src/main.ts'), 'report', `INC-${name}`], {
      cwd: folder.path,
      env: { FIXGATE_STATE_DIR: join(folder.path, 'state'), HOST_TOKEN: secret },
      reject: false,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('[masked:secret]');
    expect(secretOf(stderr)).toEqual([]);
  },
);

it('no secret stands in the stack of an error that nobody expected [outbound:stderr:masked]', async () => {
  const program = `
    import { openLastWord } from '#cli/last-word.ts';
    const lastWord = openLastWord();
    lastWord.hold(['${secret}']);
    setTimeout(() => { throw new Error('GET https://u:${secret}@h failed', { cause: new Error('${btoa(secret)}') }); });
    setInterval(() => {}, 1_000);
  `;
  const run = await execa(process.execPath, ['--input-type=module-typescript', '-e', program], {
    cwd: root,
    reject: false,
  });
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('GET https://u:[masked:');
  expect(secretOf(run.stderr)).toEqual([]);
});

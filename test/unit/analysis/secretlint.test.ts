import { describe, expect, it } from 'vitest';

import { createSecretlint } from '#analysis/secretlint.ts';

import { ALNUM, material } from '../../fixtures/secrets/random.ts';
import { cpuMs } from '../../support/cpu-time.ts';

const scan = createSecretlint();
const token = `ghp_${material(1).of(ALNUM, 36)}`;

describe('the second opinion on secrets', () => {
  it('says where a secret is and of which kind, and nothing of its value', async () => {
    const text = `const a = 1;\nconst b = '${token}';\n`;
    const start = text.indexOf(token);
    expect(await scan(text, 'a.js')).toEqual([{ start, end: start + token.length, kind: 'secretlint/github' }]);
  });

  it('obeys no comment that would switch it off [gate:secrets:second-opinion]', async () => {
    const text = `// secretlint-disable\n// secretlint-disable-next-line\nx('${token}'); // secretlint-disable-line\n`;
    expect(await scan(text, 'a.js')).toHaveLength(1);
  });

  it('opens no file of that name on this computer', async () => {
    expect(await scan('{}', '/etc/passwd.p12')).toEqual([]);
  });

  it.each([
    ['tokens', 'ghs_1_a.'],
    ['addresses', 'https://a:b'],
    ['keys', '-----BEGIN PRIVATE KEY-----\n'],
    ['one letter', 'a'],
  ])('of 1 MB of begun %s takes time in proportion', async (_, part) => {
    const began = cpuMs();
    await scan(part.repeat(Math.ceil(1_000_000 / part.length)), 'a.js');
    expect(cpuMs() - began).toBeLessThan(3_000);
  });

  it('says so when it cannot be given, and tries again the next time [gate:secrets:fail-closed]', async () => {
    let broken = true;
    const shaky = createSecretlint({
      load: async () => {
        if (broken) throw new Error('the file of the rules is gone');
        return { rules: [] };
      },
    });
    await expect(shaky('a', 'a.js')).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('the file of the rules is gone'),
      fix: expect.stringContaining('restart'),
    });
    broken = false;
    expect(await shaky('a', 'a.js')).toEqual([]);
  });
});

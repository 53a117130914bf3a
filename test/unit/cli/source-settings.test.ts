import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { sourceSettings } from '#cli/source-settings.ts';
import { loadConfig } from '#config/load.ts';

import { temporaryFolder } from '../../support/temporary-repository.ts';

const LOKI = 'url: http://127.0.0.1:1, token: { env: TOKEN }';

/** The digest of the settings that a text of sources and services has. */
async function settingsOf(
  text: string,
  { token = 'hunter2-hunter2', needsSecrets = true }: { readonly token?: string; readonly needsSecrets?: boolean } = {},
) {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'fixgate.yaml'), `version: 1\n${text}\n`);
  const environment = token === '' ? {} : { TOKEN: token };
  return sourceSettings(loadConfig({ workingDirectory: folder.path, path: undefined, environment, needsSecrets }));
}

const files = (path: string) => `sources: { logs: { provider: files, paths: [${path}] } }`;
const loki = `sources: { logs: { provider: loki, ${LOKI} } }`;
const service = (query: string) => `${loki}\nservices: { shop: { logs: { source: logs, query: '${query}' } } }`;

describe('settings of sources are other ones [evidence:sources:own]', () => {
  it.each([
    ['with another path', () => settingsOf(files('/a')), () => settingsOf(files('/b'))],
    ['with another provider', () => settingsOf(files('/a')), () => settingsOf(loki)],
    ['with another secret', () => settingsOf(loki), () => settingsOf(loki, { token: 'other-other-other' })],
    ['with another query of a service', () => settingsOf(service('{a="b"}')), () => settingsOf(service('{a="c"}'))],
  ])('%s, and the same as often as they are read', async (_, one, other) => {
    expect(await one()).toMatch(/^[0-9a-f]{64}$/);
    expect(await one()).toBe(await one());
    expect(await one()).not.toBe(await other());
  });

  it('and not known where a secret is not there', async () => {
    expect(await settingsOf(loki, { token: '', needsSecrets: false })).toBeUndefined();
  });
});

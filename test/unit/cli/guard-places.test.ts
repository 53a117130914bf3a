import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { guardStatus } from '#cli/guard.ts';
import type { Config } from '#config/load.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'fixgate-guard-')));
  for (const name of ['ops', 'shop/ops', 'shop-state', 'state'])
    mkdirSync(path.join(folder, name), { recursive: true, mode: 0o755 });
  for (const name of ['ops/a.yaml', 'shop/ops/a.yaml']) writeFileSync(path.join(folder, name), '', { mode: 0o600 });
  symlinkSync(path.join(folder, 'shop/ops/a.yaml'), path.join(folder, 'ops/linked.yaml'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Why the guard of a server with these files is advisory. */
function reasonsOf(files: Readonly<Record<string, unknown>>, stateFolder = 'state'): readonly string[] {
  const config = {
    file: { agents: 'other_account', services: {}, ...files },
    path: path.join(folder, 'ops/a.yaml'),
    folder: path.join(folder, 'ops'),
  } as unknown as Config;
  const proof = { mode: 'signed' as const, signerOf: async () => undefined };
  const { strength, reasons } = guardStatus({
    config,
    stateFolder: path.join(folder, stateFolder),
    proof,
    transport: 'http',
  });
  expect(strength).toBe(reasons.length > 0 ? 'advisory' : 'enforced');
  return reasons.map(({ why }) => why.replaceAll(`${folder}/`, ''));
}

describe('what decides, within a repository that agents change', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string | undefined]>([
    ['the policy', { repository: '../shop', policy: '../shop/ops/a.yaml' }, undefined],
    ['the approvers', { repository: '../shop', approvers: '../shop/ops/a.yaml' }, undefined],
    ['a link to it', { repository: '../shop', approvers: './linked.yaml' }, undefined],
    [
      'the repository of a service',
      { services: { x: { repository: '../shop' } }, policy: '../shop/ops/a.yaml' },
      undefined,
    ],
    ['the records', { repository: '../shop' }, 'shop/state'],
  ])('makes the guard advisory: %s [cli:doctor:next-steps]', (_, files, stateFolder) => {
    expect(reasonsOf(files, stateFolder)).toEqual([
      expect.stringMatching(/ lies in the repository shop, which agents change by pull requests$/),
    ]);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string | undefined]>([
    ['files elsewhere', { repository: '../shop', policy: './a.yaml', approvers: './a.yaml' }, undefined],
    ['a folder with a longer name', { repository: '../shop' }, 'shop-state'],
    [
      'a repository at an address',
      { repository: 'https://example.com/shop.git', policy: '../shop/ops/a.yaml' },
      undefined,
    ],
    ['no repository', { policy: '../shop/ops/a.yaml' }, undefined],
  ])('is no matter of %s', (_, files, stateFolder) => {
    expect(reasonsOf(files, stateFolder)).toEqual([]);
  });
});

import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  symlinkSync('../shop/ops/later.yaml', path.join(folder, 'ops/dangling.yaml'));
  symlinkSync(path.join(folder, 'ops/dangling.yaml'), path.join(folder, 'ops/twice.yaml'));
  symlinkSync(path.join(folder, 'ops/a.yaml'), path.join(folder, 'shop/ops/out.yaml'));
  symlinkSync(path.join(folder, 'shop/ops'), path.join(folder, 'linked-ops'));
  symlinkSync(path.join(folder, 'shop'), path.join(folder, 'shop-too'));
  symlinkSync('round.yaml', path.join(folder, 'ops/round.yaml'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Why the guard of a server with these files is advisory. */
function reasonsOf(files: Readonly<Record<string, unknown>>, stateFolder = 'state'): readonly string[] {
  const config = {
    file: { agents: 'other_account', services: {}, ...files },
    path: path.join(folder, 'ops/a.yaml'),
    folder: path.join(folder, 'ops'),
  } as unknown as Config;
  const proof = { mode: 'signed' as const, signersOf: async () => [], approvers: () => [] };
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
    ['a link to what is not there yet', { repository: '../shop', approvers: './dangling.yaml' }, undefined],
    ['a link to such a link', { repository: '../shop', policy: './twice.yaml' }, undefined],
    ['a link that lies there', { repository: '../shop', policy: '../shop/ops/out.yaml' }, undefined],
    ['a file in a linked folder', { repository: '../shop', policy: '../linked-ops/a.yaml' }, undefined],
    ['a repository that is named by a link', { repository: '../shop-too', policy: '../linked-ops/a.yaml' }, undefined],
    ['the records', { repository: '../shop' }, 'shop/state'],
    ['the records behind a link', { repository: '../shop' }, 'linked-ops/state'],
  ])('makes the guard advisory: %s [cli:doctor:next-steps]', (_, files, stateFolder) => {
    expect(reasonsOf(files, stateFolder)).toEqual([
      expect.stringMatching(/ lies in the repository shop(?:-too)?, which agents change by pull requests$/),
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
    ['a link in a circle', { repository: '../shop', policy: './round.yaml' }, undefined],
    ['no repository', { policy: '../shop/ops/a.yaml' }, undefined],
  ])('is no matter of %s', (_, files, stateFolder) => {
    expect(reasonsOf(files, stateFolder)).toEqual([]);
  });

  it('is told beside what its mode allows [cli:doctor:next-steps]', () => {
    chmodSync(path.join(folder, 'shop/ops/a.yaml'), 0o666);
    expect(reasonsOf({ repository: '../shop', approvers: './linked.yaml' })).toEqual([
      expect.stringMatching(/can be written by other accounts$/),
      expect.stringMatching(/^ops\/linked\.yaml leads to shop\/ops\/a\.yaml, which lies in the repository shop,/),
    ]);
  });
});

import { describe, expect, it } from 'vitest';

import { FILE_CLASSES } from '#policy/classes.ts';
import type { FileEntry } from '#policy/file-rules.ts';
import type { Policy } from '#policy/schema.ts';

import { findings, patch, publishing, rules, shipped, touching, write } from '../samples.ts';

const withFiles = (...entries: FileEntry[]): Policy => ({ ...shipped, protected_files: entries });
const effects = (path: string, ...entries: FileEntry[]) =>
  findings(touching(path), withFiles(...entries)).map(({ rule, effect }) => `${effect} ${rule}`);

describe('a rule of protected_files', () => {
  it.each<[string, string, readonly FileEntry[], readonly string[]]>([
    ['a bare glob denies', 'db/a.sql', ['db/**'], ['deny protected_files/db/**']],
    ['deny denies', 'db/a.sql', [{ glob: 'db/**', effect: 'deny' }], ['deny protected_files/db/**']],
    [
      'require_approval asks',
      'db/a.sql',
      [{ glob: 'db/**', effect: 'require_approval' }],
      ['require_approval protected_files/db/**'],
    ],
    [
      'the strictest decides, whatever the order',
      'db/a.sql',
      [{ glob: '*.sql', effect: 'require_approval' }, { glob: 'db/**', effect: 'allow' }, 'db/a.*'],
      ['deny protected_files/db/a.*', 'require_approval protected_files/*.sql'],
    ],
    ['allow lifts what is built in and asks', 'package.json', [{ glob: 'package.json', effect: 'allow' }], []],
    ['allow works in folders', 'scripts/ci/run.sh', [{ glob: 'scripts/**', effect: 'allow' }], []],
    [
      'allow lifts no denial of its own list',
      '.env',
      ['.env', { glob: '.env', effect: 'allow' }],
      ['deny protected_files/.env'],
    ],
    [
      'allow lifts no built-in denial',
      '.npmrc',
      [{ glob: '.npmrc', effect: 'allow' }],
      ['deny built_in_files/package-manager-configuration'],
    ],
    [
      'allow lifts nothing in another case',
      'Package.JSON',
      [{ glob: 'package.json', effect: 'allow' }],
      ['require_approval built_in_files/package-manifest'],
    ],
    [
      'allow lifts nothing below a file of that name',
      'web/Makefile',
      [{ glob: 'web', effect: 'allow' }],
      ['require_approval built_in_files/build-file'],
    ],
    [
      'allow stays within a component',
      'a/b/Makefile',
      [{ glob: 'a/*', effect: 'allow' }],
      ['require_approval built_in_files/build-file'],
    ],
    [
      'allow reads braces as they are',
      'Makefile',
      [{ glob: '{Makefile,x}', effect: 'allow' }],
      ['require_approval built_in_files/build-file'],
    ],
    ['without allow a human is asked', 'package.json', [], ['require_approval built_in_files/package-manifest']],
  ])('%s [gate:policy:tri-state]', (_, path, entries, expected) => {
    expect(effects(path, ...entries)).toEqual(expected);
  });

  it('tells why, and what to do instead [gate:policy:tri-state]', () => {
    const [finding] = findings(
      touching('db/a.sql'),
      withFiles({ glob: 'db/**', effect: 'deny', reason: 'Nobody can roll it back.', instead: 'ask the data team' }),
    );
    expect(finding?.reason).toBe(
      '"db/a.sql" may not be changed: it is covered by protected_files (db/**). The operator says why: Nobody can roll it back.',
    );
    expect(finding?.fix).toMatch(/; instead: ask the data team\.$/);
  });

  it('is not asked again when what was approved is published, and denies there as ever', () => {
    const netChanges = [{ path: 'db/a.sql', change: 'modify' as const, added: 1, removed: 0 }];
    const asking = withFiles({ glob: 'db/**', effect: 'require_approval' });
    expect(rules(publishing({ netChanges }), asking)).toEqual([]);
    expect(rules(publishing({ netChanges }), withFiles('db/**'))).toEqual(['protected_files/db/**']);
  });

  it('asks about copies out of a file, too', () => {
    const asking = withFiles({ glob: 'db/**', effect: 'require_approval' });
    const [finding] = findings(patch({ reads: ['db/a.sql'] }), asking);
    expect(finding?.reason).toMatch(/copied or moved elsewhere/);
  });
});

describe('an opening', () => {
  it.each<[string, string, boolean]>([
    ['.github/workflows/ci.yml', '.github/**', true],
    ['.github/.hidden/ci.yml', '.github/**', true],
    ['scripts/run.sh', '/scripts/*', true],
    ['web/scripts/run.sh', '/scripts/*', false],
    ['web/Makefile', 'Makefile', true],
    ['web/Makefile', '/Makefile', false],
    ['Makefile', '!package.json', false],
    ['Makefile', '#x', false],
    ['#x.sh', '#x.sh', true],
    ['!x.sh', '!x.sh', true],
    ['a.sh', '{a,b}.sh', false],
    ['a.sh', '+(a).sh', false],
    ['+(a).sh', '+(a).sh', true],
    ['.x.sh', '*.sh', true],
  ])('of %j by %j: %s', (path, glob, opened) => {
    const asked = effects(path, { glob, effect: 'allow' }).filter((each) =>
      each.startsWith('require_approval built_in'),
    );
    expect(asked.length === 0).toBe(opened);
  });
});

describe('a class of files', () => {
  it.each<[keyof typeof FILE_CLASSES, string, string]>([
    ['@lockfiles', 'web/package-lock.json', 'package.lock.md'],
    ['@lockfiles', 'go.sum', 'src/go.summary'],
    ['@ci', '.github/workflows/release.yml', 'docs/ci.md'],
    ['@ci', 'Jenkinsfile.prod', 'src/jenkins.ts'],
    ['@secrets', 'deploy/id_ed25519', 'src/secrets.ts'],
    ['@secrets', 'services/.env.local', 'src/credentials.ts'],
    ['@secrets', 'secrets/db', 'src/key.ts'],
    ['@migrations', 'app/migrations/0042.py', 'docs/migration.md'],
    ['@migrations', 'sql/V12__orders.sql', 'sql/view.sql'],
    ['@infra', 'infra/main.tf', 'src/transform.ts'],
    ['@infra', 'charts/shop/values.yaml', 'src/charts/bar.tsx'],
  ])('%s covers %s and not %s [gate:policy:classes]', (name, covered, free) => {
    expect(effects(covered, name)).toContain(`deny protected_files/${name}`);
    expect(effects(free, name)).toEqual([]);
  });

  it('works in sensitive_files and with an effect of its own [gate:policy:classes]', () => {
    expect(rules(touching('a/id_rsa'), { ...withFiles(), sensitive_files: ['@secrets'] })).toEqual([
      'sensitive_files/@secrets',
    ]);
    expect(effects('go.sum', { glob: '@lockfiles', effect: 'require_approval' })).toEqual([
      'require_approval protected_files/@lockfiles',
    ]);
  });

  it('is in force with each of its globs', () => {
    for (const globs of Object.values(FILE_CLASSES)) expect(new Set(globs).size).toBe(globs.length);
  });
});

describe('file_scope: rca_files', () => {
  const policy: Policy = { ...shipped, file_scope: 'rca_files' };
  const fresh = (path: string) => {
    const { before: _before, ...rest } = write(path);
    return rest;
  };

  it.each<[string, ReturnType<typeof patch>, boolean]>([
    ['a named file may change', patch({ rcaFiles: ['src/orders.js'] }), true],
    ['another may not', patch({ rcaFiles: ['src/queue.js'] }), false],
    ['nothing is named when nobody asked', patch(), false],
    ['a new test may be added', patch({ rcaFiles: [], writes: [fresh('test/orders.test.js')] }), true],
    ['a new file elsewhere may not', patch({ rcaFiles: [], writes: [fresh('src/orders.test.js')] }), false],
    ['an existing test may not change', patch({ rcaFiles: [], writes: [write('test/orders.test.js')] }), false],
    [
      'a named file may go, but not to a new place',
      patch({ rcaFiles: ['src/a.js'], writes: [write('src/a.js'), fresh('src/b.js')] }),
      false,
    ],
  ])('%s [gate:policy:file-scope]', (_, action, allowed) => {
    expect(rules(action, policy)).toEqual(allowed ? [] : ['file_scope']);
    expect(rules(action)).toEqual([]);
  });

  it('says which files are outside, and which it knows', () => {
    const [finding] = findings(patch({ rcaFiles: ['src/queue.js'] }), policy);
    expect(finding).toMatchObject({ evidence: { outside: ['src/orders.js'], named: ['src/queue.js'] } });
    expect(finding?.reason).toMatch(/it names "src\/queue\.js"; outside of it: "src\/orders\.js"/);
  });
});

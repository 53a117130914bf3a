import { describe, expect, it } from 'vitest';

import { findings, patch, publishing, rules, shipped, touching, write } from '../samples.ts';

describe('protected files', () => {
  it.each([
    ['services/pay/.env', '*.env*'],
    ['ops/live.env.sample', '*.env*'],
    ['src/app.environment.ts', '*.env*'],
    ['config/production.toml', 'config/production.*'],
    ['config/production.d/extra.yml', 'config/production.*'],
    ['k8s/production/eu/orders/service.yaml', 'k8s/production/**'],
    ['k8s', 'k8s/production/**'],
    ['k8s/production', 'k8s/production/**'],
    ['tools/Dockerfile.d/x', 'Dockerfile*'],
    ['poetry.lock', '*.lock'],
    ['state.lock/data.json', '*.lock'],
    ['CONFIG/PRODUCTION.YML', 'config/production.*'],
    ['config/prоduction.yml', 'config/production.*'],
    ['config/ｐroduction.yml', 'config/production.*'],
    ['yarn.loсk', '*.lock'],
  ])('refuses %j by %s [gate:files:protected]', (path, glob) => {
    expect(rules(touching(path))).toContain(`protected_files/${glob}`);
  });

  it.each([
    'config/production',
    'config/production-notes.md',
    'apps/web/config/production.yml',
    'k8s/production-us/service.yaml',
    'src/k8s/production.ts',
    'deploy/api.Dockerfile',
    'package-lock.json',
    'src/environment.js',
    'src/locks.ts',
    'app/[id]/page.tsx',
    'docs/Überblick.md',
    'src/components/head/index.js',
    'src/workspace/index.ts',
  ])('allows %j', (path) => {
    expect(rules(touching(path))).toEqual([]);
  });

  it('reports every glob that covers a path and every path that is covered [tools:refusals:all-findings]', () => {
    const found = findings(touching('src/ok.js', '.env.lock', 'Dockerfile'));
    expect(found.map((finding) => finding.rule)).toEqual([
      'protected_files/*.env*',
      'protected_files/*.lock',
      'protected_files/Dockerfile*',
    ]);
    expect(found[0]?.evidence).toMatchObject({ path: '.env.lock', other_paths_ok: ['src/ok.js'] });
    expect(found[0]?.fix).toContain('"src/ok.js"');
  });

  it('refuses to copy out of a protected file [gate:files:protected]', () => {
    expect(rules(patch({ reads: ['config/production.yml'] }))).toEqual(['protected_files/config/production.*']);
  });

  it('refuses to delete a protected file [gate:files:protected]', () => {
    const { after: _after, ...deletion } = write('.env');
    expect(rules(patch({ writes: [deletion] }))).toContain('protected_files/*.env*');
  });

  it('covers sensitive files in the same way', () => {
    const policy = { ...shipped, sensitive_files: ['secrets/**'] };
    expect(rules(touching('secrets/key.pem'), policy)).toEqual(['sensitive_files/secrets/**']);
    expect(rules(patch({ reads: ['secrets/key.pem'] }), policy)).toEqual(['sensitive_files/secrets/**']);
  });

  it('is asked again when the change is published [gate:publish:again]', () => {
    const netChanges = [{ path: 'web/yarn.lock', change: 'modify' as const, added: 1, removed: 0 }];
    expect(rules(publishing({ netChanges }))).toEqual(['protected_files/*.lock']);
  });

  it.each([
    ['!keep.txt', '!keep.txt', 'keep.txt'],
    ['#notes', '#notes', 'notes'],
    ['{a,b}.txt', '{a,b}.txt', 'a.txt'],
    ['+(a).txt', '+(a).txt', 'a.txt'],
  ])('reads %j literally', (glob, covered, other) => {
    const policy = { ...shipped, protected_files: [glob] };
    expect(rules(touching(covered), policy)).toEqual([`protected_files/${glob}`]);
    expect(rules(touching(other), policy)).toEqual([]);
  });

  it.each(['/build/**', 'build/', './build/**', 'build/[!x]*'])('takes %j as a folder at the root', (glob) => {
    const policy = { ...shipped, protected_files: [glob] };
    expect(rules(touching('build/out.txt'), policy)).toEqual([`protected_files/${glob}`]);
  });
});

describe('canonical paths', () => {
  it.each([
    ['config//app.yml', 'empty component'],
    ['src/./a.ts', 'component "."'],
    ['src/../a.ts', 'component ".."'],
    ['/etc/hosts', 'absolute'],
    ['~/notes.txt', 'tilde'],
    ['src\\a.ts', 'backslash'],
    ['c:/a.ts', 'colon'],
    ['src/a.ts.', 'ends with a dot'],
    ['src/a.ts ', 'ends with a space'],
    ['src/LONGNA~1.TS', '8.3'],
    ['src/a\u0000.ts', 'control character'],
    ['src/a\r', 'control character'],
    ['src/a\u200b.ts', 'invisible character'],
    ['src/e\u0301.ts', 'NFC'],
    ['src/\ufffd.ts', 'UTF-8'],
    ['src/a\u2028b.ts', 'control character'],
    ['', 'empty'],
  ])('refuses %j [gate:files:canonical]', (path, why) => {
    const found = findings(touching(path)).find((finding) => finding.rule === 'path_canonical');
    expect(found?.reason).toContain(why);
  });

  it.each([
    ['/srv/orders/src/cart.ts', 'which is "src/cart.ts".'],
    ['/srv/orders/../etc/hosts', 'such as src/app.ts.'],
    ['/srv/orders//etc/hosts', 'such as src/app.ts.'],
    ['/srv/orders-2/src/cart.ts', 'such as src/app.ts.'],
    ['/srv/orders', 'such as src/app.ts.'],
  ])('says of %j what to write instead', (path, example) => {
    const found = findings(touching(path)).find((finding) => finding.rule === 'path_canonical');
    expect(found?.fix).toContain(example);
  });

  it('never repeats a hidden character as it is', () => {
    expect(findings(touching('src/a\u202e.ts'))[0]?.reason).toContain('\\u202e');
  });
});

describe('built-in protections', () => {
  it.each([
    ['.git/config', 'git'],
    ['vendor/lib/.GIT/hooks/pre-push', 'git'],
    ['docs/.gitattributes', 'git'],
    ['mirror.git/HEAD', 'bare-repository'],
    ['.claude/settings.json', 'agent-configuration'],
    ['.architect.yaml', 'agent-configuration'],
    ['apps/web/.vscode/launch.json', 'editor-configuration'],
    ['.yarnrc.yml', 'package-manager-configuration'],
    ['.yarn/releases/yarn-4.cjs', 'package-manager-configuration'],
    ['fixgate.yaml', 'fixgate-configuration'],
  ])('refuse %j as %s, whatever the policy says [gate:files:built-in]', (path, name) => {
    const open = { ...shipped, protected_files: [] };
    expect(findings(touching(path), open)).toEqual([
      expect.objectContaining({ rule: `built_in_files/${name}`, effect: 'deny' }),
    ]);
  });

  it.each([
    ['package.json', 'package-manifest'],
    ['packages/a/vite.config.ts', 'tool-configuration'],
    ['tests/conftest.py', 'test-set-up'],
    ['Makefile', 'build-file'],
    ['.github/workflows/release.yml', 'ci'],
    ['bin/deploy.sh', 'script'],
    ['crates/a/Cargo.toml', 'package-manifest'],
    ['pnpm-workspace.yaml', 'package-manifest'],
    ['.storybook/main.ts', 'tool-configuration'],
    ['lefthook.yml', 'tool-configuration'],
    ['spec/rails_helper.rb', 'test-set-up'],
    ['nix/shell.nix', 'build-file'],
    ['docs/AGENTS.md', 'agent-instructions'],
  ])('need a human for %j (%s) [gate:files:built-in]', (path, name) => {
    expect(findings(touching(path))).toEqual([
      expect.objectContaining({ rule: `built_in_files/${name}`, effect: 'require_approval' }),
    ]);
  });

  it('do not ask again when an approved change is published', () => {
    const netChanges = [{ path: 'package.json', change: 'modify' as const, added: 1, removed: 0 }];
    expect(rules(publishing({ netChanges }))).toEqual([]);
  });
});

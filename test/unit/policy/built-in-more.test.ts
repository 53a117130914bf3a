import { expect, it } from 'vitest';

import { rules, touching } from './samples.ts';

it.each([
  ...['.qwen/settings.json', '.crush.json', 'web/crush.json', '.factory/x', '.junie/guidelines.md', '.trae/rules'].map(
    (path) => [path, 'agent-configuration'],
  ),
  ...['.augment-guidelines', '.goosehints', '.agents/x'].map((path) => [path, 'agent-configuration']),
  ...['x.code-workspace', 'x.Sublime-Project', 'src/.vimrc', '.exrc', '.nvimrc', '.nvim.lua', '.gitpod.yml'].map(
    (path) => [path, 'editor-configuration'],
  ),
  ['.replit', 'editor-configuration'],
  ...['.stylelintrc.js', '.commitlintrc.cjs', '.releaserc.js', 'rust-toolchain', 'rust-toolchain.toml'].map((path) => [
    path,
    'tool-configuration',
  ]),
  ...['gradle.properties', '.gdbinit', '.lldbinit', 'src/.pdbrc', '.irbrc', '.pryrc', '.Rprofile'].map((path) => [
    path,
    'tool-configuration',
  ]),
  ...['test/mocha.opts', 'cypress.json'].map((path) => [path, 'test-set-up']),
  ...['Earthfile', 'Dangerfile', 'fastlane/Fastfile', 'Guardfile', 'Capfile', 'ios/Podfile'].map((path) => [
    path,
    'build-file',
  ]),
  ...['init.gradle.kts', 'buildSrc/src/main/groovy/X.groovy', 'configure', 'configure.ac', 'meson.build'].map(
    (path) => [path, 'build-file'],
  ),
  ...['SConstruct', 'lib/SConscript', 'wscript', 'cmake/Find.cmake', 'build.zig', 'build.sc', 'rebar.config'].map(
    (path) => [path, 'build-file'],
  ),
  ['project.clj', 'build-file'],
  ...['AGENT.md', 'docs/QWEN.md', 'WARP.md'].map((path) => [path, 'agent-instructions']),
])('%s is the %s of some tool [gate:files:built-in]', (path, group) => {
  expect(rules(touching(path ?? ''))).toEqual([`built_in_files/${group}`]);
});

it.each([
  'src/configure.ts',
  'configure/index.js',
  'src/goose.ts',
  'docs/agents/x.md',
  'src/cypress.ts',
  'src/earthfile.go',
  'src/vimrc.ts',
  'src/factory/x.ts',
  'lib/mocha.js',
  'docker/compose.yml',
  'tsconfig.json',
  'CODEOWNERS',
  'requirements.txt',
])('%s is ordinary', (path) => {
  expect(rules(touching(path))).toEqual([]);
});

import { expect, it } from 'vitest';

import { deniedRules } from '#policy/built-in-paths.ts';
import { words } from '#policy/built-in-rule.ts';

import { findings, rules, shipped, touching } from './samples.ts';

const of = (group: string, paths: string) => words(paths).map((path) => [path, group] as const);

it.each([
  ...of(
    'installed-dependency',
    `node_modules/chk/index.js test/node_modules/chai/index.js Node_Modules/x/index.js node_modules/.vite/deps/x.js
    .venv/lib/python3.12/site-packages/a.py venv/lib/python3.11/site-packages/pytest.py api/venv/bin/pytest env/pyvenv.cfg
    env/lib/python3.12/site-packages/a.py usr/dist-packages/a.py __pypackages__/3.12/lib/a.py .tox/py/a.py
    .nox/a.py .yarn/cache/a.txt .yarn/unplugged/a/index.js .yarn/install-state.gz .gradle/a.bin .m2/settings.xml
    .dart_tool/package_config.json`,
  ),
  ...of(
    'package-manager-configuration',
    '.yarn/releases/yarn.cjs .pnp.cjs .pnp.loader.mjs pip.conf api/NuGet.Config .gemrc',
  ),
  ...of(
    'agent-configuration',
    '.kilocode/mcp.json .kilocodemodes .roomodes .roorules-code opencode.jsonc .openhands/setup.sh .amp/settings.json .agent/x',
  ),
  ...of(
    'editor-configuration',
    '.helix/languages.toml .dir-locals.el .dir-locals-2.el .vim/x .nvim/init.lua _vimrc .vs/x .settings/x .project',
  ),
  ...of('shell-environment', '.zprofile .zlogin .bash_login .bash_logout .inputrc'),
])('no policy opens %s (%s) [gate:files:built-in]', (path, group) => {
  expect(findings(touching(path), { ...shipped, protected_files: [{ glob: '**', effect: 'allow' }] })).toEqual([
    expect.objectContaining({ rule: `built_in_files/${group}`, effect: 'deny' }),
  ]);
  expect(deniedRules.some(({ name }) => name === group)).toBe(true);
});

it.each([
  ...of(
    'vendored-dependency',
    `vendor/chk/chk.go vendor/autoload.php vendor/bundle/ruby/3.3.0/gems/a/a.rb api/vendor/github.com/x/y/z.go
    api/vendor/modules.txt Godeps/_workspace/x.go Pods/A/a.m bower_components/a/a.js .yarn/patches/a.patch patches/chai+4.patch
    __mocks__/chai.js test/fixtures/a/node_modules/b/index.js internal/testdata/node_modules/a/a.js`,
  ),
  ...of(
    'shadowing-module',
    `pytest.py PyTest.py api/tests/pytest.py pytest/__init__.py _pytest/runner.py pluggy.py unittest.py tests/unittest/__init__.py
    pytest_cov.py json.py typing.py logging/__init__.py mock.py sitecustomize.py lib/usercustomize.py evil.pth
    evil.egg-info/entry_points.txt evil-1.dist-info/entry_points.txt x.egg-link lib/minitest.rb lib/minitest/x_plugin.rb
    minitest/autorun.rb rspec.rb lib/rspec/core.rb lib/rspec/core/runner.rb lib/rspec/expectations/x.rb test/unit.rb
    lib/test/unit.rb bundler/setup.rb t/lib/Test/More.pm src/test/java/org/junit/jupiter/api/Assertions.java
    src/test/java/org/assertj/core/api/Assertions.java src/test/kotlin/kotlin/test/Assert.kt`,
  ),
  ...of(
    'test-set-up',
    `pytest.toml .pytest.toml .pytest.ini .taprc .coveragerc .nycrc.json .c8rc spec/support/jasmine.json spec/support/jasmine.mjs
    unit.runsettings .runsettings src/test/resources/junit-platform.properties testng.xml .rspec-local .vscode-test.mjs
    cucumber.yml features/support/env.rb features/environment.py tests/Pest.php behat.yml xunit.runner.json A.xctestplan`,
  ),
  ...of(
    'build-file',
    `Taskfile.dist.yml taskfile.dist.yaml Taskfile_linux.yml App.csproj src/App.fsproj App.vbproj Directory.Build.props
    Directory.Build.targets obj/App.csproj.x.targets build.proj MSBuild.rsp gradle/test.gradle conventions.gradle.kts
    build-logic/src/x.kt BUILD lib/BUILD WORKSPACE.bazel MODULE.bazel defs.bzl mod.just tools.just rules.make GNUmakefile.local
    lib/tasks/x.rake CMakePresets.json App.xcodeproj/project.pbxproj dune Setup.hs`,
  ),
  ...of(
    'tool-configuration',
    `libs/a/project.json .config/mise/config.toml .config/mise.toml mise.local.toml .mise.local.toml .mise/config.toml
    mise-tasks/test .lefthook.yml lefthook-local.yml .pylintrc pylintrc .rubocop.yml mypy.ini .flake8 .config/dotnet-tools.json
    src/main/resources/META-INF/services/org.slf4j.Provider .simple-git-hooks.cjs`,
  ),
  ...of(
    'package-manifest',
    'gems.rb go.mod go.work Pipfile uv.toml gradle/libs.versions.toml Directory.Packages.props',
  ),
  ...of('agent-instructions', 'skills/x/SKILL.md CRUSH.md .rules .claude-plugin/plugin.json'),
  ...of('ci', '.cirrus.yml .builds/x.yml .zuul.d/x.yaml .tekton/x.yaml'),
])('a human has to agree to %s (%s) [gate:files:built-in]', (path, group) => {
  expect(findings(touching(path))).toEqual([
    expect.objectContaining({ rule: `built_in_files/${group}`, effect: 'require_approval' }),
  ]);
});

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
  ...words(`src/vendor/vendor.service.ts app/models/vendor/list.rb src/vendors.ts src/node_modules.ts docs/venv.md src/venv/index.py
  src/site-packages.md src/app/json.py src/types.py app/logging.py tests/mock.py coverage/index.html src/coverage.py lib/types/__init__.py
  tests/unittest/test_a.py tests/pytest/test_a.py docs/pytest.md src/pytest_helpers.py test/unit/a_test.rb test/unit/orders.test.ts
  spec/support/retry.rb src/rspec.ts lib/minitest_helper.rb src/test/java/org/example/JunitTest.java src/org/Junit.java
  src/build/index.ts build build/index.js bin/build .gradle src/buck src/build.ts src/workspace.bazel.ts docs/BUILD.md src/project.ts src/props.ts src/targets.go
  src/taskfile.ts docs/mise.md src/lefthook.ts tools/gradle.py src/meta/services/a.java src/gems.ts src/pip.ts src/__mocks__/db.ts
  src/patches.ts sql/patches/1.sql src/rules.ts src/settings.py src/project/index.ts src/helix/a.rs src/zprofile.ts go.sum
  src/http/jasmine.js .editorconfig src/skill.md.ts`),
])('%s is ordinary', (path) => {
  expect(rules(touching(path))).toEqual([]);
});

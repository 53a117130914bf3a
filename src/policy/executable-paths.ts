import type { BuiltInRule } from '#policy/built-in-rule.ts';
import { words } from '#policy/built-in-rule.ts';
import { vendoredRule } from '#policy/dependency-paths.ts';
import { runnerRule, shadowingRule } from '#policy/runner-paths.ts';

/** Executable configuration: ordinary work may need it, but a human has to agree. */
export const approvalRules: readonly BuiltInRule[] = [
  shadowingRule,
  vendoredRule,
  {
    name: 'package-manifest',
    why: 'it declares what installing, building and testing execute',
    globs: words(`
      package.json package.json5 package.yaml pnpm-workspace.yaml pnpm.yaml deno.json* bunfig.toml
      setup.py setup.cfg pyproject.toml manage.py Pipfile poetry.toml pdm.toml uv.toml hatch.toml pixi.toml buildout.cfg
      Gemfile gems.rb *.gemspec *.podspec composer.json go.mod go.work Cargo.toml build.rs
      Package.swift pubspec.yaml mix.exs Directory.Packages.props packages.config libs.versions.toml
      deps.edn bb.edn *.cabal cabal.project* stack.yaml *.opam dune-project *.nimble shard.yml dub.json dub.sdl cpanfile
      conanfile.* vcpkg.json
    `),
  },
  {
    name: 'tool-configuration',
    why: 'tools execute it when they start',
    globs: words(`
      *.config.* .babelrc* .eslintrc* .prettierrc* .postcssrc* .remarkrc* .puppeteerrc* .stylelintrc* .commitlintrc* .swcrc
      .releaserc* .release-it* .storybook nodemon.json .nodemonrc
      lerna.json nx.json project.json angular.json turbo.json rush.json command-line.json .moon
      .lintstagedrc* .pre-commit-config.yaml .pre-commit-hooks.yaml lefthook.y*ml lefthook.json lefthook.toml lefthook-local.* .lefthook*
      .huskyrc* .simple-git-hooks.* .overcommit.yml
      mise.toml mise.*.toml .mise* mise/config*.toml mise/tasks/** mise-tasks/** .config/mise* .config/mise/** .rtx*.toml
      .tool-versions devbox.json rust-toolchain rust-toolchain.toml .config/dotnet-tools.json gradle.properties .sbtopts .jvmopts
      .pylintrc pylintrc .flake8 mypy.ini .mypy.ini ansible.cfg .rubocop*.yml .standard.yml phpstan*.neon* rector.php ecs.php
      .php-cs-fixer*.php .formatter.exs .credo.exs .perlcriticrc .luacheckrc META-INF/services/* mockito-extensions/*
      knexfile.* .sequelizerc ormconfig.* gatsby-config.* gatsby-node.* truffle-config.js truffle.js config-overrides.js plopfile.*
      .dependency-cruiser.* .versionrc* .czrc .cz-config.js .eleventy.js .lighthouserc* lighthouserc.* migrate-mongo-config.* cdk.json
      .gdbinit .lldbinit .pdbrc .irbrc .pryrc .Rprofile .iex.exs .ghci
    `),
  },
  {
    ...runnerRule,
    globs: words(`
      ${runnerRule.globs.join(' ')}
      jest.setup* vitest.setup* jest-setup* vitest-setup* jest.preset* vitest.preset* jest-preset* jest.environment* jest-environment*
      jest.global* jest-global* jest.polyfills* jest.transform* jest-transform* jest.resolver* jest-resolver* setup-jest.* setup-vitest.*
      setupjest.* setupvitest.* mocha.setup* mocha-setup* vitest.workspace* *.setup.js *.setup.ts *.setup.mjs *.setup.cjs
      setupTests.* setup-tests.* test-setup.* test/setup.* tests/setup.* tests/bootstrap.php Pest.php
      globalSetup.* global-setup.* globalTeardown.* global-teardown.* karma.conf.* *.conf.js *.conf.ts
      spec_helper.rb rails_helper.rb test_helper.*
    `),
  },
  {
    name: 'build-file',
    why: 'it is executed by the build',
    exact: ['BUILD', 'BUCK'],
    globs: words(`
      Makefile GNUmakefile* Makefile.* *.mk *.mak *.make Justfile .justfile *.just Taskfile*.y*ml Rakefile *.rake
      Gruntfile* gulpfile* Jakefile* Brocfile* ember-cli-build.js fabfile.py dodo.py pavement.py Snakefile magefile.go
      ?*.gradle* gradlew gradle-wrapper.* buildSrc/** build-logic/** mvnw .mvn pom.xml build.xml *.sbt build.sc
      build.mill project/build.properties project.clj shadow-cljs.edn
      *.csproj *.fsproj *.vbproj *.vcxproj *.proj *.props *.targets *.rsp *.cake
      BUILD.bazel BUILD.pants BUILD.gn WORKSPACE WORKSPACE.bazel WORKSPACE.bzlmod MODULE.bazel *.bzl .bazelrc
      .buckconfig pants.toml .gn *.gni
      CMakeLists.txt *.cmake CMakePresets.json CMakeUserPresets.json configure configure.ac configure.in meson.build
      meson.options meson_options.txt SConstruct SConscript wscript build.ninja Kbuild Jamfile* Jamroot* Tupfile xmake.lua
      premake5.lua binding.gyp build.zig rebar.config dune Setup.hs Build.PL dist.ini Trunk.toml Cross.toml
      *.xcodeproj/** *.xcscheme Podfile Cartfile Mintfile Brewfile
      *.nix Vagrantfile Procfile* Tiltfile Earthfile Dangerfile Fastfile Guardfile Capfile
    `),
    except: words('md mdx rst adoc txt html ts tsx mts css py go rs java rb svg png').map(
      (ending) => `makefile.${ending}`,
    ),
  },
  {
    name: 'ci',
    why: 'it runs with the secrets of the pipeline',
    globs: words(`
      .github .gitlab-ci* .gitlab .circleci .buildkite .drone.y*ml .travis.y*ml .woodpecker* .teamcity .semaphore .forgejo
      .gitea .tekton .cirrus.* .builds .build.yml .zuul* zuul.d/** .prow.yaml .screwdriver.yaml screwdriver.yaml
      Jenkinsfile* azure-pipelines* .azure-pipelines bitbucket-pipelines.y*ml appveyor.y*ml .appveyor.y*ml cloudbuild.y*ml
      buildspec.y*ml codefresh.yml .codefresh.yml wercker.yml .scrutinizer.yml bitrise.yml codemagic.yaml
    `),
    // Forms, and pages about the project.
    except: words(`
      .github/ISSUE_TEMPLATE/** .github/PULL_REQUEST_TEMPLATE/** .github/DISCUSSION_TEMPLATE/** .github/ISSUE_TEMPLATE.md
      .github/PULL_REQUEST_TEMPLATE.md .github/FUNDING.yml .github/SECURITY.md .github/SUPPORT.md .github/CONTRIBUTING.md
      .github/CODE_OF_CONDUCT.md .github/GOVERNANCE.md .github/README.md
      .gitlab/issue_templates/** .gitlab/merge_request_templates/**
      .gitea/ISSUE_TEMPLATE/** .gitea/PULL_REQUEST_TEMPLATE.md .forgejo/ISSUE_TEMPLATE/** .forgejo/PULL_REQUEST_TEMPLATE.md
    `),
  },
  {
    name: 'script',
    why: 'it is executed as it is',
    globs: ['*.sh', '*.bash', '*.zsh', '*.fish', '*.ps1', '*.psm1', '*.bat', '*.cmd'],
  },
  {
    name: 'agent-instructions',
    why: 'other agents obey it',
    globs: words(`
      AGENTS.md AGENTS.override.md AGENT.md CLAUDE.md CLAUDE.local.md GEMINI.md QWEN.md WARP.md CRUSH.md JULES.md AmpCode.md
      replit.md CONVENTIONS.md copilot-instructions.md SKILL.md .rules .claude-plugin .codex-plugin llms.txt
    `),
  },
];

import { compileGlob } from '#policy/path-rules.ts';

/** A protection that no policy file can switch off. */
export interface BuiltInRule {
  readonly name: string;
  /** Why the files are special, to follow "because". */
  readonly why: string;
  readonly globs: readonly string[];
}

/** Files that configure the tools around the repository: changing them changes who runs what. */
export const deniedRules: readonly BuiltInRule[] = [
  {
    name: 'git',
    why: 'git takes hooks, filters and commands from them',
    globs: ['.git', '.gitmodules', '.gitattributes', '.gitconfig', '.githooks', '.husky', '.lfsconfig'],
  },
  { name: 'bare-repository', why: 'git below them would obey a planted configuration', globs: ['HEAD', 'packed-refs'] },
  {
    name: 'agent-configuration',
    why: 'agent hosts start servers and hooks from them',
    globs: [
      '.mcp.json',
      '.cursor',
      '.cursorrules',
      '.claude',
      '.claude.json',
      '.codex',
      '.gemini',
      '.architect*',
      '.windsurf',
      '.windsurfrules',
      '.continue',
      '.aider*',
      '.roo',
      '.cline*',
      '.kiro',
      '.amazonq',
      '.opencode',
      'opencode.json',
    ],
  },
  {
    name: 'editor-configuration',
    why: 'editors run tasks from them',
    globs: ['.vscode', '.idea', '.devcontainer', '.devcontainer.json', '.zed', '.fleet'],
  },
  {
    name: 'package-manager-configuration',
    why: 'they choose registries, shells and credentials',
    globs: [
      '.npmrc',
      '.yarnrc*',
      '.yarn/releases',
      '.yarn/plugins',
      '.pnpmfile.*',
      '.pnp.*',
      '.pypirc',
      '.netrc',
      '.cargo/config*',
      '.bundle',
    ],
  },
  {
    name: 'shell-environment',
    why: 'shells load them by themselves',
    globs: ['.envrc', '.bashrc', '.bash_profile', '.profile', '.zshrc', '.zshenv'],
  },
  {
    name: 'fixgate-configuration',
    why: 'they are the limits themselves',
    globs: ['fixgate.yaml', 'fixgate.yml', '.fixgate*'],
  },
];

/** Executable configuration: ordinary work may need it, but a human has to agree. */
export const approvalRules: readonly BuiltInRule[] = [
  {
    name: 'package-manifest',
    why: 'it declares scripts that run by themselves',
    globs: [
      'package.json',
      'setup.py',
      'setup.cfg',
      'pyproject.toml',
      'build.rs',
      'Gemfile',
      '*.gemspec',
      'composer.json',
      'Cargo.toml',
      'mix.exs',
      'Package.swift',
      'deno.json*',
      'bunfig.toml',
      'pnpm-workspace.yaml',
      'manage.py',
    ],
  },
  {
    name: 'tool-configuration',
    why: 'tools execute it when they start',
    globs: [
      '*.config.*',
      '.babelrc*',
      '.eslintrc*',
      '.mocharc*',
      '.prettierrc*',
      '.swcrc',
      '.lintstagedrc*',
      '.pre-commit-config.yaml',
      'lerna.json',
      'nx.json',
      'turbo.json',
      '*.pth',
      'sitecustomize.py',
      'usercustomize.py',
      '.storybook',
      'lefthook.y*ml',
      'mise.toml',
      '.mise.toml',
      '.tool-versions',
    ],
  },
  {
    name: 'test-set-up',
    why: 'it executes when the tests load',
    globs: [
      'conftest.py',
      'pytest.ini',
      'tox.ini',
      'noxfile.py',
      'jest.setup*',
      'vitest.setup*',
      'vitest.workspace*',
      '*.setup.js',
      '*.setup.ts',
      '*.setup.mjs',
      '*.setup.cjs',
      'setupTests.*',
      'setup-tests.*',
      'test-setup.*',
      'test/setup.*',
      'tests/setup.*',
      'globalSetup.*',
      'global-setup.*',
      'globalTeardown.*',
      'global-teardown.*',
      'karma.conf.*',
      '*.conf.js',
      '*.conf.ts',
      'phpunit.xml*',
      '.rspec',
      'spec_helper.rb',
      'rails_helper.rb',
      'test_helper.*',
    ],
  },
  {
    name: 'build-file',
    why: 'it is executed by the build',
    globs: [
      'Makefile',
      'GNUmakefile',
      'Makefile.*',
      '*.mk',
      'CMakeLists.txt',
      'Rakefile',
      'Justfile',
      '.justfile',
      'Taskfile.y*ml',
      'Gruntfile*',
      'gulpfile*',
      'Jakefile*',
      'build.gradle*',
      'settings.gradle*',
      'gradlew',
      'gradle-wrapper.*',
      'mvnw',
      '.mvn',
      'pom.xml',
      'build.xml',
      'Vagrantfile',
      'Procfile',
      'binding.gyp',
      'BUILD.bazel',
      'WORKSPACE',
      'MODULE.bazel',
      '*.sbt',
      '*.nix',
      'Tiltfile',
      '.bazelrc',
    ],
  },
  {
    name: 'ci',
    why: 'it runs with the secrets of the pipeline',
    globs: [
      '.github',
      '.gitlab-ci*',
      '.gitlab',
      '.circleci',
      '.buildkite',
      '.drone.y*ml',
      '.travis.y*ml',
      '.woodpecker*',
      '.teamcity',
      '.semaphore',
      '.forgejo',
      '.gitea',
      'Jenkinsfile*',
      'azure-pipelines*',
      'bitbucket-pipelines.y*ml',
      'appveyor.y*ml',
      'cloudbuild.y*ml',
      'buildspec.y*ml',
    ],
  },
  {
    name: 'script',
    why: 'it is executed as it is',
    globs: ['*.sh', '*.bash', '*.zsh', '*.fish', '*.ps1', '*.psm1', '*.bat', '*.cmd'],
  },
  {
    name: 'agent-instructions',
    why: 'other agents obey it',
    globs: [
      'AGENTS.md',
      'AGENTS.override.md',
      'CLAUDE.md',
      'CLAUDE.local.md',
      'GEMINI.md',
      'CONVENTIONS.md',
      'copilot-instructions.md',
      'llms.txt',
    ],
  },
];

/** The first built-in rule of a list that covers a folded path. */
export function findBuiltIn(rules: readonly BuiltInRule[], folded: string): BuiltInRule | undefined {
  const components = folded.split('/');
  return rules.find((rule) => compile(rule).some((covers) => covers(folded, components)));
}

type Covers = (folded: string, components: readonly string[]) => boolean;

const compiled = new WeakMap<BuiltInRule, readonly Covers[]>();

function compile(rule: BuiltInRule): readonly Covers[] {
  let covers = compiled.get(rule);
  if (covers === undefined) {
    covers = rule.globs.map(toCovers);
    compiled.set(rule, covers);
  }
  return covers;
}

/** Names with a leading dot cover folders too; others only files, since a folder `head` or `workspace` is ordinary code. */
function toCovers(glob: string): Covers {
  const folded = glob.toLowerCase();
  const anyComponent = folded.startsWith('.');
  if (folded.includes('/')) return compileGlob(`**/${folded}`).covers;
  if (!folded.includes('*')) {
    return anyComponent ? (_, all) => all.includes(folded) : (_, all) => all.at(-1) === folded;
  }
  const { covers } = compileGlob(folded);
  return anyComponent ? (path) => covers(path) : (_, all) => covers(all.at(-1) ?? '');
}

import type { BuiltInRule } from '#policy/built-in-rule.ts';
import { words } from '#policy/built-in-rule.ts';
import { installedRule } from '#policy/dependency-paths.ts';

/** Files that configure the tools around the repository, or that no repository has: no policy file opens them. */
export const deniedRules: readonly BuiltInRule[] = [
  {
    name: 'git',
    why: 'git takes hooks, filters and commands from them',
    globs: ['.git', '.gitmodules', '.gitattributes', '.gitconfig', '.githooks', '.husky', '.lfsconfig'],
  },
  {
    name: 'bare-repository',
    why: 'git below them would obey a planted configuration',
    globs: ['/HEAD', '/packed-refs', '*.git/HEAD', '*.git/packed-refs'],
  },
  {
    name: 'version-control',
    why: 'other version control takes hooks and commands from them',
    globs: ['.hg', '.hgrc', '.jj', '.svn', '.bzr', '.sl', '.pijul', '_darcs/**'],
  },
  {
    name: 'agent-configuration',
    why: 'agent hosts start servers and hooks from them',
    globs: words(`
      .mcp.json .cursor .cursorrules .cursorignore .cursorindexingignore .claude .claude.json .codex .gemini .copilot
      .architect* .windsurf .windsurfrules .continue .aider* .roo .roomodes .roorules* .rooignore .kilocode* .cline* .kiro
      .amazonq .opencode opencode.json opencode.jsonc .qwen .crush .crush.json* crush.json* .factory .junie .trae .augment*
      .goose* .agent .agents .amp .openhands .antigravity .codebuddy .iflow .zencoder .tabnine .aiassistant .lingma .pi .vibe
      .devin .jules .kimi .grok .qodo .warp .cody .sourcegraph .mcp
    `),
  },
  {
    name: 'editor-configuration',
    why: 'editors run tasks from them',
    globs: words(`
      .vscode .vs .idea .devcontainer .devcontainer.json .zed .fleet .helix .nova .theia .lapce *.code-workspace
      *.sublime-project .project .classpath .settings .externalToolBuilders
      .vim .nvim .vimrc _vimrc .lvimrc .exrc .nvimrc .nvim.lua .kakrc .emacs .emacs.d .dir-locals*.el
      .gitpod.y*ml .replit
    `),
  },
  {
    name: 'package-manager-configuration',
    why: 'they choose registries, shells and credentials',
    globs: words(`
      .npmrc .pnpmrc .yarnrc* .yarn/releases .yarn/plugins .pnpmfile.* .pnp.* .pypirc pip.conf .condarc .netrc .cargo/config*
      .bundle .gemrc nuget.config
    `),
  },
  installedRule,
  {
    name: 'shell-environment',
    why: 'shells load them by themselves',
    globs: words(`
      .envrc .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin .zlogout
      .kshrc .cshrc .tcshrc .inputrc .screenrc .tmux.conf .tmuxinator.y*ml
    `),
  },
  {
    name: 'fixgate-configuration',
    why: 'they are the limits themselves',
    globs: ['fixgate.yaml', 'fixgate.yml', '.fixgate*'],
  },
];

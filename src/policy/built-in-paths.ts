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
      '.qwen',
      '.crush.json',
      'crush.json',
      '.factory',
      '.junie',
      '.trae',
      '.augment*',
      '.goose*',
      '.agents',
    ],
  },
  {
    name: 'editor-configuration',
    why: 'editors run tasks from them',
    globs: [
      '.vscode',
      '.idea',
      '.devcontainer',
      '.devcontainer.json',
      '.zed',
      '.fleet',
      '*.code-workspace',
      '*.sublime-project',
      '.vimrc',
      '.exrc',
      '.nvimrc',
      '.nvim.lua',
      '.gitpod.y*ml',
      '.replit',
    ],
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
  return anyComponent ? (path) => covers(path) : (path) => covers(path.slice(path.lastIndexOf('/') + 1));
}

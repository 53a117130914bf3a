import { clusterPlugins, containerTools, GRADLE_SETTINGS, imagePush } from '#policy/command/image-push.ts';
import type { CommandPattern } from '#policy/command/match.ts';

const applyGoals = clusterPlugins.flatMap((plugin) => [`${plugin}:apply`, `${plugin}:deploy`]);
/** Tools that apply manifests as `kubectl apply` does. */
const applyingTools: readonly CommandPattern[] = [
  { program: 'skaffold', verbs: [['apply', 'run', 'dev', 'debug', 'deploy']] },
  { program: 'kapp', verbs: ['deploy'] },
  ...['kluctl', 'krane'].map((program) => ({ program, verbs: ['deploy'] })),
  ...['timoni', 'qbec'].map((program) => ({ program, verbs: ['apply'] })),
  { program: 'ko', verbs: ['apply'] },
  { program: 'tk', verbs: ['apply'] },
  { program: 'kpt', verbs: ['live', 'apply'] },
  { program: 'podman', verbs: ['kube', 'apply'] },
  { program: 'kapp', verbs: ['app-group', 'deploy'] },
  { program: 'tilt', verbs: [['up', 'ci']] },
  { program: 'garden', verbs: ['deploy'] },
  { program: 'devspace', verbs: [['deploy', 'dev']] },
  { program: 'okteto', verbs: [['deploy', 'up']] },
  { program: 'kompose', verbs: ['up'] },
  { program: 'kubecfg', verbs: ['update'] },
  { program: 'mvn', verbs: [applyGoals] },
  { program: 'gradle', verbs: [], some: /(?:^|:)(?:k8s|oc)Apply$/, except: GRADLE_SETTINGS },
];

const kubectlClients = (verbs: CommandPattern['verbs']): readonly CommandPattern[] => [
  { program: 'oc', verbs },
  { program: 'microk8s.kubectl', verbs },
  { program: 'k0s', verbs: ['kc', ...verbs] },
  { program: 'boundary', verbs: ['connect', 'kube', ...verbs] },
  { program: 'tsh', verbs: ['kubectl', ...verbs] },
  { program: 'kubectl', verbs: ['allctx', ...verbs] },
  ...(verbs.join(' ') === 'apply' ? applyingTools : []),
];

/** Of nx: the versions are set, nothing is published. */
const notPublished = { option: /^--skip-?publish(?:=|$)/i, off: /^--skip-?publish(?:=true)?$/i };

const npmPublish: readonly CommandPattern[] = [
  { program: 'npm', verbs: ['stage'] },
  ...['cnpm', 'pnpm', 'yarn', 'yarnpkg', 'bun', 'lerna', 'changeset', 'jsr', 'deno', 'vlt'].map((program) => ({
    program,
    verbs: ['publish'],
  })),
  { program: 'pnpm', verbs: [['recursive', 'multi', 'm'], 'publish'] },
  ...['yarn', 'yarnpkg'].flatMap((program): CommandPattern[] => [
    { program, verbs: ['npm', 'publish'] },
    { program, verbs: ['workspaces', 'foreach', 'publish'] },
    { program, verbs: ['workspaces', 'foreach', 'npm', 'publish'] },
  ]),
  { program: 'bun', verbs: ['pm', 'publish'] },
  { program: 'nx', verbs: ['release', 'publish'] },
  { program: 'rush', verbs: ['publish'] },
  { program: 'gradle', verbs: [['npm_publish', 'pnpm_publish', 'yarn_publish', 'yarn_npm_publish']] },
  { program: 'auto', verbs: ['shipit'] },
  { program: 'shipjs', verbs: ['trigger'] },
  ...['beachball', 'bolt', 'oao'].map((program) => ({ program, verbs: ['publish'] })),
  ...['--yes', '-y'].map((flag) => ({ program: 'nx', verbs: ['release'], flags: [flag], unless: notPublished })),
  ...(
    'np semantic-release semantic-release-plus semantic-release-monorepo multi-semantic-release release-it npm-publish ' +
    'publish-please clean-publish monodeploy'
  )
    .split(' ')
    .map((program) => ({ program, verbs: [] })),
];

const terraformApply: readonly CommandPattern[] = [
  { program: 'terraform', verbs: [['destroy', 'refresh']] },
  { program: 'tofu', verbs: [['apply', 'destroy', 'refresh']] },
  { program: 'terragrunt', verbs: [['apply', 'destroy', 'refresh', 'apply-all', 'destroy-all']] },
  {
    program: 'terragrunt',
    verbs: [
      ['run-all', 'run', 'stack', 'graph'],
      ['apply', 'destroy', 'refresh'],
    ],
  },
  { program: 'terragrunt', verbs: ['stack', 'run', ['apply', 'destroy']] },
  { program: 'terramate', verbs: ['run', ['terraform', 'tofu'], ['apply', 'destroy']] },
  { program: 'atmos', verbs: ['terraform', ['apply', 'deploy', 'destroy', 'refresh']] },
  { program: 'terraspace', verbs: [['up', 'down']] },
  { program: 'terraspace', verbs: ['all', ['up', 'down']] },
  { program: 'cdktf', verbs: [['deploy', 'destroy', 'apply']] },
];

/** What `git push` is made of, and other programs that do the same. */
const gitPush: readonly CommandPattern[] = [
  { program: 'git', verbs: [['send-pack', 'http-push']] },
  { program: 'git', verbs: [['subtree', 'lfs'], 'push'] },
  ...['git-send-pack', 'git-http-push'].map((program) => ({ program, verbs: [] })),
  { program: 'git-subtree', verbs: ['push'] },
  { program: 'hub', verbs: ['push'] },
  { program: 'gh', verbs: ['repo', 'sync'] },
];

/** The programs that git starts for its verbs: `git-push` of its own folder. */
function gitPrograms([verb, ...rest]: CommandPattern['verbs']): readonly CommandPattern[] {
  const names = typeof verb === 'string' ? [verb] : (verb ?? []);
  return names.map((name) => ({ program: `git-${name}`, verbs: rest }));
}

/** Other calls with the effect of a blocked one: documented aliases and equivalent clients. */
export function equivalentsOf({ program, verbs }: CommandPattern): readonly CommandPattern[] {
  const call = [program, ...verbs].join(' ');
  if (call === 'docker push') return imagePush;
  if (call === 'npm publish') return npmPublish;
  if (call === 'terraform apply') return terraformApply;
  if (program === 'git') return [...gitPrograms(verbs), ...(call === 'git push' ? gitPush : [])];
  if (program === 'kubectl') return kubectlClients(verbs);
  if (program === 'docker') return containerTools.map((tool) => ({ program: tool, verbs }));
  if (program === 'npm') return ['pnpm', 'yarn', 'bun'].map((tool) => ({ program: tool, verbs }));
  if (program === 'terraform')
    return [
      { program: 'tofu', verbs },
      { program: 'terragrunt', verbs },
    ];
  return [];
}

/** What to call instead of a blocked command, to look without touching. */
export const harmlessAlternatives: Readonly<Record<string, string>> = {
  'kubectl apply': 'kubectl diff',
  'docker push': 'docker build',
  'npm publish': 'npm pack --dry-run',
  'terraform apply': 'terraform plan',
};

import type { CommandPattern } from '#policy/command/match.ts';

/** Fields may be quoted as in CSV; Go reads `1` and `t` as true. */
const pushedOutput =
  /(?:^|[=,"'\s]|^-[qD]*o)type\s*=\s*["']?registry\b|(?:\b|^-[qD]*o)push\s*=\s*["']?(?:true|t|1)\b|^--push(?:=(?!(?:0|f|false)$).*)?$/i;
/** Options whose values say nothing about the output. */
const OTHER_VALUES =
  /^(?:--(?:cache-from|build-arg|build-context|label|annotation|tag|file|target|secret|ssh|name)|-[tf])(?:=.*)?$/s;
/** Of ko: images are not pushed, or only to the local daemon. */
const notPushed = { option: /^(?:--(?:push|local)|-[A-Za-z]*L)(?:=|$)/, off: /^(?:--push=(?:false|f|0)|--local|-L)$/i };
/** Of tools that push what they build unless they are told not to, or only to say what they would do. */
const builtOnly = {
  option: /^--(?:push|dry-run)(?:=|$)/,
  off: /^--(?:push=(?:false|f|0)|dry-run(?:=(?:true|t|1))?)$/i,
};
const notPushedToo = { option: /^--no-push(?:=|$)/, off: /^--no-push(?:=(?:true|t|1))?$/i };
/** Of podman and buildah: a second word that names a folder, an archive or a store of this computer. */
const here = /^(?:dir|oci|oci-archive|docker-archive|docker-daemon|containers-storage|ostree|tarball):./;
/** Of `dotnet publish`: folders, names and numbers. */
const OTHER_SETTINGS = /^(?:-[ocrfva]|--(?:output|configuration|runtime|framework|os|arch|verbosity))(?:=.*)?$/s;
const clusterPlugins = ['fabric8', 'k8s', 'kubernetes', 'oc', 'openshift'];
const pushGoals = ['docker', 'dockerfile', ...clusterPlugins].map((plugin) => `${plugin}:push`);
const applyGoals = clusterPlugins.flatMap((plugin) => [`${plugin}:apply`, `${plugin}:deploy`]);
/** Of gradle: options and their values are no tasks. */
const OPTIONS = /^-/;
const toRegistry = /^docker:\/\//;
/** Where skopeo copies from and to. */
const toPlace = {
  of: /^(?:atomic|containers-storage|dir|docker|docker-archive|docker-daemon|oci|oci-archive|ostree|sif|tarball):/,
  is: toRegistry,
};
const copiesHere = ['podman', 'buildah'];
const containerTools = ['docker', 'podman', 'nerdctl', 'finch'];

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
  { program: 'gradle', verbs: [], some: /(?:^|:)(?:k8s|oc)Apply$/, except: OPTIONS },
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

/** Goals and tasks of build tools that push the image they build. */
const buildPlugins: readonly CommandPattern[] = [
  { program: 'mvn', verbs: [['jib:build', ...pushGoals]] },
  { program: 'mvn', verbs: ['spring-boot:build-image'], some: /^-Dspring-boot\.build-image\.publish(?:=true)?$/ },
  { program: 'gradle', verbs: ['jib'] },
  { program: 'gradle', verbs: ['bootBuildImage'], flags: ['--publishImage'] },
  { program: 'gradle', verbs: [], some: /(?:^|:)(?:docker\w*Push(?:Image)?|(?:k8s|oc)Push)$/, except: OPTIONS },
  { program: 'sbt', verbs: [], some: /(?:^|[~/;\s])docker(?:\s*[/:]\s*publish|Push|BuildAndPush)(?:$|[;\s])/i },
  {
    program: 'dotnet',
    verbs: [['publish', 'build', 'msbuild']],
    some: /\bContainerRegistry=./i,
    except: OTHER_SETTINGS,
  },
];

/** Services that build an image, or take one over, and put it into their registry. */
const cloudBuilds: readonly CommandPattern[] = [
  { program: 'az', verbs: ['acr', 'build'], unless: notPushedToo },
  { program: 'az', verbs: ['acr', 'pack', 'build'] },
  { program: 'az', verbs: ['acr', 'import'] },
  { program: 'gcloud', verbs: ['builds', 'submit'] },
  { program: 'gcloud', verbs: ['container', 'images', 'add-tag'] },
  { program: 'gcloud', verbs: ['artifacts', 'docker', 'tags', 'add'] },
  { program: 'aws', verbs: ['ecr', 'put-image'] },
  { program: 'heroku', verbs: ['container:push'] },
  { program: 'oc', verbs: ['image', ['mirror', 'append']] },
  { program: 'oc', verbs: ['start-build'] },
];

const dockerPush: readonly CommandPattern[] = [
  ...containerTools.flatMap((program): CommandPattern[] => [
    { program, verbs: ['push'], ...(copiesHere.includes(program) && { here }) },
    { program, verbs: [['image', 'manifest'], 'push'], ...(copiesHere.includes(program) && { here }) },
    { program, verbs: [['plugin', 'compose', 'model', 'artifact', 'scout'], 'push'] },
    { program, verbs: ['compose', 'build'], some: pushedOutput, except: OTHER_VALUES },
    { program, verbs: ['buildx', ['debug', 'dap'], 'build'], some: pushedOutput, except: OTHER_VALUES },
    { program, verbs: [['build', 'bake']], some: pushedOutput, except: OTHER_VALUES },
    {
      program,
      verbs: [
        ['buildx', 'builder', 'image'],
        ['build', 'bake', 'b', 'f'],
      ],
      some: pushedOutput,
      except: OTHER_VALUES,
    },
    { program, verbs: ['buildx', 'imagetools', 'create'] },
    { program, verbs: ['trust', 'sign'] },
    { program, verbs: ['commit'], some: toRegistry },
    { program, verbs: ['container', 'commit'], some: toRegistry },
    { program, verbs: ['farm', 'build'] },
    { program, verbs: ['compose', 'publish'] },
    { program, verbs: ['compose', 'alpha', 'publish'] },
  ]),
  ...['docker-compose', 'podman-compose'].flatMap((program): CommandPattern[] => [
    { program, verbs: ['push'] },
    { program, verbs: ['build'], some: pushedOutput, except: OTHER_VALUES },
    { program, verbs: ['publish'] },
    { program, verbs: ['alpha', 'publish'] },
  ]),
  { program: 'docker-buildx', verbs: [['build', 'bake']], some: pushedOutput, except: OTHER_VALUES },
  { program: 'docker-buildx', verbs: ['imagetools', 'create'] },
  ...['buildctl', 'buildctl-daemonless.sh'].map((program) => ({
    program,
    verbs: [['build', 'b']],
    some: pushedOutput,
    except: OTHER_VALUES,
  })),
  { program: 'buildah', verbs: ['push'], here },
  { program: 'buildah', verbs: ['manifest', 'push'], here },
  { program: 'buildah', verbs: ['commit'], some: toRegistry },
  { program: 'img', verbs: ['push'] },
  ...['apptainer', 'singularity'].map((program) => ({ program, verbs: ['push'] })),
  { program: 'docker', verbs: ['model', 'package'], flags: ['--push'] },
  { program: 'container', verbs: [['images', 'image', 'i'], 'push'] },
  { program: 'oras', verbs: [['push', 'copy', 'cp', 'attach', 'tag', 'restore']] },
  { program: 'oras', verbs: [['blob', 'manifest'], 'push'] },
  { program: 'oras', verbs: ['manifest', 'index', ['create', 'update']] },
  ...['ctr', 'ctr-remote'].flatMap((program): CommandPattern[] => [
    { program, verbs: [['images', 'image', 'i'], 'push'] },
    { program, verbs: ['content', 'push-object'] },
  ]),
  { program: 'skopeo', verbs: ['copy'], last: toPlace },
  { program: 'skopeo', verbs: ['sync'], some: /^(?:(?:-d|--dest)=?)?docker$/, except: /^(?:-s|--src)(?:=.*)?$/ },
  { program: 'crane', verbs: [['push', 'copy', 'cp', 'append', 'mutate', 'tag', 'rebase', 'flatten', 'edit']] },
  { program: 'gcrane', verbs: [['push', 'copy', 'cp', 'append', 'mutate', 'tag']] },
  ...['crane', 'gcrane'].map((program) => ({ program, verbs: ['index', ['append', 'filter']] })),
  { program: 'regctl', verbs: ['image', ['copy', 'cp', 'import', 'mod']] },
  { program: 'regctl', verbs: ['index', ['create', 'init', 'new', 'add', 'append', 'insert']] },
  { program: 'regctl', verbs: [['artifact', 'manifest', 'blob'], 'put'] },
  { program: 'regctl', verbs: ['blob', ['copy', 'cp']] },
  ...['regsync', 'regbot'].map((program) => ({ program, verbs: [['once', 'server']] })),
  { program: 'imgpkg', verbs: ['push'] },
  { program: 'imgpkg', verbs: [['copy', 'cp']], flags: ['--to-repo'] },
  { program: 'cosign', verbs: [['copy', 'load']] },
  { program: 'cosign', verbs: ['upload', ['blob', 'wasm']] },
  { program: 'apko', verbs: ['publish'] },
  { program: 'ko', verbs: [['build', 'publish', 'resolve', 'apply', 'create']], unless: notPushed },
  ...['executor', 'kaniko'].flatMap((program): CommandPattern[] => [
    { program, verbs: [], flags: ['--destination'], unless: notPushedToo },
    { program, verbs: [], flags: ['-d'], unless: notPushedToo },
  ]),
  { program: 'earthly', verbs: [], flags: ['--push'] },
  { program: 'depot', verbs: [['build', 'bake']], some: pushedOutput, except: OTHER_VALUES },
  { program: 'depot', verbs: ['push'] },
  { program: 'ecs-cli', verbs: ['push'] },
  { program: 'kamal', verbs: ['build', ['push', 'deliver']] },
  { program: 'kamal', verbs: [['deploy', 'redeploy', 'setup']] },
  { program: 'ibmcloud', verbs: ['cr', 'build'] },
  { program: 'pack', verbs: [['build', 'create-builder', 'package-buildpack']], flags: ['--publish'] },
  {
    program: 'pack',
    verbs: [
      ['builder', 'buildpack', 'extension', 'manifest'],
      ['create', 'package'],
    ],
    flags: ['--publish'],
  },
  { program: 'pack', verbs: ['manifest', 'push'] },
  { program: 'minikube', verbs: ['image', 'push'] },
  { program: 'minikube', verbs: ['image', 'build'], flags: ['--push'], except: OTHER_VALUES },
  ...buildPlugins,
  { program: 'jib', verbs: ['build'] },
  { program: 'skaffold', verbs: [['run', 'dev', 'debug']] },
  { program: 'skaffold', verbs: ['build'], unless: builtOnly },
  { program: 'werf', verbs: ['build'], flags: ['--repo'] },
  { program: 'werf', verbs: [['converge', 'export', 'publish', 'build-and-publish']] },
  { program: 'werf', verbs: ['bundle', ['publish', 'copy', 'export', 'apply']] },
  ...cloudBuilds,
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
  if (call === 'docker push') return dockerPush;
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

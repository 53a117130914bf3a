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
/** Properties by which a build of Java pushes its image; each is true unless it says otherwise. */
const published = /^(?:-D|--define=)?spring-boot\.build-image\.publish(?:=(?!false$).*)?$/i;
const pushProperty =
  /^(?:-[DP]|--define=)?(?:quarkus\.(?:container-image\.push|kubernetes\.deploy|openshift\.deploy)|pushImage(?:Tag)?)(?:=(?!false$).*)?$/i;
/** Of mvn: what takes the next word, and settings of other names. */
const MVN_SETTINGS =
  /^(?:-(?:f|P|pl|s|gs|t|T|rf|l|b)|--(?:file|projects|settings|activate-profiles|threads|resume-from))$|^-D(?!quarkus\.|pushImage).*=|^--(?!define)[\w-]+=/s;
const toContainerRegistry = /\bContainerRegistry=./i;
/** Of `dotnet publish`: folders, names and numbers. */
const OTHER_SETTINGS = /^(?:-[ocrfva]|--(?:output|configuration|runtime|framework|os|arch|verbosity))(?:=.*)?$/s;
/** Plugins of mvn for clusters. */
export const clusterPlugins = ['fabric8', 'k8s', 'kubernetes', 'oc', 'openshift'];
const pushGoals = ['docker', 'dockerfile', ...clusterPlugins].map((plugin) => `${plugin}:push`);
const toRegistry = /^docker:\/\//;
/** Where skopeo copies from and to. */
const toPlace = {
  of: /^(?:atomic|containers-storage|dir|docker|docker-archive|docker-daemon|oci|oci-archive|ostree|sif|tarball):/,
  is: toRegistry,
};
const copiesHere = ['podman', 'buildah'];
/** Programs that are called as docker is. */
export const containerTools = ['docker', 'podman', 'nerdctl', 'finch'];

/** Of gradle: the same, whose values are no tasks. */
export const GRADLE_SETTINGS =
  /^(?:-[bcpxIg]|--(?:tests|project-dir|build-file|settings-file|exclude-task|init-script|gradle-user-home|console|max-workers|include-build|task))$|^-[DP](?!quarkus\.).*=|^--[\w-]+=/s;

/** Goals and tasks of build tools that push the image they build. */
const buildPlugins: readonly CommandPattern[] = [
  { program: 'mvn', verbs: [['jib:build', ...pushGoals]] },
  { program: 'mvn', verbs: [['spring-boot:build-image', 'spring-boot:build-image-no-fork']], some: published },
  { program: 'mvn', verbs: ['deploy'], some: /^(?:-D|--define=)?packaging=docker/ },
  { program: 'quarkus', verbs: ['image', 'push'] },
  { program: 'mvn', verbs: [['quarkus:image-push', 'quarkus:deploy']] },
  { program: 'mvn', verbs: [], some: pushProperty, except: MVN_SETTINGS },
  { program: 'gradle', verbs: [], some: pushProperty, except: GRADLE_SETTINGS },
  { program: 'quarkus', verbs: [], some: pushProperty, except: GRADLE_SETTINGS },
  { program: 'quarkus', verbs: ['deploy'] },
  { program: 'gradle', verbs: ['jib'] },
  { program: 'gradle', verbs: [], flags: ['--publishImage'], except: GRADLE_SETTINGS },
  {
    program: 'gradle',
    verbs: [],
    some: /(?:^|:)(?:docker\w*Push(?:Image)?|imagePush|(?:k8s|oc)Push)$/,
    except: GRADLE_SETTINGS,
  },
  { program: 'sbt', verbs: [], some: /(?:^|[~/;\s])docker(?:\s*[/:]\s*publish|Push|BuildAndPush)(?:$|[;\s])/i },
  { program: 'dotnet', verbs: [['publish', 'build']], some: toContainerRegistry, except: OTHER_SETTINGS },
  { program: 'dotnet', verbs: ['msbuild'], some: toContainerRegistry },
  { program: 'msbuild', verbs: [], some: toContainerRegistry },
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

/** What puts an image, or another artifact, into a registry as `docker push` does. */
export const imagePush: readonly CommandPattern[] = [
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
  { program: 'docker-buildx', verbs: [['build', 'bake', 'b', 'f']], some: pushedOutput, except: OTHER_VALUES },
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
  {
    program: 'crane',
    verbs: [['push', 'copy', 'cp', 'append', 'mutate', 'tag', 'rebase', 'flatten', 'edit', 'optimize']],
  },
  { program: 'gcrane', verbs: [['push', 'copy', 'cp', 'append', 'mutate', 'tag', 'rebase', 'flatten', 'edit']] },
  ...['crane', 'gcrane'].map((program) => ({ program, verbs: ['index', ['append', 'filter']] })),
  {
    program: 'regctl',
    verbs: [
      ['image', 'repo'],
      ['copy', 'cp', 'import', 'mod'],
    ],
  },
  { program: 'regctl', verbs: ['index', ['create', 'init', 'new', 'add', 'append', 'insert']] },
  { program: 'regctl', verbs: [['artifact', 'manifest', 'blob'], 'put'] },
  { program: 'regctl', verbs: ['blob', ['copy', 'cp']] },
  ...['regsync', 'regbot'].map((program) => ({ program, verbs: [['once', 'server']] })),
  { program: 'imgpkg', verbs: ['push'] },
  { program: 'imgpkg', verbs: [['copy', 'cp']], flags: ['--to-repo'] },
  { program: 'cosign', verbs: [['copy', 'load']] },
  { program: 'cosign', verbs: ['upload', ['blob', 'wasm']] },
  { program: 'apko', verbs: ['publish'] },
  ...['helm', 'conftest'].map((program) => ({ program, verbs: ['push'] })),
  { program: 'flux', verbs: [['push', 'tag'], 'artifact'] },
  { program: 'helm', verbs: ['cm-push'] },
  { program: 'devcontainer', verbs: ['build'], flags: ['--push'] },
  { program: 'kbld', verbs: ['relocate'], flags: ['--repository'] },
  { program: 'ko', verbs: [['build', 'publish', 'resolve', 'apply', 'create']], unless: notPushed },
  ...['executor', 'kaniko'].flatMap((program): CommandPattern[] => [
    { program, verbs: [], flags: ['--destination'], unless: notPushedToo },
    { program, verbs: [], flags: ['-d'], unless: notPushedToo },
  ]),
  ...['--push', '-push'].map((flag) => ({ program: 'earthly', verbs: [], flags: [flag] })),
  { program: 'depot', verbs: [['build', 'bake']], some: pushedOutput, except: OTHER_VALUES },
  { program: 'depot', verbs: ['push'] },
  { program: 'ecs-cli', verbs: ['push'] },
  {
    program: 'kamal',
    verbs: [
      ['build', 'b'],
      ['push', 'deliver'],
    ],
  },
  { program: 'kamal', verbs: [['deploy', 'redeploy', 'setup']] },
  { program: 'ibmcloud', verbs: ['cr', 'build'] },
  { program: 'pack', verbs: [['build', 'create-builder', 'package-buildpack', 'rebase']], flags: ['--publish'] },
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

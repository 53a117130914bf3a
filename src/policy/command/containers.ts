import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, optionValue, scanArguments } from '#policy/command/handler.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';

/** Verbs that start a command in a container. */
const RUNS: Readonly<Record<string, RegExp>> = {
  docker: /^(?:run|exec|create)$/,
  kubectl: /^(?:exec|run|debug|rsh)$/,
};

/** Options of `run`, `exec` and `create`, of containers and of compose. */
const runOptions = optionTable(
  '-a --attach --add-host --annotation --arch --blkio-weight --cap-add --cap-drop --cgroup-parent --cgroupns --cidfile -c --cpu-period --cpu-quota ' +
    '--cpu-shares --cpus --cpuset-cpus --cpuset-mems --device --dns --dns-option --dns-search --detach-keys --domainname -e --env --env-file --entrypoint ' +
    '--expose --gpus --group-add --health-cmd --health-interval --health-retries --health-timeout -h --hostname --index --ip --ip6 --ipc --isolation -l ' +
    '--label --label-file --link --log-driver --log-opt --mac-address -m --memory --memory-reservation --memory-swap --mount --name --network --net ' +
    '--network-alias --oom-score-adj --pid --pids-limit --platform -p --publish --pod --pull --restart --runtime --security-opt --shm-size --stop-signal ' +
    '--stop-timeout --storage-opt --sysctl --tmpfs --ulimit -u --user --userns --uts -v --volume --volume-driver --volumes-from -w --workdir',
  '-d --detach --disable-content-trust --init --no-healthcheck --oom-kill-disable --privileged -P --publish-all -q --quiet --read-only --rm --sig-proxy -i -t ' +
    '--interactive --tty -T --no-TTY --no-deps --service-ports --use-aliases --build --quiet-pull --remove-orphans --replace',
);

const createContainerTool =
  (kind: 'docker' | 'kubectl'): Handler =>
  (call, analyst) => {
    const verb = call.args.findIndex((arg, index) => index > 0 && RUNS[kind]?.test(arg.text));
    if (verb < 0) {
      if (kind === 'kubectl') runPlugin(call, analyst);
      return;
    }
    const spread = call.args.find((arg, index) => index > verb && arg.kind === 'many');
    if (spread) analyst.opaque('words of a container command that are not literal', spread.at, call.context);
    const known = kind === 'docker' ? runInImage(call, analyst, verb) : runInPod(call, analyst, verb);
    if (known) return;
    const entrypoint = call.args.findIndex((arg) => arg.text.startsWith('--entrypoint'));
    if (entrypoint > 0) runEntrypoint(call, analyst, entrypoint);
    scanArguments({ ...call, context: { ...call.context, speculative: false } }, analyst, verb + 1);
  };

/** `docker run … IMAGE COMMAND`: false when the words do not tell for sure where the image stands. */
function runInImage(call: Call, analyst: Analyst, verb: number): boolean {
  const { args, context } = call;
  const { starts, unknownAt } = positionals(args, verb + 1, { table: runOptions });
  const [at, second] = starts;
  const image = at === undefined ? undefined : args[at];
  const options = args.slice(verb + 1, at);
  if (!image || at === undefined || second !== undefined || unknownAt !== undefined || image.kind !== 'literal')
    return false;
  if (options.some((arg) => arg.text.startsWith('--entrypoint'))) return false;
  const command = args.slice(at + 1);
  runImage(image, command, { context, analyst });
  if (command.length > 0) analyst.argv(command, deeper(context));
  return true;
}

/** The image may be a program that takes the words as its arguments. */
function runImage(
  image: Arg,
  command: readonly Arg[],
  { context, analyst }: { readonly context: Context; readonly analyst: Analyst },
): void {
  for (const name of image.text.replace(/[:@].*$/, '').split('/'))
    if (name !== '') analyst.argv([{ ...image, text: name }, ...command], deeper(context, { speculative: true }));
}

/** `kubectl exec POD -- COMMAND`, `kubectl run NAME --image=IMAGE -- ARGS`. */
function runInPod({ args, context }: Call, analyst: Analyst, verb: number): boolean {
  const dashes = args.findIndex((arg, index) => index > verb && arg.text === '--' && arg.kind === 'literal');
  if (dashes < 0) return false;
  const command = args.slice(dashes + 1);
  const image = optionValue(args.slice(0, dashes), ['--image']);
  if (image) runImage(image.value, command, { context, analyst });
  if (args[verb]?.text === 'exec') analyst.argv(command, deeper(context));
  return args[verb]?.text === 'exec';
}

/** `--entrypoint kubectl image apply`: the words behind the image are the program's arguments. */
function runEntrypoint({ args, context }: Call, analyst: Analyst, at: number): void {
  const option = args[at];
  const glued = option?.text.startsWith('--entrypoint=');
  const program = glued && option ? { ...option, text: option.text.slice('--entrypoint='.length) } : args[at + 1];
  if (!program) return;
  for (let from = at + (glued ? 1 : 2); from < args.length; from++) {
    analyst.argv([program, ...args.slice(from + 1)], deeper(context, { speculative: true }));
  }
}

/** `k3s kubectl apply` is matched as it stands; a nested tool such as `k3s ctr` is tried as a command. */
function runPlugin(call: Call, analyst: Analyst): void {
  const ssh = call.args.findIndex((arg, index) => index > 0 && arg.text === 'ssh');
  for (const arg of ssh > 0 ? call.args.slice(ssh + 1) : [])
    if (/\s/.test(arg.text)) analyst.shellText(arg, deeper(call.context));
  if (call.program !== 'kubectl' && call.program !== 'oc') scanArguments(call, analyst);
}

const imageTools =
  'docker podman nerdctl finch docker-compose podman-compose ctr crictl buildah apptainer singularity'.split(' ');
const clusterTools = 'kubectl oc k3s k0s microk8s minikube microk8s.kubectl'.split(' ');

/** Container tools. */
export const containerHandlers: readonly (readonly [string, Handler])[] = [
  ...imageTools.map((program) => [program, createContainerTool('docker')] as const),
  ...clusterTools.map((program) => [program, createContainerTool('kubectl')] as const),
];

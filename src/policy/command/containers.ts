import type { Analyst } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, scanArguments } from '#policy/command/handler.ts';

/** Verbs that start a command in a container; its place among the options is not told by the words. */
const RUNS: Readonly<Record<string, RegExp>> = {
  docker: /^(?:run|exec|create)$/,
  kubectl: /^(?:exec|run|debug)$/,
};

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
    const entrypoint = call.args.findIndex((arg) => arg.text.startsWith('--entrypoint'));
    if (entrypoint > 0) runEntrypoint(call, analyst, entrypoint);
    scanArguments({ ...call, context: { ...call.context, speculative: false } }, analyst, verb + 1);
  };

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
  if (call.program !== 'kubectl' && call.program !== 'oc') scanArguments(call, analyst);
}

/** Container tools. */
export const containerHandlers: readonly (readonly [string, Handler])[] = [
  ...[
    'docker',
    'podman',
    'nerdctl',
    'finch',
    'docker-compose',
    'podman-compose',
    'ctr',
    'crictl',
    'buildah',
    'apptainer',
    'singularity',
  ].map((program) => [program, createContainerTool('docker')] as const),
  ...['kubectl', 'oc', 'k3s', 'k0s', 'microk8s', 'minikube', 'microk8s.kubectl'].map(
    (program) => [program, createContainerTool('kubectl')] as const,
  ),
];

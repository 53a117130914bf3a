import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import {
  apart,
  deeper,
  isEnd,
  optionValue,
  optionValues,
  refuseUnknownProgram,
  refuseWord,
  runWithTails,
  scanWords,
  textAt,
  wordsBehind,
} from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import type { OptionTable } from '#policy/command/options.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import { heardText } from '#policy/command/shell-text.ts';
import { guessStructured } from '#policy/command/structured-texts.ts';
import { optionsOf } from '#policy/command/tool-options.ts';
import { guessInput } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { isLiteral, isUnknown, literal } from '#policy/command/words.ts';
import { createWrapper } from '#policy/command/wrapper.ts';

/** Verbs that start a command in a container. */
const RUNS_IN_IMAGE = /^(?:run|exec|create)$/;
const RUNS_IN_POD = /^(?:exec|run|debug|rsh|attach)$/;

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

/** Values that are a part of a manifest, and manifests on standard input. */
function guessManifests({ words, head, context }: Call, analyst: Analyst): void {
  for (const { value } of optionValues(words, { long: 'overrides patch', letters: 'p' }))
    guessStructured({ ...value, text: value.text.replace(/^=/, '') }, context, analyst);
  const heard = heardText(context);
  if (heard !== undefined) guessStructured(literal(heard, head.at), apart(context), analyst);
}

/** Without a command a container starts what its image says: often a shell, which reads standard input. */
function guessContainerInput(head: Arg, context: Context, analyst: Analyst): void {
  const heard = heardText(context);
  if (heard !== undefined) analyst.guess(literal(heard, head.at), apart(context));
}

type Runner = (inner: Inner, analyst: Analyst, verb: string) => boolean;
type Inner = Pick<Call, 'words' | 'context'>;

/** To `exec` a `-l` is no label, but the latest container. */
const execOptions: OptionTable = {
  ...runOptions,
  values: { has: (name) => name !== '-l' && runOptions.values.has(name) },
};

const createContainerTool =
  (verbs: RegExp, run: Runner, other: Handler): Handler =>
  (call, analyst) => {
    const verb = call.words.findIndex(({ text }) => verbs.test(text));
    if (verb < 0) return other(call, analyst);
    const words = call.words.slice(verb + 1);
    const inner = { words, context: call.context };
    const what = 'words of a container command that are not literal';
    refuseWord(inner, analyst, { what, when: ({ kind }) => kind === 'many' });
    for (const { value } of optionValues(words, { long: 'health-cmd health-startup-cmd' }))
      analyst.shellText(value, deeper(call.context));
    guessManifests(call, analyst);
    guessService(call, analyst);
    if (run(inner, analyst, textAt(call.words, verb))) return;
    const own = optionsOf(call.program);
    const values = { has: (name: string) => runOptions.values.has(name) || own.values.has(name) };
    refuseUnknownProgram(inner, analyst, { table: { ...runOptions, values }, skip: 1 });
    const entrypoint = optionValue(words, { long: 'entrypoint' });
    if (entrypoint) {
      runWithTails(entrypoint.value, { ...inner, words: wordsBehind(words, entrypoint) }, analyst);
      analyst.guess(entrypoint.value, deeper(call.context));
    }
    scanWords({ ...call, words, context: { ...call.context, speculative: false } }, analyst);
  };

/** `docker run … IMAGE COMMAND`: false when the words do not tell for sure where the image stands. */
const runInImage: Runner = ({ words, context }, analyst, verb) => {
  const { starts, unknownAt } = positionals(words, { table: verb === 'exec' ? execOptions : runOptions });
  const [at = -1, second] = starts;
  const image = words[at];
  if (!image || second !== undefined || unknownAt !== undefined || image.kind !== 'literal') return false;
  if (words.slice(0, at).some(({ text }) => text.startsWith('--entrypoint'))) return false;
  const command = words.slice(at + 1);
  runImage(image, { words: command, context }, analyst);
  if (command.length === 0) guessContainerInput(image, context, analyst);
  else analyst.argv(command, deeper(context));
  return true;
};

/** The image may be a program that takes the words as its own, such as `org/kubectl` and `org/k8s-kubectl`. */
function runImage(image: Arg, { words, context }: Inner, analyst: Analyst): void {
  const names = image.text
    .replace(/^[\w-]+:\/\//, '')
    .replace(/[:@].*/, '')
    .split('/');
  for (const name of new Set([...names, ...(names.at(-1) ?? '').split('-')]))
    analyst.argv([{ ...image, text: name }, ...words], deeper(context, { speculative: true }));
}

/** `kubectl exec POD -- COMMAND`, `kubectl run NAME --image=IMAGE -- ARGS`. */
const runInPod: Runner = ({ words, context }, analyst, verb) => {
  const dashes = words.findIndex(isEnd);
  const [first] = words;
  if (dashes < 0 && first) guessContainerInput(first, context, analyst);
  if (dashes < 0) return false;
  const command = words.slice(dashes + 1);
  const image = optionValue(words, { long: 'image' });
  if (image) runImage(image.value, { words: command, context }, analyst);
  if (verb === 'exec') analyst.argv(command, deeper(context));
  return verb === 'exec';
};

/** `minikube kubectl -- ARGS`: the mark ends minikube's own options. */
function withoutMark(words: readonly Arg[]): readonly Arg[] {
  return words.filter((word, at) => !isEnd(word) || textAt(words, at - 1) !== 'kubectl');
}

/** `minikube ssh TEXT`; a nested tool such as `k3s ctr` is tried as a command, `k3s kubectl apply` is matched as it stands. */
const runPlugin: Handler = (call, analyst) => {
  const behind = call.words.findIndex(({ text }) => text === 'ssh') + 1;
  for (const word of behind > 0 ? call.words.slice(behind) : [])
    if (/\s/.test(word.text) || isUnknown(word)) analyst.shellText(word, deeper(call.context));
  const { starts, unknownAt } = positionals(call.words, { table: optionsOf(call.program) });
  const verb = starts.map((start) => call.words[start]).find((word) => word && isUnknown(word));
  const at = unknownAt ?? verb?.at;
  if (at !== undefined) analyst.opaque('a verb that is not literal', at, call.context);
  scanWords({ ...call, words: withoutMark(call.words) }, analyst);
};

const imageTools =
  'docker podman nerdctl finch docker-compose podman-compose ctr crictl buildah apptainer singularity'.split(' ');

/** `podman unshare COMMAND`, `podman machine ssh [NAME] COMMAND`. */
const runBeside = createWrapper({
  verbs: ['unshare'],
  also: [
    { verbs: ['ssh'], joins: true },
    { verbs: ['ssh'], skip: 1, joins: true },
  ],
});

/** Verbs that make an image of instructions in an option. */
const CHANGES_IMAGE = /^(?:commit|import|new-build)$/;
const instructions: NamedOptions = { long: 'change dockerfile', letters: 'cD' };
const dockerfile: NamedOptions = { long: 'file', letters: 'f' };

/** `RUN` of a `Dockerfile` and what its image starts; it may be a list of words, or name the end of a here-document. */
const RUN = /^[ \t]*(?:onbuild\s+)?(?:run|cmd|entrypoint|healthcheck\b.*\bcmd)\s+(?:--\S+\s+)*(.*)/i;
const HERE_DOCUMENT = /^<<-?["']?(\w+)/;
const LIST = /^\[(.*)\]\s*$/;
const STANDARD_INPUT = /^(?:-|\/dev\/stdin)$/;

/** What a `Dockerfile` on standard input runs while an image is built of it. */
const buildImage: Handler = ({ words, head, context }, analyst) => {
  const file = optionValue(words, dockerfile)?.value;
  const reads = (file && (isUnknown(file) || STANDARD_INPUT.test(file.text))) || words.some(({ text }) => text === '-');
  const heard = reads ? heardText(context) : undefined;
  const isChanged = words.some(({ text }) => CHANGES_IMAGE.test(text));
  const changes = isChanged ? optionValues(words, instructions).map(({ value }) => value) : [];
  for (const text of heard === undefined ? changes : [...changes, literal(heard, head.at)])
    guessInstructions(text, context, analyst);
};

function guessInstructions(file: Arg, context: Context, analyst: Analyst): void {
  const lines = file.text.replaceAll(/\\\r?\n/g, ' ').split('\n');
  // The last line of each text: a here-document ends before it or has no end.
  const lastOf = new Map(lines.map((line, at) => [line.trim(), at]));
  for (let at = 0; at < lines.length; at++) {
    const [, line] = RUN.exec(lines[at] ?? '') ?? [];
    if (line === undefined) continue;
    const mark = HERE_DOCUMENT.exec(line)?.[1];
    const isEnded = mark !== undefined && (lastOf.get(mark) ?? -1) > at;
    const end = isEnded ? lines.findIndex((each, index) => index > at && each.trim() === mark) : -1;
    const text = end < 0 ? (LIST.exec(line)?.[1]?.replaceAll(',', ' ') ?? line) : lines.slice(at + 1, end).join('\n');
    analyst.guess({ ...file, text }, apart(context));
    at = Math.max(at, end);
  }
}

/** `docker service update --entrypoint PROGRAM --args WORDS`, `podman pod create --infra-command PROGRAM`. */
function guessService({ words, context }: Call, analyst: Analyst): void {
  const [args] = optionValues(words, { long: 'args' });
  for (const { value } of optionValues(words, { long: 'entrypoint infra-command' })) {
    const text = args ? `${value.text} ${args.value.text}` : value.text;
    analyst.guess({ ...value, text }, deeper(context));
  }
}

const runOther: Handler = (call, analyst) => {
  runBeside(call, analyst);
  guessService(call, analyst);
  buildImage(call, analyst);
  // Neither what an image is built of nor a compose file is input of a shell.
  if (!call.words.some(({ text }) => /^(?:build(?:-using-dockerfile)?|bud|bake)$/.test(text)))
    guessInput({ ...call, words: call.words.filter(({ text }) => text !== 'compose') }, analyst);
};

/** Verbs that make something of a manifest, which may run a command. */
const CREATES = /^(?:create|replace|patch|process|new-app)$/;

/** `kubectl create job NAME --image=IMAGE -- COMMAND`, and plugins that take a command or a call of kubectl there. */
const behindDashes: Handler = (call, analyst) => {
  const { words, head, context } = call;
  if (words.some(({ text }) => CREATES.test(text))) guessManifests(call, analyst);
  for (const { value } of optionValues(words, { long: 'script names' })) analyst.guess(value, deeper(context));
  if (words.some(({ text }) => CHANGES_IMAGE.test(text))) buildImage(call, analyst);
  const dashes = words.findIndex(isEnd);
  if (dashes < 0) return;
  const rest = words.slice(dashes + 1);
  analyst.argv(rest, deeper(context, { speculative: context.supposed !== undefined }));
  if (!context.supposed || isLiteral(rest)) analyst.argv([head, ...rest], deeper(context, { speculative: true }));
};

/** Container tools. */
export const containerHandlers: readonly (readonly [string, Handler])[] = [
  ...imageTools.map((program) => [program, createContainerTool(RUNS_IN_IMAGE, runInImage, runOther)] as const),
  ...['kubectl', 'oc'].map((program) => [program, createContainerTool(RUNS_IN_POD, runInPod, behindDashes)] as const),
  ...['k3s', 'k0s', 'microk8s', 'minikube', 'microk8s.kubectl'].map(
    (program) => [program, createContainerTool(RUNS_IN_POD, runInPod, runPlugin)] as const,
  ),
];

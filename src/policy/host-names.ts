import type { Invocation } from '#policy/command/analysis.ts';
import type { Arg } from '#policy/command/words.ts';
import { beginsWithScript, namesInScripts } from '#policy/host-scripts.ts';
import { operandsOf } from '#policy/host-words.ts';

/** Places in one word at which a name may begin; one with more of them is refused. */
const MAX_PARTS = 2_000;
/** Longest path of Linux, in bytes. */
const MAX_PATH = 4_096;

/** These print their words, or only compare them. */
const TALKS: ReadonlySet<string> = new Set('echo printf print say : true false test [ export declare local'.split(' '));

/** What these take is a file as a whole, a pattern or a message: nothing inside of a word is a file. */
const PLAIN: ReadonlySet<string> = new Set(
  (
    'git ls cat tac head tail less more bat nl od xxd hexdump strings base64 cut sort uniq diff cmp wc stat file touch mkdir rm rmdir cp mv ln ' +
    'grep egrep fgrep zgrep rg ag ack jq sed gsed ssed awk gawk mawk nawk yq find gfind cd pushd'
  ).split(' '),
);

/** Whether a program only prints its words. */
export function talks(program: string): boolean {
  return TALKS.has(program);
}

/** Literal words that may name a file: as a whole, behind `=`, `@` and the colon of `HEAD:path`, and for programs that are not known anywhere inside. */
export function namesIn(invocation: Invocation): readonly string[] {
  const { program, args } = invocation;
  if (TALKS.has(program)) return [];
  const words = args.slice(1).filter(({ kind }) => kind === 'literal');
  const script = beginsWithScript(invocation) ? operandsOf(words)[0] : undefined;
  const texts = words.filter((word) => word !== script).map(({ text }) => text);
  const inside = PLAIN.has(program) ? [] : args.slice(1).flatMap(({ text }) => partsOf(text));
  const whole = [...args.slice(0, 1).map(({ text }) => text), ...texts].flatMap(wholesOf);
  return [...new Set([...whole, ...inside, ...namesInScripts(invocation)])].filter(isName);
}

/** The same of single words: as a whole and anywhere inside. */
export function namesAnywhere(words: readonly Arg[]): readonly string[] {
  const texts = words.filter(({ kind }) => kind === 'literal').map(({ text }) => text);
  return [...new Set(texts.flatMap((text) => [...wholesOf(text), ...partsOf(text), ...clusterTails(text)]))].filter(
    isName,
  );
}

function wholesOf(text: string): readonly string[] {
  const colon = /^:[0-3]:/.test(text) ? 2 : text.indexOf(':');
  return [text, text.slice(text.indexOf('=') + 1), text.slice(colon + 1), text.replace(/^@/, '')];
}

function isName(part: string): boolean {
  return part !== '' && part.length <= MAX_PATH && !part.includes('\n');
}

/** Letters of options that may stand before a glued name. */
const MAX_CLUSTER = 8;

/** `-qoFILE`: the name may begin behind any of the letters. */
function clusterTails(text: string): readonly string[] {
  const letters = /^-([a-zA-Z\d]+)/.exec(text)?.[1]?.length ?? 0;
  return Array.from({ length: Math.min(letters, MAX_CLUSTER) }, (_, at) => text.slice(at + 2));
}

/** Whether a word may name more files than are looked for. */
export function namesTooMuch({ program, args }: Invocation): boolean {
  if (TALKS.has(program) || PLAIN.has(program)) return false;
  return args.some(({ text }) => [...text.matchAll(BEGINS)].length > MAX_PARTS);
}

/** Before the name of a file in a word such as `f=@a;type=b`, `host:a` or `{"file": "a"}`. */
const BEGINS = /[@=<:,;"'`(){}[\]|>&]+/g;

function partsOf(text: string): readonly string[] {
  const glued = /^-[a-zA-Z](?=[^-=])(.+)/.exec(text)?.[1];
  const parts = [...text.matchAll(BEGINS)].slice(0, MAX_PARTS).flatMap(({ 0: mark, index }) => {
    const [line = ''] = text.slice(index + mark.length, index + mark.length + MAX_PATH).split('\n', 1);
    return [line, line.split(BEGINS, 1)[0] ?? ''];
  });
  return glued === undefined ? parts : [glued, ...parts];
}

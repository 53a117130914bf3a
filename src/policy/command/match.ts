import type { Invocation } from '#policy/command/analysis.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { isNpmVerb } from '#policy/command/npm-verbs.ts';
import { isOption, optionWidths } from '#policy/command/options.ts';
import { optionsOf } from '#policy/command/tool-options.ts';
import type { Arg } from '#policy/command/words.ts';
import { mayBeMany } from '#policy/command/words.ts';
import { foldPath } from '#policy/path-fold.ts';

/** Which calls of one program are meant. */
export interface CommandPattern {
  readonly program: string;
  /** Words that must come first, options between them skipped; each is one word or a list of equal ones. */
  readonly verbs: readonly (string | readonly string[])[];
  /** Options that must be present, such as `-rf` or `--push`. */
  readonly flags?: readonly string[];
  /** Some argument must look like this; not the value of an option that looks like `except`. */
  readonly some?: RegExp;
  readonly except?: RegExp;
  /** The last word that is no option must look like this. */
  readonly last?: RegExp;
}

/** `unknown` when a word that decides is not literal. */
export type Match = 'yes' | 'no' | 'unknown';

/** Asks whether any reading of the options makes this the meant call. */
export function matchCommand({ program, args }: Invocation, pattern: CommandPattern): Match {
  if (program !== pattern.program) return 'no';
  if (asksForHelp(args, pattern)) return 'no';
  const verbs = matchVerbs(args, pattern);
  if (verbs === 'no') return 'no';
  const rest = matchRest(args, pattern);
  if (rest === 'no') return 'no';
  return verbs === 'unknown' || rest === 'unknown' ? 'unknown' : 'yes';
}

/** Programs that answer `--help` with a text, wherever it stands. */
const explained = new Set(
  'kubectl oc docker podman nerdctl finch docker-compose buildah skopeo crane npm pnpm yarn lerna terraform tofu helm aws gcloud az gh'.split(
    ' ',
  ),
);
const HELP = /^(?:--help|-help|-h)$/;

/** `kubectl apply --help`: nothing but literal verbs before, nothing behind, so that it is no option's value. */
function asksForHelp(args: readonly Arg[], { program, verbs }: CommandPattern): boolean {
  if (verbs.length === 0 || !explained.has(program) || !args.every((arg) => arg.kind === 'literal')) return false;
  const [, first, ...rest] = args.map(({ text }) => text);
  if (first === '--help' || first === '-help') return !rest.includes('--');
  const words = [first ?? '', ...rest];
  return (
    HELP.test(words.at(-1) ?? '') &&
    words.slice(0, -1).every((word) => /^\w/.test(word)) &&
    words.length === verbs.length + 1
  );
}

/** Words that may stand before a verb: toolchains, release tracks, and whatever else the program is to do or to take. */
const skipped: Readonly<Record<string, RegExp>> = {
  cargo: /^\+/,
  gcloud: /^(?:alpha|beta|preview)$/,
  gradle: /./,
  mvn: /./,
  rm: /./,
};

function matchVerbs(args: readonly Arg[], { program, verbs }: CommandPattern): Match {
  const table = optionsOf(program);
  const seen = new Set<number>();
  const queue: [at: number, verb: number][] = [[1, 0]];
  let result: Match = 'no';
  for (let state = queue.pop(); state; state = queue.pop()) {
    const [at, verb] = state;
    if (verb === verbs.length) return 'yes';
    const arg = args[at];
    const key = at * 16 + verb;
    if (arg === undefined || seen.has(key)) continue;
    seen.add(key);
    if (mayBeMany(arg)) result = 'unknown';
    else if (isOption(arg.text)) {
      const widths = arg.text === '--' ? [1] : optionWidths(arg, table);
      for (const width of widths) {
        const value = args[at + 1];
        if (width === 2 && value && mayBeMany(value)) result = 'unknown';
        queue.push([at + width, verb]);
      }
    } else if (arg.kind !== 'literal') {
      if (verbStartsWith(verbs[verb], arg.text)) result = 'unknown';
    } else {
      if (isVerb(program, arg.text, verbs[verb])) queue.push([at + 1, verb + 1]);
      if (skipped[program]?.test(arg.text)) queue.push([at + 1, verb]);
    }
  }
  return result;
}

function matchRest(args: readonly Arg[], { program, flags = [], some, except, last }: CommandPattern): Match {
  const dynamic = args.some((arg) => arg.kind !== 'literal');
  const missing = dynamic ? 'unknown' : 'no';
  if (!flags.every((flag) => hasFlag(args, flag) || hasInFull(args, program, flag))) return missing;
  const excepted = (at: number) =>
    except !== undefined &&
    [args[at], args[at - 1]].some(
      (arg, back) => arg && except.test(arg.text) && arg.text.includes('=') === (back === 0),
    );
  if (some && !args.some((arg, at) => some.test(arg.text) && !excepted(at))) return missing;
  const final = args.findLast((arg) => !isOption(arg.text));
  if (last && !last.test(final?.text ?? '')) return final?.kind === 'literal' ? 'no' : missing;
  return 'yes';
}

/** Letters of a program's options, with what stands for the same in full and in another letter. */
const inFull: Readonly<Record<string, Readonly<Record<string, NamedOptions>>>> = {
  rm: { r: { long: 'recursive', letters: 'rR' }, f: { long: 'force', letters: 'f' } },
  git: { f: { long: 'force', itself: 'force-with-lease', letters: 'f' } },
};

/** `--recursive --force` for `-rf`: every letter in its cluster or in full. */
function hasInFull(args: readonly Arg[], program: string, flag: string): boolean {
  const named = inFull[program];
  const letters = flag.startsWith('--')
    ? Object.keys(named ?? {}).filter((letter) => named?.[letter]?.long === flag.slice(2))
    : flag.slice(1).split('');
  return (
    letters.length > 0 &&
    letters.every((letter) => {
      const options = named?.[letter];
      return (
        options !== undefined &&
        args.some(({ text }) => (text.startsWith('--') || isCluster(text)) && namedOption(text, options))
      );
    })
  );
}

function hasFlag(args: readonly Arg[], flag: string): boolean {
  if (flag.startsWith('--') || flag.length === 2) {
    const short = /^-[A-Za-z]$/.test(flag) ? flag.slice(1) : undefined;
    return args.some(
      ({ text }) => text === flag || text.startsWith(`${flag}=`) || (short && isCluster(text) && text.includes(short)),
    );
  }
  const letters = args.filter(({ text }) => isCluster(text)).map(({ text }) => text.slice(1));
  return (
    args.some(({ text }) => text === flag) ||
    flag
      .slice(1)
      .split('')
      .every((letter) => letters.some((cluster) => cluster.includes(letter)))
  );
}

function isCluster(text: string): boolean {
  return /^-[A-Za-z]+$/.test(text);
}

function verbStartsWith(verb: string | readonly string[] | undefined, prefix: string): boolean {
  return [verb ?? []].flat().some((word) => word.startsWith(prefix));
}

/** True when `word` is or looks like the verb, case ignored; npm also takes any unambiguous abbreviation (`npm pu` publishes). */
export function isVerb(program: string, word: string, verb: string | readonly string[] | undefined): boolean {
  const verbs = [verb ?? []].flat();
  if (verbs.includes(word) || verbs.includes(foldPath(word))) return true;
  if (program === 'gradle' || program === 'mvn') return verbs.some((each) => isTask(program, word, each));
  return (program === 'npm' || program === 'cnpm') && verbs.some((each) => isNpmVerb(word, each));
}

/** `:app:publish` and `pub` of gradle, `deploy:deploy` and a plugin's full name of mvn. */
function isTask(program: string, word: string, task: string): boolean {
  const parts = word.split(':');
  const last = parts.at(-1) ?? '';
  if (last === task) return true;
  return program === 'gradle' ? last.length > 2 && task.startsWith(last) : parts[0] === task;
}

import type { Invocation } from '#policy/command/analysis.ts';
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
  /** Some argument must look like this. */
  readonly some?: RegExp;
  /** The last word that is no option must look like this. */
  readonly last?: RegExp;
}

/** `unknown` when a word that decides is not literal. */
export type Match = 'yes' | 'no' | 'unknown';

/** Asks whether any reading of the options makes this the meant call. */
export function matchCommand({ program, args }: Invocation, pattern: CommandPattern): Match {
  if (program !== pattern.program) return 'no';
  const verbs = matchVerbs(args, pattern);
  if (verbs === 'no') return 'no';
  const rest = matchRest(args, pattern);
  if (rest === 'no') return 'no';
  return verbs === 'unknown' || rest === 'unknown' ? 'unknown' : 'yes';
}

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
    } else if (isVerb(program, arg.text, verbs[verb])) queue.push([at + 1, verb + 1]);
  }
  return result;
}

function matchRest(args: readonly Arg[], { flags = [], some, last }: CommandPattern): Match {
  const dynamic = args.some((arg) => arg.kind !== 'literal');
  const missing = dynamic ? 'unknown' : 'no';
  if (!flags.every((flag) => hasFlag(args, flag))) return missing;
  if (some && !args.some((arg) => some.test(arg.text))) return missing;
  const final = args.findLast((arg) => !isOption(arg.text));
  if (last && !last.test(final?.text ?? '')) return final?.kind === 'literal' ? 'no' : missing;
  return 'yes';
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

const npmCommands = (
  'access add audit bugs cache ci completion config dedupe deprecate diff dist-tag docs doctor edit exec explain explore find-dupes fund get help ' +
  'hook init install install-test link ll login logout ls org outdated owner pack ping pkg prefix profile prune publish query rebuild repo restart ' +
  'root run run-script sbom search set shrinkwrap star stars start stop team test token trust uninstall unpublish unstar update version view whoami'
).split(' ');

const npmAliases: Readonly<Record<string, string>> = {
  i: 'install',
  in: 'install',
  ins: 'install',
  isntall: 'install',
  t: 'test',
  tst: 'test',
  un: 'uninstall',
  rm: 'uninstall',
  r: 'uninstall',
  up: 'update',
  upgrade: 'update',
  run: 'run-script',
  rum: 'run-script',
  urn: 'run-script',
  x: 'exec',
  c: 'config',
  s: 'search',
  v: 'view',
  info: 'view',
};

/** True when `word` is or looks like the verb, case ignored; npm also takes any unambiguous abbreviation (`npm pu` publishes). */
export function isVerb(program: string, word: string, verb: string | readonly string[] | undefined): boolean {
  const verbs = [verb ?? []].flat();
  if (verbs.includes(word) || verbs.includes(foldPath(word))) return true;
  if (program !== 'npm' && program !== 'cnpm') return false;
  if (verbs.some((each) => npmAliases[word] === (npmAliases[each] ?? each))) return true;
  return word.length > 1 && !npmCommands.includes(word) && verbs.some((each) => each.startsWith(word));
}

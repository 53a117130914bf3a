import type { Invocation } from '#policy/command/analysis.ts';
import { ANY_PROGRAM } from '#policy/command/analysis.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { isNpmVerb } from '#policy/command/npm-verbs.ts';
import { isOption, optionWidths } from '#policy/command/options.ts';
import { optionsOf } from '#policy/command/tool-options.ts';
import type { Arg } from '#policy/command/words.ts';
import { isLiteral, mayBeMany } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';
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
  /** The last word of a kind must look like this. */
  readonly last?: { readonly of: RegExp; readonly is: RegExp };
  /** A second operand, with no options but those that stand alone, that names no other machine. */
  readonly here?: RegExp;
  /** Options that take the effect away when every one that looks like `option` looks like `off`. */
  readonly unless?: { readonly option: RegExp; readonly off: RegExp };
}

/** Whether a call is the meant one; `unknown` when a word that decides is not literal, undefined when it is not. */
export type Match = 'yes' | 'unknown' | undefined;

/** Asks whether any reading of the options makes this the meant call; a program that may be any has to be told by literal words. */
export function matchCommand({ program, args }: Invocation, pattern: CommandPattern): Match {
  const isAny = program === ANY_PROGRAM;
  if ((!isAny && program !== pattern.program) || asksForHelp(args, pattern)) return undefined;
  const verbs = matchVerbs(args, pattern);
  const rest = verbs && matchRest(args, pattern);
  if (isAny) return verbs === 'yes' && rest === 'yes' ? 'yes' : undefined;
  return rest && (verbs === 'unknown' ? verbs : rest);
}

/** Programs whose verbs may be written in other ways than in full. */
const FREE = /^(?:c?npm|gradle|mvn)$/;

/** Says of a call which patterns its literal words may match, so that of many guesses few need be looked at closely. */
export function mayMatch({ args }: Invocation): (pattern: CommandPattern) => boolean {
  const words = new Set(args.flatMap(({ text, kind }) => (kind === 'literal' ? [text, foldPath(text)] : [])));
  return ({ program, verbs }) =>
    FREE.test(program) ||
    abbreviating.has(program) ||
    verbs.every((verb) => [verb].flat().some((word) => words.has(word)));
}

/** Programs that answer a word with a text, wherever it stands, and how they may be asked. */
const explained: ReadonlyMap<string, RegExp> = new Map(
  (
    [
      [
        'kubectl oc docker podman nerdctl finch docker-compose buildah skopeo crane gcrane oras regctl ko ctr pack skaffold kapp kpt ' +
          'imgpkg cosign apko werf regsync regbot minikube container helm gh',
        /^(?:--help(?:=(?:true|t|1))?|-h)$/,
      ],
      ['npm pnpm yarn bun gcloud az deno semantic-release release-it', /^(?:--help|-h)$/],
      ['terraform tofu terragrunt', /^(?:--?help|-h)$/],
      ['lerna nx rush cdktf aws', /^--help$/],
    ] as const
  ).flatMap(([names, asks]) => names.split(' ').map((name) => [name, asks] as const)),
);
/** Those that know only the long form, and only alone. */
const explainedAlone = new Set(['np']);
const ALONE = /^--(?:help|version)$/;
/** A word that is neither an option nor a truth. */
const NAME = /^(?!(?:t|f|true|false|yes|no|null|undefined)$)[A-Za-z][\w./:@-]*$/i;

/** `kubectl apply --help`: nothing but literal verbs before, nothing behind, so that it is no option's value. */
function asksForHelp(args: readonly Arg[], { program, verbs }: CommandPattern): boolean {
  const isAlone = explainedAlone.has(program);
  const asks = explained.get(program);
  if (!(isAlone || asks) || !isLiteral(args)) return false;
  const words = args.slice(1).map(({ text }) => text);
  const behind = words.slice(verbs.length).join(' ');
  if (verbs.length === 0 && ALONE.test(behind)) return true;
  if (!asks) return false;
  const [first = ''] = words;
  // What stands behind the first word must not take it back.
  return asks.test(first) ? words.slice(1).every((word) => NAME.test(word)) : asks.test(behind);
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
  const seen = new Set<string>();
  const queue: [at: number, verb: number][] = [[1, 0]];
  let result: Match;
  for (let state = queue.pop(); state; state = queue.pop()) {
    const [at, verb] = state;
    const wanted = verbs[verb];
    if (wanted === undefined) return 'yes';
    const arg = args[at];
    const key = `${at}/${verb}`;
    if (arg === undefined || seen.has(key)) continue;
    seen.add(key);
    if (isFoundHere(arg, wanted)) {
      if (ownValue(skipped, program)) queue.push([at + 1, verb]);
    } else if (mayBeMany(arg)) result = 'unknown';
    else if (isOption(arg.text)) {
      const value = args[at + 1];
      if (value && mayBeMany(value) && !isFoundHere(value, wanted)) result = 'unknown';
      for (const width of arg.text === '--' ? [1] : optionWidths(args, at, table)) queue.push([at + width, verb]);
    } else if (arg.kind !== 'literal') {
      if (verbStartsWith(wanted, arg.text)) result = 'unknown';
    } else {
      // Some programs pass over an empty word: `terraform '' apply`.
      if (arg.text === '') queue.push([at + 1, verb]);
      if (isVerb(program, arg.text, wanted)) queue.push([at + 1, verb + 1]);
      if (ownValue(skipped, program)?.test(arg.text)) queue.push([at + 1, verb]);
    }
  }
  return result;
}

/** A glob finds names in this folder, none of which is a path from the root. */
function isFoundHere({ kind, text }: Arg, verb: string | readonly string[]): boolean {
  return kind === 'files' && !text.startsWith('/') && [verb].flat().every((word) => word.startsWith('/'));
}

function matchRest(args: readonly Arg[], pattern: CommandPattern): Match {
  const { program, flags = [], some, except, last } = pattern;
  const excepted = (at: number) =>
    except !== undefined &&
    [args[at], args[at - 1]].some(
      (arg, back) => arg && except.test(arg.text) && arg.text.includes('=') === (back === 0),
    );
  const dynamic = args.some(
    (arg, at) => arg.kind !== 'literal' && !(excepted(at) && isName(args, at, { program, except })),
  );
  const missing = dynamic ? 'unknown' : undefined;
  if (!flags.every((flag) => hasFlag(args, program, flag))) return missing;
  if (some && !args.some((arg, at) => some.test(arg.text) && !excepted(at))) return missing;
  const finals = last ? lastOf(args, { program, of: last.of }) : [];
  if (isSwitchedOff(args, pattern) || staysHere(args, pattern)) return undefined;
  if (finals.length === 0 || finals.some(({ text }) => last?.is.test(text))) return 'yes';
  return isLiteral(finals) ? undefined : 'unknown';
}

/** The last word of a kind, and the last one that can be no option's value. */
function lastOf(
  args: readonly Arg[],
  { program, of }: { readonly program: string; readonly of: RegExp },
): readonly Arg[] {
  const isOf = ({ kind, text }: Arg) => kind !== 'literal' || of.test(text);
  const mayBeValue = (at: number) =>
    isOption(args[at - 1]?.text ?? '') && optionWidths(args, at - 1, optionsOf(program)).includes(2);
  const found = [args.findLast(isOf), args.findLast((arg, at) => isOf(arg) && !mayBeValue(at))];
  return found.filter((each) => each !== undefined);
}

/** `ko build --push=false`: each such option stands before `--`, behind no option whose value it might be, and none is contradicted. */
function isSwitchedOff(args: readonly Arg[], { program, unless }: CommandPattern): boolean {
  if (!unless) return false;
  const switches = [...args.entries()].filter(([, { text }]) => unless.option.test(text));
  const end = args.findIndex(({ text }) => text === '--');
  return (
    isLiteral(args) &&
    switches.length > 0 &&
    switches.every(([at, { text }]) => {
      const before = args[at - 1];
      const mayBeValue = before && isOption(before.text) && optionWidths(args, at - 1, optionsOf(program)).includes(2);
      return unless.off.test(text) && !mayBeValue && (end < 0 || at < end);
    })
  );
}

/** `podman push app dir:out`: an image and where it goes, and no option that may take one of these words. */
function staysHere(args: readonly Arg[], { program, verbs, here }: CommandPattern): boolean {
  if (!here || !isLiteral(args)) return false;
  const table = optionsOf(program);
  const words = args.slice(1 + verbs.length);
  const operands = words.filter(({ text }) => !isOption(text));
  const standAlone = words.every(
    (word, at) => !isOption(word.text) || optionWidths(words, at, table).every((width) => width === 1),
  );
  return standAlone && operands.length === 2 && here.test(operands[1]?.text ?? '');
}

/** Behind `-t`: `app:"$tag"` is no option, and neither is `"$tag"` where `-t` cannot be the value of another one; so is `--tag="$tag"`. */
function isName(
  args: readonly Arg[],
  at: number,
  { program, except }: { readonly program: string; readonly except: RegExp | undefined },
): boolean {
  const [before, arg] = [args[at - 2], args[at]];
  if (arg?.kind !== 'one' || before === undefined) return false;
  if (isOption(arg.text)) return except?.test(arg.text) === true;
  if (arg.text !== '') return true;
  return !isOption(before.text) || !optionWidths(args, at - 2, optionsOf(program)).includes(2);
}

/** Letters of a program's options, with what stands for the same in full and in another letter. */
const inFull: Readonly<Record<string, Readonly<Record<string, NamedOptions>>>> = {
  rm: { r: { long: 'recursive', letters: 'rR' }, f: { long: 'force', letters: 'f' } },
  git: { f: { long: 'force', itself: 'force-with-lease', letters: 'f' } },
};

/** `--recursive --force` for `-rf`: the option itself, or every letter of it alone, in a cluster or in full. */
function hasFlag(args: readonly Arg[], program: string, flag: string): boolean {
  if (args.some(({ text }) => text === flag || text.startsWith(`${flag}=`))) return true;
  const named = ownValue(inFull, program) ?? {};
  const letters = flag.startsWith('--')
    ? Object.keys(named).filter((letter) => `--${named[letter]?.long}` === flag)
    : flag.slice(1).split('');
  return (
    letters.length > 0 &&
    letters.every((letter) => args.some(({ text }) => names(text, named[letter] ?? { letters: letter })))
  );
}

/** True for an option in full, or a cluster of nothing but letters, that names one of these. */
function names(text: string, options: NamedOptions): boolean {
  return /^-(?:-|[A-Za-z]+$)/.test(text) && namedOption(text, options) !== undefined;
}

function verbStartsWith(verb: string | readonly string[], prefix: string): boolean {
  return [verb].flat().some((word) => word.startsWith(prefix));
}

/** Programs that take any unambiguous prefix of a verb; one that is ambiguous is an error to them. */
const abbreviating = new Set('gem hg nuget composer openstack bundle thor opam dune darcs fossil drush'.split(' '));

/** True when `word` is or looks like the verb, case ignored; npm also takes any unambiguous abbreviation (`npm pu` publishes). */
export function isVerb(program: string, word: string, verb: string | readonly string[] = []): boolean {
  const verbs = [verb].flat();
  if (verbs.includes(word) || verbs.includes(foldPath(word))) return true;
  if (abbreviating.has(program)) return verbs.some((each) => word.length > 1 && each.startsWith(word));
  if (program === 'gradle' || program === 'mvn') return verbs.some((each) => isTask(program, word, each));
  return (program === 'npm' || program === 'cnpm') && verbs.some((each) => isNpmVerb(word, each));
}

/** `:app:publish` and `pub` of gradle, `deploy:deploy`, a plugin's full name and one of its executions of mvn. */
function isTask(program: string, word: string, task: string): boolean {
  const parts = word.replace(/@.*/s, '').split(':');
  const last = parts.at(-1) ?? '';
  if (last === task) return true;
  if (program === 'gradle') return last.length > 2 && task.startsWith(last);
  return parts[0] === task || `${pluginOf(parts)}:${last}` === task;
}

/** `jib` of `com.google.cloud.tools:jib-maven-plugin:3.4.0:build`. */
function pluginOf([group = '', artifact = '', ...more]: readonly string[]): string {
  return more.length === 0 ? group : artifact.replace(/^maven-(.+)-plugin$|-maven-plugin$/, '$1');
}

import type { Analyst, CommandAnalysis, Context, Invocation, Opaque, Redirected } from '#policy/command/analysis.ts';
import { ANY_PROGRAM } from '#policy/command/analysis.ts';
import type { Placed } from '#policy/command/assignments.ts';
import { findEvaluated, findListed } from '#policy/command/assignments.ts';
import type { Evaluated } from '#policy/command/evaluated-words.ts';
import { findPlanted } from '#policy/command/evaluated-words.ts';
import { opaqueCode } from '#policy/command/handler.ts';
import type { LoopNames } from '#policy/command/loop-names.ts';
import { findOpenFile } from '#policy/command/open-files.ts';
import { editsOfScripts, findHiddenEdit } from '#policy/command/own-edits.ts';
import { takesPart } from '#policy/command/own-input.ts';
import { findOwnScript } from '#policy/command/own-scripts.ts';
import { programName } from '#policy/command/program-name.ts';
import { findHandler, isKnownProgram } from '#policy/command/programs.ts';
import { visitText } from '#policy/command/shell-text.ts';
import { findMoved } from '#policy/command/told-words.ts';
import { guessCommands } from '#policy/command/unknown.ts';
import { findUnpacked } from '#policy/command/unpacked.ts';
import type { Arg } from '#policy/command/words.ts';
import { expandBraces, isLiteral, isUnknown, literal } from '#policy/command/words.ts';

/** Characters of shell text; a longer one is refused. */
const MAX_TEXT = 8_192;
/** Characters of an argv, which may list many test files. */
const MAX_ARGV = 262_144;
/** How deep shells, wrappers and quoted texts may be nested. */
const MAX_DEPTH = 8;
/** Words of shell text and of an argv that are looked at in all, repetitions included; what needs more cannot be judged in bounded time. */
const MAX_WORDS_OF_TEXT = 100_000;
const MAX_WORDS = 300_000;
/** Words of calls that are read again because some of them are not literal. */
const MAX_READ_AGAIN = 50_000;
/** Doubts that are listed; one is enough to refuse. */
const MAX_OPAQUE = 20;

/** A nested shell knows no variables of the outer one. */
const none: LoopNames = new Map();

/** Who reads a command. */
interface Reader {
  /** It may be zsh, as the shell of a host may. */
  readonly mayBeZsh?: boolean;
}

/** Reads off everything that shell text, or an argv taken literally, would execute. Never throws; doubt is opaque. */
export function analyzeCommand(
  command: string | readonly string[],
  { mayBeZsh = false }: Reader = {},
): CommandAnalysis {
  const isText = typeof command === 'string';
  const raw = isText ? command : command.join(' ');
  const invocations: Invocation[] = [];
  const certain: Invocation[] = [];
  const redirects: Redirected[] = [];
  const opaque: Opaque[] = [];
  const assigned: Placed[] = [];
  const counted = new Map<string, number>();
  const evaluated: Evaluated[] = [];
  const bare: Arg[] = [];
  const maxWords = isText ? MAX_WORDS_OF_TEXT : MAX_WORDS;
  const analyst = createAnalyst({
    invocations,
    certain,
    redirects,
    opaque,
    assigned,
    counted,
    evaluated,
    bare,
    maxWords,
  });
  const context: Context = {
    depth: 0,
    stdin: 'none',
    at: undefined,
    speculative: false,
    loopNames: none,
    constants: new Map(),
    heldTexts: new Map(),
    folders: new Map(),
    isPlain: true,
    isSetLate: undefined,
    counters: new Map(),
    mayBeZsh,
    feeds: false,
    maps: new Map(),
  };
  const limit = isText ? MAX_TEXT : MAX_ARGV;
  try {
    if (raw.length > limit) analyst.opaque(`the command is longer than ${limit} characters`, limit, context);
    else if (isText) visitText(command, context, analyst);
    else if (raw.includes('\0')) analyst.opaque('a NUL character', 0, context);
    else analyst.argv(command.map(literal), context);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    analyst.opaque('the command is nested too deeply', 0, context);
  }
  for (const text of editsOfScripts(raw, certain, redirects)) analyst.guess(text, { ...context, depth: 1 });
  const words = [...bare, ...certain.flatMap(({ args }) => args), ...redirects.map(({ target }) => target)];
  const late = [
    findOwnScript(certain, redirects),
    findHiddenEdit(certain, redirects),
    findUnpacked(certain),
    findOpenFile(certain),
    findEvaluated(assigned, counted),
    findListed(assigned),
    findPlanted(assigned, evaluated),
    findMoved(words, certain, assigned),
  ];
  for (const found of late) if (found) opaque.push(found);
  const bareFolder = words.find(({ ofFolder }) => ofFolder === 'split')?.at;
  return { unit: isText ? 'character' : 'argument', raw, invocations, certain, redirects, opaque, bareFolder };
}

interface Found {
  readonly invocations: Invocation[];
  /** Those that are no guess. */
  readonly certain: Invocation[];
  readonly redirects: Redirected[];
  readonly opaque: Opaque[];
  readonly assigned: Placed[];
  readonly counted: Map<string, number>;
  readonly evaluated: Evaluated[];
  /** Texts that hold the name of the current folder. */
  readonly bare: Arg[];
  readonly maxWords: number;
}

function createAnalyst({
  invocations,
  certain,
  redirects,
  opaque,
  assigned,
  counted,
  evaluated,
  bare,
  maxWords,
}: Found): Analyst {
  let words = 0;
  let readAgain = 0;
  const analyst: Analyst = {
    opaque(construct, at, context) {
      if (context.speculative || opaque.length >= MAX_OPAQUE) return;
      const { supposed } = context;
      const found = supposed && `a word that is not literal and may be ${supposed.meant}`;
      opaque.push(
        found
          ? { construct: found, at: context.at ?? supposed.at, isSupposed: true }
          : { construct, at: context.at ?? at },
      );
    },
    mayReadAgain(args, context) {
      readAgain += args.length;
      if (readAgain > MAX_READ_AGAIN)
        analyst.opaque('more words that are not literal than can be judged', args[0]?.at ?? 0, {
          ...context,
          supposed: undefined,
        });
      return opaque.length === 0;
    },
    argv(given, context) {
      // Of what is certain, braces are a doubt of their own.
      const args = context.speculative ? given.flatMap(expandBraces) : given;
      const [head] = args;
      if (head === undefined) return;
      if (context.depth > MAX_DEPTH)
        return opaqueCode(`more than ${MAX_DEPTH} nested commands`, head.at, { context, analyst });
      words += args.length;
      if (words > maxWords) return opaqueCode('more nested commands than can be judged', head.at, { context, analyst });
      const doubt = doubtfulName(head);
      if (doubt !== undefined) {
        if ((isUnknown(head) || findsProgram(head)) && context.speculative)
          guessProgram(args, context, context.at ?? head.at);
        return analyst.opaque(doubt, head.at, context);
      }
      const program = programName(head.text);
      const invocation = {
        program,
        args: placed(args, context),
        supposedAt: context.supposed && (context.at ?? context.supposed.at),
      };
      invocations.push(invocation);
      if (!context.speculative && !context.supposed) certain.push(invocation);
      if (context.stdin === 'script' && takesPart(program, args.slice(1)))
        analyst.opaque('a command that reads a part of the script in which it stands', head.at, context);
      if (/\s/.test(head.text) && context.depth > 0 && !context.speculative) analyst.shellText(head, context);
      findHandler(program)({ program, head, words: args.slice(1), context }, analyst);
    },
    ownFunction(args, context) {
      if (args[0] && isKnownProgram(programName(args[0].text))) analyst.argv(args, context);
    },
    assigned(each, { speculative, supposed, depth, at = each.at }) {
      if (!speculative && !supposed) assigned.push({ ...each, at, depth });
    },
    counted(names, { depth }) {
      for (const name of names) counted.set(name, Math.max(depth, counted.get(name) ?? 0));
    },
    evaluated(word, { speculative, supposed, mayBeZsh, at = word.at }, isSure = false) {
      if (!speculative && !supposed) evaluated.push({ word: { ...word, at }, isLikely: isSure || mayBeZsh });
    },
    redirect: (redirected) => void redirects.push(redirected),
    guess(arg, context) {
      if (!isLiteral([arg]) || context.depth > MAX_DEPTH) return;
      const inner = { ...context, at: context.at ?? arg.at, speculative: true, loopNames: none, given: undefined };
      visitText(arg.text, inner, { ...analyst, redirect: () => {} });
    },
    shellText(arg, context, given) {
      if (!isLiteral([arg])) return opaqueCode('shell text that is not literal', arg.at, { context, analyst });
      if (context.depth > MAX_DEPTH)
        return opaqueCode(`more than ${MAX_DEPTH} nested commands`, arg.at, { context, analyst });
      // A folder may be called as a command is written.
      if (arg.ofFolder) bare.push({ ...arg, at: context.at ?? arg.at, ofFolder: 'split' });
      const inner = { ...context, at: context.at ?? arg.at, speculative: false, loopNames: none };
      visitText(arg.text, { ...inner, given: given && isLiteral(given) ? given : undefined }, analyst);
    },
  };
  /** Among the words of a program that is not known, an unknown one may be a program as well as anything else. */
  function guessProgram([, ...words]: readonly Arg[], context: Context, at: number): void {
    if (words.some(({ kind }) => kind === 'literal'))
      invocations.push({ program: ANY_PROGRAM, args: [literal('', at), ...placed(words, context)], supposedAt: at });
    guessCommands(words, context, analyst);
  }
  return analyst;
}

function doubtfulName(head: Arg): string | undefined {
  if (head.kind !== 'literal') return 'a command name that is not literal';
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(head.text))
    return 'a command name with characters beyond plain ASCII';
  return undefined;
}

/** A pattern in a folder of programs, such as `/usr/bin/np?`. */
function findsProgram({ kind, text }: Arg): boolean {
  return kind === 'files' && /^\/(?:.*\/)?s?bin\//.test(text);
}

/** Words of a nested text stand where the text stands. */
function placed(args: readonly Arg[], { at }: Context): readonly Arg[] {
  return at === undefined ? args : args.map((arg) => ({ ...arg, at }));
}

import { git, verbAt } from '#policy/command/git.ts';
import { textAt } from '#policy/command/handler.ts';
import type { Handler } from '#policy/command/handler.ts';
import { unknownProgram } from '#policy/command/unknown.ts';
import { literal } from '#policy/command/words.ts';

/** Verbs of programs beside git that run a command in many repositories; most others are aliases, which take names. */
const RUNS = /^(?:xargs|all|multi|each|every|for-?each|for-?all|repo|bulk|exec|run|do|sh|shell)$/;

/** `git xargs npm ci`: what a verb of another program does with its words is not known. */
export const gitWithExtensions: Handler = (call, analyst) => {
  git(call, analyst);
  const at = verbAt(call.words);
  if (RUNS.test(textAt(call.words, at))) unknownProgram({ ...call, words: call.words.slice(at + 1) }, analyst);
};

/** `git-clone` and the like, which stand beside git, take the words that `git clone` does; any script may be called so. */
export const gitBesides: Handler = (call, analyst) => {
  git({ ...call, words: [literal(call.program.replace(/^git-/, ''), call.head.at), ...call.words] }, analyst);
  unknownProgram(call, analyst);
};

import type { Analyst, Context } from '#policy/command/analysis.ts';
import { deeper, scanWords } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal } from '#policy/command/words.ts';

/** What a list or a mapping of YAML or JSON begins with, perhaps behind the name of a setting. */
const STRUCTURED = /^\s*(?:([\w.-]+)\s*=\s*)?(?=[[{]|-\s|---|!\w+\s|["']?\w+["']?\s*:\s)/;
/** Names of what is executed: `commands`, `BashExec`, `before_backup`. */
const EXECUTED =
  /(?:^|[-_.])(?:commands?|cmd|exec|execute|run|scripts?|hooks?|shell|entrypoint)$|Exec\w*$|(?:^|\.)(?:on|pre|post|before|after)_\w+$/;
/** Names of a program, and of its arguments, in one mapping. */
const PROGRAM = /^(?:command|cmd|program|exec|executable|path)$/;
/** What a patch of a manifest sets, by its path. */
const PATCHED = /\/(?:command|args)(?:\/\d+|\/-)?$/;
const ARGUMENTS = /^(?:args|arguments|argv)$/;

/** Quoted texts, plain ones up to what ends them, comments, and marks; a `:` behind a text makes it a name. */
const TOKEN =
  /"((?:[^"\\]|\\[^])*)"|'((?:[^']|'')*)'|#[^\n]*|-(?=\s)|([^\s"'[\]{},:][^[\]{},\n]*?)(?=[[\]{},\n]|:(?:\s|$)|$)|(:)/g;

/** Texts that stand under one name. */
interface Group {
  readonly name: string;
  readonly texts: string[];
}

/** The texts of a structure under the names before them, wherever they are nested. */
function groupsIn(text: string, name: string): readonly Group[] {
  const groups: Group[] = [{ name, texts: [] }];
  for (const [, quoted, single, plain, colon] of text.matchAll(TOKEN)) {
    const texts = groups.at(-1)?.texts;
    const found = quoted?.replaceAll('\\n', '\n').replaceAll(/\\(.)/g, '$1') ?? single?.replaceAll("''", "'");
    const each = found ?? plain?.trim();
    if (each !== undefined) texts?.push(each);
    else if (colon) groups.push({ name: texts?.pop() ?? '', texts: [] });
  }
  return groups;
}

/** Tries what a text of YAML or JSON would have executed: texts, lists of words, and programs with their arguments; false where it is neither. */
export function guessStructured(word: Arg, context: Context, analyst: Analyst): boolean {
  const [start, name = ''] = (word.kind === 'literal' && STRUCTURED.exec(word.text)) || [];
  if (start === undefined) return false;
  const run = (texts: readonly string[]) =>
    scanWords({ words: texts.map((text) => literal(text, word.at)), context }, analyst);
  const groups = groupsIn(word.text.slice(start.length), name);
  for (const group of groups.filter((each) => EXECUTED.test(each.name))) {
    for (const text of group.texts) analyst.guess(literal(text, word.at), deeper(context));
    run(group.texts);
  }
  for (const [at, { texts }] of groups.entries())
    if (isProgram(groups[at])) run([...texts, ...argumentsOf(groups, at)]);
  for (const [at, { name: of, texts }] of groups.entries()) {
    const next = groups.slice(at + 1);
    if (of === 'entrypoint') run([...texts, ...(next.find((each) => each.name === 'command')?.texts ?? [])]);
    const isPatch = of === 'path' && texts.some((text) => PATCHED.test(text));
    if (isPatch) run(next.find((each) => each.name === 'value')?.texts ?? []);
    if (of === 'healthcheck')
      for (const text of next[0]?.texts ?? []) analyst.guess(literal(text, word.at), deeper(context));
  }
  // Without a program a container starts them itself.
  if (!groups.some(isProgram)) for (const { name: of, texts } of groups) if (ARGUMENTS.test(of)) run(texts);
  return true;
}

function isProgram(group: Group | undefined): boolean {
  return group !== undefined && PROGRAM.test(group.name);
}

/** The arguments before and behind a program, up to another one. */
function argumentsOf(groups: readonly Group[], at: number): readonly string[] {
  const before = groups.slice(0, at);
  const behind = groups.slice(at + 1);
  const end = behind.findIndex(isProgram);
  return [...before.slice(before.findLastIndex(isProgram) + 1), ...behind.slice(0, end < 0 ? undefined : end)]
    .filter(({ name }) => ARGUMENTS.test(name))
    .flatMap(({ texts }) => texts);
}

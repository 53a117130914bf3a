import { issueWords } from '#domain/issue-words.ts';
import { nearest } from '#domain/nearest.ts';
import type { PricesFile } from '#policy/architect-schema.ts';
import { FILE_CLASSES, globsOfClass, isClassName } from '#policy/classes.ts';
import { compileEntry } from '#policy/command/entry.ts';
import { compileRegex } from '#policy/command/linear-regex.ts';
import { RegexProblem } from '#policy/command/regex-parse.ts';
import type { ReadExtended } from '#policy/extends.ts';
import { readLayers } from '#policy/extends.ts';
import { globsOf } from '#policy/file-rules.ts';
import { describeIssues, misconfigured } from '#policy/problems.ts';
import type { PolicyContent } from '#policy/schema.ts';
import { PolicyFile } from '#policy/schema.ts';
import type { Fragment } from '#policy/tighten.ts';

/** A policy's content and where it came from. */
export interface ParsedPolicy {
  readonly content: PolicyContent;
  /** Files it was made of, the outermost last. */
  readonly origins: readonly string[];
  readonly notes: readonly string[];
  readonly pricesFiles?: readonly PricesFile[];
}

/**
 * Parses a policy file of our own, with what it extends, and checks all it says, its examples apart: they change no verdict, and
 * a process that lives for one call has no time for them. Throws `misconfigured` with every problem at once.
 */
export function parsePolicyLayers(text: string, origin: string, read?: ReadExtended): ParsedPolicy {
  const layers = readLayers(text, origin, read);
  const content = toContent(layers.content, origin);
  const broken = contentProblems(content);
  if (broken.length > 0) throw misconfigured(origin, broken);
  return { ...layers, content };
}

/** Checks that a fragment is a whole policy, and fills in its defaults. */
export function toContent(fragment: Fragment, origin: string): PolicyContent {
  const parsed = PolicyFile.safeParse(fragment, { error: issueWords });
  if (!parsed.success) throw misconfigured(origin, describeIssues(parsed.error, PolicyFile), parsed.error);
  const { extends: _extends, ...content } = parsed.data;
  return content;
}

/** What is wrong with rules that have the right type: unknown classes, names that stand twice, expressions without a linear form. */
export function contentProblems(content: PolicyContent): readonly string[] {
  return [
    ...content.blocked_commands.flatMap((entry, index) => {
      const compiled = compileEntry(entry);
      return compiled.problem === undefined ? [] : [`blocked_commands[${index}]: ${compiled.problem}`];
    }),
    ...classProblems('protected_files', globsOf(content.protected_files)),
    ...classProblems('sensitive_files', content.sensitive_files ?? []),
    ...content.code_rules.flatMap(({ pattern }, index) => regexProblem(pattern, `code_rules[${index}].pattern`)),
    ...twice('code_rules', content.code_rules),
    ...twice('quality_gates', content.quality_gates),
  ];
}

function classProblems(key: string, globs: readonly string[]): readonly string[] {
  return globs.flatMap((glob, index) => {
    if (!isClassName(glob) || globsOfClass(glob)) return [];
    const classes = Object.keys(FILE_CLASSES);
    const suggestion = nearest(glob, classes);
    const help = suggestion === undefined ? `classes: ${classes.join(', ')}` : `did you mean "${suggestion}"?`;
    return [`${key}[${index}]: "${glob}" is no class; ${help} (a file of that name is "[@]${glob.slice(1)}")`];
  });
}

function regexProblem(pattern: string, at: string): readonly string[] {
  try {
    compileRegex(pattern);
    return [];
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    return [`${at}: the regular expression cannot be used: ${error.message}`];
  }
}

function twice(key: string, entries: readonly { readonly name: string }[]): readonly string[] {
  const names = entries.map(({ name }) => name);
  return [...new Set(names)]
    .filter((name) => names.indexOf(name) !== names.lastIndexOf(name))
    .map((name) => `${key}: the name "${name}" stands twice`);
}

import { nearest } from '#domain/nearest.ts';
import { FILE_CLASSES, globsOfClass, isClassName } from '#policy/classes.ts';
import { compileEntry } from '#policy/command/entry.ts';
import { compileRegex } from '#policy/command/linear-regex.ts';
import { RegexProblem } from '#policy/command/regex-parse.ts';
import { globsOf } from '#policy/file-rules.ts';
import type { Place, Problem } from '#policy/problems.ts';
import type { PolicyContent } from '#policy/schema.ts';

/** The rules that one file says, whole policy or not. */
type Rules = {
  readonly [Key in 'protected_files' | 'sensitive_files' | 'blocked_commands' | 'code_rules' | 'quality_gates']?:
    | PolicyContent[Key]
    | undefined;
};

/** What is wrong with rules that have the right type: unknown classes, names that stand twice, expressions without a linear form. */
export function contentProblems(rules: Rules): readonly Problem[] {
  const { protected_files: files = [], sensitive_files: sensitive = [], blocked_commands: commands = [] } = rules;
  const { code_rules: lines = [], quality_gates: gates = [] } = rules;
  return [
    ...commands.flatMap((entry, index) => {
      const { problem } = compileEntry(entry);
      return problem === undefined ? [] : [{ at: ['blocked_commands', index], what: problem }];
    }),
    ...classProblems('protected_files', globsOf(files)),
    ...classProblems('sensitive_files', sensitive),
    ...lines.flatMap(({ pattern }, index) => regexProblem(pattern, ['code_rules', index, 'pattern'])),
    ...twice('code_rules', lines),
    ...twice('quality_gates', gates),
  ];
}

/** What somebody means by it who knows other lists of globs: elsewhere than in an `.architect.yaml` a name that begins so is escaped. */
export function exceptionProblems({
  protected_files: files = [],
  sensitive_files: sensitive = [],
}: Rules): readonly Problem[] {
  const problemsIn = (key: string, globs: readonly string[], opening: (glob: string) => string) =>
    globs.flatMap((glob, index) => {
      if (!glob.startsWith('!')) return [];
      const what = `"${glob}" is no exception here; ${opening(glob.slice(1))}write globs that leave it out (a file of that name is "\\${glob}")`;
      return [{ at: [key, index], what }];
    });
  return [
    ...problemsIn(
      'protected_files',
      globsOf(files),
      (glob) =>
        `{ glob: "${glob}", effect: allow } lifts the approval that executable configuration needs, and nothing lifts a denial: `,
    ),
    ...problemsIn('sensitive_files', sensitive, () => ''),
  ];
}

function classProblems(key: string, globs: readonly string[]): readonly Problem[] {
  return globs.flatMap((glob, index) => {
    if (!isClassName(glob) || globsOfClass(glob)) return [];
    const classes = Object.keys(FILE_CLASSES);
    const suggestion = nearest(glob, classes);
    const help = suggestion === undefined ? `classes: ${classes.join(', ')}` : `did you mean "${suggestion}"?`;
    const what = `"${glob}" is no class; ${help} (a file of that name is "[@]${glob.slice(1)}")`;
    return [{ at: [key, index], what }];
  });
}

function regexProblem(pattern: string, at: Place): readonly Problem[] {
  try {
    compileRegex(pattern);
    return [];
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    return [{ at, what: `the regular expression cannot be used: ${error.message}` }];
  }
}

function twice(key: string, entries: readonly { readonly name: string }[]): readonly Problem[] {
  const names = entries.map(({ name }) => name);
  return [...new Set(names)]
    .filter((name) => names.indexOf(name) !== names.lastIndexOf(name))
    .map((name) => ({ at: [key], what: `the name "${name}" stands twice` }));
}

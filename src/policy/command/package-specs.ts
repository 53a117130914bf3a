import type { Analyst } from '#policy/command/analysis.ts';
import type { Call } from '#policy/command/handler.ts';
import { deeper, optionValues, refuseWord } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';

/** Where npm fetches a package from when it is not the registry: a URL, a host's short name, `user/repo` of GitHub, `git@host:path`. */
const UNKNOWN_SOURCE =
  /^(?:[\w.-]+@|@[\w.-]+\/[\w.-]+@)?(?:(?:github|gitlab|bitbucket|gist|https?|git|ssh|git\+\w+):|[\w-][\w.-]*\/[\w.-]+(?:#|$))|^[^@/]+@[^:./]+\.[^:/]+:./i;

/** Which options name packages, and which of these come from elsewhere than the registry. */
interface Packages {
  readonly options: NamedOptions;
  readonly elsewhere: RegExp;
}

/** Packages of npm. */
export const npmPackages: Packages = { options: { long: 'package', letters: 'p' }, elsewhere: UNKNOWN_SOURCE };

/** Packages of Python: `git+https://host/repo`, `NAME @ https://host/file`. */
export const pythonPackages: Packages = {
  options: { long: 'from with spec with-editable', itself: 'with-requirements' },
  elsewhere: /^(?:[\w.,[\]-]+\s*@\s*)?(?:https?|ssh|(?:git|hg|svn|bzr)\+\w+):/i,
};

/** `npx NAME@npm:npm publish` runs the package behind the alias. */
export function runAlias({ words, context }: Pick<Call, 'words' | 'context'>, analyst: Analyst): void {
  const [spec, ...rest] = words;
  const target = /(?:^|@)npm:(.+)/.exec(spec?.text ?? '')?.[1];
  if (spec && target !== undefined) analyst.argv([{ ...spec, text: target }, ...rest], deeper(context));
}

/** Doubts packages that the registry does not hold, and that may bring any program: the one to run, and those that an option adds. */
export function checkPackages(
  { words, context }: Pick<Call, 'words' | 'context'>,
  analyst: Analyst,
  { starts, options, elsewhere }: Packages & { readonly starts: readonly number[] },
): void {
  const named = optionValues(words.slice(0, starts[0]), options).map(({ value }) => value);
  const packages = [...words.filter((_, at) => starts.includes(at)), ...named];
  const what = 'a package from an unknown source';
  refuseWord({ words: packages, context }, analyst, { what, when: ({ text }) => elsewhere.test(text) });
}

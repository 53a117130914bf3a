import type { Analyst } from '#policy/command/analysis.ts';
import type { Call } from '#policy/command/handler.ts';
import { deeper, optionValues, refuseWord, textAt } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';

/** Where npm fetches a package from when it is not the registry: a URL, a host's short name, `user/repo` of GitHub, `git@host:path`. */
const UNKNOWN_SOURCE =
  /^(?:[\w.-]+@|@[\w.-]+\/[\w.-]+@)?(?:(?:github|gitlab|bitbucket|gist|https?|git|ssh|git\+\w+):|[\w-][\w.-]*\/[\w.-]+(?:#|$))|^[^@/]+@[^:./]+\.[^:/]+:./i;

/** Which options name packages, and which of these come from elsewhere than the registry. */
interface Packages {
  readonly options: NamedOptions;
  readonly elsewhere: RegExp;
}

const UNKNOWN = 'a package from an unknown source';

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
  refuseWord({ words: packages, context }, analyst, { what: UNKNOWN, when: ({ text }) => elsewhere.test(text) });
}

/** How an installer names packages. */
export interface Installer {
  readonly elsewhere: RegExp;
  /** Options whose next word is no package. */
  readonly values: RegExp;
}

/** Installers of JavaScript, of Python and of Nix; a flake's address is an operand wherever it stands. */
export const installers = {
  node: { elsewhere: UNKNOWN_SOURCE, values: /^(?:-[CFw]|--(?:prefix|dir|registry|workspace|filter|cwd|tag|cache))$/ },
  python: {
    elsewhere: pythonPackages.elsewhere,
    values: /^(?:-[fipt]|--(?!editable$|requirement$|constraint$|user$|upgrade$|pre$|no-)[a-z-]+)$/,
  },
  nix: {
    elsewhere:
      /^(?!github:nixos\/nixpkgs(?:[/#?]|$))(?:github|gitlab|sourcehut|git|hg|https?|ssh|tarball|file|(?:git|hg|file|tarball)\+\w+):/i,
    values: /^(?:-I|--(?:option|store|substituters|include))$/,
  },
} satisfies Readonly<Record<string, Installer>>;

/** The same for an installation, which builds or runs what it fetches. */
export function checkInstalled(
  { words, context }: Pick<Call, 'words' | 'context'>,
  analyst: Analyst,
  { elsewhere, values }: Installer,
): void {
  refuseWord({ words, context }, analyst, {
    what: UNKNOWN,
    when: ({ text }, at) =>
      !values.test(textAt(words, at - 1)) && elsewhere.test(text.replace(/^(?:--editable=|-e(?=\w+\+))/, '')),
  });
}

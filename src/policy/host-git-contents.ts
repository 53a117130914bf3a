import { verbAt } from '#policy/host-git.ts';
import type { ReadCall } from '#policy/host-words.ts';

/** Verbs that print or pack the content of files that git keeps. */
const CONTENTS =
  /^(?:show|log|reflog|whatchanged|request-pull|diff|diff-tree|diff-index|diff-files|diff-pairs|difftool|range-diff|stash|format-patch|grep|archive|bundle|cat-file|unpack-file|merge-file|merge-tree|rerere|fast-export|pack-objects|subtree|commit-tree)$/;
/** These print no content unless they are asked to. */
const QUIET = /^(?:log|reflog|request-pull|diff-tree|diff-index|diff-files|stash)$/;
/** These do not either, with an option of their own: what they would commit, or piece by piece. */
const ASKED: Readonly<Record<string, RegExp>> = {
  bisect: /^(?:-[pu]|--p)/,
  status: /^(?:-[a-z]*v|--verb)/,
  commit: /^(?:-[aeinoqsvz]*[vp]|--(?:verb|pat|interactive))/,
  add: /^(?:-[fnuvAN]*[pei]|--(?:pat|ed|interactive))/,
  checkout: /^(?:-[a-z]*p|--pat)/,
  reset: /^(?:-[a-z]*p|--pat)/,
  restore: /^(?:-[SWqm]*p|--pat)/,
};
/** Verbs of the stash that list as `log` and `diff` do; the others ask piece by piece at most. */
const STASH_LISTS = /^(?:show|list)$/;
const STASH_ASKS = /^(?:-[a-zA-Z]*p|--p)/;

/** Verbs for which the names of what they print say so; for others they mean something else. */
const LISTS = /^(?:show|log|reflog|whatchanged|diff|diff-tree|diff-index|diff-files|stash|cat-file)$/;
const NAMES =
  '-s|--no-patch|--name-only|--name-status|--stat(?:=.*)?|--numstat|--shortstat|--summary|--raw|--quiet|-t|-e';
const NAMES_ONLY = new RegExp(`^(?:${NAMES})$`);
/** Options in full that choose commits, or say how they and names are shown: git takes any other, and every abbreviation, for something else. */
const NO_CONTENT = new RegExp(
  `^(?:-\\d+|-[aginqrstzEFPRS]|-[nGSMC].*|${NAMES}|--(?:` +
    'oneline|graph|all|merges|reverse|follow|cached|staged|boundary|parents|children|source|root|stdin|not|' +
    'first-parent|full-history|dense|sparse|simplify-merges|simplify-by-decoration|ancestry-path|left-right|left-only|right-only|' +
    'cherry|cherry-mark|cherry-pick|topo-order|date-order|author-date-order|walk-reflogs|merge|no-walk|relative-date|show-signature|' +
    'regexp-ignore-case|basic-regexp|extended-regexp|fixed-strings|perl-regexp|invert-grep|all-match|pickaxe-all|pickaxe-regex|' +
    'compact-summary|cumulative|exit-code|dry-run|verbose|use-mailmap|mailmap|merge-base|stale-fix|updateref|rewrite|' +
    'no-(?:merges|decorate|abbrev|abbrev-commit|color|notes|renames|ext-diff|textconv|mailmap|use-mailmap|prefix|expand-tabs|indent-heuristic)|' +
    '(?:branches|tags|remotes|decorate|abbrev|abbrev-commit|color|dirstat|find-renames|find-copies|notes|show-notes|relative|ignore-submodules)(?:=.*)?|' +
    '(?:since|after|until|before|since-as-filter|author|committer|grep|grep-reflog|max-count|skip|min-parents|max-parents|' +
    'format|pretty|date|encoding|diff-filter|exclude|glob|decorate-refs|decorate-refs-exclude|expire|expire-unreachable|stat-width|stat-count)(?:=.*)?' +
    '))$',
  's',
);

/** Verbs that are narrowed by names behind `--`. */
const NARROWS =
  /^(?:show|log|reflog|whatchanged|diff|diff-tree|diff-index|diff-files|difftool|stash|format-patch|grep|archive)$/;
/** These let an option take `--` for its value. */
const TAKES_DASHES = /^(?:grep|archive|format-patch|difftool|stash)$/;
/** Before `--`: no option, or letters none of which takes a value. */
const TAKES_NONE = /^(?:[^-]|-[EFGHILPcghilnqrsvwz]+$)|=/;
/** `HEAD:path`, `:path` and `:0:path`: a plain revision, and none of the marks that make a search or a pattern of it. */
const ONE_FILE = /^(?:(?:[^:@{(]|@(?!\{))+:|:[0-3]:|:(?![0-3]:))(?![(/!^:]|$)[^*?[\\]+$/;

/** The tracked files whose content a call of git shows: those below the names behind `--`, else all. */
export function contentsOfGit({ program, args }: ReadCall): readonly (readonly string[] | 'all')[] {
  if (program !== 'git') return [];
  const at = verbAt(args.map(({ text }) => text));
  const verb = args[at]?.text ?? '';
  const rest = args.slice(at + 1);
  const texts = rest.map(({ text }) => text);
  const end = texts.indexOf('--');
  const before = end < 0 ? texts : texts.slice(0, end);
  if (!showsContent(verb, before)) return [];
  const isLiteral = rest.every(({ kind }) => kind === 'literal');
  const behind = end < 0 ? [] : texts.slice(end + 1);
  const isEnd = NARROWS.test(verb) && (!TAKES_DASHES.test(verb) || TAKES_NONE.test(before.at(-1) ?? 'x'));
  if (isLiteral && isEnd && behind.length > 0 && !behind.some((text) => /[*?[\\]|^:/.test(text))) return [behind];
  const operands = before.filter((text) => !text.startsWith('-'));
  const isNamed = operands.length > 0 && operands.every((text) => ONE_FILE.test(text));
  // A file behind the colon is judged by its name.
  return isLiteral && isNamed && (verb === 'show' || verb === 'cat-file') ? [operands.map(behindColon)] : ['all'];
}

function showsContent(verb: string, before: readonly string[]): boolean {
  const asks = (option: RegExp) => before.some((text) => option.test(text));
  if (Object.hasOwn(ASKED, verb)) return asks(ASKED[verb] as RegExp);
  if (!CONTENTS.test(verb)) return false;
  if (verb === 'stash' && !STASH_LISTS.test(before[0] ?? '')) return asks(STASH_ASKS);
  const prints = before.some((text) => /^-./.test(text) && !NO_CONTENT.test(text));
  if (QUIET.test(verb)) return prints;
  return prints || !LISTS.test(verb) || !asks(NAMES_ONLY);
}

function behindColon(text: string): string {
  // `:0:path` is the index.
  return text.replace(/^(?::[0-3]:|[^:]*:)/, '');
}

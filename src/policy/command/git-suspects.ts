import type { SuspectSpec } from '#policy/command/suspect-table.ts';

const all = (verbs: string, spec: SuspectSpec): Readonly<Record<string, SuspectSpec>> =>
  Object.fromEntries(verbs.split(' ').map((verb) => [verb, spec]));

/** By verb, the words by which git would execute something; of verbs that are not listed no word does. */
export const gitSuspects: Readonly<Record<string, SuspectSpec>> = {
  ...all('diff log show whatchanged', {
    operandsOnly: true,
    words: '--ext-diff --output=x',
    values: /^(?:-[nSGL]|--(?:grep|author|committer|since|until|after|before|max-count))$/,
  }),
  stash: { words: '--ext-diff --output=x', values: /^(?:-m|--message)$/ },
  'format-patch': { words: '--ext-diff --output=x', values: /^-o$/ },
  archive: { words: '--output=x --exec=x', values: /^--prefix$/ },
  ...all('ls-remote fetch fetch-pack pull push send-pack remote', {
    words: '--upload-pack=x --receive-pack=x --exec=x -u ext::x',
    values: /^(?:-[oj]|--(?:depth|jobs|shallow-since|push-option|server-option))$/,
  }),
  clone: {
    words: '-u --upload-pack=x --template=x -c ext::x',
    values: /^(?:-[boj]|--(?:branch|origin|depth|jobs|reference|filter))$/,
  },
  init: { words: '--template=x', values: /^(?:-b|--initial-branch)$/ },
  grep: { words: '-Ox --open-files-in-pager=x', values: /^(?:-[efABCm]|--max-depth)$/ },
  difftool: { words: '-x --extcmd=x', values: /^-[SG]$/ },
  mergetool: { words: '--tool=x' },
  rebase: { words: '-x --exec=…', values: /^(?:-[sX]|--onto|--strategy)$/ },
  ...all('test branchless', { words: '-x --exec=…' }),
  'filter-repo': { words: '--commit-callback=x' },
  bisect: { words: 'run' },
  submodule: { words: 'foreach ext::x' },
  'submodule--helper': { words: 'foreach' },
  config: { words: 'alias.x' },
  daemon: { words: '--access-hook=x' },
  instaweb: { words: '--httpd=x' },
  'interpret-trailers': { words: '--exec=x' },
  'send-email': { words: '--smtp-server=x', values: /^--(?:to|cc|bcc|from|subject|in-reply-to)$/ },
  svn: { words: '--authors-prog=x' },
};

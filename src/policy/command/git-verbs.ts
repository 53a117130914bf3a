import { git, verbAt } from '#policy/command/git.ts';
import type { Handler } from '#policy/command/handler.ts';
import { unknownProgram } from '#policy/command/unknown.ts';
import { literal } from '#policy/command/words.ts';

/** Verbs of git itself, which {@link git} reads; any other is a program beside it or an alias. */
const OWN = new Set(
  (
    'add am annotate apply archive bisect blame branch bugreport bundle cat-file check-attr check-ignore check-mailmap check-ref-format checkout checkout-index ' +
    'cherry cherry-pick citool clean clone column commit commit-graph commit-tree config count-objects credential credential-cache credential-store cvsexportcommit ' +
    'cvsimport cvsserver daemon describe diagnose diff diff-files diff-index diff-pairs diff-tree difftool fast-export fast-import fetch fetch-pack filter-branch ' +
    'fmt-merge-msg for-each-ref for-each-repo format-patch fsck fsck-objects gc get-tar-commit-id gitk grep gui hash-object help hook http-backend http-fetch ' +
    'http-push imap-send index-pack init init-db instaweb interpret-trailers last-modified log ls-files ls-remote ls-tree mailinfo mailsplit maintenance merge ' +
    'merge-base merge-file merge-index merge-octopus merge-one-file merge-ours merge-recursive merge-resolve merge-subtree merge-tree mergetool mktag mktree ' +
    'multi-pack-index mv name-rev notes p4 pack-objects pack-redundant pack-refs patch-id prune prune-packed pull push quiltimport range-diff read-tree rebase ' +
    'receive-pack reflog refs remote remote-ext remote-fd remote-ftp remote-ftps remote-http remote-https repack replace repo request-pull rerere reset restore ' +
    'rev-list rev-parse revert rm scalar send-email send-pack shell shortlog show show-branch show-index show-ref sparse-checkout stage stash status stripspace ' +
    'submodule subtree svn switch symbolic-ref tag unpack-file unpack-objects update-index update-ref update-server-info upload-archive upload-pack var ' +
    'verify-commit verify-pack verify-tag version web--browse whatchanged worktree write-tree'
  ).split(' '),
);

/** `git xargs npm ci`: what a verb of another program does with its words is not known. */
export const gitWithExtensions: Handler = (call, analyst) => {
  git(call, analyst);
  const at = verbAt(call.words);
  const verb = call.words[at];
  if (verb?.kind === 'literal' && !OWN.has(verb.text))
    unknownProgram({ ...call, program: `git-${verb.text}`, words: call.words.slice(at + 1) }, analyst);
};

/** `git-clone` and the like, which stand beside git, take the words that `git clone` does; any script may be called so. */
export const gitBesides: Handler = (call, analyst) => {
  git({ ...call, words: [literal(call.program.replace(/^git-/, ''), call.head.at), ...call.words] }, analyst);
  unknownProgram(call, analyst);
};

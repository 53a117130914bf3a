import type { Handler } from '#policy/command/handler.ts';
import { isEnd } from '#policy/command/handler.ts';
import { isOption, optionTable } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';
import { createWrapper } from '#policy/command/wrapper.ts';

/** Options that take several words, and how many. */
const SEVERAL: Readonly<Record<string, number>> = {
  '--setenv': 2,
  '--chmod': 2,
  '--bind': 2,
  '--bind-try': 2,
  '--dev-bind': 2,
  '--dev-bind-try': 2,
  '--ro-bind': 2,
  '--ro-bind-try': 2,
  '--bind-fd': 2,
  '--ro-bind-fd': 2,
  '--bind-data': 2,
  '--ro-bind-data': 2,
  '--file': 2,
  '--symlink': 2,
  '--overlay': 3,
};

const values =
  '--args --argv0 --userns --userns2 --pidns --uid --gid --hostname --chdir --unsetenv --lock-file --sync-fd --remount-ro --overlay-src --tmp-overlay --ro-overlay ' +
  '--proc --dev --tmpfs --mqueue --dir --seccomp --add-seccomp-fd --exec-label --file-label --block-fd --userns-block-fd --info-fd --json-status-fd --cap-add --cap-drop --perms --size';
const flags =
  '--unshare-all --share-net --unshare-user --unshare-user-try --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup --unshare-cgroup-try ' +
  '--disable-userns --assert-userns-disabled --clearenv --new-session --die-with-parent --as-pid-1';
const table = optionTable(values, flags);
const run = createWrapper({ values, flags });

/** Words of `bwrap` without its options that take several, and each of those with its words. */
export function bwrapWords(words: readonly Arg[]): {
  readonly rest: readonly Arg[];
  readonly several: readonly (readonly Arg[])[];
} {
  const rest: Arg[] = [];
  const several: (readonly Arg[])[] = [];
  let at = 0;
  for (let word = words[0]; word && isOption(word.text) && !isEnd(word); word = words[at]) {
    const count = Object.hasOwn(SEVERAL, word.text) ? (SEVERAL[word.text] ?? 0) : 0;
    const width = count > 0 ? count + 1 : table.values.has(word.text) ? 2 : 1;
    if (count > 0) several.push(words.slice(at, at + width));
    else rest.push(...words.slice(at, at + width));
    at += width;
  }
  return { rest: [...rest, ...words.slice(at)], several };
}

/** `bwrap OPTIONS COMMAND`. */
export const bwrap: Handler = (call, analyst) => run({ ...call, words: bwrapWords(call.words).rest }, analyst);

import type { Invocation, Opaque } from '#policy/command/analysis.ts';
import { scriptsOf } from '#policy/command/executed-files.ts';
import { verbAt } from '#policy/command/git.ts';
import { textAt } from '#policy/command/handler.ts';
import { shells } from '#policy/command/shells.ts';
import type { Arg } from '#policy/command/words.ts';

const TAKES_SCRIPT = new Set([...shells, 'source', '.']);
/** Files of the project by a path, but wrappers of build tools and what was installed. */
const OWN_FILE =
  /^(?!\/(?:usr|bin|sbin|opt|nix|snap)\/|.*node_modules\/|.*\/?(?:\.venv|venv)\/)(?!.*(?:^|\/)(?:gradlew|mvnw)$).*\//;
const TRIES = /^--(?:dry-run|check|stat|numstat|summary)$/;
/** Options without a value beside those, or with one glued, that change nothing about it. */
const KEEPS_TRYING =
  /^--(?:verbose|quiet|silent|reverse|index|cached|3way|recount|directory=.*|exclude=.*|include=.*)$|^-(?:[vqRzN3]+|[pC]\d+)$/;

/** Whether the words behind `git apply` or `patch` say that a patch is only tried or shown: any other option may turn that off again, or take it for its value. */
export function onlyTries(words: readonly Arg[]): boolean {
  return (
    words.some(({ text }) => TRIES.test(text)) &&
    words.every(({ text }) => /^[^-]/.test(text) || TRIES.test(text) || KEEPS_TRYING.test(text))
  );
}

/** How archives are unpacked by `pax`, `dpkg`, `borg`, `restic` and modules of Python. */
const UNPACKS =
  /^(?:-[a-z]*r|(?:.* )?(?:-[xX]|-R|--(?:vextract|extract|raw-extract)) \S*\.deb\b|extract |restore |-m (?:zipfile|tarfile) (?:-e|--extract))/;

/** Options of `unzip` without a value, and one that lists, tests or prints: behind the archive it would be the name of a file. */
const LISTS_ZIP = /^(?:-[abCfjKLMnoqUuVWX]+ )*-[abCfjKLMnoqUuVWX]*[ltvpcZz]/;

/** Whether the words of `unzip` only list, test or print what is in an archive. */
export function listsZip(words: readonly Arg[]): boolean {
  return LISTS_ZIP.test(words.map(({ text }) => text).join(' '));
}

/** True for a call that makes files whose names it does not say. */
function unpacks({ program, args }: Invocation): boolean {
  const words = args.slice(1);
  const first = textAt(args, 1);
  if (/^(?:(?:bsd|g|s|p)?tar|tarsnap|jar)$/.test(program))
    return (
      /^[A-Za-z]*x/.test(first) || words.some(({ text }) => /^(?:-[A-Za-z]*x[A-Za-z]*|--(?:ext|ge)[a-z]*)$/.test(text))
    );
  if (program === 'unzip') return !listsZip(words);
  if (/^(?:7z[arz]?|(?:un)?rar|arj|zpaq)$/.test(program)) return /^[xe]$/.test(first);
  // A modifier may stand before: `ar vx`.
  if (/^(?:ar|lha)$/.test(program)) return /^-?[a-zA-Z]*[xe][a-zA-Z]*$/.test(first);
  if (/^(?:pax|dpkg|dpkg-deb|borg|restic|python)$/.test(program))
    return UNPACKS.test(words.map(({ text }) => text).join(' '));
  // What is not known may say that it unpacks; further behind, a word may be the value of an option.
  if (/^(?:bsd)?cpio$/.test(program)) return !/^-[iotv]*[ot][iotv]*$/.test(first);
  const verb = program === 'git' ? verbAt(words) : -1;
  if (program === 'git' && !/^(?:apply|am)$/.test(textAt(words, verb))) return false;
  return (
    /^(?:git|patch|unar|dtrx|aunpack|unshar|cabextract|unsquashfs|uudecode)$/.test(program) &&
    !onlyTries(words.slice(verb + 1))
  );
}

/** What a call executes by a path of its own. */
function executed({ program, args }: Invocation): Arg | undefined {
  const [head] = args;
  const isOwn = ({ text, kind }: Arg) => kind === 'literal' && OWN_FILE.test(text);
  if (!TAKES_SCRIPT.has(program)) return head && isOwn(head) ? head : undefined;
  return scriptsOf({ program, args }).find((word) => {
    const before = args.slice(0, args.indexOf(word));
    // Behind `-c` stands a text, behind `-o` the name of a setting.
    if (before.some(({ text }) => /^-[A-Za-z]*c/.test(text)) || /^[-+]\w*[oO]$/.test(textAt(before, before.length - 1)))
      return false;
    return isOwn({ ...word, text: word.text.replace(/^(?!\/)/, './') });
  });
}

/** A script behind what unpacks or patches: it may be one of the files that were made, which nobody can have read. */
export function findUnpacked(calls: readonly Invocation[]): Opaque | undefined {
  const made = calls.findIndex(unpacks);
  const behind = made < 0 ? [] : calls.slice(made + 1);
  const script = behind.map(executed).find(Boolean);
  return script && { construct: 'a script that the command itself may have unpacked or patched', at: script.at };
}

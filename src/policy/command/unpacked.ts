import type { Invocation, Opaque } from '#policy/command/analysis.ts';
import { scriptsOf } from '#policy/command/executed-files.ts';
import { verbAt } from '#policy/command/git.ts';
import { textAt } from '#policy/command/handler.ts';
import { shells } from '#policy/command/shells.ts';
import type { Arg } from '#policy/command/words.ts';
import { isUnknown } from '#policy/command/words.ts';

const TAKES_SCRIPT = new Set([...shells, 'source', '.']);
/** Files of the project by a path, but wrappers of build tools and what was installed. */
const OWN_FILE =
  /^(?!\/(?:usr|bin|sbin|opt|nix|snap)\/|.*node_modules\/|.*\/?(?:\.venv|venv)\/)(?!.*(?:^|\/)(?:gradlew|mvnw)$).*\//;
const LISTS = /^--(?:dry-run|check|stat|numstat|summary|list|test)$/;
/** The same of unzip; letters with a value take what is behind them (`-dlib`, `-Ptest`). */
export const UNZIP_LISTS = /^-(?![a-zA-Z]*[dPOIx])[a-zA-Z]*[lvtpzZc]/;

/** With `--apply` git applies a patch all the same. */
export function applies(words: readonly Arg[]): boolean {
  return words.some((word) => (isUnknown(word) ? '--apply'.startsWith(word.text) : word.text.startsWith('--ap')));
}

/** True for a call that makes files whose names it does not say. */
function unpacks({ program, args }: Invocation): boolean {
  const words = args.slice(1);
  const first = textAt(args, 1);
  if (words.some(({ text }) => LISTS.test(text)) && !applies(words)) return false;
  if (/^(?:bsd|g)?tar$/.test(program))
    return (
      /^[A-Za-z]*x/.test(first) || words.some(({ text }) => /^(?:-[A-Za-z]*x[A-Za-z]*|--(?:ext|ge)[a-z]*)$/.test(text))
    );
  if (program === 'unzip') return !UNZIP_LISTS.test(first);
  if (/^7z[ar]?$/.test(program)) return /^[xe]$/.test(first);
  if (program === 'cpio') return words.some(({ text }) => /^-[A-Za-z]*i/.test(text));
  if (program === 'git') return /^(?:apply|am)$/.test(textAt(words, verbAt(words)));
  return program === 'patch';
}

/** What a call executes by a path of its own. */
function executed({ program, args }: Invocation): Arg | undefined {
  const [head] = args;
  const isOwn = ({ text, kind }: Arg) => kind === 'literal' && OWN_FILE.test(text);
  if (TAKES_SCRIPT.has(program) && args.some(({ text }) => /^-[A-Za-z]*c/.test(text))) return undefined;
  if (TAKES_SCRIPT.has(program))
    return scriptsOf({ program, args }).find((word) => isOwn({ ...word, text: word.text.replace(/^(?!\/)/, './') }));
  return head && isOwn(head) ? head : undefined;
}

/** A script behind what unpacks or patches: it may be one of the files that were made, which nobody can have read. */
export function findUnpacked(calls: readonly Invocation[]): Opaque | undefined {
  const made = calls.findIndex(unpacks);
  const behind = made < 0 ? [] : calls.slice(made + 1);
  const script = behind.map(executed).find(Boolean);
  return script && { construct: 'a script that the command itself may have unpacked or patched', at: script.at };
}

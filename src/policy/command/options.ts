import type { Arg } from '#policy/command/words.ts';
import { mayBeMany } from '#policy/command/words.ts';

/** What is known of a program's options; any other option is tried with and without a value. */
export interface OptionTable {
  /** Options that take the next word as their value. */
  readonly values: Names;
  /** Options that stand alone. */
  readonly flags: Names;
  /** Options are read as npm reads them: behind a flag may stand whether it holds. */
  readonly takesTruth?: boolean;
}

type Names = Pick<ReadonlySet<string>, 'has'>;

/** Builds a table from space-separated names; without any, every option is tried both ways. */
export function optionTable(values = '', flags = ''): OptionTable {
  return { values: namesIn(values), flags: namesIn(flags) };
}

/** Taken apart at the first look: a command asks few of the many tables. */
function namesIn(list: string): Names {
  let names: ReadonlySet<string> | undefined;
  return { has: (name) => (names ??= new Set(list.split(' '))).has(name) };
}

/** What stands behind an option that needs no value. */
const TRUTH = /^(?:true|false|null|always|auto|never)$/i;

/** How many words the option at a place may occupy: itself, or itself and a value; both when that is unknown. */
export function optionWidths(words: readonly Arg[], at: number, table: OptionTable): readonly (1 | 2)[] {
  const widths = table.takesTruth ? widthsOfNopt(words[at], table) : widthsOf(words[at], table);
  const hasTruth = table.takesTruth && TRUTH.test(words[at + 1]?.text ?? '');
  return hasTruth && !widths.includes(2) ? [1, 2] : widths;
}

/** Truths of npm and its kin, whatever stands behind them. */
const ONLY_TRUTHS =
  /^(?:audit|fund|color|progress|save|package-lock|update-notifier|bin-links|optional|shrinkwrap|strict-ssl|git-tag-version|git-checks|commit-hooks|install|frozen-lockfile|lockfile|usage|verify-store-integrity)$/;

/** To npm `--no-X` may take a value as `--X` does, and a single dash may stand before a whole name. */
function widthsOfNopt(option: Arg | undefined, table: OptionTable): readonly (1 | 2)[] {
  const { text = '' } = option ?? {};
  const denied = /^--(?:no-)+([\w-]+)$/.exec(text)?.[1];
  if (denied !== undefined) return table.flags.has(`--${denied}`) || ONLY_TRUTHS.test(denied) ? [1] : [1, 2];
  const isName = /^-[a-z][a-z-]+$/.test(text) && !table.flags.has(text);
  const isCluster = text
    .slice(1)
    .split('')
    .every((letter) => table.flags.has(`-${letter}`));
  return isName && !isCluster ? [1, 2] : widthsOf(option, table);
}

function widthsOf(option: Arg | undefined, table: OptionTable): readonly (1 | 2)[] {
  const { text = '', kind } = option ?? {};
  if (text.includes('=')) return [1];
  if (kind !== 'literal') return [1, 2];
  if (table.values.has(text)) return [2];
  if (table.flags.has(text)) return [1];
  if (/^--(?:no-|enable-|disable-)/.test(text) || text === '-h' || text === '--help') return [1];
  const cluster = /^-[A-Za-z]./.test(text) ? clusterWidth(text, table) : undefined;
  return cluster === undefined ? [1, 2] : [cluster];
}

/** `-it` and `-dmS NAME`: flags, then perhaps one option that takes a value, glued or in the next word; undefined when a letter is not known. */
function clusterWidth(text: string, { values, flags }: OptionTable): 1 | 2 | undefined {
  for (let at = 1; at < text.length; at++) {
    if (values.has(`-${text[at]}`)) return at === text.length - 1 ? 2 : 1;
    if (!flags.has(`-${text[at]}`)) return undefined;
  }
  return 1;
}

/** True for a word that is read as an option: a dash and more. */
export function isOption(text: string): boolean {
  return /^-[^]/.test(text);
}

/** Where to look for the first word that is no option. */
export interface PositionSpec {
  readonly table: OptionTable;
  /** The first word that is looked at. */
  readonly from?: number | undefined;
  /** Words that stand between the options and the one that is looked for. */
  readonly skip?: number | undefined;
}

/** Where the first word that is no option may stand; `unknownAt` when a word before it is not literal. */
export function positionals(
  words: readonly Arg[],
  { table, from = 0, skip = 0 }: PositionSpec,
): { readonly starts: readonly number[]; readonly unknownAt: number | undefined } {
  const starts = new Set<number>();
  const seen = new Set<string>();
  let unknownAt: number | undefined;
  const queue: { at: number; skip: number; ended: boolean }[] = [{ at: from, skip, ended: false }];
  for (let state = queue.pop(); state; state = queue.pop()) {
    const key = `${state.at}/${state.skip}/${state.ended}`;
    const arg = words[state.at];
    if (seen.has(key) || arg === undefined) continue;
    seen.add(key);
    if (!state.ended && arg.text === '--' && arg.kind === 'literal') {
      queue.push({ ...state, at: state.at + 1, ended: true });
    } else if (!state.ended && (isOption(arg.text) || (arg.text === '-' && table.flags.has('-'))) && !mayBeMany(arg)) {
      const value = words[state.at + 1];
      if (value && mayBeMany(value)) unknownAt ??= value.at;
      for (const width of optionWidths(words, state.at, table)) queue.push({ ...state, at: state.at + width });
    } else if (mayBeMany(arg)) unknownAt ??= arg.at;
    else if (state.skip > 0) queue.push({ ...state, at: state.at + 1, skip: state.skip - 1 });
    else starts.add(state.at);
  }
  return { starts: [...starts].toSorted((a, b) => a - b), unknownAt };
}

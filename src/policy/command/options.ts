import type { Arg } from '#policy/command/words.ts';
import { mayBeMany } from '#policy/command/words.ts';

/** What is known of a program's options; any other option is tried with and without a value. */
export interface OptionTable {
  /** Options that take the next word as their value. */
  readonly values: ReadonlySet<string>;
  /** Options that stand alone. */
  readonly flags: ReadonlySet<string>;
}

/** Builds a table from space-separated names. */
export function optionTable(values: string, flags = ''): OptionTable {
  return { values: new Set(values.split(' ')), flags: new Set(flags.split(' ')) };
}

/** Nothing is known: every option is tried both ways. */
export const noOptions: OptionTable = optionTable('');

/** How many words an option may occupy: itself, or itself and a value; both when that is unknown. */
export function optionWidths({ text, kind }: Arg, table: OptionTable): readonly (1 | 2)[] {
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
  return text.length > 1 && text.startsWith('-');
}

/** Where the first word that is no option may stand, `skip` words further on; `unknown` when a word before it is not literal. */
export function positionals(
  args: readonly Arg[],
  from: number,
  spec: { readonly table: OptionTable; readonly skip?: number },
): { readonly starts: readonly number[]; readonly unknownAt: number | undefined } {
  const starts = new Set<number>();
  const seen = new Set<string>();
  let unknownAt: number | undefined;
  const queue: { at: number; skip: number; ended: boolean }[] = [{ at: from, skip: spec.skip ?? 0, ended: false }];
  for (let state = queue.pop(); state; state = queue.pop()) {
    const key = `${state.at}/${state.skip}/${state.ended}`;
    const arg = args[state.at];
    if (seen.has(key) || arg === undefined) continue;
    seen.add(key);
    if (!state.ended && arg.text === '--' && arg.kind === 'literal') {
      queue.push({ ...state, at: state.at + 1, ended: true });
    } else if (!state.ended && isOption(arg.text) && !mayBeMany(arg)) {
      for (const width of optionWidths(arg, spec.table)) {
        const value = args[state.at + 1];
        if (width === 2 && value && mayBeMany(value)) unknownAt ??= value.at;
        queue.push({ ...state, at: state.at + width });
      }
    } else if (mayBeMany(arg)) unknownAt ??= arg.at;
    else if (state.skip > 0) queue.push({ ...state, at: state.at + 1, skip: state.skip - 1 });
    else starts.add(state.at);
  }
  return { starts: [...starts].toSorted((a, b) => a - b), unknownAt };
}

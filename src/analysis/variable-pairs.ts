import { findVariable } from './variable-words.ts';

type Keys = readonly string[];

/** Templates of one length that pairs are learned from; what they teach holds for all. */
const MAX_LEARNED = 1_000;
const MAX_WORDS = 16;
/** Templates that must be alike but for two words. */
const MIN_ALIKE = 8;

interface Pair {
  readonly first: number;
  readonly second: number;
}

/**
 * Finds statements in which two words vary together, so that hardly two templates share either, as in `ann shared report`. Gives the
 * widened keys by the text of the keys. `different` must be in an order of its own: only the first ones of each length teach.
 */
export function widenPairs(different: ReadonlyMap<string, Keys>): ReadonlyMap<string, Keys> {
  const widened = new Map<string, Keys>();
  const byLength = Map.groupBy(different, ([, keys]) => keys.length);
  for (const [length, rows] of byLength) {
    if (length > MAX_WORDS || rows.length < MIN_ALIKE) continue;
    const learned = learn(rows.slice(0, MAX_LEARNED).map(([, keys]) => keys));
    for (const [text, keys] of rows) {
      const found = learned.find(({ pair, rests }) => rests.has(restOf(keys, pair)));
      const variables = found?.rests.get(restOf(keys, found.pair));
      if (variables)
        widened.set(
          text,
          keys.map((key, index) => variables.get(index) ?? key),
        );
    }
  }
  return widened;
}

interface Learned {
  readonly pair: Pair;
  /** What the two words become, by all the others. */
  readonly rests: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

function learn(rows: readonly Keys[]): readonly Learned[] {
  const length = rows[0]?.length ?? 0;
  const learned: Learned[] = [];
  for (let first = 1; first < length; first++)
    for (let second = first + 1; second < length; second++) {
      const pair = { first, second };
      const rests = new Map<string, ReadonlyMap<number, string>>();
      for (const [rest, alike] of Map.groupBy(
        rows.filter((keys) => isPlain(keys, pair)),
        (keys) => restOf(keys, pair),
      )) {
        const variables = alike.length < MIN_ALIKE ? undefined : variablesOf(alike, pair);
        if (variables) rests.set(rest, variables);
      }
      if (rests.size > 0) learned.push({ pair, rests });
    }
  return learned;
}

function isPlain(keys: Keys, { first, second }: Pair): boolean {
  return !keys[first]?.includes('*') && !keys[second]?.includes('*');
}

function restOf(keys: Keys, { first, second }: Pair): string {
  return keys.map((key, index) => (index === first || index === second ? '' : key)).join(' ');
}

/** Both words must vary for reasons of their own. */
function variablesOf(alike: readonly Keys[], { first, second }: Pair): ReadonlyMap<number, string> | undefined {
  const keys = alike[0] ?? [];
  const found = [first, second].map((index) => {
    const values = [...new Set(alike.map((row) => row[index] ?? ''))];
    return values.length < 2 ? undefined : findVariable({ keys, index, values });
  });
  const [one, other] = found;
  return one === undefined || other === undefined
    ? undefined
    : new Map([
        [first, one],
        [second, other],
      ]);
}

import { findVariable } from './variable-words.ts';

type Keys = readonly string[];

/** Templates that are alike but for one place. */
interface Star {
  readonly keys: Keys;
  readonly index: number;
  readonly values: Set<string>;
  variable?: string | undefined;
}

/**
 * Finds the templates that are alike but for one place, where what stands there varies. Gives a function that puts `*` into keys. All
 * but one word of each template are compared by a hash first; the words themselves decide, so a collision does no harm.
 */
export function findStars(all: readonly Keys[]): (keys: Keys) => Keys {
  const ids = new Map<string, number>();
  const idOf = (key: string) => {
    const id = ids.get(key) ?? ids.size + 1;
    ids.set(key, id);
    return id;
  };
  const hashesOf = (keys: Keys): readonly number[] => {
    const parts = keys.map((key, index) =>
      scramble(Math.imul(idOf(key), 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)),
    );
    const whole = parts.reduce((sum, part) => (sum + part) | 0, 0);
    return parts.map((part) => (whole - part) | 0);
  };
  const stars = collect(all, hashesOf);
  for (const star of [...stars.values()].flat())
    if (star.values.size > 1) star.variable = findVariable({ ...star, values: [...star.values] });
  return (keys) => {
    const hashes = hashesOf(keys);
    return keys.map((key, index) => {
      const star = stars.get(hashes[index] ?? 0)?.find((one) => isAlike(one, keys, index));
      return star?.variable ?? key;
    });
  };
}

/** Most places belong to one template alone: of those only the first sight is kept. */
function collect(
  all: readonly Keys[],
  hashesOf: (keys: Keys) => readonly number[],
): ReadonlyMap<number, readonly Star[]> {
  const seen = new Map<number, Keys>();
  const stars = new Map<number, Star[]>();
  for (const keys of all)
    for (const [index, hash] of hashesOf(keys).entries()) {
      const first = seen.get(hash);
      if (first === undefined) {
        seen.set(hash, keys);
        continue;
      }
      const found = stars.get(hash) ?? [];
      if (found.length === 0) stars.set(hash, found);
      // The first sight may be that of another place with the same hash.
      for (const one of [first, keys]) addTo(found, one, index);
    }
  return stars;
}

function addTo(stars: Star[], keys: Keys, index: number): void {
  const value = keys[index];
  if (value === undefined) return;
  const known = stars.find((star) => isAlike(star, keys, index));
  if (known === undefined) stars.push({ keys, index, values: new Set([value]) });
  else known.values.add(value);
}

function isAlike(star: Star, keys: Keys, index: number): boolean {
  return (
    star.index === index &&
    star.keys.length === keys.length &&
    keys.every((key, at) => at === index || key === star.keys[at])
  );
}

function scramble(value: number): number {
  const mixed = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39) ^ (mixed >>> 15);
}

/** Looks up a field of a structured event by name; dots reach into nested objects. */
export type GetField = (name: string) => unknown;

/** Dots in a name that are followed: names come from this project, records do not. */
const MAX_DEPTH = 8;

type FieldRecord = Readonly<Record<string, unknown>>;

/** The keys that lead to a value. */
export type Path = readonly string[];

/** The keys of a record, and of the records in it: records of one statement have one structure. */
export interface Structure {
  readonly keys: readonly string[];
  /** Of the values, where they are records. */
  readonly inner: readonly (Structure | undefined)[];
  readonly places: ReadonlyMap<string, number>;
  /** Of keys with capitals, in lower case: most records have few or none. */
  readonly capitals: ReadonlyMap<string, number>;
}

/**
 * Makes the look-up of a record. Keys with dots of their own are found too, such as `kubernetes.labels.app.kubernetes.io/name`, and keys
 * in capitals, such as `Level`, where none is written as the name is.
 */
export function fieldsOf(record: FieldRecord): GetField {
  const structure = structureOf(record);
  return (name) => valueAt(record, pathTo(structure, name));
}

/** The structure of a record, as deep as names reach. */
export function structureOf(record: FieldRecord, depth = MAX_DEPTH): Structure {
  const keys = Object.keys(record);
  return {
    keys,
    inner: keys.map((key) => {
      const value = record[key];
      return depth > 0 && isRecord(value) ? structureOf(value, depth - 1) : undefined;
    }),
    places: new Map(keys.map((key, place) => [key, place])),
    capitals: capitalsOf(keys),
  };
}

function capitalsOf(keys: readonly string[]): ReadonlyMap<string, number> {
  const capitals = new Map<string, number>();
  for (const [place, key] of keys.entries()) {
    const lower = CAPITAL.test(key) ? key.toLowerCase() : undefined;
    if (lower !== undefined && !capitals.has(lower)) capitals.set(lower, place);
  }
  return capitals;
}

const CAPITAL = /[A-Z]/;

/** True for a record whose structure it is. */
export function hasStructure(record: FieldRecord, { keys, inner }: Structure, depth = MAX_DEPTH): boolean {
  const own = Object.keys(record);
  if (own.length !== keys.length) return false;
  for (let at = 0; at < keys.length; at++) {
    const key = own[at] ?? '';
    if (key !== keys[at]) return false;
    const value = record[key];
    const below = inner[at];
    if (typeof value !== 'object' || depth === 0) {
      if (below !== undefined) return false;
    } else if (isRecord(value) ? below === undefined || !hasStructure(value, below, depth - 1) : below !== undefined)
      return false;
  }
  return true;
}

function isRecord(value: unknown): value is FieldRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a name leads in records of this structure; undefined when nowhere. */
export function pathTo(structure: Structure, name: string): Path | undefined {
  const place = placeOf(structure, name);
  if (place !== undefined) return [structure.keys[place] ?? ''];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const outer = placeOf(structure, name.slice(0, dot));
    const inner = outer === undefined ? undefined : structure.inner[outer];
    const rest = inner && pathTo(inner, name.slice(dot + 1));
    if (outer !== undefined && rest !== undefined) return [structure.keys[outer] ?? '', ...rest];
  }
  return undefined;
}

function placeOf({ places, capitals }: Structure, name: string): number | undefined {
  const place = places.get(name);
  return place !== undefined || capitals.size === 0 ? place : capitals.get(name.toLowerCase());
}

/** The value to which a path leads in a record of its structure. */
export function valueAt(record: FieldRecord, path: Path | undefined): unknown {
  if (path === undefined) return undefined;
  const [first = ''] = path;
  // Most names lead to a field of the record itself.
  if (path.length === 1) return record[first];
  let value: unknown = record;
  for (const key of path) value = (value as FieldRecord)[key];
  return value;
}

/** The first of some names that gives something. */
export function firstOf<T>(names: readonly string[], read: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const value = read(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A text with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

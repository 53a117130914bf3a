/** Looks up a field of a structured event by name; dots reach into nested objects. */
export type GetField = (name: string) => unknown;

/** Dots in a name that are followed: names come from this project, records do not. */
const MAX_DEPTH = 8;

type FieldRecord = Readonly<Record<string, unknown>>;

/**
 * Makes the look-up of a record. Keys with dots of their own are found too, such as `kubernetes.labels.app.kubernetes.io/name`, and keys
 * in capitals, such as `Level`, where none is written as the name is.
 */
export function fieldsOf(record: FieldRecord): GetField {
  let flat: boolean | undefined;
  const capitalsOf = createCapitals(record);
  return (name) => {
    if (!name.includes('.')) return valueIn(record, name, capitalsOf);
    // Most records are flat, and many names are asked for.
    flat ??= isFlat(record);
    return flat ? undefined : find(record, { name, depth: MAX_DEPTH }, capitalsOf);
  };
}

/** True when no key has a dot and no value has fields. */
function isFlat(record: FieldRecord): boolean {
  for (const key in record) {
    const value = record[key];
    if ((typeof value === 'object' && value !== null) || key.includes('.')) return false;
  }
  return true;
}

/** A key with capitals, and what it is without. */
interface CapitalKey {
  readonly key: string;
  readonly lower: string;
}

/** Keys with capitals: most records have few or none. */
export function capitalKeys(keys: readonly string[]): readonly CapitalKey[] {
  return keys.filter((key) => CAPITAL.test(key)).map((key) => ({ key, lower: key.toLowerCase() }));
}

const CAPITAL = /[A-Z]/;

/** The first key that has a name but for capitals. */
export function keyOf(name: string, capitals: readonly CapitalKey[]): string | undefined {
  for (const { key, lower } of capitals) if (lower.length === name.length && lower === name.toLowerCase()) return key;
  return undefined;
}

type CapitalsOf = (record: FieldRecord) => readonly CapitalKey[];

/** Remembers them for a record and what is in it, because many names are asked for. */
function createCapitals(outer: FieldRecord): CapitalsOf {
  let ofOuter: readonly CapitalKey[] | undefined;
  let ofInner: Map<FieldRecord, readonly CapitalKey[]> | undefined;
  return (record) => {
    if (record === outer) return (ofOuter ??= capitalKeys(Object.keys(outer)));
    ofInner ??= new Map();
    let found = ofInner.get(record);
    if (found === undefined) ofInner.set(record, (found = capitalKeys(Object.keys(record))));
    return found;
  };
}

function valueIn(record: FieldRecord, name: string, capitalsOf: CapitalsOf): unknown {
  if (Object.hasOwn(record, name)) return record[name];
  const key = keyOf(name, capitalsOf(record));
  return key === undefined ? undefined : record[key];
}

function find(
  record: FieldRecord,
  { name, depth }: { readonly name: string; readonly depth: number },
  capitalsOf: CapitalsOf,
): unknown {
  const value = valueIn(record, name, capitalsOf);
  if (value !== undefined || depth === 0) return value;
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const inner = valueIn(record, name.slice(0, dot), capitalsOf);
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) continue;
    const found = find(inner as FieldRecord, { name: name.slice(dot + 1), depth: depth - 1 }, capitalsOf);
    if (found !== undefined) return found;
  }
  return undefined;
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

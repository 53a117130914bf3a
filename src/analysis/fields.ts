/** Looks up a field of a structured event by name; dots reach into nested objects. */
export type GetField = (name: string) => unknown;

/** Dots in a name that are followed: names come from this project, records do not. */
const MAX_DEPTH = 8;

/** Makes the look-up of a record. Keys with dots of their own are found too, such as `kubernetes.labels.app.kubernetes.io/name`. */
export function fieldsOf(record: Readonly<Record<string, unknown>>): GetField {
  let flat: boolean | undefined;
  return (name) => {
    if (!name.includes('.')) return Object.hasOwn(record, name) ? record[name] : undefined;
    // Most records are flat, and many names are asked for.
    flat ??= isFlat(record);
    return flat ? undefined : find(record, name, MAX_DEPTH);
  };
}

/** True when no key has a dot and no value has fields. */
function isFlat(record: Readonly<Record<string, unknown>>): boolean {
  for (const key in record) {
    const value = record[key];
    if ((typeof value === 'object' && value !== null) || key.includes('.')) return false;
  }
  return true;
}

function find(record: Readonly<Record<string, unknown>>, name: string, depth: number): unknown {
  if (Object.hasOwn(record, name)) return record[name];
  if (depth === 0) return undefined;
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const key = name.slice(0, dot);
    const inner = Object.hasOwn(record, key) ? record[key] : undefined;
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) continue;
    const found = find(inner as Readonly<Record<string, unknown>>, name.slice(dot + 1), depth - 1);
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

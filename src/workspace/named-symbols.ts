/** Something in a text that looks like an identifier of code. */
export interface NamedSymbol {
  /** As written, without brackets. */
  readonly text: string;
  /** Identifiers between the separators. */
  readonly parts: readonly string[];
}

const SEPARATOR = /\.|::|#|->/;
const QUALIFIED = /(?<![\w$/.-])[A-Za-z_$][\w$]{0,99}(?:(?:\.|::|#|->)[A-Za-z_$][\w$]{0,99}){0,4}(\(\))?(?![\w$/-])/g;

/** Finds qualified names, calls, and words in camelCase, PascalCase or snake_case; plain words are prose. */
export function namedSymbols(text: string): readonly NamedSymbol[] {
  const symbols = new Map<string, NamedSymbol>();
  for (const [word, call] of text.matchAll(QUALIFIED)) {
    const name = call === undefined ? word : word.slice(0, -2);
    const parts = name.split(SEPARATOR);
    const isCode =
      call !== undefined || parts.length > 1 || /[a-z0-9][A-Z]|[A-Z]{2}[a-z]{2}|[A-Za-z0-9]_[A-Za-z0-9]/.test(name);
    if (isCode) symbols.set(name, { text: name, parts });
  }
  return [...symbols.values()];
}

/** Keeps what exists: a qualified name when one file holds all its parts, else its last part where that exists. */
export function foundSymbols(
  symbols: readonly NamedSymbol[],
  filesOf: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  const found = symbols.flatMap(({ text, parts }) => {
    const [first, ...others] = parts.map((part) => filesOf.get(part) ?? new Set<string>());
    if (first && [...first].some((file) => others.every((files) => files.has(file)))) return [text];
    const last = parts.at(-1) ?? '';
    const isTelling = /[a-z0-9][A-Z]|_/.test(last);
    return isTelling && (filesOf.get(last)?.size ?? 0) > 0 ? [last] : [];
  });
  return [...new Set(found)];
}

/** Characters of untrusted text that a finding repeats. */
const MAX_QUOTED = 1_024;

/** Untrusted text in JSON quotes, cut to 1,024 characters, so that it cannot pass for our own words. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A regular expression as its author wrote it, between slashes, cut and made visible like a quote. */
export function quoteExpression(pattern: string): string {
  return `/${quote(pattern)
    .slice(1, -1)
    .replace(/\\([\\"])/g, '$1')}/`;
}

/** `a, b and c`. */
export function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

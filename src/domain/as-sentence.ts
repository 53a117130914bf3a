/** A text that ends as a sentence does: a full stop behind one that has no end of its own. */
export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Text of others for a terminal: in JSON quotes, everything beyond printable ASCII escaped, cut to so many characters. */
export function shown(text: string, limit = 160): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return escaped(JSON.stringify(cut));
}

/** The same without quotes, for sentences that quote by themselves. */
export function escaped(text: string): string {
  return text.replace(
    /[^\x20-\x7e…]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`,
  );
}

/** One word for the shell: within single quotes nothing has a meaning. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

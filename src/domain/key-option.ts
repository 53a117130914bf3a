/** What the word of a human takes at the end of a command where it is a signature; nothing elsewhere. */
export function keyOption(humansSign: boolean | undefined): string {
  return humansSign === true ? ' --key FILE' : '';
}

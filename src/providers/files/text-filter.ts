import { FixgateError } from '#domain/errors.ts';

/** Tells whether a text holds what the caller searches. */
export type TextFilter = (text: string) => boolean;

/** Reads a search: words that must all appear, `"two words"` as a phrase, `-word` and `-"two words"` excluded; case ignored. */
export function parseTextFilter(search: string): TextFilter {
  const wanted: string[] = [];
  const excluded: string[] = [];
  for (const [, minus, phrase, word] of search.matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/g)) {
    const text = (phrase ?? word ?? '').toLowerCase();
    if (word === 'OR' || word === '||') throw noAlternatives();
    if (text !== '' && word !== 'AND') (minus === '-' ? excluded : wanted).push(text);
  }
  return (text) => {
    const lower = text.toLowerCase();
    return wanted.every((part) => lower.includes(part)) && !excluded.some((part) => lower.includes(part));
  };
}

function noAlternatives(): FixgateError {
  return new FixgateError('invalid_input', 'OR is not understood: all words of a log search must appear.', {
    fix: 'Search for one alternative per call; write "or" in quotes to search for the word.',
  });
}

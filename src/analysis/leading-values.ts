import type { KeyedWord } from './template-key.ts';

/** Templates from which a header can be told. */
const MIN_TEMPLATES = 30;
/** Words before the first value of a header, such as a dash. */
const MAX_BEFORE = 2;
/** Share of the templates that begin with values. */
const MOST = 0.9;
/** Different forms of these values beside the number of templates; where there are more they are part of the message. */
const SOME = 0.3;

const VALUE = /<[a-z]+>/;
/** A name with a number of its own, as in `sshd[<num>]:`, and fields. */
const NAMED = /[[\]=|"':]$|[=|"]/;

/**
 * Puts the values at the beginning of templates together when nearly all begin with some, such as times, hosts and nodes in a header
 * that the reader of the lines does not know: their forms are many and tell no statements apart.
 */
export function joinLeadingValues(templates: readonly (readonly KeyedWord[])[]): readonly (readonly KeyedWord[])[] {
  if (templates.length < MIN_TEMPLATES) return templates;
  const leads = templates.map(leadOf);
  const forms = new Set(leads.map(({ text }) => text));
  const found = leads.filter(({ start, end }) => start < end).length;
  if (found < templates.length * MOST || forms.size < 2 || forms.size > templates.length * SOME) return templates;
  return templates.map((words, index) => {
    const { start, end, text } = leads[index] ?? { start: 0, end: 0, text: '' };
    return start === end ? words : [...words.slice(0, start), { word: text, key: '*' }, ...words.slice(end)];
  });
}

interface Lead {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function leadOf(words: readonly KeyedWord[]): Lead {
  const first = words.slice(0, MAX_BEFORE + 1).findIndex(({ word }) => isValue(word));
  const start = Math.max(0, first);
  const after = words.findIndex(({ word }, index) => index >= start && !isValue(word));
  const end = first === -1 ? start : after === -1 ? words.length : after;
  return {
    start,
    end,
    text: words
      .slice(start, end)
      .map(({ word }) => word)
      .join(' '),
  };
}

function isValue(word: string): boolean {
  return VALUE.test(word) && !NAMED.test(word);
}

/** A text of which some parts say more than others. */
export interface WeightedText {
  readonly id: string;
  /** Each part with how often its words count. */
  readonly parts: readonly { readonly text: string; readonly weight: number }[];
}

/** How well a text fits a question, and by which words. */
export interface TextMatch {
  /** 0 to 1: the share of what the question asks, rare words first, that the text has. */
  readonly share: number;
  /** At most `SHOWN`, the most telling first. */
  readonly words: readonly string[];
}

const SHOWN = 4;
const MAX_QUERY_WORDS = 400;
const MAX_TEXT_CHARS = 64 * 1024;
/** Saturation and length normalisation of BM25 (Robertson and Zaragoza, 2009, section 3.4); changes differ in length by far more than documents. */
const K1 = 1.2;
const B = 0.75;

const STOP_WORDS = new Set(
  (
    'a about after again all also am an and any are as at be because been before being but by can cannot could did do does done down each else error errors even fail failed failing fails ' +
    'file files fix fixed for from get got had has have how however if in into is it its just like make makes made many may me more most much my need new no not now of off on once one only or other our ' +
    'out over per please probably re really reason revert reverted reverting reverts same see seems set should since so some still such than that the their them then there these they this those though through to too try ' +
    'two under until up upon us use used uses using very via want was way we well were what when where which while who why will with without would yet you your commit commits change changes changed pr issue ' +
    'add added adds adding remove removed update updated return returns int str string null none true false self const let var void public private static func def class import include if else end'
  ).split(' '),
);

/** Words of a text: identifiers whole and in their parts, lower case, without endings of number and tense. */
export function wordsOf(text: string): string[] {
  return [...text.slice(0, MAX_TEXT_CHARS).matchAll(/[A-Za-z_][A-Za-z0-9_]{1,80}/g)].flatMap(([name]) => {
    const whole = name.toLowerCase();
    const parts = name
      .split(/_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
      .map((part) => stem(part.toLowerCase()))
      .filter((part) => part.length > 2 && !STOP_WORDS.has(part));
    return parts.length > 1 ? [whole, ...parts] : parts;
  });
}

function stem(word: string): string {
  if (word.length < 5) return word;
  return word.replace(/(?:ations?|ings?|ers?|ed|es|s|e)$/, (end) => (word.length - end.length < 3 ? end : ''));
}

/** Compares texts with a question by BM25; what all of them say tells nothing. */
export function matchTexts(texts: readonly WeightedText[], question: string): ReadonlyMap<string, TextMatch> {
  const asked = new Map<string, number>();
  for (const word of wordsOf(question.replaceAll(/https?:\/\/\S{1,2000}/g, ' '))) {
    if (STOP_WORDS.has(word) || (asked.size >= MAX_QUERY_WORDS && !asked.has(word))) continue;
    asked.set(word, (asked.get(word) ?? 0) + 1);
  }
  const counted = texts.map((text) => ({ id: text.id, ...count(text, asked) }));
  const average = counted.reduce((sum, { length }) => sum + length, 0) / Math.max(1, counted.length) || 1;
  const rarity = new Map([...asked.keys()].map((word) => [word, rarityOf(word, counted)]));
  const weightOf = (word: string) => (rarity.get(word) ?? 0) * Math.min(2, Math.sqrt(asked.get(word) ?? 1));
  const best = [...asked.keys()].reduce((sum, word) => sum + weightOf(word), 0) || 1;
  return new Map(
    counted.map(({ id, frequencies, length }) => {
      const scored = [...frequencies]
        .map(([word, n]) => ({ word, score: (weightOf(word) * n) / (n + K1 * (1 - B + (B * length) / average)) }))
        .toSorted((a, b) => b.score - a.score);
      const share = scored.reduce((sum, { score }) => sum + score, 0) / best;
      return [id, { share, words: scored.slice(0, SHOWN).map(({ word }) => word) }];
    }),
  );
}

interface Counted {
  readonly frequencies: ReadonlyMap<string, number>;
  readonly length: number;
}

function count({ parts }: WeightedText, asked: ReadonlyMap<string, number>): Counted {
  const frequencies = new Map<string, number>();
  let length = 0;
  for (const { text, weight } of parts) {
    for (const word of wordsOf(text)) {
      length += 1;
      if (asked.has(word)) frequencies.set(word, (frequencies.get(word) ?? 0) + weight);
    }
  }
  return { frequencies, length };
}

function rarityOf(word: string, counted: readonly Counted[]): number {
  const holders = counted.filter(({ frequencies }) => frequencies.has(word)).length;
  return holders === 0 ? 0 : Math.log(1 + (counted.length - holders + 0.5) / (holders + 0.5));
}

import { styleText } from 'node:util';

/** Tells the story, to a person and into a list that is kept. */
export interface Narrator {
  readonly lines: readonly string[];
  chapter(title: string): void;
  done(what: string, detail?: string): void;
  refused(what: string, detail: string): void;
  note(text: string): void;
}

/** Makes a narrator that counts time from now. */
export function createNarrator(): Narrator {
  const began = performance.now();
  const lines: string[] = [];
  const say = (plain: string, coloured: string) => {
    lines.push(plain);
    console.log(coloured);
  };
  const stamp = () => `${((performance.now() - began) / 1_000).toFixed(1).padStart(5)}s`;
  const step = (symbol: string, color: 'green' | 'red' | 'gray', what: string, detail = '') => {
    const time = stamp();
    say(
      `${time}  ${symbol} ${what}${detail ? `\n          ${detail}` : ''}`,
      `${styleText('gray', time)}  ${styleText(color, symbol)} ${what}${detail ? `\n          ${styleText('gray', detail)}` : ''}`,
    );
  };
  return {
    lines,
    chapter: (title) => say(`\n${title}`, `\n${styleText('bold', title)}`),
    done: (what, detail) => step('✓', 'green', what, detail),
    refused: (what, detail) => step('✗', 'red', what, detail),
    note: (text) => step('·', 'gray', text),
  };
}

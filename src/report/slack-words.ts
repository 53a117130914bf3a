import { clip, toLine, toWebAddress } from '#report/text.ts';

/** Before words of the agent, which nobody checked. */
export const AGENT_SAID = 'agent, unchecked: ';

/** Characters that Slack reads as markup at the edge of a word, and ones that look alike. */
const ALIKE: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' };

/**
 * One line of untrusted text as Slack's mrkdwn that shows the same words: no mentions (`<!channel>`, `@here`), no links, no markup.
 * Underscores within words stay: they are no markup there, and names have them.
 */
export function toMrkdwn(text: string, maxChars = 300): string {
  const line = toLine(text, maxChars)
    .replaceAll(/[*~`]/g, (char) => ALIKE[char] ?? char)
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, 'ˍ')
    .replaceAll(/(?<=[@#])(?=[\p{L}\p{N}])/gu, '\u200B')
    .replaceAll('://', ':\u200B//')
    .replaceAll(/^(?=[>•-])/g, '\u200B')
    // The minutes of a time in ISO 8601 are no emoji.
    .replaceAll(/(?<!\d{4}-\d\d-\d\dT\d\d):(?=[a-z0-9_+-]{1,64}:)/gi, ':\u200B');
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A web address as a link of Slack's; text when it is none. */
export function toSlackLink(url: string, words: string): string {
  const address = toWebAddress(url);
  if (address === undefined) return `${words} ${toMrkdwn(url)}`;
  return `<${address.replaceAll('&', '&amp;')}|${words}>`;
}

/** Cuts mrkdwn at a line, so that no escape and no link is cut in two. */
export function clipLines(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const end = text.lastIndexOf('\n', maxChars - 2);
  return end > 0 ? `${text.slice(0, end)}\n…` : clip(text, maxChars);
}

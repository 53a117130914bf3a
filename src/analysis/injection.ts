import { overrides, requests } from './injection-phrases.ts';

/**
 * Kinds of text that looks like an attempt to steer whoever reads it. `role`: markers of chats and prompts. `override`: asks to
 * drop instructions. `address`: speaks to an assistant. `request`: asks for secrets or for commands to be run. `tool_call`: imitates a
 * call or its result. `fence`: pretends that untrusted text ends here. `hidden`: characters that people do not see. `link`: an image
 * or link that would carry data away. `encoded`: any of these in base64 or URL encoding.
 */
export const injectionKinds = [
  'role',
  'override',
  'address',
  'request',
  'tool_call',
  'fence',
  'hidden',
  'link',
  'encoded',
] as const;
/** One of them. */
export type InjectionKind = (typeof injectionKinds)[number];

/** Characters of a text that are looked at. */
const MAX_CHARS = 64 * 1024;
const MAX_DECODED = 20;

/** Markers of chat templates; `Human:` and `Assistant:` count only in turn. */
const ROLE = new RegExp(
  [
    String.raw`<\|(?:im_start|im_end|im_sep|system|user|assistant|start_header_id|end_header_id|eot_id|endoftext|channel|message|end_of_turn)\|>`,
    String.raw`\[\/?INST\]|<<\/?SYS>>|<\/?(?:start|end)_of_turn>`,
    String.raw`<\/?(?:system[-_](?:reminder|prompt|message|instructions?)|assistant|system)>`,
    String.raw`(?:^|\n)\s{0,8}#{1,4} {0,3}(?:[Ss]ystem|SYSTEM|[Ii]nstructions?|INSTRUCTIONS?|[Aa]ssistant)(?: [Pp]rompt| [Mm]essage)?:`,
    String.raw`(?:^|\n)\s{0,8}(?:Human|User): [^\n]{0,2000}\n{1,4}\s{0,8}(?:Assistant|AI): `,
    String.raw`(?:^|\n)\s{0,8}(?:\[|\(|<{0,2})?(?:SYSTEM|system|System) ?(?:PROMPT|prompt|MESSAGE|message|OVERRIDE|override|INSTRUCTIONS?|instructions?)(?:\]|\)|>{0,2})? ?[:=\]]`,
  ].join('|'),
);
const TOOL_CALL = new RegExp(
  [
    String.raw`<\/?(?:antml:)?(?:tool_call|tool_calls|tool_use|tool_result|tool_response|function_calls?|function_results?)>|<(?:antml:)?(?:invoke|parameter) name=`,
    String.raw`<function=[\w.-]{1,100}>|<\|(?:tool_call|python_tag|recipient)\|>|\bto=functions\.\w`,
    String.raw`"method"\s{0,4}:\s{0,4}"(?:tools\/call|sampling\/createMessage)"`,
    String.raw`"tool_calls"\s{0,4}:\s{0,4}\[\s{0,4}\{`,
    String.raw`"type"\s{0,4}:\s{0,4}"(?:tool_use|tool_result|function_call)"`,
    '`{3}tool_(?:code|call|output)\\b',
    String.raw`(?:^|\n)\s{0,8}Action: [^\n]{1,200}\n{1,2}\s{0,8}Action Input: `,
  ].join('|'),
);
const FENCE = new RegExp(
  [
    String.raw`(?:-{3,10}|={3,10}|#{3,10}|\*{3,10}|<{2,10}|\[) {0,3}(?:BEGIN|END|START)[ _](?:OF[ _])?(?:THE[ _])?(?:UNTRUSTED|TRUSTED|PROMPT|INSTRUCTIONS?|EVIDENCE|TOOL[ _](?:OUTPUT|RESULT|CALL)|USER[ _](?:INPUT|MESSAGE)|SYSTEM[ _](?:PROMPT|MESSAGE|INSTRUCTIONS?)|ASSISTANT)\b`,
    String.raw`\bEND OF (?:THE )?(?:LOGS?|UNTRUSTED|TOOL|EVIDENCE|DOCUMENT|CONTEXT|USER|LOG)(?: (?:DATA|OUTPUT|CONTENT|FILE|TEXT|RESULTS?|LINES|ENTRIES|INPUT)){0,2}\b[^\n]{0,40}(?:\n|[-=#.:] ?)[^\n]{0,200}\b(?:[Nn]ow|[Nn]ew|NEW|[Tt]he (?:user|operator|following)|[Yy]ou|SYSTEM|[Ss]ystem|[Ii]nstructions?)\b`,
    String.raw`<\/(?:untrusted|evidence|tool[-_]?(?:output|result)|prompt|instructions|user[-_](?:input|data))[\w:-]{0,60}>`,
  ].join('|'),
);
/** Tags (but for flags), directions, and runs of invisible characters. */
const HIDDEN =
  /(?<!\u{1F3F4}[\u{E0000}-\u{E007F}]{0,8})[\u{E0000}-\u{E007F}]|[\u202A\u202B\u202D\u202E\u2066-\u2068]|(?:[\u200B\u2060\u2062-\u2064\uFEFF\u180E]|[\u{E0100}-\u{E01EF}]){2,}|[\u200B-\u200D\u2060]{4,}/u;
const LINK = new RegExp(
  [
    String.raw`!\[[^\]\n]{0,300}\]\(\s{0,4}(?:https?:)?\/\/[^)\s]{1,2000}`,
    String.raw`<img\b[^>]{0,300}\bsrc\s{0,4}=\s{0,4}["']?(?:https?:)?\/\/`,
    String.raw`\]\(https?:\/\/[^)\s?]{1,500}\?[^)\s]{0,500}(?:[{<]|%7B|\$\(|(?:data|secret|env|token|content|context|payload|exfil)=)`,
  ].join('|'),
  'i',
);

/** Names what in a text looks like an attempt to steer its reader; nothing for the usual lines of logs. Time grows with the length alone. */
export function findInjection(text: string): readonly InjectionKind[] {
  const whole = text.slice(0, MAX_CHARS);
  const found = new Set(kindsOf(whole));
  if (decodedParts(whole).some((part) => kindsOf(part).length > 0)) found.add('encoded');
  return injectionKinds.filter((kind) => found.has(kind));
}

function kindsOf(text: string): readonly InjectionKind[] {
  const found: InjectionKind[] = [];
  if (HIDDEN.test(text)) found.push('hidden');
  const plain = text.normalize('NFKC').replaceAll(INVISIBLE, '');
  if (ROLE.test(plain)) found.push('role');
  if (TOOL_CALL.test(plain)) found.push('tool_call');
  if (FENCE.test(plain)) found.push('fence');
  if (LINK.test(plain)) found.push('link');
  const spoken = plain.toLowerCase();
  for (const form of spoken === fold(spoken) ? [spoken] : [spoken, fold(spoken)]) {
    if (overrides.some((phrase) => phrase.test(form))) found.push('override');
    for (const [kind, phrase] of requests) if (phrase.test(form)) found.push(kind);
  }
  return found;
}

const INVISIBLE = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E01EF}]/gu;

/** Letters of other alphabets that look like Latin ones. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'i',
  ѕ: 's',
  ј: 'j',
  ԁ: 'd',
  ɡ: 'g',
  ο: 'o',
  α: 'a',
  ι: 'i',
  ν: 'v',
  ρ: 'p',
};

function fold(text: string): string {
  return /[Ͱ-ӿԁɡ]/.test(text) ? text.replaceAll(/[Ͱ-ӿԁɡ]/g, (letter) => LOOK_ALIKES[letter] ?? letter) : text;
}

const BASE64 = /[A-Za-z0-9+/_-]{32,8192}={0,2}/g;

/** What long runs of base64 and URL encoding say, where that is text. */
function decodedParts(text: string): readonly string[] {
  const parts: string[] = [];
  for (const [run] of text.matchAll(BASE64)) {
    if (parts.length >= MAX_DECODED) break;
    const decoded = Buffer.from(run, 'base64').toString('utf8');
    if (isReadable(decoded)) parts.push(decoded);
  }
  if (/(?:%20|\+)[^\s]{1,40}(?:%20|\+)/.test(text)) parts.push(decodePercent(text));
  return parts;
}

function isReadable(text: string): boolean {
  let strange = 0;
  for (const char of text)
    if (char < ' ' ? char !== '\n' && char !== '\t' : char === '\uFFFD' || char === '\u007F') strange++;
  return text.includes(' ') && strange * 10 < text.length;
}

function decodePercent(text: string): string {
  return text.replaceAll('+', ' ').replaceAll(/(?:%[0-9A-Fa-f]{2}){1,200}/g, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    return bytes.toString('utf8');
  });
}

import { joined } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';

/** What keys type, by their names in lower case. */
const KEYS: Readonly<Record<string, string>> = {
  space: ' ',
  enter: '\n',
  kpenter: '\n',
  tab: '\t',
  bspace: '\b',
};
/** Keys of the number pad and characters by their codes. */
const PAD = /^kp([\d/*+.-])$/i;
const CODE = /^0x([\da-f]{1,2})$/i;
const CONTROL = /^(?:c-|\^)([a-z])$/i;
/** Keys that move or mean something to a program, but type nothing. */
const SILENT =
  /^(?:escape|home|end|up|down|left|right|btab|f\d{1,2}|[di]c|[np]page|pg(?:up|dn)|page(?:up|down)|(?:[cms]-)+.+)$/i;

/** What a terminal makes of a character with the control key: a return, a tab, or a change of what stands before. */
const CONTROLS: Readonly<Record<string, string>> = { m: '\n', j: '\n', i: '\t', h: '\b', u: '\u0015', c: '\u0003' };

function typedByKey(name: string): string {
  const control = CONTROL.exec(name)?.[1];
  if (control !== undefined) return ownValue(CONTROLS, control.toLowerCase()) ?? '';
  const code = CODE.exec(name)?.[1];
  if (code !== undefined) return fromCode(code);
  // What no key is called is typed as it stands.
  return ownValue(KEYS, name.toLowerCase()) ?? PAD.exec(name)?.[1] ?? (SILENT.test(name) ? '' : name);
}

/** A character by its code in hexadecimal digits. */
function fromCode(digits: string): string {
  const character = String.fromCodePoint(Number.parseInt(digits, 16) || 0);
  return character === '\r' ? '\n' : character === '\u007f' ? '\b' : character;
}

/** The line that is left when what takes characters back has done so. */
function edited(text: string): string {
  const kept: string[] = [];
  for (const character of text)
    if (character === '\b') kept.pop();
    else if (/[\u0003\u0015]/.test(character)) kept.length = kept.lastIndexOf('\n') + 1;
    else kept.push(character);
  return kept.join('');
}

/** The keys as the text that they type. */
export function typedBy(keys: readonly Arg[]): Arg {
  return { ...joined(keys), text: edited(keys.map(({ text }) => typedByKey(text)).join('')) };
}

/** The same of codes in hexadecimal digits, as `send-keys -H` takes them. */
export function typedByCodes(keys: readonly Arg[]): Arg {
  return { ...joined(keys), text: edited(keys.map(({ text }) => fromCode(text)).join('')) };
}

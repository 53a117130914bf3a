/** A command that a request carries: shell text, or the words of a call. */
export type SentCommand = string | readonly string[];

/** Names under which requests carry text: one command, or the lines of a script. */
const TEXT = /^(?:commands?|commandlines?)$/i;
const SHORT = /\b(command(s|line)?)=(.*)/is;

/** Texts in `commands=["a","b"]`, `{"commands":["a"]}` and the like; parameters that name no command hold none. */
export function commandsSent(parameters: string): readonly SentCommand[] {
  const [, , plural, named] = SHORT.exec(parameters) ?? [];
  try {
    const value: unknown = JSON.parse(named ?? parameters);
    return named === undefined ? commandsOf(value) : listed(value, plural !== undefined);
  } catch {
    // No JSON, but a short form.
    return named === undefined ? [] : shortForm(named, plural !== undefined);
  }
}

/** `command=a,b,other=c` is a list of words, too. */
function shortForm(named: string, isText: boolean): readonly SentCommand[] {
  const text = named.replaceAll(/^[["']+|[\]"']+$/g, '');
  const list = /^\[([^\]]*)\]/.exec(named)?.[1];
  const words = (list ?? text).split(',').map((word) => word.replaceAll(/^["' ]+|["' ]+$/g, ''));
  const end = words.findIndex((word) => word.includes('='));
  if (isText && list !== undefined) return words;
  return isText || words.length === 1 ? [text] : [text, words.slice(0, end < 0 ? undefined : end)];
}

/** Lines of a script are one text; another list is the words of a call. */
function listed(value: unknown, isText: boolean): readonly SentCommand[] {
  const strings = stringsIn(value);
  if (typeof value === 'string' || isText) return strings.length > 0 ? [strings.join('\n')] : [];
  return strings.length > 0 ? [strings] : [];
}

/** Of an object its own command, with an entry point before it and arguments behind it; and those of what is in it. */
function commandsOf(value: unknown): readonly SentCommand[] {
  if (Array.isArray(value)) return value.flatMap(commandsOf);
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  const listOf = (name: RegExp) => entries.flatMap(([key, each]) => (name.test(key) ? stringsIn(each) : []));
  const call = [/^entrypoint$/i, /^command$/i, /^args$/i].flatMap(listOf);
  const isNamed = entries.some(([key]) => /^(?:entrypoint|command)$/i.test(key));
  const texts = entries.filter(([key, each]) => TEXT.test(key) && !(/^command$/i.test(key) && Array.isArray(each)));
  return [
    ...(isNamed ? [call] : []),
    ...texts.flatMap(([, each]) => listed(each, true)),
    ...entries.flatMap(([, each]) => commandsOf(each)),
  ];
}

function stringsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  return typeof value === 'string' ? [value] : [];
}

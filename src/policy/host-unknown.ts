import type { HostFacts } from '#policy/host-tools.ts';

/** Names under which an argument carries a file or a command. */
const TELLING_NAME =
  /(?:^|_)(?:files?|paths?|filenames?|dir|directory|folders?|commands?|cmd|args|arguments|argv|scripts?|code|cwd|shell)$|(?:[Pp]ath|[Ff]ile|[Cc]ommand|[Ss]cript)s?$/;

/** How deep, and how many values, arguments are looked through. */
const MAX_DEPTH = 16;
const MAX_VALUES = 5_000;
/** Longest path of Linux, in bytes. */
export const MAX_PATH = 4_096;

/** A text that is a file by its looks, wherever it leads. */
const FILE = /^(?:[a-z-]+:)?file:|^(?:\/|\.{1,2}(?:\/|\\|$)|~|[A-Za-z]:[\\/]|\\)/i;
/** Lines of comments and fences among several, which only look like files; none in which a shell would find a command. */
const MARKUP = /^\s*(?:\/\/|\/\*+|~~~\w*)(?:\s[^;&|`$<>()]*)?$/;
/** A text that a shell would take, by its first word. */
const COMMAND =
  /^(?:(?:ba|z|da|fi)?sh|env|sudo|nohup|xargs|npx|npm|pnpm|node|python3?|perl|ruby|git|curl|wget|rm|cp|mv|cat|sed|awk|tee|dd|chmod|docker|kubectl|terraform|fixgate|claude)(?:\s+-|\s+\S+$|.*(?:&&|[|;<>]|\$\())/;

/** A tool that nobody here knows is refused where it names a file or a command by its looks; other texts are looked up. */
export function readUnknown(input: Readonly<Record<string, unknown>>): HostFacts {
  const texts: string[] = [];
  let left = MAX_VALUES;

  /** The name of the argument that tells, if one does. */
  function look(value: unknown, name: string, depth: number): string | undefined {
    if (--left < 0 || depth > MAX_DEPTH) return name;
    if (typeof value === 'string') return lookAt(value, name, depth);
    if (typeof value !== 'object' || value === null) return undefined;
    for (const [key, each] of Object.entries(value)) {
      const own = Array.isArray(value) ? name : key;
      const found = TELLING_NAME.test(own) && !isEmpty(each) ? own : look(each, own, depth + 1);
      // Keys may be names of files as well.
      const told = found ?? (Array.isArray(value) || !/[/.~]/.test(key) ? undefined : look(key, key, depth + 1));
      if (told !== undefined) return told;
    }
    return undefined;
  }

  function lookAt(value: string, name: string, depth: number): string | undefined {
    const text = value.trim();
    if (/^[[{]/.test(text)) {
      const nested = parsed(text);
      if (nested !== undefined) return look(nested, name, depth + 1);
    }
    if (/[\r\n]/.test(text)) return lookAtLines(text, name, depth);
    if (COMMAND.test(text)) return name;
    // What is longer than any path may still be a command.
    if (text === '' || (text.length > MAX_PATH && !/\s/.test(text))) return undefined;
    if (text.length <= MAX_PATH && FILE.test(text) && !/\s\w+\s/.test(text)) return name;
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) texts.push(text);
    return undefined;
  }

  /** Each may be one of several files, or a step of a script. */
  function lookAtLines(text: string, name: string, depth: number): string | undefined {
    for (const line of text.split(/[\r\n]+/)) {
      const told = MARKUP.test(line) ? undefined : look(line, name, depth + 1);
      if (told !== undefined) return told;
    }
    return undefined;
  }

  const name = look(input, 'arguments', 0);
  if (name !== undefined) return { kind: 'refused', ...unknownTool(name) };
  return texts.length === 0 ? { kind: 'ignored' } : { kind: 'unknown', texts };
}

/** Why a tool that is not known is refused; `what` is the argument or the text that names a file or a command. */
export function unknownTool(what: string): { readonly rule: string; readonly reason: string; readonly fix: string } {
  return {
    rule: 'host_tool/unknown',
    reason: `This tool is not known here and names a file or a command (${JSON.stringify(what.slice(0, 64))}), so it cannot be judged.`,
    fix: "Use the host's own read, edit and shell tools, or have the operator leave this tool out of the hook.",
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** One line of a stack trace. Text is untrusted. */
export interface StackFrame {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly function?: string;
  /** Not of the runtime, the standard library or an installed package. */
  readonly inProject: boolean;
}

/** Lines of a trace that are looked at, and their length. */
const MAX_LINES = 500;
const MAX_LINE_CHARS = 1_000;

type Read = (line: string, before: string) => Omit<StackFrame, 'inProject'> | undefined;

const frame = (file: string | undefined, line: string | undefined, name?: string) =>
  file === undefined || line === undefined
    ? undefined
    : { file, line: Number(line), ...(name !== undefined && { function: name }) };

const readers: readonly Read[] = [
  // Node: `at async CartService.total (file:///app/src/cart.js:88:12)`
  (text) => {
    const match =
      /^\s*at (?:async )?(?:(?:new )?([^()]{1,200}?) \()?(?:file:\/\/)?([^\s()]{1,400}?):(\d+):\d+\)?$/.exec(text);
    return frame(match?.[2], match?.[3], match?.[1]);
  },
  // Java: `at com.acme.CartService.total(CartService.java:88)`; the package gives the folder.
  (text) => {
    const match =
      /^\s*at (?:[\w.@-]{1,100}\/+)?([\w.$]{1,300})\.([\w$<>]{1,100})\(([\w$-]{1,100}\.\w{1,10}):(\d+)\)/.exec(text);
    const folder = match?.[1]?.split('.').slice(0, -1).join('/') ?? '';
    const className = match?.[1]?.split('.').at(-1)?.split('$')[0] ?? '';
    return frame(
      match?.[3] && (folder === '' ? match[3] : `${folder}/${match[3]}`),
      match?.[4],
      `${className}.${match?.[2] ?? ''}`,
    );
  },
  // .NET: `at Acme.Cart.Total(Int32 id) in /src/Cart.cs:line 12`
  (text) => {
    const match = /^\s*at ([^\s(]{1,300})\([^)]{0,300}\) in (.{1,400}):line (\d+)$/.exec(text);
    return frame(match?.[2], match?.[3], match?.[1]);
  },
  // Python: `File "/app/cart.py", line 88, in total`
  (text) => {
    const match = /^\s*File "([^"]{1,400})", line (\d+)(?:, in (\S{1,200}))?/.exec(text);
    return frame(match?.[1], match?.[2], match?.[3]);
  },
  // Go: the function stands in the line before `\t/app/cart.go:88 +0x1d`.
  (text, before) => {
    const match = /^\s+(\/?[^\s:]{1,400}\.go):(\d+)(?: \+0x[0-9a-f]+)?$/.exec(text);
    return frame(
      match?.[1],
      match?.[2],
      /^(?:created by )?(\S{1,300}?)(?:\([^()]*\))?(?: in goroutine \d+)?$/.exec(before)?.[1],
    );
  },
  // Ruby: "from /app/cart.rb:88:in `total'"
  (text) => {
    const match = /^\s*(?:from )?([^\s:]{1,400}\.rb):(\d+):in [`']([^']{1,200})'/.exec(text);
    return frame(match?.[1], match?.[2], match?.[3]);
  },
];

const FOREIGN =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|gems)\/|^node:|^internal\/|^<|\/lib\/python\d|\/(?:usr\/local|usr\/lib|opt)\/go\/|\/pkg\/mod\/|\/libexec\/src\/|^(?:java|javax|jakarta|jdk|sun|com\/sun|kotlin|kotlinx|scala|groovy|org\/springframework|org\/apache|org\/hibernate|org\/junit|io\/netty|reactor)\//;

/** Reads the frames of a Node, Java, .NET, Python, Go or Ruby trace: the innermost cause first, its innermost frame first. */
export function parseStackFrames(text: string): readonly StackFrame[] {
  const lines = toLines(text);
  const sections: StackFrame[][] = [[]];
  let python = false;
  lines.forEach((line, index) => {
    if (/^\s*Caused by: /.test(line)) sections.unshift([]);
    if (line.includes('Traceback (most recent call last)')) sections.push([]);
    const found = firstOf(line, lines[index - 1] ?? '');
    if (found === undefined) return;
    const section = python || /^\s*File "/.test(line) ? sections.at(-1) : sections[0];
    python ||= /^\s*File "/.test(line);
    section?.push({ ...found, inProject: !FOREIGN.test(found.file.replaceAll('\\', '/')) });
  });
  // Python writes the innermost frame last.
  return python ? sections.flatMap((section) => section.toReversed()) : sections.flat();
}

/** Frames of the project itself, innermost first, at most `limit`. */
export function inProjectFrames(text: string, limit = 5): readonly StackFrame[] {
  return parseStackFrames(text)
    .filter(({ inProject }) => inProject)
    .slice(0, limit);
}

/** A trace inside a JSON line has its line ends escaped. */
function toLines(text: string): readonly string[] {
  const isEscaped = text.startsWith('{') && /\\n\s*(?:at |File |\\t)/.test(text);
  const plain = isEscaped ? text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\"', '"') : text;
  return plain
    .split('\n', MAX_LINES)
    .map((line) => line.slice(0, MAX_LINE_CHARS).replace(/["',}\s]+$/, (end) => (isEscaped ? '' : end.trimEnd())));
}

function firstOf(line: string, before: string): Omit<StackFrame, 'inProject'> | undefined {
  for (const read of readers) {
    const found = read(line, before);
    if (found !== undefined) return found;
  }
  return undefined;
}

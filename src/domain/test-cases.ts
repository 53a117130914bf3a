import { isTestFile } from '#domain/test-files.ts';

/** One file of a change, before and after it; a side is undefined where the file does not exist. */
export interface ComparedFile {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Text between two marks; it runs to the end of the file when the second is missing. */
interface Comment {
  /** Global. */
  readonly open: RegExp;
  readonly close: string;
}

/** How test cases of a language are told. `case` names them by its first group; patterns are linear and start at a line. */
interface Language {
  readonly files: RegExp;
  readonly comments: readonly Comment[];
  readonly cases: readonly RegExp[];
  /** Switches off what stands next to it. */
  readonly skip: RegExp;
  /** Switches off, or alone on, a group of any size. */
  readonly wide: RegExp;
}

/** Comments that begin where a statement could; elsewhere `/*` is mostly part of a glob. */
const BLOCK_COMMENT: Comment = { open: /(?:^|[;{}])[ \t]*\/\*/gm, close: '*/' };

const LANGUAGES: readonly Language[] = [
  {
    files: /\.[cm]?[jt]sx?$/,
    comments: [BLOCK_COMMENT],
    cases: [
      /^[ \t]*(?:(?:await|void|return)[ \t]+)?(?:it|test|specify|Deno\.test|[a-z]\.test)(?:\.(?!skip|todo|only|fixme|fails|failing)[a-zA-Z]+)*[ \t]*[(`]([^\n]*)/gm,
    ],
    skip: /\b(?:t|this|ctx|context)\.(?:skip|todo|fixme)\(|\b(?:test|it)\.(?:skip|fixme)\((?!\s*['"`])|\bpending\(|\b(?:skip|todo)['"]?[ \t]*:(?![ \t]*false\b)|^[ \t]*(?:it|test|specify)\([^\n]{0,200}['"`],[ \t]*\{[^\n})]{0,200}\b(?:skip|todo)[ \t]*[,}]/gm,
    wide: /\b(?:skip|todo|only)(?:[ \t]+as\b|[ \t]*:)[ \t]*(?:it|test|specify|describe|suite|context)\b|\b(?:it|test|specify|describe|suite|context)[ \t]*=[ \t]*(?:\w{1,60}\.){0,3}(?:skip|todo|only)\b|\b(?:describe|suite|context)(?:\.[a-zA-Z]+)*\.(?:skip|todo|only)\b|\b(?:it|test|specify|Deno\.test)(?:\.[a-zA-Z]+)*\.only\b|\b(?:xdescribe|xcontext|fdescribe|fcontext|fit|ftest)\(|\bonly['"]?[ \t]*:(?![ \t]*false\b)|@ts-nocheck/g,
  },
  {
    files: /\.py$/,
    comments: [
      { open: /^[ \t]*"""/gm, close: '"""' },
      { open: /^[ \t]*'''/gm, close: "'''" },
    ],
    cases: [/^[ \t]*(?:async[ \t]+)?def[ \t]+(test\w*)/gm],
    skip: /@(?:pytest\.mark\.|unittest\.|mark\.)?(?:skip|skipIf|skipUnless|skipif|xfail|expectedFailure)\b|\b(?:pytest\.(?:skip|xfail|importorskip)|self\.skipTest|SkipTest)\(|^del[ \t]+(?:\w{1,100}\.){0,3}(?:test_|Test)\w+/gm,
    wide: /\bpytestmark\b|\b__test__\b|\bcollect_ignore\w*|@(?:pytest\.mark\.|unittest\.|mark\.)?(?:skip|skipIf|skipUnless|skipif|xfail)\b[^\n]*\n(?:[ \t]*@[^\n]*\n){0,20}[ \t]*class\b/g,
  },
  {
    files: /\.go$/,
    comments: [BLOCK_COMMENT],
    cases: [/^func[ \t]+((?:Test|Fuzz|Example)\w*)[ \t]*\(/gm, /^[ \t]*\w+\.Run\(([^\n]*)/gm],
    skip: /\b[a-z]\w*\.Skip(?:Now|f)?\(/g,
    wide: /^\/\/[ \t]*(?:go:build|\+build)\b/gm,
  },
  {
    files: /\.rs$/,
    comments: [BLOCK_COMMENT],
    cases: [
      /^[ \t]*#\[(?:\w+::)*(?:test|rstest)\b[^\n]*\n(?:[ \t]*(?:#\[[^\n]*|\/\/[^\n]*)?\n){0,20}[ \t]*(?:pub[ \t]+)?(?:async[ \t]+)?fn[ \t]+(\w+)/gm,
    ],
    skip: /#\[(?:ignore|should_panic|cfg_attr)\b/g,
    wide: /#!?\[cfg\((?!test\))/g,
  },
  {
    files: /\.(?:java|kt|kts|scala|groovy|cs|swift|php)$/,
    comments: [BLOCK_COMMENT],
    cases: [
      /^[ \t]*(?:@|\[)(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest|TestFactory|Fact|Theory|TestMethod|TestCase)\b[^\n]*\n(?:[ \t]*(?:[@[][^\n]*|\/\/[^\n]*)?\n){0,20}[ \t]*([^\n]*)/gm,
      /^[ \t]*(?:(?:public|static|final|func)[ \t]+)*(?:function|func)[ \t]+(test\w*)/gm,
    ],
    skip: /[@[](?:\w+\.)*(?:Disabled|Ignore|Ignored|Skip)\b|@(?:\w+\.)*(?:Disabled|Enabled)(?:If|On|For|In|Until)\w*|@(?:\w+\.)*Test\b[^\n]{0,200}\benabled[ \t]*=[ \t]*false\b|\b(?:markTestSkipped|assumeTrue|assumeFalse|XCTSkip)\w*\(|\bSkip[ \t]*=/g,
    wide: /(?:[@[](?:\w+\.)*(?:Disabled|Ignore|Ignored)\b|@(?:\w+\.)*(?:(?:Disabled|Enabled)(?:If|On|For|In|Until)\w*|Test\b[^\n]{0,200}\benabled[ \t]*=[ \t]*false\b))[^\n]*\n(?:[ \t]*[@[][^\n]*\n){0,20}[^\n]*\bclass\b/g,
  },
  {
    files: /\.rb$/,
    comments: [{ open: /^=begin/gm, close: '\n=end' }],
    cases: [/^[ \t]*(?:it|specify|example|scenario|test)[ \t(]+(['"][^\n]*)/gm, /^[ \t]*def[ \t]+(test_\w*)/gm],
    skip: /^[ \t]*(?:skip|pending)\b|\b(?:skip|pending):|^[ \t]*(?:it|specify|example|scenario|test)[ \t(]+['"][^\n{]{0,300},[ \t]*:(?:skip|pending)\b/gm,
    wide: /^[ \t]*(?:RSpec\.)?(?:describe|context|feature)[ \t(]+['"A-Z][^\n{]{0,300},[ \t]*:(?:skip|pending)\b|^[ \t]*(?:xdescribe|xcontext|fdescribe|fcontext|fit|fspecify)\b|\bfocus:|:focus\b/gm,
  },
];

/** Larger files are not read for tests; the cap on bytes is what holds them. */
const MAX_CHARS = 2_000_000;

/** Whether a file of this name is read for tests. */
export function mayHoldTests(path: string): boolean {
  return languageOf(path) !== undefined;
}

function languageOf(path: string): Language | undefined {
  // Rust keeps tests beside the code.
  if (!isTestFile(path) && !path.endsWith('.rs')) return undefined;
  return LANGUAGES.find(({ files }) => files.test(path));
}

interface Cases {
  /** Names of cases that run, repeated ones numbered. */
  readonly running: ReadonlySet<string>;
  readonly skips: number;
  readonly wide: number;
}

/**
 * Test cases that ran before and do not any more, by path: removed, renamed, skipped, or put in the shadow of a focused one. A
 * group that is skipped or focused counts as every case of its file; a case that moved to another changed file does not count.
 */
export function findLostTests(files: readonly ComparedFile[]): ReadonlyMap<string, readonly string[]> {
  const compared = files.map(({ path, before, after }) => ({ path, ...compare(path, before, after) }));
  const arrived = new Map<string, number>();
  for (const name of compared.flatMap((file) => file.gained)) arrived.set(name, (arrived.get(name) ?? 0) + 1);
  return new Map(
    compared.map(({ path, gone, skipped }) => [path, [...gone.filter((name) => !take(arrived, name)), ...skipped]]),
  );
}

function take(arrived: Map<string, number>, name: string): boolean {
  const left = arrived.get(bare(name)) ?? 0;
  if (left > 0) arrived.set(bare(name), left - 1);
  return left > 0;
}

function compare(path: string, before: string | undefined, after: string | undefined) {
  const was = read(path, before);
  const is = read(path, after);
  if (is.wide > was.wide) return { gone: [], skipped: [...was.running], gained: [] };
  const gone = [...was.running].filter((name) => !is.running.has(name));
  const more = Math.max(0, is.skips - was.skips);
  const skipped = Array.from({ length: more }, (_, index) => `skip mark ${was.skips + index + 1}`);
  const gained = [...is.running].filter((name) => !was.running.has(name)).map(bare);
  return { gone, skipped, gained };
}

const none: Cases = { running: new Set(), skips: 0, wide: 0 };

function read(path: string, content: string | undefined): Cases {
  const language = languageOf(path);
  if (language === undefined || content === undefined || content.length > MAX_CHARS) return none;
  const code = language.comments.reduce(without, content);
  const seen = new Map<string, number>();
  const running = new Set<string>();
  for (const match of language.cases.flatMap((pattern) => [...code.matchAll(pattern)])) {
    const name = toName(match[1] ?? '');
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    running.add(count === 1 ? name : `${name} #${count}`);
  }
  return { running, skips: count(code, language.skip), wide: count(code, language.wide) };
}

/** One walk through the text, whatever stands in it. */
function without(text: string, { open, close }: Comment): string {
  let kept = '';
  let from = 0;
  for (const { index, 0: mark } of text.matchAll(open)) {
    if (index < from) continue;
    kept += text.slice(from, index);
    const end = text.indexOf(close, index + mark.length);
    from = end < 0 ? text.length : end + close.length;
  }
  return kept + text.slice(from);
}

/** The title alone where one stands in quotes: what follows it may change. */
function toName(rest: string): string {
  const title = /^\s*(['"`])((?:[^\\\n]|\\.)*?)\1/.exec(rest)?.[2];
  return (title ?? rest).trim().slice(0, 200);
}

function bare(name: string): string {
  return name.replace(/ #\d+$/, '');
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

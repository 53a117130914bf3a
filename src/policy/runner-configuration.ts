import { findBuiltIn } from '#policy/built-in-rule.ts';
import type { ChangedText } from '#policy/risk-paths.ts';
import { runnerRule, shadowingRule } from '#policy/runner-paths.ts';

/** Runners whose files are told from others by their whole name, beside those that `runner-paths` names. */
const WHOLE_FILES =
  /(?:^|\/)(?:(?:vitest|jest|playwright|cypress|karma|ava|wtr|web-test-runner)\.(?:config|conf|workspace)\.[a-z]+|\.?codecov\.ya?ml)$/i;

function isAboutRunners(path: string): boolean {
  return WHOLE_FILES.test(path) || findBuiltIn([runnerRule, shadowingRule], path) !== undefined;
}

/** The parts of other files that are about it: what changes there is named. */
interface Part {
  readonly files: RegExp;
  /** Named parts of the text; equal maps mean that nothing about tests was changed. */
  readonly read: (text: string) => ReadonlyMap<string, string>;
}

const PARTS: readonly Part[] = [
  { files: /(?:^|\/)package\.json$/, read: ofPackage },
  {
    files: /(?:^|\/)pyproject\.toml$/,
    read: sections(/^\[+(?:tool\.(?:pytest|coverage|tox)\b[^\]]*|[^\]]*\btests?\b[^\]]*)\]+/),
  },
  { files: /(?:^|\/)setup\.cfg$/, read: sections(/^\[(?:tool:pytest|coverage:[^\]]*|aliases)\]/) },
  { files: /(?:^|\/)bunfig\.toml$/, read: sections(/^\[test[^\]]*\]/) },
  { files: /(?:^|\/)Cargo\.toml$/, read: ofCargo },
  { files: /(?:^|\/)vite\.config\.[a-z]+$/, read: ofVite },
  {
    files: /(?:^|\/)(?:GNU)?[Mm]akefile(?:\.[^/]*)?$|\.(?:mk|mak|make|just)$|(?:^|\/)\.?[Jj]ustfile$/,
    read: ofMakefile,
  },
  {
    files: /\.gradle(?:\.kts)?$/,
    read: blocks(/\b(?:test|tasks\.test|withType[(<]Test\b[^{\n]*|jacoco\w*)\b[^{\n]*\{/g),
  },
  { files: /(?:^|\/)pom\.xml$/, read: ofPom },
];

/** Whether a file can say which tests run, how, and what they must reach. */
export function configuresTests(path: string): boolean {
  return isAboutRunners(path) || PARTS.some(({ files }) => files.test(path));
}

/** What a change configures otherwise about the tests, in words; empty when it leaves them alone. */
export function configurationChanges({ path, before, after }: ChangedText): readonly string[] {
  if (before === after) return [];
  if (isAboutRunners(path)) return [`${path}: runner`];
  const part = PARTS.find(({ files }) => files.test(path));
  // A new file of this kind belongs to a new part of the repository, whose tests are new as well.
  if (part === undefined || before === undefined) return [];
  const [was, is] = [partsOf(before, part), partsOf(after ?? '', part)];
  const names = new Set([...was.keys(), ...is.keys()]);
  return [...names].filter((name) => was.get(name) !== is.get(name)).map((name) => `${path}: ${name}`);
}

/** Longer texts are not read for parts: the whole counts as one. */
const MAX_CHARS = 500_000;

function partsOf(text: string, part: Part): ReadonlyMap<string, string> {
  return text.length > MAX_CHARS ? new Map([['too long to be read', text]]) : part.read(text);
}

function isTestScript(name: string): boolean {
  return /(?:^|[:_-])(?:pre|post)?(?:tests?|coverage|ci|check|verify)(?:$|[:_-])/.test(name);
}

const PACKAGE_KEYS = ['jest', 'mocha', 'ava', 'nyc', 'c8', 'vitest', 'tap', 'karma'];

/** Scripts that a test run may start, and the settings of runners. */
function ofPackage(text: string): ReadonlyMap<string, string> {
  const manifest = toObject(text);
  if (manifest === undefined) return new Map([['unreadable', text.trim()]]);
  const scripts = Object.entries(toRecord(manifest['scripts'])).filter(([name]) => isTestScript(name));
  return new Map([
    ...scripts.map(([name, script]) => [`scripts.${name}`, JSON.stringify(script)] as const),
    ...PACKAGE_KEYS.map((key) => [key, JSON.stringify(manifest[key])] as const),
  ]);
}

function toObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function append(found: Map<string, string>, name: string, text: string): void {
  found.set(name, `${found.get(name) ?? ''}${text}`);
}

/** Sections of TOML and INI files whose header fits, without comments and blank lines. */
function sections(header: RegExp): Part['read'] {
  return (text) => {
    const found = new Map<string, string>();
    let open: string | undefined;
    for (const line of text.split('\n').map((each) => each.trim())) {
      if (/^\[[^\]]+\]+\s*(?:[#;].*)?$/.test(line)) open = header.test(line) ? line : undefined;
      else if (open !== undefined && line !== '' && !/^[#;]/.test(line)) append(found, open, `${line}\n`);
      const dotted = /^(tool\.(?:pytest|coverage|tox)\b[^=]*)=/.exec(line)?.[1];
      if (dotted !== undefined) found.set(dotted.trimEnd(), line);
    }
    return found;
  };
}

/** Test targets, and the switches that take tests out of a build. */
function ofCargo(text: string): ReadonlyMap<string, string> {
  const switches = text.matchAll(/^[ \t]*(?:test|doctest|autotests|harness)[ \t]*=.*/gm);
  return new Map([...sections(/^\[\[test\]\]/)(text), toPart('test switches', [...switches].flat())]);
}

/** The `test` part; a file that speaks of vitest in another form is taken as a whole. */
function ofVite(text: string): ReadonlyMap<string, string> {
  const found = blocks(/\btest\s*:\s*\{/g)(text);
  return found.size > 0 || !/\bvitest\b|\btest\b/.test(text) ? found : new Map([['test', text.trim()]]);
}

/** Recipes of test targets, and variables by which they are steered. */
function ofMakefile(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const target = /^@?([\w./ -]{1,200}?)(?: \w+=[\w=.'" ]*)?:(?!=)/.exec(line)?.[1];
    if (target !== undefined) open = target.split(' ').some(isTestScript) ? target.trim() : undefined;
    else if (/^\S/.test(line) && !line.startsWith('#')) open = undefined;
    const said = line.trim();
    if (open !== undefined && said !== '' && !said.startsWith('#')) append(found, `target ${open}`, `${said}\n`);
    const variable = /^(?:export\s+)?(\w+)\s*[:?+]*=/.exec(said)?.[1];
    if (variable !== undefined && /TEST|COV/i.test(variable)) found.set(`variable ${variable}`, said);
  }
  return found;
}

/** Switches that skip tests or forgive their failures, and the settings of the plugins that run them. */
function ofPom(text: string): ReadonlyMap<string, string> {
  const switches = text.matchAll(
    /<(?:skipTests|skipITs|maven\.test\.skip|maven\.test\.failure\.ignore|testFailureIgnore)>[^<]*</g,
  );
  const plugins = text
    .split('<plugin>')
    .filter((each) => /<artifactId>(?:maven-(?:surefire|failsafe)|jacoco)/.test(each));
  const settings = plugins.map((each) => each.replace(/<\/plugin>[^]*/, '').replace(/\s+/g, ' '));
  return new Map([toPart('test switches', [...switches].flat()), toPart('test plugins', settings)]);
}

function toPart(name: string, texts: readonly string[]): readonly [string, string] {
  return [name, texts.map((each) => each.trim()).join('\n')];
}

/** Blocks in braces that begin where `start` matches; its last character is the brace. A block inside of another is a part of that one. */
function blocks(start: RegExp): Part['read'] {
  return (text) => {
    const found = new Map<string, string>();
    let end = 0;
    for (const match of text.matchAll(start)) {
      if (match.index < end) continue;
      const from = match.index + match[0].length;
      end = endOfBlock(text, from);
      const name = match[0]
        .replace(/[:{][^]*/, '')
        .trimEnd()
        .slice(0, 60);
      append(found, name, text.slice(from, end).replace(COMMENTS_AND_SPACE, ''));
    }
    return found;
  };
}

const COMMENTS_AND_SPACE = /(?:^|\s)\/\/[^\n]*|\s/g;

/** Where the brace that closes a block stands; braces inside strings are rare and only make it longer. */
function endOfBlock(text: string, from: number): number {
  let depth = 1;
  for (const { 0: brace, index } of text.slice(from).matchAll(/[{}]/g)) {
    depth += brace === '{' ? 1 : -1;
    if (depth === 0) return from + index;
  }
  return text.length;
}

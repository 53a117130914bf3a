import path from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import { architectFragment, isArchitect, telemetryNotes } from '#policy/architect-fragment.ts';
import type { PricesFile } from '#policy/architect-schema.ts';
import { contentProblems, exceptionProblems } from '#policy/content-problems.ts';
import type { FileEntry } from '#policy/file-rules.ts';
import { toFileRule } from '#policy/file-rules.ts';
import type { FileProblem, Place as PlaceInFile } from '#policy/problems.ts';
import { toLine } from '#policy/problems.ts';
import { readYaml } from '#policy/read-yaml.ts';
import { isRelated, readRoughly, restored } from '#policy/rough.ts';
import type { RuleExample } from '#policy/rule-examples.ts';
import { ruleExamplesIn } from '#policy/rule-examples.ts';
import { PolicyFragment } from '#policy/schema.ts';
import type { Fragment } from '#policy/tighten.ts';
import { tightenFragment } from '#policy/tighten.ts';
import { completed } from '#policy/whole-policy.ts';

/** Gives the text of a file that a policy extends; throws when it cannot be read. */
export type ReadExtended = (file: string) => string;

/** A policy file together with everything it extends, as far as it can be read. */
export interface Layers {
  readonly content: Fragment;
  /** The files it was made of, the outermost last. */
  readonly origins: readonly string[];
  readonly notes: readonly string[];
  readonly pricesFiles?: readonly PricesFile[];
  /** What the rules of all files say about themselves. */
  readonly ruleExamples: readonly RuleExample[];
  /** What is wrong with each of the files. */
  readonly problems: readonly FileProblem[];
  /** Places where some file says something that is left out. */
  readonly leftOut: readonly PlaceInFile[];
  /** Places where something is missing that a misspelled key was probably meant to say. */
  readonly meant: readonly PlaceInFile[];
  /** The outermost file alone, without what is left out of it. */
  readonly own: { readonly content: Fragment; readonly leftOut: readonly PlaceInFile[] };
}

/** Files between a policy and what it extends at last. */
const MAX_DEPTH = 5;

interface Place {
  readonly origin: string;
  readonly read: ReadExtended | undefined;
  /** The files that led here, the outermost first. */
  readonly trail: readonly string[];
}

/** Puts a file on top of what it extends. It may only tighten: whatever would loosen is a problem, with both values. */
export function readLayers(text: string, origin: string, read: ReadExtended | undefined): Layers {
  return layersOf(text, { origin, read, trail: [] });
}

function layersOf(text: string, place: Place): Layers {
  const { origin } = place;
  const yaml = readYaml(text, '1.2');
  if (yaml.problems.length > 0) return unreadable(origin, yaml.problems);
  const file = readOwn(yaml.value ?? {}, origin);
  const below = file.extended.map((each) => readLayer(each, place));
  const [first, ...others] = below;
  return first ? onTopOf(others.reduce(beside, first), file, origin) : file;
}

/** One file, and what it says that it extends. */
function readOwn(value: unknown, origin: string): Layers & { readonly extended: readonly string[] } {
  const check = (data: Parameters<typeof contentProblems>[0]) => [...contentProblems(data), ...exceptionProblems(data)];
  const file = readRoughly(value, { schema: PolicyFragment, assumed: { version: 1 }, check });
  const { extends: extended = [] } = file.data;
  const { extends: _extends, ...said } = file.written;
  const content = { ...said, ...listsOf(file.written, file.data) };
  return {
    content,
    extended,
    origins: [origin],
    notes: [],
    problems: file.problems.map((problem) => ({ origin, line: toLine(problem) })),
    ruleExamples: ruleExamplesIn(file.written, origin).map((each) => ({
      ...each,
      at: restored(each.at, file.leftOut),
    })),
    leftOut: file.leftOut,
    meant: file.problems.flatMap(({ meant }) => (meant ? [meant] : [])),
    own: { content, leftOut: file.leftOut },
  };
}

function onTopOf(base: Layers, file: Layers, origin: string): Layers {
  // What a file below must allow, this one may refuse.
  const top = { examples: {}, ...file.content };
  const { content, looser } = tightenFragment(completed(base), top);
  const unsure = [...base.leftOut, ...base.meant];
  const below = `in ${base.origins.join(' or ')}, which it extends`;
  const placed = looser.map(({ at, what }) => ({ at: restored(at, file.leftOut), what: `${what} ${below}` }));
  const lines = placed
    .filter(({ at }) => !isRelated(keysOf(at), unsure.map(keysOf)))
    .map((problem) => ({ origin, line: toLine(problem) }));
  // What would loosen is no rule of the whole.
  const refused = placed.map(({ at }) => at);
  const ruleExamples = file.ruleExamples.filter(({ at }) => !isRelated(at, refused));
  return {
    ...joined(base, { ...file, ruleExamples }),
    content,
    problems: [...file.problems, ...lines, ...base.problems],
  };
}

/** The keys that lead to a value or to a list, whose entries stand elsewhere in another file. */
function keysOf(at: PlaceInFile): PlaceInFile {
  const entry = at.findIndex((part) => typeof part === 'number');
  return entry < 0 ? at : at.slice(0, entry);
}

function readLayer(file: string, { origin, read, trail }: Place): Layers {
  const found = path.resolve(path.dirname(origin), file);
  const chain = [...trail, path.resolve(origin)];
  if (chain.includes(found)) return unreadable(origin, [`extends: ${file} extends this file in turn`]);
  if (chain.length > MAX_DEPTH) return unreadable(origin, [`extends: more than ${MAX_DEPTH} files deep`]);
  if (!read) return unreadable(origin, ['extends: files cannot be followed from here']);
  let text: string;
  try {
    text = read(found);
  } catch (error) {
    // There may be nothing to correct but the name.
    return unreadable(
      origin,
      problemsOf(error).map((line) => `extends: ${found}: ${line}`),
    );
  }
  try {
    return isArchitect(text) ? architectLayer(text, found) : layersOf(text, { origin: found, read, trail: chain });
  } catch (error) {
    return unreadable(found, problemsOf(error));
  }
}

function problemsOf(error: unknown): readonly string[] {
  if (!(error instanceof FixgateError)) throw error;
  const { problems } = error.evidence;
  return Array.isArray(problems) ? problems.map(String) : [error.message];
}

function architectLayer(text: string, origin: string): Layers {
  const fragment = architectFragment(text, origin);
  const { content, notes, pricesFiles } = fragment;
  const file = { content, origins: [origin], own: { content, leftOut: [] } };
  const nothing = { problems: [], ruleExamples: [], leftOut: [], meant: [] };
  return { ...file, ...nothing, notes: [...notes, ...telemetryNotes(fragment)], pricesFiles };
}

/** A file of which nothing is known but what is wrong with it. */
function unreadable(origin: string, lines: readonly string[]): Layers {
  const problems = lines.map((line) => ({ origin, line }));
  const everything: readonly PlaceInFile[] = [[]];
  const nothing = { content: {}, leftOut: everything };
  return { ...nothing, origins: [origin], notes: [], problems, ruleExamples: [], meant: [], own: nothing };
}

/** Of two files that are extended together the stricter value holds; an `allow` holds when both that speak of files say it. */
function beside(one: Layers, other: Layers): Layers {
  const { content } = tightenFragment(completed(one), completed(other));
  const files = other.content['protected_files'] as readonly FileEntry[] | undefined;
  const agreed = ((content['protected_files'] ?? []) as readonly FileEntry[]).filter(
    (entry) => !isAllow(entry) || !files || files.some((each) => isAllow(each) && globOf(each) === globOf(entry)),
  );
  return {
    ...joined(one, other),
    content: { ...content, ...(content['protected_files'] !== undefined && { protected_files: agreed }) },
  };
}

/** What is known of two files but what they say together. */
function joined(one: Layers, other: Layers): Omit<Layers, 'content'> {
  return {
    origins: [...one.origins, ...other.origins.filter((origin) => !one.origins.includes(origin))],
    notes: [...one.notes, ...other.notes],
    pricesFiles: [...(one.pricesFiles ?? []), ...(other.pricesFiles ?? [])],
    ruleExamples: [...one.ruleExamples, ...other.ruleExamples.filter(({ origin }) => !one.origins.includes(origin))],
    problems: [...one.problems, ...other.problems],
    leftOut: [...one.leftOut, ...other.leftOut],
    meant: [...one.meant, ...other.meant],
    own: other.own,
  };
}

const LISTS = [
  'protected_files',
  'sensitive_files',
  'blocked_commands',
  'quality_gates',
  'code_rules',
  'hooks',
] as const;

/** Entries with their defaults filled in and without their examples, so that the same entry written twice is one. */
function listsOf(written: Fragment, parsed: Fragment): Fragment {
  const lists = LISTS.filter((key) => written[key] !== undefined);
  return Object.fromEntries(lists.map((key) => [key, parsed[key]]));
}

function isAllow(entry: FileEntry): boolean {
  return toFileRule(entry).effect === 'allow';
}

function globOf(entry: FileEntry): string {
  return toFileRule(entry).glob;
}

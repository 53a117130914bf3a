import path from 'node:path';

import { issueWords } from '#domain/issue-words.ts';
import { architectFragment, isArchitect, telemetryNotes } from '#policy/architect-fragment.ts';
import type { PricesFile } from '#policy/architect-schema.ts';
import type { FileEntry } from '#policy/file-rules.ts';
import { toFileRule } from '#policy/file-rules.ts';
import { describeIssues, misconfigured } from '#policy/problems.ts';
import { readYaml } from '#policy/read-yaml.ts';
import { PolicyFile, PolicyFragment } from '#policy/schema.ts';
import type { Fragment } from '#policy/tighten.ts';
import { tightenFragment } from '#policy/tighten.ts';

/** Gives the text of a file that a policy extends; throws when it cannot be read. */
export type ReadExtended = (file: string) => string;

/** A policy file together with everything it extends. */
export interface Layers {
  readonly content: Fragment;
  /** The files it was made of, the outermost last. */
  readonly origins: readonly string[];
  readonly notes: readonly string[];
  readonly pricesFiles?: readonly PricesFile[];
}

/** Files between a policy and what it extends at last. */
const MAX_DEPTH = 5;

interface Place {
  readonly origin: string;
  readonly read: ReadExtended | undefined;
  /** The files that led here, the outermost first. */
  readonly trail: readonly string[];
}

/** Puts a file on top of what it extends. It may only tighten: whatever would loosen is refused, with both values. */
export function readLayers(text: string, origin: string, read: ReadExtended | undefined): Layers {
  const yaml = readYaml(text, '1.2');
  if (yaml.problems.length > 0) throw misconfigured(origin, yaml.problems);
  if (!isRecord(yaml.value) || yaml.value['extends'] === undefined)
    return { content: (yaml.value ?? {}) as Fragment, origins: [origin], notes: [] };
  return layersOf(yaml.value, { origin, read, trail: [] });
}

function layersOf(raw: Fragment, place: Place): Layers {
  const { origin } = place;
  const parsed = PolicyFragment.safeParse(raw, { error: issueWords });
  if (!parsed.success) throw misconfigured(origin, describeIssues(parsed.error, PolicyFragment), parsed.error);
  const { extends: _extends, ...said } = raw;
  const own = { ...said, ...listsOf(raw, parsed.data) };
  const below = (parsed.data.extends ?? []).map((file) => readLayer(file, place));
  const [first, ...others] = below;
  if (!first) return { content: own, origins: [origin], notes: [] };
  const base = others.reduce(beside, first);
  // What a file below must allow, this one may refuse.
  const top = { examples: {}, ...own };
  const { content, looser } = tightenFragment(completed(base.content), top);
  if (looser.length > 0) throw misconfigured(origin, looser);
  return { ...base, content, origins: [...base.origins, origin] };
}

function readLayer(file: string, { origin, read, trail }: Place): Layers {
  const found = path.resolve(path.dirname(origin), file);
  const chain = [...trail, path.resolve(origin)];
  if (chain.includes(found)) throw misconfigured(origin, [`extends: ${file} extends this file in turn`]);
  if (chain.length > MAX_DEPTH) throw misconfigured(origin, [`extends: more than ${MAX_DEPTH} files deep`]);
  if (!read) throw misconfigured(origin, ['extends: files cannot be followed from here']);
  const text = read(found);
  if (isArchitect(text)) {
    const fragment = architectFragment(text, found);
    const { content, notes, pricesFiles } = fragment;
    return { content, origins: [found], notes: [...notes, ...telemetryNotes(fragment)], pricesFiles };
  }
  const yaml = readYaml(text, '1.2');
  if (yaml.problems.length > 0) throw misconfigured(found, yaml.problems);
  return layersOf(isRecord(yaml.value) ? yaml.value : {}, { origin: found, read, trail: chain });
}

/** Of two files that are extended together the stricter value holds; an `allow` holds when both that speak of files say it. */
function beside(one: Layers, other: Layers): Layers {
  const { content } = tightenFragment(completed(one.content), completed(other.content));
  const files = other.content['protected_files'] as readonly FileEntry[] | undefined;
  const agreed = ((content['protected_files'] ?? []) as readonly FileEntry[]).filter(
    (entry) => !isAllow(entry) || !files || files.some((each) => isAllow(each) && globOf(each) === globOf(entry)),
  );
  return {
    content: { ...content, ...(content['protected_files'] !== undefined && { protected_files: agreed }) },
    origins: [...one.origins, ...other.origins.filter((origin) => !one.origins.includes(origin))],
    notes: [...one.notes, ...other.notes],
    pricesFiles: [...(one.pricesFiles ?? []), ...(other.pricesFiles ?? [])],
  };
}

/** Entries with their defaults filled in, so that the same entry written twice is one. */
function listsOf(raw: Fragment, parsed: Fragment): Fragment {
  const lists = ['quality_gates', 'code_rules', 'hooks'].filter((key) => raw[key] !== undefined);
  return Object.fromEntries(lists.map((key) => [key, parsed[key]]));
}

/** The defaults of a file that is a whole policy say something, too. */
function completed(content: Fragment): Fragment {
  const parsed = PolicyFile.safeParse(content, { error: issueWords });
  return parsed.success ? parsed.data : content;
}

function isAllow(entry: FileEntry): boolean {
  return toFileRule(entry).effect === 'allow';
}

function globOf(entry: FileEntry): string {
  return toFileRule(entry).glob;
}

function isRecord(value: unknown): value is Fragment {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

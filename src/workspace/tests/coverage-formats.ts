import { posix } from 'node:path';

import { z } from 'zod';

import { attribute, children, parseXml, textOf, type Element } from './reports/xml.ts';

/** How often each line ran that can, by repository path. */
export type LineHits = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Folders that a report may name its files from; each is tried for each of its classes. */
const MAX_SOURCES = 100;

/** Where the paths of a report begin. */
export interface CoverageContext {
  /** Absolute folder of the tree. */
  readonly root: string;
  /** The suite's folder below it. */
  readonly cwd: string;
}

/** Reads lcov, istanbul's JSON and Cobertura's XML; undefined for a report that is broken or of another kind. Untrusted. */
export function parseCoverage(path: string, text: string, context: CoverageContext): LineHits | undefined {
  try {
    if (path.endsWith('.info')) return parseLcov(text, context);
    if (path.endsWith('.json')) return parseIstanbul(text, context);
    return parseCobertura(text, context);
  } catch {
    return undefined;
  }
}

type Hits = Map<string, Map<number, number>>;

/** A line with several statements ran when one of them did. */
function hit(hits: Hits, file: string, { line, count }: { readonly line: number; readonly count: number }): void {
  const lines = hits.get(file) ?? new Map<number, number>();
  hits.set(file, lines);
  if (Number.isInteger(line) && line > 0) lines.set(line, Math.max(lines.get(line) ?? 0, count));
}

function parseLcov(text: string, context: CoverageContext): LineHits {
  const hits: Hits = new Map();
  let file: string | undefined;
  for (const row of text.split('\n')) {
    if (row.startsWith('SF:')) file = toPath(row.slice(3).trim(), context);
    const [, line, count] = /^DA:(\d{1,7}),(\d{1,15})/.exec(row) ?? [];
    if (file !== undefined && line !== undefined) hit(hits, file, { line: Number(line), count: Number(count) });
  }
  return hits;
}

const Istanbul = z.record(
  z.string(),
  z.object({
    path: z.string().optional(),
    statementMap: z.record(z.string(), z.object({ start: z.object({ line: z.number() }) })),
    s: z.record(z.string(), z.number()),
  }),
);

function parseIstanbul(text: string, context: CoverageContext): LineHits {
  const hits: Hits = new Map();
  for (const [name, { path, statementMap, s }] of Object.entries(Istanbul.parse(JSON.parse(text)))) {
    const file = toPath(path ?? name, context);
    if (file === undefined) continue;
    for (const [id, { start }] of Object.entries(statementMap))
      hit(hits, file, { line: start.line, count: s[id] ?? 0 });
  }
  return hits;
}

function parseCobertura(text: string, context: CoverageContext): LineHits {
  const [root] = children(parseXml(withoutDoctype(text)), 'coverage');
  if (root === undefined) throw new Error('no coverage');
  const hits: Hits = new Map();
  const sources = below(root, ['sources', 'source'])
    .slice(0, MAX_SOURCES)
    .map((source) => textOf(source).trim());
  for (const each of below(root, ['packages', 'package', 'classes', 'class'])) {
    const name = attribute(each, 'filename') ?? '';
    const spelled = [...sources.map((source) => posix.join(source, name)), name];
    const file = spelled.map((path) => toPath(path, context)).find((path) => path !== undefined);
    if (file === undefined) continue;
    for (const line of below(each, ['lines', 'line'])) {
      hit(hits, file, { line: Number(attribute(line, 'number')), count: Number(attribute(line, 'hits')) || 0 });
    }
  }
  return hits;
}

/** Cobertura names its document type by an address, which nobody looks up; one that declares anything stays, and is refused. */
function withoutDoctype(text: string): string {
  return text.replace(/<!DOCTYPE coverage SYSTEM ["'][^"'<>]{1,200}["']>/i, '');
}

function below(element: Element, names: readonly string[]): readonly Element[] {
  return names.reduce<readonly Element[]>((found, name) => found.flatMap((each) => children(each, name)), [element]);
}

/** A path below the root; undefined outside it. */
function toPath(spelled: string, { root, cwd }: CoverageContext): string | undefined {
  const absolute = posix.isAbsolute(spelled) ? posix.normalize(spelled) : posix.join(root, cwd, spelled);
  return absolute.startsWith(`${root}/`) ? absolute.slice(root.length + 1) : undefined;
}

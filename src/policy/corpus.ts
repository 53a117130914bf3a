import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import { issueWords } from '#domain/issue-words.ts';
import { nearest } from '#domain/nearest.ts';

const effect = z.enum(['allow', 'require_approval', 'deny']);
const texts = z.record(z.string(), z.string());

const CommandRow = z.looseObject({
  id: z.string(),
  kind: z.literal('command').optional(),
  command: z.string(),
  must: effect,
  /** Who has to stop it: the text proves it, the text cannot prove it harmless, or only its execution shows it. */
  layer: z.enum(['static', 'static-opaque', 'exec']).default('static'),
  technique: z.string().default(''),
  setup: z.object({ files: texts.optional() }).nullish(),
});

const RowSetup = z.object({
  content: texts.optional(),
  remove: z.array(z.string()).optional(),
  symlinks: texts.optional(),
  hardlinks: texts.optional(),
  fs: z.string().optional(),
});

const PathRow = z.looseObject({
  id: z.string(),
  kind: z.enum(['path', 'patch']),
  path_or_patch: z.string(),
  must: effect,
  technique: z.string().default(''),
  setup: RowSetup.nullish(),
  expect_files: z.int().min(0).optional(),
});

const WordRow = z.looseObject({ id: z.string(), area: z.string(), attack: z.string(), must: z.string() });

const SUBJECTS = ['command', 'path_or_patch', 'attack'];

/** What is looked at all the same in a row that asks nothing. */
const NoRow = z.looseObject({ id: z.string(), must: z.string() });

/** A command, and how it must be decided. */
export type CommandRow = z.infer<typeof CommandRow>;
/** A path or a patch, and how it must be decided. */
export type PathRow = z.infer<typeof PathRow>;
/** How the repository of a row differs from the common one. */
export type RowSetup = z.infer<typeof RowSetup>;

/** The rows of one corpus file, by what they ask. */
export interface Corpus {
  readonly commands: readonly CommandRow[];
  readonly paths: readonly PathRow[];
  /** Rows that describe an attack in words; no command can decide them. */
  readonly words: number;
}

/** Reads a corpus: a JSON list of rows; throws `invalid_input` with every row that is none. */
export function parseCorpus(text: string, origin: string): Corpus {
  const rows = parseList(text, origin);
  const commands: CommandRow[] = [];
  const paths: PathRow[] = [];
  const problems: string[] = [];
  let words = 0;
  for (const [index, row] of rows.entries()) {
    const isRow = typeof row === 'object' && row !== null;
    const kind = isRow ? kindOf(row) : 'none';
    const schema = { command: CommandRow, path: PathRow, word: WordRow, none: NoRow }[kind];
    const parsed = schema.safeParse(row, { error: issueWords });
    const wrong = [...(kind === 'none' ? [noSubject(row)] : []), ...(isRow ? linesOf(parsed.error) : [])];
    if (wrong.length > 0) problems.push(`[${index}]: ${wrong.join('; ')}`);
    else if (kind === 'command') commands.push(parsed.data as CommandRow);
    else if (kind === 'path') paths.push(parsed.data as PathRow);
    else words++;
  }
  if (problems.length > 0) throw unreadable(origin, problems);
  return { commands, paths, words };
}

function parseList(text: string, origin: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(origin, [error instanceof Error ? error.message : 'it is no JSON']);
  }
  if (!Array.isArray(value)) throw unreadable(origin, ['it is no list of rows']);
  return value;
}

function noSubject(row: unknown): string {
  const keys = Object.keys(Object(row));
  const [meant] = keys.flatMap((key) => {
    const subject = nearest(key.slice(0, 64), SUBJECTS);
    return subject === undefined ? [] : [`; did you mean ${subject} by ${JSON.stringify(key.slice(0, 64))}?`];
  });
  return `a row needs command, path_or_patch or attack${meant ?? ''}`;
}

function kindOf(row: object): 'command' | 'path' | 'word' | 'none' {
  if ('command' in row) return 'command';
  if ('path_or_patch' in row || 'kind' in row) return 'path';
  return 'attack' in row ? 'word' : 'none';
}

function linesOf(error: z.ZodError | undefined): readonly string[] {
  return (error?.issues ?? []).map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
}

function unreadable(origin: string, problems: readonly string[]): FixgateError {
  const lines = problems.slice(0, 50).map((line) => `- ${line}`);
  return new FixgateError('invalid_input', `The corpus ${origin} cannot be read:\n${lines.join('\n')}`, {
    fix: 'Name a JSON file with rows of commands, paths or patches.',
  });
}

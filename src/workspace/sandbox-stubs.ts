import { randomUUID } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { readFolder, toReal } from '#workspace/sandbox-folders.ts';
import type { CommandJudge } from '#workspace/sandbox-judge.ts';
import { nodeStub, scriptStub, shellStub, type StubFacts } from '#workspace/sandbox-scripts.ts';

/** A file of the operator's that is a program some of whose calls are blocked, under at least one name. */
export interface Copy {
  /** Absolute, links resolved. */
  readonly file: string;
  /** Paths that lead to it; a name can decide which program it is. */
  readonly names: readonly { readonly path: string; readonly program: string }[];
}

/** Stubs as files: where they lie, what they replace and what they need to see. */
export interface Stubs {
  /** Put first on PATH; holds a stub for each program that is not replaced in its place. */
  readonly folder: string;
  /** Stub files and the programs that they are mounted over. */
  readonly masks: readonly { readonly stub: string; readonly over: string }[];
  /** Programs that stubs execute, and where a sandbox shows them. */
  readonly kept: readonly { readonly real: string; readonly at: string }[];
}

/** How stubs are made. */
export interface StubRequest {
  readonly judge: CommandJudge;
  readonly copies: readonly Copy[];
  /** Where stubs are written, and where the command sees that folder. */
  readonly folder: string;
  readonly seenAt: string;
  readonly node: string;
  readonly client: string;
  /** Where a sandbox shows a copy, so that it is replaced there; absent without a mount namespace. */
  readonly placesOf?: ((copy: Copy) => readonly string[]) | undefined;
}

/** Bytes of a script that a stub is made of; package managers begin with a small file. */
const MAX_SCRIPT_BYTES = 4 * 1024 * 1024;

/** Finds every copy of the programs that the judge is concerned with, by any name, in the folders of PATH and beside what they lead to. */
export function findCopies(path: readonly string[], judge: CommandJudge): readonly Copy[] {
  const found = new Map<string, { path: string; program: string }[]>();
  const look = (folder: string) => {
    for (const name of readFolder(folder)) {
      const program = judge.concerns(name);
      if (program === undefined) continue;
      const file = toProgram(join(folder, name));
      if (file !== undefined) found.set(file, [...(found.get(file) ?? []), { path: join(folder, name), program }]);
    }
  };
  // /bin is /usr/bin on many systems, and large.
  const folders = new Set(path.map(toReal));
  folders.forEach(look);
  const beside = new Set([...found.keys()].map((file) => dirname(file)));
  beside.difference(folders).forEach(look);
  return [...found].map(([file, names]) => ({ file, names }));
}

/** Writes the stubs: over each copy where that is possible, else by each name. */
export async function writeStubs(request: StubRequest): Promise<Stubs> {
  const first = join(request.folder, 'bin');
  const hidden = join(request.folder, 'kept');
  await mkdir(first);
  await mkdir(hidden);
  const masks: { stub: string; over: string }[] = [];
  const kept: { real: string; at: string }[] = [];
  for (const [index, copy] of request.copies.entries()) {
    const places = request.placesOf?.(copy);
    // Threat: a link of the repository leads to a file of the operator's, which a stub before it would show.
    if (places?.length === 0) continue;
    // One file that is many programs by the name it is called by, such as busybox, cannot be replaced for the sake of one.
    const program = request.judge.concerns(basename(copy.file));
    if (places === undefined || program === undefined) await writeFirst(copy, first, request);
    else masks.push(...(await writeMask(copy.file, toFacts(program, request), { request, index, places, kept })));
  }
  // It can be passed through, not listed; the sandbox shows it read-only, so that this cannot be changed.
  await chmod(hidden, 0o111);
  return { folder: first, masks, kept };
}

function toFacts(program: string, { node, client, judge }: StubRequest): StubFacts {
  return { program, node, client, harmless: judge.harmlessFirst(program) };
}

async function writeFirst({ names }: Copy, folder: string, request: StubRequest): Promise<void> {
  for (const { path, program } of names) {
    const text = shellStub(toFacts(program, request), path);
    // The first of a name on PATH wins, as without stubs.
    await writeFile(join(folder, basename(path)), text, { mode: 0o755, flag: 'wx' }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

interface Written {
  readonly request: StubRequest;
  readonly index: number;
  readonly places: readonly string[];
  readonly kept: { real: string; at: string }[];
}

async function writeMask(
  file: string,
  facts: StubFacts,
  { request, index, places, kept }: Written,
): Promise<Stubs['masks']> {
  const stub = join(request.folder, `${index}-${basename(file)}`);
  const script = readScript(file);
  if (script && /^#!.*\bnode\b/.test(script)) {
    await writeFile(stub, nodeStub(facts, script, isModule(file)), { mode: 0o755 });
  } else if (script && /^#!.*\b(?:ba|da|k|z)?sh\b/.test(script) && findsItself.test(script)) {
    await writeFile(stub, scriptStub(facts, script), { mode: 0o755 });
  } else {
    // Who searches the sandbox for programs finds stubs alone.
    const below = join('kept', randomUUID());
    await mkdir(join(request.folder, below));
    await writeFile(join(request.folder, below, basename(file)), '');
    const at = join(request.seenAt, below, basename(file));
    kept.push({ real: file, at });
    await writeFile(stub, shellStub(facts, at), { mode: 0o755 });
  }
  return places.map((over) => ({ stub, over }));
}

/** Shell scripts that look for other files beside themselves; they must stay where they are. */
const findsItself = /\$\{?0\b|BASH_SOURCE|dirname|basename/;

/** The text of a script; undefined for a binary, and for one that may be executed but not read. */
function readScript(file: string): string | undefined {
  try {
    if (statSync(file).size > MAX_SCRIPT_BYTES) return undefined;
    const content = readFileSync(file);
    return content.toString('latin1', 0, 2) === '#!' ? content.toString('utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** As Node.js decides it: by extension, else by the nearest package.json. */
function isModule(file: string): boolean {
  if (/\.[cm]js$/.test(file)) return file.endsWith('.mjs');
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { type?: unknown };
      return manifest.type === 'module';
    } catch {
      // Not here, or no package file that Node.js would accept either.
    }
  }
  return false;
}

function toProgram(link: string): string | undefined {
  try {
    const file = realpathSync(link);
    const found = statSync(file);
    return found.isFile() && (found.mode & 0o111) !== 0 ? file : undefined;
  } catch {
    return undefined;
  }
}

import { posix } from 'node:path';

import type { CommandUse } from '#domain/action.ts';
import type { TestPlan } from '#domain/remediation.ts';

import { makeCommands } from './makefile.ts';
import { readPackage, scriptOf, type SourceTree } from './tree.ts';

/** How deep scripts that call scripts are followed. */
const MAX_DEPTH = 5;
/** Commands that one plan may list; a repository with more is listed so far. */
const MAX_COMMANDS = 200;

/** Lists every command that running a plan would execute, as far as it can be read off; rather too many than too few. */
export async function collectCommands(plan: TestPlan, tree: SourceTree): Promise<readonly CommandUse[]> {
  const found: CommandUse[] = startedBy(plan);
  const seen = new Set<string>();
  const queue: Sighting[] = found.map(({ command }) => ({
    text: [command].flat().map(quote).join(' '),
    folder: plan.cwd,
    depth: 0,
  }));
  for (let next = queue.shift(); next && found.length < MAX_COMMANDS; next = queue.shift()) {
    if (next.depth > MAX_DEPTH) continue;
    for (const each of await callees(next, tree)) {
      const key = `${each.origin}\0${each.command}`;
      if (seen.has(key)) continue;
      seen.add(key);
      found.push({ command: each.command, origin: each.origin });
      queue.push({ text: each.command, folder: each.folder, depth: next.depth + 1 });
    }
  }
  return found;
}

/** The commands that the suite's declaration itself names. */
function startedBy({ suite, argv, sandbox }: TestPlan): CommandUse[] {
  const services = (sandbox?.services ?? []).flatMap(({ name, argv, ready }) => {
    const origin = `suite ${suite}, service ${name}`;
    return [{ command: argv, origin }, ...('argv' in ready ? [{ command: ready.argv, origin }] : [])];
  });
  return [{ command: argv, origin: `suite ${suite}` }, ...services];
}

/** A text that runs as commands, and the folder in which it does. */
interface Sighting {
  readonly text: string;
  readonly folder: string;
  readonly depth: number;
}

interface Callee {
  readonly command: string;
  readonly origin: string;
  readonly folder: string;
}

async function callees(sighting: Sighting, tree: SourceTree): Promise<readonly Callee[]> {
  return [
    ...(await scriptFiles(sighting, tree)),
    ...(await packageScripts(sighting, tree)),
    ...(await makeCommands(sighting, tree)),
  ];
}

/** Every word that names a shell script of the tree counts, whatever stands before it: `bash x.sh`, `. ./x.sh`, `timeout 5 ./x.sh`. */
async function scriptFiles({ text, folder }: Sighting, tree: SourceTree): Promise<readonly Callee[]> {
  const found: Callee[] = [];
  for (const path of pathsIn(text, folder, tree)) {
    const content = (await tree.read(path)) ?? '';
    const shell =
      /^#!.*\b(?:ba|da|z|k)?sh\b/.test(content) || (/\.(?:ba|z)?sh$/.test(path) && !content.startsWith('#!'));
    // A file without extension and without first line is a shell's when it is executed.
    const bare =
      !content.startsWith('#!') && posix.extname(path) === '' && !/^(?:Makefile|\.|LICENSE)/.test(posix.basename(path));
    if (shell || bare) found.push({ command: content, origin: path, folder });
  }
  return found;
}

function pathsIn(text: string, folder: string, tree: SourceTree): ReadonlySet<string> {
  const words = text.split(/[\s;&|()<>`"'$={}]+/).filter((word) => word !== '' && word.length < 1_000);
  // Scripts may change folders first, so paths are tried from the root as well.
  const candidates = words.flatMap((word) => [posix.join(folder, word), posix.normalize(word)]);
  return new Set(candidates.filter((path) => tree.paths.has(path)));
}

const managerCall =
  /\b(?:npm|pnpm|yarn|bun|npm-run-all|npm-run-all2|run-s|run-p|node\s+--run|turbo|lerna|nx|concurrently)(?:\s|$)([^;&|\n"']*)/g;

/** Options by which a package manager, or `cd`, leaves the folder's own package. */
const elsewhere =
  /\bcd\s|--prefix|--workspaces?\b|--filter|--cwd|--dir\b|\s-(?:w|ws|C|r|F)\b|\b(?:turbo|lerna|nx|workspaces?)\b/;

async function packageScripts({ text, folder }: Sighting, tree: SourceTree): Promise<readonly Callee[]> {
  const named = [...text.matchAll(managerCall)].flatMap((match) => (match[1] ?? '').split(/\s+/)).filter(Boolean);
  // Quoted words are calls of their own: concurrently "npm:lint" "npm run unit".
  const inline = [...text.matchAll(/\bnpm:([\w:.*-]+)/g)].map((match) => match[1] ?? '');
  if (named.length === 0 && inline.length === 0) return [];
  const names = new Set([...named, ...inline].flatMap((name) => (isTestVerb(name) ? ['test'] : [name])));
  const found: Callee[] = [];
  for (const home of manifestFolders(text, folder, tree)) {
    const manifest = await readPackage(tree, home);
    const available = Object.keys(manifest?.scripts ?? {});
    const called = available.filter((script) => [...names].some((name) => matches(name, script)));
    for (const script of called.flatMap((name) => [`pre${name}`, name, `post${name}`])) {
      const command = scriptOf(manifest, script);
      const origin = `${posix.join(home, 'package.json')}#scripts.${script}`;
      if (command !== undefined) found.push({ command, origin, folder: home });
    }
  }
  return found;
}

function isTestVerb(word: string): boolean {
  return ['t', 'tst', 'it', 'install-test', 'cit', 'install-ci-test'].includes(word);
}

/** `lint:*` names every script that begins so. */
function matches(name: string, script: string): boolean {
  const star = name.indexOf('*');
  return star < 0 ? name === script : script.startsWith(name.slice(0, star));
}

/** Packages searched when a call leaves its own. */
const MAX_MANIFESTS = 50;

function manifestFolders(text: string, folder: string, tree: SourceTree): readonly string[] {
  if (elsewhere.test(text)) {
    const all = [...tree.paths].filter(
      (path) => posix.basename(path) === 'package.json' && !/node_modules\//.test(path),
    );
    return all.slice(0, MAX_MANIFESTS).map((path) => posix.dirname(path));
  }
  for (let home = posix.normalize(folder); ; home = posix.dirname(home)) {
    if (tree.paths.has(posix.join(home, 'package.json'))) return [home];
    if (home === '.' || home === '/') return [];
  }
}

function quote(word: string): string {
  return /^[\w@%+=:,./*-]+$/.test(word) ? word : `"${word}"`;
}

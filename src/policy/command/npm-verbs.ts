import { ownValue } from '#policy/own-value.ts';
import { foldPath } from '#policy/path-fold.ts';

const commands = (
  'access add audit bugs cache ci completion config dedupe deprecate diff dist-tag docs doctor edit exec explain explore find-dupes fund get help ' +
  'hook init install install-test link ll login logout ls org outdated owner pack ping pkg prefix profile prune publish query rebuild repo restart ' +
  'root run run-script sbom search set shrinkwrap star stars start stop team test token trust uninstall unpublish unstar update version view whoami'
).split(' ');

const aliases: Readonly<Record<string, string>> = {
  i: 'install',
  in: 'install',
  ins: 'install',
  inst: 'install',
  insta: 'install',
  instal: 'install',
  isnt: 'install',
  isnta: 'install',
  isntal: 'install',
  isntall: 'install',
  add: 'install',
  it: 'install-test',
  cit: 'install-ci-test',
  'clean-install': 'ci',
  'clean-install-test': 'install-ci-test',
  ic: 'ci',
  'install-clean': 'ci',
  'isntall-clean': 'ci',
  t: 'test',
  tst: 'test',
  un: 'uninstall',
  rm: 'uninstall',
  r: 'uninstall',
  remove: 'uninstall',
  unlink: 'uninstall',
  up: 'update',
  upgrade: 'update',
  udpate: 'update',
  'run-script': 'run',
  rum: 'run',
  urn: 'run',
  x: 'exec',
  c: 'config',
  s: 'search',
  se: 'search',
  find: 'search',
  v: 'view',
  info: 'view',
  show: 'view',
  list: 'ls',
  ln: 'link',
  rb: 'rebuild',
  ddp: 'dedupe',
  why: 'explain',
  author: 'owner',
  home: 'docs',
  issues: 'bugs',
  'dist-tags': 'dist-tag',
};
const known = [...new Set([...commands, ...Object.keys(aliases)])];

/** The command that npm runs for a word: aliases are followed, and so is an abbreviation that is unambiguous. */
export function npmVerb(word: string): string {
  const alias = ownValue(aliases, word);
  if (alias !== undefined) return alias;
  if (commands.includes(word)) return word;
  const meant = new Set(known.filter((each) => each.startsWith(word)).map((each) => aliases[each] ?? each));
  const [only] = meant;
  return meant.size === 1 && only !== undefined ? only : word;
}

/** True when npm would, or another version of it might, take the word for the verb. */
export function isNpmVerb(word: string, verb: string): boolean {
  const folded = foldPath(word);
  if (npmVerb(folded) === npmVerb(verb)) return true;
  return folded.length > 1 && !known.includes(folded) && verb.startsWith(folded);
}

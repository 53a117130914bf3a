import { toLiteralWords, toPlainCommand } from './script.ts';
import { scriptOf, type PackageJson } from './tree.ts';

/** How deep scripts that call scripts are followed. */
const MAX_DEPTH = 5;

/** Programs that look at the sources and make nothing that tests need; some want git's own folder or the network. */
const checkers = new Set(
  (
    'eslint oxlint tslint standard semistandard xo jshint jscs biome prettier eclint editorconfig-checker ls-lint markdownlint ' +
    'markdownlint-cli2 remark alex cspell evalmd attw publint template-oss-check npm-check depcheck knip dependency-check ' +
    'licensee license-checker lockfile-lint commitlint aud audit-ci ls-engines tsd dtslint arethetypeswrong'
  ).split(' '),
);

/** Whether a script of a package and all that it calls only look at the sources; what cannot be read off does more. */
export function onlyChecks(manifest: PackageJson, name: string, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  return [`pre${name}`, name, `post${name}`].every((each) => {
    const script = scriptOf(manifest, each);
    if (script === undefined) return each !== name;
    const commands = toLiteralWords(script);
    return commands.length > 0 && commands.every((words) => isCheck(manifest, words, depth));
  });
}

function isCheck(manifest: PackageJson, words: readonly string[], depth: number): boolean {
  const called = calledScript(words);
  if (called !== undefined) return onlyChecks(manifest, called, depth + 1);
  const [program = '', ...rest] = words;
  if (program === 'tsc') return rest.includes('--noEmit');
  if (program === 'npm') return rest[0] === 'audit' && !rest.includes('fix');
  if (program !== 'npx') return checkers.has(program);
  const plain = rest.filter((word) => !word.startsWith('-')).map((word) => word.replace(/(?<=.)@.*$/, ''));
  return isCheck(manifest, plain, depth);
}

/** The script that `npm run X` calls, without arguments of its own. */
export function calledScript([manager, verb, ...rest]: readonly string[]): string | undefined {
  if (manager !== 'npm' || (verb !== 'run' && verb !== 'run-script')) return undefined;
  const [name, ...more] = rest.filter((word) => word !== '--silent' && word !== '-s');
  return more.length === 0 ? name : undefined;
}

/** The script that holds the tests, where `test` only calls it; `hooks` are scripts around it that do more than look at the sources. */
export function testScript(manifest: PackageJson): { readonly name: string; readonly hooks: readonly string[] } {
  let name = 'test';
  const hooks: string[] = [];
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    const around = [`pre${name}`, `post${name}`].filter((each) => scriptOf(manifest, each) !== undefined);
    hooks.push(...around.filter((each) => !onlyChecks(manifest, each)));
    const called = calledScript(toPlainCommand(scriptOf(manifest, name) ?? '')?.words ?? []);
    if (called === undefined || scriptOf(manifest, called) === undefined) break;
    name = called;
  }
  return { name, hooks };
}

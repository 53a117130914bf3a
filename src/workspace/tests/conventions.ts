import { posix } from 'node:path';

import { list, whole, type Selection } from './selected.ts';
import type { SourceTree } from './tree.ts';

/** Chooses specs by their names: `lib/a/b.rb` and `app/a/b.rb` are tested by `spec/a/b_spec.rb`. */
export function selectSpecs(tree: SourceTree, cwd: string, changed: readonly string[]): Selection {
  return byName(changed, (path) => {
    if (path.endsWith('_spec.rb')) return [path];
    const [, folder, rest] = /^(lib|app)\/(.+)\.rb$/.exec(posix.relative(cwd, path)) ?? [];
    if (rest === undefined) return [];
    const candidates = [`spec/${rest}_spec.rb`, `spec/${folder}/${rest}_spec.rb`, `spec/unit/${rest}_spec.rb`];
    return candidates.map((each) => posix.join(cwd, each)).filter((each) => tree.paths.has(each));
  });
}

/** Chooses PHPUnit tests by their names: `src/A/B.php` is tested by `tests/A/BTest.php`, at whatever depth below `tests`. */
export function selectPhpTests(tree: SourceTree, cwd: string, changed: readonly string[]): Selection {
  const tests = [...tree.paths].filter(
    (path) => path.endsWith('Test.php') && /^tests?\//.test(posix.relative(cwd, path)),
  );
  return byName(changed, (path) => {
    const relative = posix.relative(cwd, path);
    if (tests.includes(path)) return [path];
    const source = /^(?:src|lib|app)\/(.+)\.php$/.exec(relative)?.[1];
    return source === undefined ? [] : tests.filter((test) => `/${test}`.endsWith(`/${source}Test.php`));
  });
}

function byName(changed: readonly string[], testsOf: (path: string) => readonly string[]): Selection {
  const found = changed.map(testsOf);
  const untested = changed.find((_, index) => found[index]?.length === 0);
  if (untested !== undefined) return whole(`no test is named like ${untested}`);
  const files = [...new Set(found.flat())];
  const words = `${files.length} test files that are named like ${list(changed)}; others that use these files are not known`;
  return { kind: 'files', files, words };
}

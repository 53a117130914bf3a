import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** Loaded only where a call needs them; docs/hooks.md says when. */
const rare = new Set([
  'src/cli/hook/whole-policy.ts',
  'src/cli/hook/whole-config.ts',
  'src/policy/yaml.ts',
  'src/approvals/ssh-keygen.ts',
]);

/** Everything that is loaded with a file, by import statements and by `import()`. */
function loadedBy(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file) || rare.has(file)) return found;
  found.add(file);
  if (!file.startsWith('src/')) return found;
  const code = readFileSync(path.join(root, file), 'utf8');
  const named = [
    ...code.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gms),
    ...code.matchAll(/\bimport\('([^']+)'\)/g),
  ];
  for (const [, target = ''] of named) loadedBy(target.startsWith('#') ? `src/${target.slice(1)}` : target, found);
  return found;
}

it('every call of the hook loads little [hook:time:light]', () => {
  const loaded = loadedBy('src/cli/hook/serve-hook.ts');

  expect(loaded.size).toBeGreaterThan(40);
  expect([...loaded].filter((name) => !name.startsWith('src/') && !name.startsWith('node:')).toSorted()).toEqual([
    'acorn',
    'minimatch',
    'unbash',
  ]);
  expect([...loaded].filter((name) => /^src\/(?:transport|providers|analysis|report|config)\//.test(name))).toEqual([]);
});

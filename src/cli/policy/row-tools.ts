/** Test runners and build tools that load a configuration of theirs from the repository when they start. */
const names =
  'vitest jest mocha ava tap eslint prettier stylelint commitlint webpack vite rollup babel tsup playwright cypress next nyc c8 karma'.split(
    ' ',
  );

/** Stand-ins by name: they execute what the repository gives the real tool to execute, and nothing else. */
export const tools: Readonly<Record<string, string>> = Object.fromEntries(names.map((name) => [name, loader(name)]));

function loader(name: string): string {
  return `#!/usr/bin/env node
const { copyFileSync, existsSync, readdirSync } = require('node:fs');
const { resolve } = require('node:path');
const { pathToFileURL } = require('node:url');

const endings = ['js', 'cjs', 'mjs', 'ts', 'cts', 'mts'];
const starts = ['${name}.config', '.${name}rc', '${name}.conf', '${name}.setup', 'vite.config', 'babel.config'];
const wanted = starts.flatMap((start) => endings.map((ending) => start + '.' + ending)).filter((file) => existsSync(file));
const tests = readdirSync('.', { recursive: true })
  .filter((file) => !/(^|\\/)node_modules\\//.test(file) && /\\.(test|spec)\\.[cm]?[jt]s$/.test(file));

async function load(file) {
  const plain = /\\.[cm]?ts$/.test(file) ? file + '.mjs' : file;
  if (plain !== file) copyFileSync(file, plain);
  await import(pathToFileURL(resolve(plain)).href);
}

(async () => {
  for (const file of [...wanted, ...tests]) await load(file);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
`;
}

/** Executes \`conftest.py\` and the tests, as pytest does when it collects them. */
export const pytest = `#!/usr/bin/env python3
import glob, os, runpy, sys
sys.path.insert(0, os.getcwd())
found = [f for pattern in ('conftest.py', '**/conftest.py', '**/test_*.py', '**/*_test.py') for f in sorted(glob.glob(pattern, recursive=True))]
for file in dict.fromkeys(found):
    runpy.run_path(file)
`;

/** A program that this machine does not have: it only writes down how it was called. */
export function standIn(name: string, log: string): string {
  const quoted = `'${log.replaceAll("'", "'\\''")}'`;
  return `#!/bin/sh\n{ printf '%s\\037' '${name}' "$@"; printf '\\036'; } >> ${quoted}\n`;
}

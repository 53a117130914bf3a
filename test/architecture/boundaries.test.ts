import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** Which folder may import what; `x:types` allows type-only imports. This table is the architecture. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'src/domain': ['zod', 'node:crypto'],
  'src/telemetry': ['src/domain'],
  'src/approvals': ['src/domain'],
  'src/state': ['src/domain'],
  'src/analysis': ['src/domain'],
  'src/report': ['src/domain'],
  'src/policy': ['src/domain', 'src/state:types'],
  'src/providers': ['src/domain', 'src/telemetry', 'src/analysis', 'src/policy:types'],
  'src/workspace': ['src/domain', 'src/telemetry', 'src/analysis:types', 'src/policy:types', 'src/state:types'],
  'src/engine': [
    'src/domain',
    'src/policy',
    'src/analysis',
    'src/report',
    'src/telemetry',
    'src/providers:types',
    'src/workspace:types',
    'src/state:types',
  ],
  'src/transport': ['src/engine', 'src/domain', 'src/telemetry'],
  'src/config': ['src/domain', 'src/policy', 'src/providers'],
  'src/cli': ['*'],
  'src/main.ts': ['src/cli'],
  tools: ['src/engine/tool.ts', 'zod'],
};

/** Texts that may stand only in these files. */
const onlyIn: readonly { readonly pattern: RegExp; readonly files: RegExp; readonly why: string }[] = [
  {
    pattern: /from '(?:node:child_process|execa)'/,
    files: /^src\/(workspace\/(sandbox|git)[\w-]*|approvals\/ssh-keygen)\.ts$/,
    why: 'only sandbox.ts, git.ts and ssh-keygen.ts start processes',
  },
  {
    pattern: /from 'simple-git'/,
    files: /^src\/providers\/local-git/,
    why: 'simple-git reads history for deploys, nothing else',
  },
  {
    pattern: /(?<!import type [^;]*)from '@secretlint|import\('@secretlint/,
    files: /^src\/analysis\/secretlint\.ts$/,
    why: 'secretlint is loaded when it is needed, behind its port',
  },
  { pattern: /\bas (?:unknown as )?Permit\b/, files: /^src\/policy\/gate\.ts$/, why: 'only the gate mints permits' },
  {
    pattern: /\bprocess\.env\b/,
    files: /^src\/(main|config\/secret)\.ts$/,
    why: 'only main.ts and secret.ts read the environment',
  },
  { pattern: /\bconsole\./, files: /^src\/cli\//, why: 'stdout belongs to the protocol' },
  {
    pattern: /\bawait fetch\(|\bglobalThis\.fetch\b/,
    files: /^src\/providers\/(github\/client|datadog\/transport)\.ts$/,
    why: "vendor HTTP goes through providers/http.ts or the vendor's own client",
  },
  {
    pattern: /import\('node:https?'\)|(?<!import type [^;]*)from 'node:https'/,
    files: /^src\/providers\/http\/transport\.ts$/,
    why: "vendor HTTP goes through providers/http.ts or the vendor's own client",
  },
  { pattern: /\bDate\.now\(\)|new Date\(\)/, files: /^src\/domain\/clock\.ts$/, why: 'time comes from the Clock' },
];

const files = globSync(['src/**/*.ts', 'tools/**/*.ts'], { cwd: root }).toSorted();

it('every folder imports only what the table allows [house:architecture:imports]', () => {
  expect(files.flatMap(forbiddenImports)).toEqual([]);
});

it('dangerous things stand only in their one place [gate:permits:only-gate]', () => {
  const misplaced = files.flatMap((file) =>
    onlyIn
      .filter((rule) => rule.pattern.test(code(file)) && !rule.files.test(file))
      .map(({ why }) => `${file}: ${why}`),
  );
  expect(misplaced).toEqual([]);
});

it('every source file is covered by the table', () => {
  expect(files.filter((file) => folderOf(file) === undefined)).toEqual([]);
});

function forbiddenImports(file: string): string[] {
  const folder = folderOf(file) ?? '';
  const rules = allowed[folder] ?? [];
  return [...code(file).matchAll(/^(?<kind>import|export)(?<types> type)?[^;]*? from '(?<target>[^']+)'/gms)].flatMap(
    ({ groups }) => {
      const target = resolve(file, groups?.['target'] ?? '');
      const wanted = target.startsWith('src/') || target.startsWith('tools/') ? target : undefined;
      // Outside packages are free but for the folders that list which ones they may use.
      if (wanted === undefined) return rules.includes('zod') && !rules.includes(target) ? [`${file} → ${target}`] : [];
      if (wanted.startsWith(`${folder}/`) || rules.includes('*')) return [];
      const matches = rules.some((rule) => {
        const [place = '', only] = rule.split(':');
        return (
          (wanted === place || wanted.startsWith(`${place}/`)) && (only !== 'types' || groups?.['types'] !== undefined)
        );
      });
      return matches ? [] : [`${file} → ${wanted}`];
    },
  );
}

function resolve(file: string, target: string): string {
  if (target.startsWith('#')) return `src/${target.slice(1)}`;
  return target.startsWith('.') ? path.posix.join(path.posix.dirname(file), target) : target;
}

function folderOf(file: string): string | undefined {
  return Object.keys(allowed).find((folder) => file === folder || file.startsWith(`${folder}/`));
}

function code(file: string): string {
  return readFileSync(path.join(root, file), 'utf8').replaceAll(/^\s*(?:\/\/|\*|\/\*\*).*$/gm, '');
}

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Plugin } from 'rolldown';

/** Datadog's client brings the models of all its APIs along, 6 MB of them; the bundle takes those that the imported APIs can reach. */
export function trimDatadog(root: string): Plugin {
  return {
    name: 'trim-datadog',
    transform: {
      filter: { id: /datadog-api-client\/dist\/.*(?:ObjectSerializer|isomorphic-fetch)\.js$/ },
      handler: (code, id) =>
        id.endsWith('isomorphic-fetch.js') ? NO_FETCH : trimModels(code, id, rootTypes(root, id)),
    },
  };
}

/** The client's own transport is never used: it would load another fetch, which warns on standard error. */
const NO_FETCH = `exports.IsomorphicFetchHttpLibrary = class { send() { throw new Error('no httpApi is configured'); } };`;

/** Types that the imported APIs of this version send and receive. */
function rootTypes(root: string, serializer: string): Set<string> {
  const version = /datadog-api-client-(v\d)/.exec(serializer)?.[1] ?? '';
  const sources = globSync('src/providers/**/*.ts', { cwd: root }).map((file) =>
    readFileSync(path.join(root, file), 'utf8'),
  );
  const apis = sources.flatMap((text) =>
    [...text.matchAll(/datadog-api-client-(v\d)\/apis\/(\w+)\.js/g)].flatMap(([, of, name]) =>
      of === version ? [name] : [],
    ),
  );
  const folder = path.join(path.dirname(path.dirname(serializer)), 'apis');
  const texts = apis.map((name) => readFileSync(path.join(folder, `${name}.js`), 'utf8'));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/serialize\([^;]*?"([^"]+)"/g)].flatMap(([, type]) => wordsOf(type))),
  );
}

function wordsOf(type = ''): string[] {
  return type.match(/\w+/g) ?? [];
}

const ENTRY = /^ {4}(\w+): \[([^\]]*)\],\n/gm;

function trimModels(code: string, id: string, roots: ReadonlySet<string>): string {
  const lists = new Map([...code.matchAll(ENTRY)].map(([, name = '', list = '']) => [name, list]));
  const models = new Set([...code.matchAll(/^const (\w+)_1 = require\("\.\/\1"\);$/gm)].map(([, name = '']) => name));
  const oneOfs = code.slice(code.indexOf('const oneOfMap'));
  const kept = new Set<string>();
  const open = [...roots];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (kept.has(name) || !(models.has(name) || lists.has(name))) continue;
    kept.add(name);
    if (models.has(name)) open.push(...typesOf(readFileSync(path.join(path.dirname(id), `${name}.js`), 'utf8')));
    else if (oneOfs.includes(`    ${name}: [`)) open.push(...wordsOf(lists.get(name)));
  }
  if (models.size < 100 || kept.size < 5)
    throw new Error(`${id} is not written as expected; see scripts/trim-datadog.ts`);
  return code
    .replaceAll(ENTRY, (whole, name: string) => (kept.has(name) ? whole : ''))
    .replaceAll(/^const (\w+)_1 = require\("\.\/\1"\);\n/gm, (whole, name: string) => (kept.has(name) ? whole : ''))
    .replaceAll(/^ {4}(\w+): \1_1\.\1,\n/gm, (whole, name: string) => (kept.has(name) ? whole : ''));
}

function typesOf(model: string): string[] {
  return [...model.matchAll(/^\s+type: "([^"]+)",$/gm)].flatMap(([, type]) => wordsOf(type));
}

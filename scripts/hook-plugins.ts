// A host waits for the hook before each call of a tool, so its files are made to start fast.
import { isBuiltin } from 'node:module';
import path from 'node:path';

import type { ChunkingContext, CodeSplittingOptions, Plugin } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { Visitor } from 'rolldown/utils';

/**
 * An import statement of `node:fs` reads every one of its exports, and so loads the streams: 6 ms that a host waits for each
 * call. Here an imported name reads one.
 */
const bareBuiltins: Plugin = {
  name: 'bare-builtins',
  resolveId: {
    order: 'pre',
    // The bundler's own runtime is what loads the others.
    handler(id, importer, { kind }) {
      if (!isBuiltin(id) || importer?.includes('rolldown') === true) return undefined;
      if (kind === 'dynamic-import') return { id, external: true };
      // One for each file: else what few files need would be read where most calls start.
      return {
        id: `\0${id}.${kind === 'require-call' ? 'cjs' : 'mjs'}?${path.basename(importer ?? '')}`,
        moduleSideEffects: false,
      };
    },
  },
  load(id) {
    const [, name = '', kind] = /^\0(.+?)\.([cm]js)\?/.exec(id) ?? [];
    if (kind === undefined) return undefined;
    const whole = `process.getBuiltinModule(${JSON.stringify(name)})`;
    if (kind === 'cjs') return { code: `module.exports = ${whole};`, moduleType: 'js' };
    const names = Object.keys(process.getBuiltinModule(name) ?? {}).filter((each) =>
      /^(?!default$)[a-z]\w*$/i.test(each),
    );
    const exported = names.map((each) => `export const ${each} = /* @__PURE__ */ (() => whole.${each})();`);
    const code = [`const whole = /* @__PURE__ */ (() => ${whole})();`, 'export default whole;', ...exported].join('\n');
    return { code, moduleType: 'js' };
  },
};

/** Files that most calls load; compiling all of the others would only make their caches larger. */
const USUAL = /^(?:main|hook|hook-(?:judge-shell|settle)-.*)\.cjs$/;

/** The bundler gives its helper for namespaces a file, which takes longer to load than to write anew. */
const HELPER_FILE = /(\w+)\s*=\s*require\("\.\/hook-rolldown-runtime-[^"]*"\)/;
const HELPER =
  'all=>{const made={};for(const name in all)Object.defineProperty(made,name,{get:all[name]});return made}';

/** Scripts are not strict by themselves, as modules are. */
const STRICT = '"use strict";';

/** Rewrites the finished files. */
const quickly: Plugin = {
  name: 'quickly',
  generateBundle(_options, output) {
    for (const chunk of Object.values(output)) {
      if (chunk.type !== 'chunk') continue;
      if (!chunk.code.startsWith(STRICT)) throw new Error(`${chunk.fileName} is not strict.`);
      const code = atHand(escaped(chunk.code.slice(STRICT.length)));
      chunk.code = STRICT + (USUAL.test(chunk.fileName) ? compiledAtOnce(parenthesised(withHelper(code))) : code);
    }
  },
};

function withHelper(code: string): string {
  const [, file] = HELPER_FILE.exec(code) ?? [];
  if (file === undefined) return code;
  const [name, ...others] = new Set(code.match(new RegExp(`(?<=\\b${file}\\.)\\w+`, 'g')));
  if (name === undefined || others.length > 0)
    throw new Error('The bundler has another helper than the one for namespaces.');
  return code.replace(HELPER_FILE, `${file}={${name}:${HELPER}}`);
}

/** An import of `node:crypto` reads every one of its exports too, and so loads what is behind them; one of a script reads it twice. */
function atHand(code: string): string {
  return code
    .replaceAll(/\bimport\((`node:\w+`)\)/g, 'Promise.resolve(process.getBuiltinModule($1))')
    .replaceAll(/\bimport\((`\.\/\w+\.cjs`)\)/g, 'Promise.resolve(require($1))');
}

/** One letter beyond ASCII doubles what V8 keeps of a file, and slows down compiling it: 7 ms where a command is judged. */
function escaped(code: string): string {
  if (/String\.raw`[^`]*[^\0-\x7f]/.test(code)) throw new Error('A raw string beyond ASCII cannot be escaped.');
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Node.js keeps only what V8 compiles when it loads a file, and V8 compiles functions when they are called, but for those in
 * parentheses: 10 ms of each call. The declarations of a module are hoisted anyway, so that they may stand first as variables.
 */
function compiledAtOnce(code: string): string {
  let [hoisted, rest, at] = ['', '', 0];
  for (const node of parseAst(code).body) {
    if (node.type !== 'FunctionDeclaration' || !node.id) continue;
    const { name, start, end } = node.id;
    rest += code.slice(at, node.start);
    at = node.end;
    hoisted += `var ${name}=(${code.slice(node.start, start)}${code.slice(end, node.end)});`;
  }
  return hoisted + rest + code.slice(at);
}

/** Puts functions that are values in parentheses, methods apart. */
function parenthesised(code: string): string {
  const marks: { readonly at: number; readonly mark: string }[] = [];
  const wrap = ({ start, end }: { readonly start: number; readonly end: number }) =>
    marks.push({ at: start, mark: '(' }, { at: end, mark: ')' });
  new Visitor({
    ArrowFunctionExpression: wrap,
    // What a method begins with is its list of parameters.
    FunctionExpression: (node) => code[node.start] !== '(' && wrap(node),
  }).visit(parseAst(code));
  let [wrapped, done] = ['', 0];
  for (const { at, mark } of marks.toSorted((one, other) => one.at - other.at)) {
    wrapped += code.slice(done, at) + mark;
    done = at;
  }
  return wrapped + code.slice(done);
}

const ENTRY = 'serve-hook';
/** What calls load after it. The bundler would make a file for every set of users of a module, and each costs 1 ms. */
const PARTS = ['judge-shell', 'settle'];

/** Names the file of a module that one part alone brings; null leaves any other where the bundler puts it. */
function partOf(id: string, graph: ChunkingContext): string | null {
  const [first = ENTRY, ...more] = [ENTRY, ...PARTS].filter((part) => loadedBy(part, graph).has(id));
  return first === ENTRY || more.length > 0 ? null : first;
}

/** The modules that a file of the hook's folder imports, with theirs. */
function loadedBy(part: string, graph: ChunkingContext): ReadonlySet<string> {
  const found = new Set([path.join(import.meta.dirname, `../src/cli/hook/${part}.ts`)]);
  for (const id of found) for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}

/** Plugins for the bundle of the hook alone. */
export const hookPlugins: readonly Plugin[] = [bareBuiltins, quickly];

/** Which modules of that bundle share a file. */
export const hookChunks: CodeSplittingOptions = {
  groups: [{ name: partOf }],
  includeDependenciesRecursively: false,
};

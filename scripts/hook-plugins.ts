// A host waits for the hook before each call of a tool, so its files are made to start fast.
import { isBuiltin } from 'node:module';

import type { Plugin } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';

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
      return { id: `\0${id}.${kind === 'require-call' ? 'cjs' : 'mjs'}`, moduleSideEffects: false };
    },
  },
  load(id) {
    const [, name = '', kind] = /^\0(.+)\.([cm]js)$/.exec(id) ?? [];
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

/** Files that most calls do not load; compiling all of them would only make their caches larger. */
const RARE = /^hook-(?:whole-policy|yaml|ssh-keygen)-/;

/** Rewrites the finished files. */
const quickly: Plugin = {
  name: 'quickly',
  generateBundle(_options, output) {
    for (const chunk of Object.values(output)) {
      if (chunk.type !== 'chunk') continue;
      chunk.code = escaped(chunk.code);
      if (!RARE.test(chunk.fileName)) chunk.code = compiledAtOnce(chunk.code);
    }
  },
};

/** One letter beyond ASCII doubles what V8 keeps of a file, and slows down compiling it: 7 ms where a command is judged. */
function escaped(code: string): string {
  if (/String\.raw`[^`]*[^\0-\x7f]/.test(code)) throw new Error('A raw string beyond ASCII cannot be escaped.');
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Node.js keeps only what V8 compiles when it loads a file, and V8 compiles functions when they are called, but for those in
 * parentheses: 6 ms of each call. The declarations of a module are hoisted anyway, so that they may stand first as variables.
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

/** Plugins for the bundle of the hook alone. */
export const hookPlugins: readonly Plugin[] = [bareBuiltins, quickly];
